"""RISC-V instructions to ROM rows: one slot per half-word of the text, then the routines that they share."""

from zisk_py.isa import instruction as isa
from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import immediate
from zisk_py.transpiler.riscv.arithmetic import ARITHMETIC, Lowering
from zisk_py.transpiler.riscv.atomics import ATOMICS
from zisk_py.transpiler.riscv.context import Context
from zisk_py.transpiler.riscv.control_registers import CONTROL_REGISTERS
from zisk_py.transpiler.riscv.decoder import FULL_LENGTH, HALF_BYTES, WORD_BYTES, decode_at, decode_text
from zisk_py.transpiler.riscv.encodings import Instruction
from zisk_py.transpiler.riscv.floats.lowering import FLOATS, uses_floats
from zisk_py.transpiler.riscv.jumps import JUMPS
from zisk_py.transpiler.riscv.memory_access import ACCESSES
from zisk_py.transpiler.riscv.products import PRODUCTS
from zisk_py.transpiler.riscv.program import RiscvProgram
from zisk_py.transpiler.riscv.system_calls import emit_start, lower_system_call
from zisk_py.transpiler.rom_builder import RomBuilder


def lower(program: RiscvProgram) -> tuple[list[isa.Instruction], dict[int, str]]:
    """The rows of a program, and for each pc what its row belongs to: "slot n" or a routine's name.

    Every half-word of the text gets rows, those of the instruction that begins there, so that a computed jump
    always finds one; so does the place behind the last of them.
    """
    context = Context(program, RomBuilder())
    emit_start(context)
    instructions = decode_text(program.text, program.text_base)
    lowerings = {**LOWERINGS, **FLOATS} if uses_floats(program, instructions) else LOWERINGS
    for slot, instruction in enumerate(instructions):
        context.builder.begin_slot(slot)
        if instruction is None or instruction.encoding.name not in lowerings:
            context.builder.fault(FaultKind.ILLEGAL_INSTRUCTION, slot)
        else:
            lowerings[instruction.encoding.name](context, instruction)
            context.builder.end(context.next_slot(instruction))
    context.builder.begin_slot(program.num_slots)
    context.builder.fault(FaultKind.JUMP_OUTSIDE_TEXT, program.num_slots)
    context.emit_routines()
    return context.builder.instructions(), context.builder.owner_of_row


def find_unsupported(program: RiscvProgram) -> list[str]:
    """Names of instructions that have no rule, with their extensions; to reach one is a fault.

    The text is read one instruction after the other; what is data in it hardly ever looks like one of them.
    """
    known = LOWERINGS | FLOATS
    found, place = set(), 0
    while place < len(program.text):
        instruction = decode_at(program.text, place, 0)
        if instruction is not None and instruction.encoding.name not in known:
            found.add(f"{instruction.encoding.name} ({instruction.encoding.extension})")
        is_full = program.text[place] & FULL_LENGTH == FULL_LENGTH
        place += WORD_BYTES if is_full else HALF_BYTES
    return sorted(found)


def _do_nothing(context: Context, instruction: Instruction) -> None:
    """What orders accesses, or fetches code again: there is one hart, and code does not change."""
    context.builder.copy(immediate(0))


def _break(context: Context, instruction: Instruction) -> None:
    context.fault(FaultKind.BREAKPOINT, instruction)


LOWERINGS: dict[str, Lowering] = {
    **ARITHMETIC,
    **PRODUCTS,
    **ACCESSES,
    **ATOMICS,
    **JUMPS,
    **CONTROL_REGISTERS,
    **dict.fromkeys(("fence", "fence.i"), _do_nothing),
    "ecall": lower_system_call,
    "ebreak": _break,
}
