"""Slices of guest memory in syscalls: the check that one lies in a region, and walking over it.

The check computes what the runtime's translation does, from the sizes that the claim puts into registers,
so that the accesses that follow cannot trap. A slice in the gapped stack of v0 goes on in the next frame
behind a gap; walking over such a one skips the gap.
"""

from collections.abc import Callable

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, immediate, register
from zisk_py.isa.operations import ADD, AND, EQ, LTU, OR, SLL, SRL, SUB, Operation
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.layout import (
    FRAME_SIZE,
    HEAP_ADDRESS,
    HEAP_SIZE_REGISTER,
    INPUT_ADDRESS,
    INPUT_LENGTH_REGISTER,
    STACK_ADDRESS,
)
from zisk_py.transpiler.bpf.meter import fault_label
from zisk_py.transpiler.bpf.versions import Feature
from zisk_py.transpiler.rom_builder import Label

MASK32 = 0xFFFFFFFF
IN_FRAME = FRAME_SIZE - 1
GAP_PATTERN = STACK_ADDRESS | FRAME_SIZE  # of an address in a gap, in the bits of GAP_MASK
GAP_MASK = MASK32 << 32 | FRAME_SIZE
MASK64 = (1 << 64) - 1
BAD_SLICE = (2, 3)  # temporaries with address and length of the slice for which a syscall has failed


def check_slice(
    context: Context,
    address: Operand,
    length: Operand,
    kind: FaultKind,
    crossing: Operand | None = None,
) -> None:
    """Go on if `length` bytes at `address` may be read (or written), else fault with `kind`.

    `kind` is LOAD_VIOLATION or STORE_VIOLATION. An empty slice may be anywhere. `crossing` is set to 1 if
    the slice crosses a gap of the stack.
    """
    builder, fail = context.builder, _violation(context, address, length, kind)
    tag, offset, size = (context.temporary(i) for i in (2, 3, 4))
    compare, done = Label("compare"), Label("slice is good")
    builder.branch(EQ, length, immediate(0), done)
    builder.compute(SRL, address, immediate(32), tag)
    builder.compute(AND, address, immediate(MASK32), offset)
    regions: list[tuple[int, Callable[[], None]]] = [
        (INPUT_ADDRESS, lambda: builder.copy(register(INPUT_LENGTH_REGISTER), size, then=compare)),
        (HEAP_ADDRESS, lambda: builder.copy(register(HEAP_SIZE_REGISTER), size, then=compare)),
    ]
    if kind is FaultKind.LOAD_VIOLATION:
        regions += [
            (segment.address, _constant_size(context, size, len(segment.data), compare))
            for segment in context.program.data
        ]
    regions.append((STACK_ADDRESS, lambda: _stack_size(context, offset, size, length, fail, crossing)))
    for number, (region, emit_size) in enumerate(regions):
        other = Label("next region") if number + 1 < len(regions) else fail
        builder.branch(EQ, tag, immediate(region >> 32), None, other)
        emit_size()
        if other is not fail:
            builder.place(other)
    # In the region: length <= size and offset <= size - length.
    builder.place(compare)
    builder.branch(LTU, size, length, fail)
    builder.compute(SUB, size, length)
    builder.branch(LTU, LAST_C, offset, fail)
    builder.place(done)


def _violation(context: Context, address: Operand, length: Operand, kind: FaultKind) -> Label:
    """A fault that leaves the slice in BAD_SLICE, where a report finds it."""

    def emit(context: Context) -> None:
        for value, place in zip((address, length), BAD_SLICE, strict=True):
            context.builder.copy(value, context.temporary(place))
        context.builder.end(fault_label(context, kind))

    names = (f"{operand.source.name.lower()} {operand.value:x}" for operand in (address, length))
    return context.routine(" ".join(("bad slice", *names, kind.name.lower())), emit)


def _constant_size(context: Context, size: Operand, value: int, then: Label) -> Callable[[], None]:
    return lambda: context.builder.copy(immediate(value), size, then=then)


