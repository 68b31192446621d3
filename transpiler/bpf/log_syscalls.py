"""Logs and panics: the text is checked to be UTF-8, as the runtime does, and kept as a record."""

from collections.abc import Callable

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, UNITS, Operand, hidden, immediate, register
from zisk_py.isa.memory_map import BUDGET_REGISTER
from zisk_py.isa.operations import ADD, EQ, LTU, MULU, OR, SLL, SRL, SUB
from zisk_py.transpiler.bpf.alignment import check_alignment
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.hidden_copies import copy_in
from zisk_py.transpiler.bpf.hidden_layout import LOG, NUM_LOG_WORDS
from zisk_py.transpiler.bpf.log_records import (
    MAX_LOG_BYTES,
    MAX_RECORD_WORDS,
    NUM_VALUES,
    LogKind,
    record_head,
)
from zisk_py.transpiler.bpf.meter import BASE_COST, charge, charge_at_least, fault_label, finish
from zisk_py.transpiler.bpf.slices import (
    MASK64,
    advance,
    check_slice,
    clear_crossing,
    emit_loop,
    with_and_without_gaps,
)
from zisk_py.transpiler.bpf.utf8 import check_utf8
from zisk_py.transpiler.bpf.versions import Feature
from zisk_py.transpiler.rom_builder import Label

R1, R2, R3, R4 = (register(i) for i in range(1, 5))
USED = hidden(LOG)  # words of records
PUBKEY_BYTES = 32
SLICE_BYTES = 16  # address and length
MAX_SLICES = ((1 << 63) - 1) // SLICE_BYTES  # more are longer than memory can be


def abort(context: Context) -> None:
    """End the run."""
    context.builder.end(fault_label(context, FaultKind.ABORT))


def panic(context: Context) -> None:
    """r1 name of the file, r2 its length, r3 line, r4 column: end the run."""
    charge(context, R2)
    _log_text(context, LogKind.PANIC, (R3, R4), fault_label(context, FaultKind.PANIC))


def log(context: Context) -> None:
    """r1 text, r2 its length."""
    charge_at_least(context, R2, BASE_COST)
    _log_text(context, LogKind.TEXT, (), context.routine("finish", finish))


def log_values(context: Context) -> None:
    """Five registers."""
    charge(context, immediate(BASE_COST))
    _log_words(context, LogKind.VALUES, tuple(register(1 + i) for i in range(NUM_VALUES)))


def log_units(context: Context) -> None:
    """The compute units that are left."""
    left = context.temporary(7)
    charge(context, immediate(BASE_COST))
    context.builder.compute(SUB, register(BUDGET_REGISTER), UNITS, left)
    _log_words(context, LogKind.UNITS, (left,))


def log_pubkey(context: Context) -> None:
    """r1 key."""
    crossing = context.temporary(6)
    charge(context, immediate(BASE_COST))
    clear_crossing(context, crossing)
    check_slice(context, R1, immediate(PUBKEY_BYTES), FaultKind.LOAD_VIOLATION, crossing)
    done = context.routine("finish", finish)
    with_and_without_gaps(
        context,
        crossing,
        lambda is_gapped: _append(context, LogKind.PUBKEY, (), R1, immediate(PUBKEY_BYTES), is_gapped, done),
    )


def _log_text(context: Context, kind: LogKind, words: tuple[Operand, ...], then: Label) -> None:
    """Log the words and the text at r1, of length r2."""
    crossing = context.temporary(6)
    clear_crossing(context, crossing)
    check_slice(context, R1, R2, FaultKind.LOAD_VIOLATION, crossing)
    invalid = fault_label(context, FaultKind.INVALID_STRING)

    def emit(is_gapped: bool) -> None:
        valid = Label("text is valid")
        check_utf8(context, R1, R2, is_gapped, valid, invalid)
        context.builder.place(valid)
        _append(context, kind, words, R1, R2, is_gapped, then)

    with_and_without_gaps(context, crossing, emit)


def _log_words(context: Context, kind: LogKind, words: tuple[Operand, ...]) -> None:
    """Append a record with only words, and finish."""
    builder, done = context.builder, context.routine("finish", finish)
    room = MAX_RECORD_WORDS - len(words)
    builder.branch(LTU, USED, immediate(room), None, _skip(context, done))
    _begin(context, immediate(record_head(kind, 8 * len(words))), words)
    builder.compute(ADD, USED, immediate(1 + len(words)), USED, then=done)


def _begin(context: Context, head: Operand, words: tuple[Operand, ...]) -> None:
    for number, word in enumerate((head, *words)):
        context.builder.store(USED, LOG + 1 + number, 8, word, guest=False)


