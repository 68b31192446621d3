"""Bytes to BPF instructions and back (RFC 9669, 3)."""

import struct
from dataclasses import dataclass

from zisk_py.errors import InputError
from zisk_py.transpiler.bpf.encodings import ENCODINGS, LDDW_OPCODE, Encoding, Form
from zisk_py.transpiler.bpf.versions import EBPF, Feature, Version

SLOT_BYTES = 8


class UnknownOpcode(InputError):
    """An opcode that the version does not have."""


class EmptyProgram(InputError):
    """A text without instructions."""


class ProgramLength(InputError):
    """A text that is no whole number of slots."""


class LddwCannotBeLast(InputError):
    """A 64-bit load in the last slot."""


class IncompleteLddw(InputError):
    """A 64-bit load whose second half is something else."""


@dataclass(frozen=True, slots=True)
class BpfInstruction:
    """One instruction; `imm` is sign-extended, and the whole 64 bits (unsigned) for lddw."""

    slot: int
    encoding: Encoding
    dst: int
    src: int
    offset: int
    imm: int

    @property
    def num_slots(self) -> int:
        """2 for lddw, else 1."""
        return 2 if self.encoding.form is Form.LOAD_IMMEDIATE else 1

    def call_register(self, version: Version) -> int:
        """Register of a callx. eBPF has it in dst; compilers before LLVM 19 put it in imm."""
        if version is EBPF and self.imm:
            return self.imm
        if version.has(Feature.CALLX_IN_SRC):
            return self.src
        return self.dst if version.has(Feature.CALLX_IN_DST) else self.imm

    @property
    def target(self) -> int:
        """Slot that a jump, branch or local call goes to."""
        distance = self.imm if self.encoding.form in (Form.JUMP_FAR, Form.CALL) else self.offset
        return self.slot + 1 + distance


@dataclass(frozen=True, slots=True)
class RawSlot:
    """The five fields of eight bytes."""

    opcode: int
    dst: int
    src: int
    offset: int
    imm: int

    def to_bytes(self) -> bytes:
        """The eight bytes; `imm` may be given signed or unsigned."""
        return struct.pack("<BBhI", self.opcode, self.dst | self.src << 4, self.offset, self.imm & 0xFFFFFFFF)

    @staticmethod
    def from_bytes(data: bytes | bytearray, position: int = 0) -> "RawSlot":
        """Read eight bytes."""
        opcode, registers, offset, imm = struct.unpack_from("<BBhi", data, position)
        return RawSlot(opcode, registers & 15, registers >> 4, offset, imm)


def find_encoding(opcode: int, variant: int, version: Version) -> Encoding | None:
    """The row for an opcode; without one of that variant, which sBPF ignores, that of variant 0."""
    if version is not EBPF:
        variant = 0
    base = None
    for encoding in _BY_OPCODE.get(opcode, ()):
        if encoding.is_in(version):
            if encoding.variant == variant:
                return encoding
            if encoding.variant == 0:
                base = encoding
    return base


_BY_OPCODE: dict[int, list[Encoding]] = {}
for _encoding in ENCODINGS:
    _BY_OPCODE.setdefault(_encoding.opcode, []).append(_encoding)
ATOMIC_OPCODES = {encoding.opcode for encoding in ENCODINGS if encoding.form is Form.ATOMIC}


def decode(text: bytes, version: Version) -> list[BpfInstruction]:
    """All instructions in the order of their slots.

    Raises EmptyProgram, ProgramLength, UnknownOpcode, LddwCannotBeLast and IncompleteLddw.
    """
    if not text or len(text) % SLOT_BYTES:
        error = ProgramLength if text else EmptyProgram
        raise error(f"the text has {len(text)} bytes; it must be a positive multiple of 8")
    instructions = []
    slot, num_slots = 0, len(text) // SLOT_BYTES
    while slot < num_slots:
        raw = RawSlot.from_bytes(text, SLOT_BYTES * slot)
        variant = raw.imm if raw.opcode in ATOMIC_OPCODES else raw.offset
        encoding = find_encoding(raw.opcode, variant, version)
        if encoding is None:
            raise UnknownOpcode(f"opcode {raw.opcode:#04x} at slot {slot} is unknown in {version.target}")
        imm = raw.imm
        if raw.opcode == LDDW_OPCODE:
            imm = _wide_immediate(text, slot, raw.imm)
        instruction = BpfInstruction(slot, encoding, raw.dst, raw.src, raw.offset, imm)
        instructions.append(instruction)
        slot += instruction.num_slots
    return instructions


def _wide_immediate(text: bytes, slot: int, low: int) -> int:
    if SLOT_BYTES * (slot + 2) > len(text):
        raise LddwCannotBeLast(f"the lddw at slot {slot} is the last slot; its second half is missing")
    second = RawSlot.from_bytes(text, SLOT_BYTES * (slot + 1))
    if second.opcode != 0:
        raise IncompleteLddw(
            f"the second half of the lddw at slot {slot} has opcode {second.opcode:#04x} instead of 0"
        )
    return low & 0xFFFFFFFF | (second.imm & 0xFFFFFFFF) << 32


def encode(instruction: BpfInstruction) -> bytes:
    """The 8 bytes of an instruction (16 for lddw); the inverse of `decode`."""
    i = instruction
    first = RawSlot(i.encoding.opcode, i.dst, i.src, i.offset, i.imm).to_bytes()
    if i.num_slots == 1:
        return first
    return first + RawSlot(0, 0, 0, 0, i.imm >> 32).to_bytes()
