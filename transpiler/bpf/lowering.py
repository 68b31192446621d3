"""BPF instructions to ROM rows: one slot after the other, then the routines that they share."""

from collections.abc import Callable

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import Instruction, immediate, register
from zisk_py.isa.operations import SLL, SRA
from zisk_py.transpiler.bpf.arithmetic import lower_alu, lower_endian, lower_negate
from zisk_py.transpiler.bpf.atomics import lower_atomic
from zisk_py.transpiler.bpf.branches import lower_branch, lower_jump
from zisk_py.transpiler.bpf.calls import lower_call, lower_callx, lower_exit
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.encodings import Form
from zisk_py.transpiler.bpf.packet_contexts import emit_packet_context
from zisk_py.transpiler.bpf.packet_loads import lower_packet_load
from zisk_py.transpiler.bpf.program import BpfProgram
from zisk_py.transpiler.bpf.runtime.prologue import emit_prologue
from zisk_py.transpiler.rom_builder import RomBuilder


def lower(
    program: BpfProgram, instructions: list[BpfInstruction]
) -> tuple[list[Instruction], dict[int, str]]:
    """The rows of a checked program, and for each pc what its row belongs to: "slot n" or a routine's name.

    Every slot gets a row, so that a computed jump always finds one: the second half of an lddw, and the
    place after the last slot of the program and of each helper, are faults.
    """
    context = Context(program, RomBuilder(), has_calls=any(map(_is_local_call, instructions)))
    if program.platform.context is not None:
        emit_packet_context(context, program.platform.context)
    if program.runtime is not None:
        emit_prologue(context, program.runtime)
    starts = {instruction.slot for instruction in instructions}
    for instruction in instructions:
        context.builder.begin_slot(instruction.slot)
        LOWERINGS[instruction.encoding.form](context, instruction)
        following = instruction.slot + instruction.num_slots
        context.builder.end(context.builder.slot_label(following))
        if instruction.num_slots == 2:
            context.builder.begin_slot(instruction.slot + 1)
            context.builder.fault(FaultKind.UNSUPPORTED_INSTRUCTION, instruction.slot + 1)
        if following not in starts:
            context.builder.begin_slot(following)
            context.builder.fault(FaultKind.EXECUTION_OVERRUN, following)
    context.emit_routines()
    return context.builder.instructions(), context.builder.owner_of_row


def _is_local_call(instruction: BpfInstruction) -> bool:
    return instruction.encoding.form in (Form.CALL, Form.CALLX)


def _load_immediate(context: Context, instruction: BpfInstruction) -> None:
    context.builder.copy(immediate(instruction.imm), register(instruction.dst))


def _load(context: Context, instruction: BpfInstruction) -> None:
    width = instruction.encoding.bits // 8
    context.builder.load(register(instruction.src), instruction.offset, width, register(instruction.dst))


def _load_signed(context: Context, instruction: BpfInstruction) -> None:
    bits = instruction.encoding.bits
    context.builder.load(register(instruction.src), instruction.offset, bits // 8, context.temporary(0))
    context.builder.compute(SLL, context.temporary(0), immediate(64 - bits), context.temporary(0))
    context.builder.compute(SRA, context.temporary(0), immediate(64 - bits), register(instruction.dst))


def _store(context: Context, instruction: BpfInstruction) -> None:
    width = instruction.encoding.bits // 8
    value = register(instruction.src) if instruction.encoding.from_register else immediate(instruction.imm)
    context.builder.store(register(instruction.dst), instruction.offset, width, value)


LOWERINGS: dict[Form, Callable[[Context, BpfInstruction], None]] = {
    Form.ALU: lower_alu,
    Form.NEGATE: lower_negate,
    Form.ENDIAN: lower_endian,
    Form.LOAD_IMMEDIATE: _load_immediate,
    Form.LOAD: _load,
    Form.LOAD_SIGNED: _load_signed,
    Form.STORE_IMMEDIATE: _store,
    Form.STORE: _store,
    Form.ATOMIC: lower_atomic,
    Form.PACKET_LOAD: lower_packet_load,
    Form.JUMP: lower_jump,
    Form.JUMP_FAR: lower_jump,
    Form.BRANCH: lower_branch,
    Form.CALL: lower_call,
    Form.CALLX: lower_callx,
    Form.EXIT: lower_exit,
}
