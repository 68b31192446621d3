"""sol_set_return_data and sol_get_return_data: without the Solana runtime the data are the run's outputs."""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate, register
from zisk_py.isa.operations import ADD, AND, DIVU, EQ, LTU, SRL, SUB
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.hidden_copies import copy_in, copy_out
from zisk_py.transpiler.bpf.input_buffer import PROGRAM_ID_BYTES
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS, INPUT_LENGTH_REGISTER, STACK_ADDRESS
from zisk_py.transpiler.bpf.meter import (
    BASE_COST,
    BYTES_PER_UNIT,
    charge,
    charge_for_return_data,
    fault_label,
    finish,
    finish_with,
)
from zisk_py.transpiler.bpf.runtime.records import PROGRAM_ID
from zisk_py.transpiler.bpf.slices import (
    MASK32,
    advance,
    check_slice,
    clear_crossing,
    with_and_without_gaps,
    without_gaps,
)
from zisk_py.transpiler.bpf.versions import Feature
from zisk_py.transpiler.rom_builder import Label

R1, R2, R3 = (register(i) for i in range(1, 4))
MAX_RETURN_DATA = 1024  # bytes


def set_return_data(context: Context) -> None:
    """r1 data, r2 length."""
    builder, crossing = context.builder, context.temporary(6)
    charge_for_return_data(context, R2)
    builder.branch(LTU, immediate(MAX_RETURN_DATA), R2, fault_label(context, FaultKind.RETURN_DATA_TOO_LARGE))
    clear_crossing(context, crossing)
    check_slice(context, R1, R2, FaultKind.LOAD_VIOLATION, crossing)
    with_and_without_gaps(context, crossing, lambda is_gapped: _publish(context, is_gapped))


def _publish(context: Context, is_gapped: bool) -> None:
    """Keep the data; zero those words that longer data before left behind."""
    builder, clear, done = context.builder, Label("clear a stale word"), Label("no stale words")
    index, stale, first = context.temporary(9), context.temporary(12), context.return_data + 1
    builder.copy(immediate(0), index)
    copy_in(context, R1, R2, first, index, is_gapped)
    builder.compute(ADD, hidden(context.return_data), immediate(7))
    builder.compute(SRL, LAST_C, immediate(3), stale)
    builder.branch(LTU, index, stale, None, done)
    builder.place(clear)
    builder.store(index, first, 8, immediate(0), guest=False)
    builder.compute(ADD, index, immediate(1), index)
    builder.branch(LTU, LAST_C, stale, clear)
    builder.place(done)
    builder.copy(R2, hidden(context.return_data))
    finish(context)


def get_return_data(context: Context) -> None:
    """r1 where the data go, r2 how many bytes at most, r3 where the id of the program goes that set them.

    Returns how many bytes there are. The program is this one; its id is what ends the input,
    with the Solana runtime what ended it before the run.
    """
    builder, none, crossing = context.builder, Label("no return data"), context.temporary(6)
    there, length, cost = hidden(context.return_data), context.temporary(13), context.temporary(14)
    id_bytes = immediate(PROGRAM_ID_BYTES)
    all_of_it = Label("length")
    charge(context, immediate(BASE_COST))
    builder.copy(R2, length)
    builder.branch(LTU, there, R2, None, all_of_it)
    builder.copy(there, length)
    builder.place(all_of_it)
    builder.branch(EQ, length, immediate(0), none)
    builder.compute(ADD, length, id_bytes)
    builder.compute(DIVU, LAST_C, immediate(BYTES_PER_UNIT), cost)
    charge(context, cost)
    clear_crossing(context, crossing)
    check_slice(context, R1, length, FaultKind.STORE_VIOLATION, crossing)
    check_slice(context, R3, id_bytes, FaultKind.STORE_VIOLATION, crossing)
    _refuse_overlap(context, length)
    with_and_without_gaps(context, crossing, lambda is_gapped: _hand_over(context, length, is_gapped))
    builder.place(none)
    finish_with(context, there)


def _refuse_overlap(context: Context, length: Operand) -> None:
    """Fault if the slices at r1 (of that length) and r3 overlap, the gaps of the stack left out."""
    builder, id_bytes = context.builder, immediate(PROGRAM_ID_BYTES)
    overlapping = fault_label(context, FaultKind.COPY_OVERLAPPING)
    data, program = context.temporary(14), context.temporary(15)
    above, apart = Label("the id is not below the data"), Label("no overlap")
    for address, place in ((R1, data), (R3, program)):
        builder.copy(address, place)
        if context.program.version.has(Feature.GAPPED_STACK):
            outside = Label("not in the stack")
            builder.compute(SRL, address, immediate(32))
            builder.branch(EQ, LAST_C, immediate(STACK_ADDRESS >> 32), None, outside)
            builder.compute(AND, address, immediate(MASK32), place)
            without_gaps(context, place)
            builder.compute(ADD, place, immediate(STACK_ADDRESS), place)
            builder.place(outside)
    builder.branch(LTU, program, data, None, above)
    builder.compute(SUB, data, program)
    builder.branch(LTU, LAST_C, id_bytes, overlapping, apart)
    builder.place(above)
    builder.compute(SUB, program, data)
    builder.branch(LTU, LAST_C, length, overlapping)
    builder.place(apart)


def _hand_over(context: Context, length: Operand, is_gapped: bool) -> None:
    builder, place = context.builder, context.temporary(7)
    words = tuple(context.temporary(14 + i) for i in range(PROGRAM_ID_BYTES // 8))
    if context.program.runtime is None:
        _load_program_id(context, words)
    else:
        for number, word in enumerate(words):
            builder.copy(hidden(PROGRAM_ID + number), word)
    copy_out(context, context.return_data + 1, immediate(0), R1, length, is_gapped, is_whole=True)
    builder.copy(R3, place)
    for word in words:
        builder.store(place, 0, 8, word)
        advance(context, place, 8, is_gapped)
    finish_with(context, hidden(context.return_data))


def _load_program_id(context: Context, words: tuple[Operand, ...]) -> None:
    """What ends the input, before the data go to what may be the same place; zeros where there is no room."""
    builder, place, known = context.builder, context.temporary(7), Label("program id")
    for word in words:
        builder.copy(immediate(0), word)
    builder.branch(LTU, register(INPUT_LENGTH_REGISTER), immediate(PROGRAM_ID_BYTES), known)
    builder.compute(ADD, register(INPUT_LENGTH_REGISTER), immediate(INPUT_ADDRESS - PROGRAM_ID_BYTES), place)
    for number, word in enumerate(words):
        builder.load(place, 8 * number, 8, word)
    builder.place(known)