def _stack_size(
    context: Context,
    offset: Operand,
    size: Operand,
    length: Operand,
    fail: Label,
    crossing: Operand | None,
) -> None:
    """The size of the stack without gaps; `offset` becomes that without gaps."""
    builder, version = context.builder, context.program.version
    if version.has(Feature.GAPPED_STACK):
        builder.compute(AND, offset, immediate(FRAME_SIZE))
        builder.branch(EQ, LAST_C, immediate(0), None, fail)
        if crossing is not None:
            stays = Label("within a frame")
            builder.compute(AND, offset, immediate(IN_FRAME))
            builder.compute(ADD, LAST_C, length)
            builder.branch(LTU, immediate(FRAME_SIZE), LAST_C, None, stays)
            builder.copy(immediate(1), crossing)
            builder.place(stays)
        without_gaps(context, offset)
    builder.copy(immediate(version.max_depth * FRAME_SIZE), size)


def without_gaps(context: Context, offset: Operand) -> None:
    """Offset in the stack -> the number of stack bytes before it."""
    builder, frames = context.builder, context.temporary(5)
    builder.compute(SRL, offset, immediate(1))
    builder.compute(AND, LAST_C, immediate(MASK64 ^ IN_FRAME), frames)
    builder.compute(AND, offset, immediate(IN_FRAME))
    builder.compute(OR, LAST_C, frames, offset)


def emit_loop(context: Context, step: int, left: Operand, body: Callable[[], None]) -> None:
    """While `left` >= step: run the body and subtract step from `left`."""
    builder, top, done = context.builder, Label("loop"), Label("loop is done")
    builder.branch(LTU, left, immediate(step), done)
    builder.place(top)
    body()
    builder.compute(SUB, left, immediate(step), left)
    builder.branch(LTU, LAST_C, immediate(step), done, top)
    builder.place(done)


def advance(context: Context, pointer: Operand, step: int, is_gapped: bool) -> None:
    """Move a pointer up, over a gap where it comes to one."""
    _move(context, ADD, pointer, step, is_gapped)


def retreat(context: Context, pointer: Operand, step: int, is_gapped: bool) -> None:
    """Move a pointer down, over a gap where it comes to one."""
    _move(context, SUB, pointer, step, is_gapped)


def _move(context: Context, op: Operation, pointer: Operand, step: int, is_gapped: bool) -> None:
    builder = context.builder
    builder.compute(op, pointer, immediate(step), pointer)
    if is_gapped:
        outside = Label("not in a gap")
        builder.compute(AND, LAST_C, immediate(GAP_MASK))
        builder.branch(EQ, LAST_C, immediate(GAP_PATTERN), None, outside)
        builder.compute(op, pointer, immediate(FRAME_SIZE), pointer)
        builder.place(outside)


def move_to_end(context: Context, pointer: Operand, length: Operand, is_gapped: bool) -> None:
    """Set a pointer behind the slice that it starts; in the stack, by way of the offset without gaps."""
    builder, offset, done = context.builder, context.temporary(3), Label("end")
    if is_gapped:
        plain = Label("not in the stack")
        builder.compute(SRL, pointer, immediate(32))
        builder.branch(EQ, LAST_C, immediate(STACK_ADDRESS >> 32), None, plain)
        builder.compute(AND, pointer, immediate(MASK32), offset)
        without_gaps(context, offset)
        builder.compute(ADD, offset, length, offset)
        builder.compute(AND, LAST_C, immediate(IN_FRAME), pointer)
        builder.compute(SUB, offset, pointer)
        builder.compute(SLL, LAST_C, immediate(1))
        builder.compute(OR, LAST_C, pointer)
        builder.compute(ADD, LAST_C, immediate(STACK_ADDRESS), pointer, then=done)
        builder.place(plain)
    builder.compute(ADD, pointer, length, pointer)
    builder.place(done)


def with_and_without_gaps(context: Context, crossing: Operand, emit: Callable[[bool], None]) -> None:
    """Add the rows of a walk; where slices can cross gaps also the slower rows that skip them.

    Both end by a jump of their own.
    """
    if context.program.version.has(Feature.GAPPED_STACK):
        crosses = Label("crosses a gap")
        context.builder.branch(EQ, crossing, immediate(1), crosses)
        emit(False)
        context.builder.place(crosses)
        emit(True)
    else:
        emit(False)


def clear_crossing(context: Context, crossing: Operand) -> None:
    """Start with no slice known to cross a gap."""
    if context.program.version.has(Feature.GAPPED_STACK):
        context.builder.copy(immediate(0), crossing)
