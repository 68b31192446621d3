"""The text of a loaded RISC-V program, half-word by half-word, which the assembler reads back."""

from zisk_py.transpiler.riscv.assembler import format_instruction
from zisk_py.transpiler.riscv.compressed import find_row
from zisk_py.transpiler.riscv.decoder import HALF_BYTES, decode_text


def disassemble(text: bytes, base: int) -> dict[int, str]:
    """Slot -> what is executed when it is jumped to, for a text that lies at `base`.

    A slot in the middle of the instruction before it, which may still be jumped to, says so; one that is no
    instruction is shown as its half-word.
    """
    lines, inside, end = {}, "", 0
    for slot, instruction in enumerate(decode_text(text, base)):
        offset = HALF_BYTES * slot
        half = int.from_bytes(text[offset : offset + HALF_BYTES], "little")
        if instruction is None:
            line = f".half {half:#06x}"
        else:
            line = format_instruction(instruction, find_row(half) if instruction.size == HALF_BYTES else None)
        if offset < end:
            lines[slot] = f"{line}  # inside {inside}"
            continue
        lines[slot] = line if instruction else f"{line}  # illegal"
        inside = instruction.encoding.name if instruction else ""
        end = offset + (instruction.size if instruction else HALF_BYTES)
    return lines
