"""sol_memcpy_, sol_memmove_, sol_memset_, sol_memcmp_: eight bytes per turn, then single bytes.

Order of the checks as in the runtime: compute units, overlap (memcpy only), destination, source; for memcmp
both operands, then the place of the result and its alignment.
"""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, immediate, register
from zisk_py.isa.operations import AND, EQ, LTU, MULU, SUB
from zisk_py.transpiler.bpf.alignment import check_alignment
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.meter import charge_for_memory, fault_label, finish
from zisk_py.transpiler.bpf.slices import (
    advance,
    check_slice,
    clear_crossing,
    emit_loop,
    move_to_end,
    retreat,
    with_and_without_gaps,
)
from zisk_py.transpiler.rom_builder import Label

R1, R2, R3, R4 = (register(i) for i in range(1, 5))
ONES = 0x0101_0101_0101_0101
STEPS = (8, 1)
RESULT_BYTES = 4  # memcmp stores an i32


def memcpy(context: Context) -> None:
    """r1 destination, r2 source, r3 length; refuses slices that overlap."""
    builder, distance, ordered = context.builder, context.temporary(2), Label("distance")
    charge_for_memory(context, R3)
    builder.compute(SUB, R2, R1, distance)
    builder.branch(LTU, R1, R2, ordered)
    builder.compute(SUB, R1, R2, distance)
    builder.place(ordered)
    builder.branch(
        LTU,
        distance,
        R3,
        fault_label(context, FaultKind.COPY_OVERLAPPING),
        context.routine("move", _move),
    )


def memmove(context: Context) -> None:
    """r1 destination, r2 source, r3 length."""
    charge_for_memory(context, R3)
    context.builder.end(context.routine("move", _move))


def _move(context: Context) -> None:
    """Check both slices; copy upward if the destination is below the source, else downward."""
    crossing = context.temporary(6)
    clear_crossing(context, crossing)
    check_slice(context, R1, R3, FaultKind.STORE_VIOLATION, crossing)
    check_slice(context, R2, R3, FaultKind.LOAD_VIOLATION, crossing)
    with_and_without_gaps(context, crossing, lambda is_gapped: _copy(context, is_gapped))


def _copy(context: Context, is_gapped: bool) -> None:
    builder, downward = context.builder, Label("downward")
    target, source, left = (context.temporary(i) for i in (7, 8, 9))
    builder.copy(R1, target)
    builder.copy(R2, source)
    builder.copy(R3, left)
    builder.branch(LTU, source, target, downward)
    for step in STEPS:

        def up(step: int = step) -> None:
            builder.load(source, 0, step)
            builder.store(target, 0, step, LAST_C)
            advance(context, source, step, is_gapped)
            advance(context, target, step, is_gapped)

        emit_loop(context, step, left, up)
    finish(context)
    builder.place(downward)
    move_to_end(context, source, left, is_gapped)
    move_to_end(context, target, left, is_gapped)
    for step in STEPS:

        def down(step: int = step) -> None:
            retreat(context, source, step, is_gapped)
            retreat(context, target, step, is_gapped)
            builder.load(source, 0, step)
            builder.store(target, 0, step, LAST_C)

        emit_loop(context, step, left, down)
    finish(context)


def memset(context: Context) -> None:
    """r1 destination, r2 byte, r3 length."""
    crossing = context.temporary(6)
    charge_for_memory(context, R3)
    clear_crossing(context, crossing)
    check_slice(context, R1, R3, FaultKind.STORE_VIOLATION, crossing)
    with_and_without_gaps(context, crossing, lambda is_gapped: _fill(context, is_gapped))


def _fill(context: Context, is_gapped: bool) -> None:
    builder = context.builder
    target, pattern, left = (context.temporary(i) for i in (7, 8, 9))
    builder.copy(R1, target)
    builder.copy(R3, left)
    builder.compute(AND, R2, immediate(0xFF))
    builder.compute(MULU, LAST_C, immediate(ONES), pattern)
    for step in STEPS:

        def body(step: int = step) -> None:
            builder.store(target, 0, step, pattern)
            advance(context, target, step, is_gapped)

        emit_loop(context, step, left, body)
    finish(context)


def memcmp(context: Context) -> None:
    """r1 and r2 operands, r3 length, r4 where the i32 result goes."""
    crossing, result = context.temporary(6), context.temporary(7)
    charge_for_memory(context, R3)
    clear_crossing(context, crossing)
    check_slice(context, R1, R3, FaultKind.LOAD_VIOLATION, crossing)
    check_slice(context, R2, R3, FaultKind.LOAD_VIOLATION, crossing)
    builder, store = context.builder, context.routine("store result of memcmp", _store_result)
    builder.copy(immediate(0), result)
    with_and_without_gaps(context, crossing, lambda is_gapped: _compare(context, is_gapped, store))


def _compare(context: Context, is_gapped: bool, store: Label) -> None:
    builder, differs = context.builder, Label("differs")
    result, one, other, left, byte = (context.temporary(i) for i in (7, 8, 9, 10, 11))
    builder.copy(R1, one)
    builder.copy(R2, other)
    builder.copy(R3, left)
    for step in STEPS:
        # A word that differs is looked at again, byte by byte.
        otherwise = Label("bytes") if step > 1 else differs

        def body(step: int = step, otherwise: Label = otherwise) -> None:
            builder.load(one, 0, step, byte)
            builder.load(other, 0, step)
            builder.branch(EQ, byte, LAST_C, None, otherwise)
            advance(context, one, step, is_gapped)
            advance(context, other, step, is_gapped)

        emit_loop(context, step, left, body)
        if otherwise is not differs:
            builder.place(otherwise)
    builder.end(store)
    builder.place(differs)
    builder.load(other, 0, 1)
    builder.compute(SUB, byte, LAST_C, result, then=store)


def _store_result(context: Context) -> None:
    builder, result = context.builder, context.temporary(7)
    check_slice(context, R4, immediate(RESULT_BYTES), FaultKind.STORE_VIOLATION)
    check_alignment(context, R4, RESULT_BYTES)
    builder.store(R4, 0, RESULT_BYTES, result)
    finish(context)
