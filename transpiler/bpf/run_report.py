"""What a run leaves for people to read: the runtime's full text for a fault, and the return data."""

import re
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from zisk_py.isa.fault_texts import FAULT_TEXTS
from zisk_py.isa.faults import Fault, FaultKind
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf.context import FIRST_TEMPORARY
from zisk_py.transpiler.bpf.hidden_layout import RETURN_DATA
from zisk_py.transpiler.bpf.layout import FRAME_SIZE, STACK_ADDRESS
from zisk_py.transpiler.bpf.return_data import MAX_RETURN_DATA
from zisk_py.transpiler.bpf.slices import BAD_SLICE
from zisk_py.transpiler.bpf.solana_runtime import TARGET_SUFFIX
from zisk_py.transpiler.bpf.syscalls import SYSCALLS
from zisk_py.transpiler.bpf.versions import VERSIONS, Feature, Version

SECTIONS = {1: "program", 2: "stack", 3: "heap", 4: "input"}  # by the high half of an address
DIGITS = 16  # of an instruction in hexadecimal
ACCESSES = (FaultKind.LOAD_VIOLATION, FaultKind.STORE_VIOLATION)


class Ending(Protocol):
    """What a run left behind: `emulator.records.Execution` has it."""

    @property
    def violation(self) -> tuple[int, int] | None:
        """Address and bytes of the guest access that trapped."""

    @property
    def registers(self) -> NDArray[np.uint64]:
        """Final values."""

    @property
    def memory(self) -> Mapping[int, bytes]:
        """Final bytes of each guest region, by its address."""


def read_return_data(target: str, outputs: bytes, hidden: NDArray[np.uint64]) -> bytes:
    """The bytes that the program has returned as data: its outputs, unless these are a journal."""
    if not target.endswith(TARGET_SUFFIX):
        return outputs
    size, first = int(hidden[RETURN_DATA]), RETURN_DATA + 1
    return hidden[first : first + (size + 7) // 8].astype("<u8").tobytes()[:size]


def fault_text(rom: Rom, fault: Fault, ending: Ending) -> str:
    """What the runtime says of the fault that ended a run; of eBPF, which has none, nearly the same."""
    version = VERSIONS.get(rom.rules.target.removesuffix(TARGET_SUFFIX))
    text = FAULT_TEXTS[fault.kind]
    if version is None:
        return text
    registers = [int(value) for value in ending.registers]
    if fault.kind in ACCESSES:
        slice_ = (registers[FIRST_TEMPORARY + place] for place in BAD_SLICE)
        address, size = ending.violation or slice_
        return text.format(section=_section(version, address), address=address, size=size)
    match fault.kind:
        case FaultKind.PANIC:
            file = _read(version, ending.memory, registers[1], registers[2])
            return text.format(file=file.decode(errors="replace"), line=registers[3], column=registers[4])
        case FaultKind.INVALID_STRING:
            content = _read(version, ending.memory, registers[1], registers[2])
            return text.format(problem=_problem(content), bytes=list(content))
        case FaultKind.RETURN_DATA_TOO_LARGE:
            return text.format(size=registers[2], most=MAX_RETURN_DATA)
        case FaultKind.UNSUPPORTED_SYSCALL:
            return text.format(name=_syscall(rom, fault.pc))
    return text


def _section(version: Version, address: int) -> str:
    """The runtime's name of a place: a stack frame near the stack, where frames have a fixed size."""
    signed = address - (address >> 63 << 64)
    frame = abs(signed - STACK_ADDRESS) // FRAME_SIZE * (1 if signed >= STACK_ADDRESS else -1)
    if version.is_sbpf and not version.has(Feature.DYNAMIC_FRAMES) and -1 <= frame <= version.max_depth:
        return f"stack frame {frame}"
    return f"{SECTIONS.get(address >> 32, 'unknown')} section"


def _read(version: Version, memory: Mapping[int, bytes], address: int, size: int) -> bytes:
    """A slice that the syscall has checked; the bytes of a gapped stack are without the gaps."""
    for start, content in memory.items():
        offset = address - start
        if start == STACK_ADDRESS and version.has(Feature.GAPPED_STACK):
            offset = offset // (2 * FRAME_SIZE) * FRAME_SIZE + offset % FRAME_SIZE
        if 0 <= offset < len(content):
            return content[offset : offset + size]
    return b""


def _problem(content: bytes) -> str:
    """What Rust says of bytes that are not UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return f"incomplete utf-8 byte sequence from index {error.start}"
        return f"invalid utf-8 sequence of {error.end - error.start} bytes from index {error.start}"
    return "valid utf-8"


def _syscall(rom: Rom, slot: int) -> str:
    """The name of the syscall at a slot, or the slot where the ROM came without its program's text."""
    digits = str(rom.debug.get("text", ""))[DIGITS * slot : DIGITS * (slot + 1)]
    if re.fullmatch(f"[0-9a-f]{{{DIGITS}}}", digits):
        key = int.from_bytes(bytes.fromhex(digits)[4:], "little")
        if key in SYSCALLS:
            return SYSCALLS[key].name
    return f"at slot {slot}"
