"""The instructions of the guest by slot: decoded bytes."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from zisk_py.errors import InputError
from zisk_py.isa.rom import Rom
from zisk_py.trace.witness import OpcodeOperands
from zisk_py.transpiler.bpf.decoder import SLOT_BYTES, BpfInstruction, RawSlot, decode
from zisk_py.transpiler.bpf.encodings import LDDW_OPCODE
from zisk_py.transpiler.bpf.solana_runtime import TARGET_SUFFIX
from zisk_py.transpiler.bpf.versions import VERSIONS, Version

NO_INSTRUCTION = "none"  # name of what stands in the second half of an lddw, and behind the last slot


class GuestInstruction(NamedTuple):
    """What a witness tells about an instruction, in the order of its fields."""

    opcode: int
    opcode_name: str
    instruction_bytes: bytes
    operands: OpcodeOperands


def version_of(target: str) -> Version:
    """The version of BPF of a target. Raises InputError."""
    version = VERSIONS.get(target.removesuffix(TARGET_SUFFIX))
    if version is None:
        raise InputError(f"a run of a program for {target!r} cannot be traced; choose a BPF program")
    return version


def is_traceable(rom: Rom) -> bool:
    """Whether a program is one whose runs can be traced: BPF, with its text."""
    return rom.rules.target.removesuffix(TARGET_SUFFIX) in VERSIONS and _has_text(rom)


def _has_text(rom: Rom) -> bool:
    # helpers may stand behind it
    return len(rom.debug.get("text", "")) >= 2 * SLOT_BYTES * rom.rules.num_slots


def instructions_of(rom: Rom) -> Callable[[int], GuestInstruction]:
    """The instruction in a slot of a program. Raises InputError for one without its text."""
    version = version_of(rom.rules.target)
    text = bytes.fromhex(rom.debug.get("text", ""))
    if not _has_text(rom):
        raise InputError("the program has no text of its instructions; build it again")

    @cache
    def instruction(slot: int) -> GuestInstruction:
        code = text[SLOT_BYTES * slot :]
        length = 2 if code[:1] == bytes([LDDW_OPCODE]) else 1
        return describe(code[: length * SLOT_BYTES], version)

    return instruction


def describe(code: bytes, version: Version) -> GuestInstruction:
    """What the bytes of an instruction say; they may be none, or not be an instruction."""
    found = decode_one(code, version)
    if found is not None:
        operands = OpcodeOperands(found.dst, found.src, found.offset, found.imm)
        return GuestInstruction(found.encoding.opcode, found.encoding.name, code, operands)
    raw = RawSlot.from_bytes(code.ljust(SLOT_BYTES, b"\0"))
    return GuestInstruction(
        raw.opcode, NO_INSTRUCTION, code, OpcodeOperands(raw.dst, raw.src, raw.offset, raw.imm)
    )


def decode_one(code: bytes, version: Version) -> BpfInstruction | None:
    """The instruction in 8 or 16 bytes, as if in slot 0; None where they are not one."""
    try:
        found = decode(code, version)
    except InputError:
        return None
    return found[0] if len(found) == 1 else None