def _append(
    context: Context,
    kind: LogKind,
    words: tuple[Operand, ...],
    address: Operand,
    length: Operand,
    is_gapped: bool,
    then: Label,
) -> None:
    """Append a record with words and a slice, and go on."""
    builder, index = context.builder, context.temporary(9)
    builder.branch(LTU, immediate(MAX_LOG_BYTES), length, _skip(context, then))
    builder.compute(ADD, length, immediate(7))
    builder.compute(SRL, LAST_C, immediate(3))
    builder.compute(ADD, LAST_C, USED, index)
    room = MAX_RECORD_WORDS - 1 - len(words)
    builder.branch(LTU, immediate(room), index, _skip(context, then))
    builder.compute(SLL, length, immediate(32))
    builder.compute(ADD, LAST_C, immediate(record_head(kind, 8 * len(words))))
    _begin(context, LAST_C, words)
    builder.compute(ADD, USED, immediate(1 + len(words)), index)
    copy_in(context, address, length, LOG + 1, index, is_gapped)
    builder.copy(index, USED, then=then)


def _skip(context: Context, then: Label) -> Label:
    """A routine that notes, where there is room, that a record did not fit."""

    def emit(context: Context) -> None:
        builder = context.builder
        builder.branch(LTU, USED, immediate(NUM_LOG_WORDS - 1), None, then)
        _begin(context, immediate(record_head(LogKind.TRUNCATED, 0)), ())
        builder.compute(ADD, USED, immediate(1), USED, then=then)

    return context.routine(f"log is full; {then.name}", emit)


def log_data(context: Context) -> None:
    """r1 slices (address and length of each), r2 how many.

    Order of the checks as in the runtime: the place of the slices and its alignment, compute units for their
    number, compute units for their bytes, the place of each.
    """
    builder, total, empty = context.builder, context.temporary(13), Label("no slices")
    charge(context, immediate(BASE_COST))
    too_long = fault_label(context, FaultKind.INVALID_LENGTH)
    builder.branch(LTU, immediate(MAX_SLICES), R2, too_long)
    builder.compute(MULU, R2, immediate(SLICE_BYTES), total)
    check_slice(context, R1, total, FaultKind.LOAD_VIOLATION)
    builder.branch(EQ, R2, immediate(0), empty)
    check_alignment(context, R1, 8)
    builder.place(empty)
    builder.compute(MULU, R2, immediate(BASE_COST), total)
    charge(context, total)
    _charge_for_slices(context)
    _append_slices(context)


def _charge_for_slices(context: Context) -> None:
    """Charge a unit per byte; whether the record will be too long for the log goes to `_too_long`."""
    builder, words = context.builder, context.temporary(18)
    length, total = context.temporary(16), context.temporary(17)
    builder.copy(immediate(0), total)
    builder.copy(USED, words)

    def body(pointer: Operand) -> None:
        fits = Label("sum below 2^64")
        _skip_word(context, pointer)
        builder.load(pointer, 0, 8, length)
        _skip_word(context, pointer)
        builder.compute(ADD, total, length, total)
        builder.branch(LTU, total, length, None, fits)
        builder.copy(immediate(MASK64), total)
        builder.place(fits)
        builder.compute(ADD, length, immediate(15))
        builder.compute(SRL, LAST_C, immediate(3))
        builder.compute(ADD, LAST_C, words, words)

    _walk_slices(context, body)
    charge(context, total)
    builder.compute(LTU, immediate(MAX_RECORD_WORDS - 1), words, _too_long(context))
    builder.compute(LTU, immediate(MAX_LOG_BYTES), total)
    builder.compute(OR, LAST_C, _too_long(context), _too_long(context))


def _too_long(context: Context) -> Operand:
    return context.temporary(19)


def _append_slices(context: Context) -> None:
    """Check the slices; append a record with them, and finish."""
    builder, done = context.builder, context.routine("finish", finish)
    crossing, index = context.temporary(6), context.temporary(9)
    address, length = context.temporary(15), context.temporary(16)
    builder.compute(ADD, USED, immediate(1), index)

    def body(pointer: Operand) -> None:
        after = Label("after the slice")
        builder.load(pointer, 0, 8, address)
        _skip_word(context, pointer)
        builder.load(pointer, 0, 8, length)
        _skip_word(context, pointer)
        clear_crossing(context, crossing)
        check_slice(context, address, length, FaultKind.LOAD_VIOLATION, crossing)
        builder.branch(EQ, _too_long(context), immediate(1), after)
        builder.store(index, LOG + 1, 8, length, guest=False)
        builder.compute(ADD, index, immediate(1), index)

        def copy(is_gapped: bool) -> None:
            copy_in(context, address, length, LOG + 1, index, is_gapped)
            builder.end(after)

        with_and_without_gaps(context, crossing, copy)
        builder.place(after)

    _walk_slices(context, body)
    builder.branch(EQ, _too_long(context), immediate(1), _skip(context, done))
    builder.compute(SUB, index, USED)
    builder.compute(SUB, LAST_C, immediate(1))
    builder.compute(SLL, LAST_C, immediate(32 + 3))
    builder.compute(OR, LAST_C, immediate(LogKind.DATA))
    _begin(context, LAST_C, ())
    builder.copy(index, USED, then=done)


def _walk_slices(context: Context, body: Callable[[Operand], None]) -> None:
    pointer, left = context.temporary(13), context.temporary(14)
    context.builder.copy(R1, pointer)
    context.builder.copy(R2, left)
    emit_loop(context, 1, left, lambda: body(pointer))


def _skip_word(context: Context, pointer: Operand) -> None:
    advance(context, pointer, 8, context.program.version.has(Feature.GAPPED_STACK))
