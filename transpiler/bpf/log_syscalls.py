"""Logs, panics and return data.

Logged text is not an output of the run; that it is UTF-8 is checked, because the runtime does.
"""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, hidden, immediate, register
from zisk_py.isa.memory_map import OUTPUT_WORD
from zisk_py.isa.operations import ADD, EQ, LTU, OR, SLL, SRL
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.meter import (
    BASE_COST,
    charge,
    charge_at_least,
    charge_for_return_data,
    fault_label,
    finish,
)
from zisk_py.transpiler.bpf.slices import (
    advance,
    check_slice,
    clear_crossing,
    emit_loop,
    with_and_without_gaps,
)
from zisk_py.transpiler.bpf.utf8 import check_utf8
from zisk_py.transpiler.rom_builder import Label

R1, R2 = register(1), register(2)
MAX_RETURN_DATA = 1024  # bytes


def abort(context: Context) -> None:
    """End the run."""
    context.builder.end(fault_label(context, FaultKind.ABORT))


def panic(context: Context) -> None:
    """r1 name of the file, r2 its length (r3 line, r4 column): end the run."""
    charge(context, R2)
    _check_text(context, fault_label(context, FaultKind.PANIC))


def log(context: Context) -> None:
    """r1 text, r2 its length."""
    charge_at_least(context, R2, BASE_COST)
    _check_text(context, context.routine("finish", finish))


def log_values(context: Context) -> None:
    """Five registers; or the units left: nothing that the program could see."""
    charge(context, immediate(BASE_COST))
    finish(context)


def _check_text(context: Context, then: Label) -> None:
    crossing = context.temporary(6)
    clear_crossing(context, crossing)
    check_slice(context, R1, R2, FaultKind.LOAD_VIOLATION, crossing)
    invalid = fault_label(context, FaultKind.INVALID_STRING)
    with_and_without_gaps(
        context, crossing, lambda is_gapped: check_utf8(context, R1, R2, is_gapped, then, invalid)
    )


def set_return_data(context: Context) -> None:
    """r1 data, r2 length: they become the outputs of the run."""
    builder, crossing = context.builder, context.temporary(6)
    charge_for_return_data(context, R2)
    builder.branch(
        LTU, immediate(MAX_RETURN_DATA), R2, fault_label(context, FaultKind.RETURN_DATA_TOO_LARGE)
    )
    clear_crossing(context, crossing)
    check_slice(context, R1, R2, FaultKind.LOAD_VIOLATION, crossing)
    with_and_without_gaps(context, crossing, lambda is_gapped: _publish(context, is_gapped))


def _publish(context: Context, is_gapped: bool) -> None:
    """Copy to the output words; zero those that a longer output before left behind."""
    builder, top, done = context.builder, Label("stale words"), Label("no stale words")
    source, left, index, word, shift, stale = (context.temporary(i) for i in (7, 8, 9, 10, 11, 12))
    builder.copy(R1, source)
    builder.copy(R2, left)
    builder.copy(immediate(0), index)

    def whole() -> None:
        builder.load(source, 0, 8)
        builder.store(index, OUTPUT_WORD + 1, 8, LAST_C, guest=False)
        builder.compute(ADD, index, immediate(1), index)
        advance(context, source, 8, is_gapped)

    def single() -> None:
        builder.load(source, 0, 1)
        builder.compute(SLL, LAST_C, shift)
        builder.compute(OR, LAST_C, word, word)
        builder.compute(ADD, shift, immediate(8), shift)
        advance(context, source, 1, is_gapped)

    emit_loop(context, 8, left, whole)
    builder.branch(EQ, left, immediate(0), top)
    builder.copy(immediate(0), word)
    builder.copy(immediate(0), shift)
    emit_loop(context, 1, left, single)
    builder.store(index, OUTPUT_WORD + 1, 8, word, guest=False)
    builder.compute(ADD, index, immediate(1), index)
    builder.place(top)
    builder.compute(ADD, hidden(OUTPUT_WORD), immediate(7))
    builder.compute(SRL, LAST_C, immediate(3), stale)
    clear = Label("clear a stale word")
    builder.branch(LTU, index, stale, None, done)
    builder.place(clear)
    builder.store(index, OUTPUT_WORD + 1, 8, immediate(0), guest=False)
    builder.compute(ADD, index, immediate(1), index)
    builder.branch(LTU, LAST_C, stale, clear)
    builder.place(done)
    builder.copy(R2, hidden(OUTPUT_WORD))
    finish(context)
