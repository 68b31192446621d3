"""What a run of a RISC-V program leaves for people to read: a text for a fault, and its standard error."""

import numpy as np
from numpy.typing import NDArray

from zisk_py.isa.fault_texts import FAULT_TEXTS
from zisk_py.isa.faults import Fault, FaultKind
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf.run_report import Ending
from zisk_py.transpiler.riscv.context import FIRST_REGISTER
from zisk_py.transpiler.riscv.decoder import HALF_BYTES, decode_at
from zisk_py.transpiler.riscv.hidden_layout import ERROR_STREAM, MAX_ERROR_BYTES
from zisk_py.transpiler.riscv.layout import STACK_ADDRESS, STACK_SIZE
from zisk_py.transpiler.riscv.program import Convention

NUMBER_REGISTER = FIRST_REGISTER + 17  # a7: the number of a system call
STACK_GUARD = 16 << 20  # an access that far below the stack is taken for one of a stack that is full
ACCESSES = {FaultKind.LOAD_VIOLATION: "load", FaultKind.STORE_VIOLATION: "store"}


def read_errors(hidden: NDArray[np.uint64]) -> tuple[str, ...]:
    """The lines that the program has written to its standard error, from the final hidden words."""
    size, first = min(int(hidden[ERROR_STREAM]), MAX_ERROR_BYTES), ERROR_STREAM + 1
    written = hidden[first : first + (size + 7) // 8].astype("<u8").tobytes()[:size]
    return tuple(written.decode("utf-8", "backslashreplace").splitlines())


def fault_text(rom: Rom, fault: Fault, ending: Ending) -> str:
    """What ended the run, and where."""
    return f"{_reason(rom, fault, ending)} {_place(rom, fault.pc)}"


def _reason(rom: Rom, fault: Fault, ending: Ending) -> str:
    if fault.kind in ACCESSES and ending.violation is not None:
        address, size = ending.violation
        access = f"{ACCESSES[fault.kind]} of {size} bytes at {address:#x}"
        is_linux = rom.rules.target == Convention.LINUX.value
        if is_linux and STACK_ADDRESS - STACK_GUARD <= address < STACK_ADDRESS:
            return f"stack overflow: {access}, below the {STACK_SIZE >> 20} MiB of the stack,"
        return f"{access}, where the program may not {ACCESSES[fault.kind]},"
    if fault.kind is FaultKind.UNKNOWN_SYSTEM_CALL:
        return FAULT_TEXTS[fault.kind].format(number=int(ending.registers[NUMBER_REGISTER]))
    if fault.kind is FaultKind.ILLEGAL_INSTRUCTION:
        return f"{FAULT_TEXTS[fault.kind]} {_instruction(rom, fault.pc)}".rstrip()
    return FAULT_TEXTS[fault.kind]


def _instruction(rom: Rom, slot: int) -> str:
    text, offset = bytes.fromhex(str(rom.debug.get("text", ""))), HALF_BYTES * slot
    instruction = decode_at(text, offset, 0)
    if instruction is not None:
        return f"{instruction.encoding.name} ({instruction.encoding.extension})"
    return text[offset : offset + HALF_BYTES][::-1].hex()


def _place(rom: Rom, slot: int) -> str:
    """Address and function of a slot; the routine of a place that is none."""
    if slot > rom.rules.num_slots:
        starts = {int(pc): name for pc, name in rom.debug.get("routines", {}).items()}
        within = [pc for pc in starts if pc // 8 <= slot]
        return f"in {starts[max(within)]}" if within else f"at slot {slot}"
    address = int(rom.debug.get("text_base", 0)) + HALF_BYTES * slot
    symbols = {int(start): name for start, name in rom.debug.get("symbols", {}).items()}
    start = max((start for start in symbols if start <= slot), default=None)
    if start is None:
        return f"at {address:#x}"
    return f"at {address:#x} ({symbols[start]} + {HALF_BYTES * (slot - start):#x})"
