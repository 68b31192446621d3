"""Syscalls that answer from what the host knows: the heap that is left, and the calls around this one."""

from zisk_py.isa.instruction import LAST_C, hidden, immediate, register
from zisk_py.isa.operations import ADD, AND, EQ, LTU, SUB
from zisk_py.transpiler.bpf.alignment import has_alignment
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.hidden_layout import HEAP_NEXT
from zisk_py.transpiler.bpf.layout import HEAP_ADDRESS, HEAP_SIZE_REGISTER
from zisk_py.transpiler.bpf.meter import BASE_COST, charge, finish, finish_with
from zisk_py.transpiler.bpf.slices import MASK64
from zisk_py.transpiler.rom_builder import Label

HEAP_ALIGNMENT = 8
STACK_HEIGHT = 1  # of a program that no other has called


def alloc_free(context: Context) -> None:
    """r1 bytes, r2 an address to free: returns the address of new memory, 0 if there is none.

    Memory is handed out from the start of the heap upward. Freeing does nothing.
    """
    builder, nothing = context.builder, Label("no memory")
    size, heap = register(1), register(HEAP_SIZE_REGISTER)
    start = context.temporary(0)
    builder.branch(EQ, register(2), immediate(0), None, nothing)
    builder.copy(hidden(HEAP_NEXT), start)
    if has_alignment(context):
        builder.compute(ADD, start, immediate(HEAP_ALIGNMENT - 1))
        builder.compute(AND, LAST_C, immediate(MASK64 ^ (HEAP_ALIGNMENT - 1)), start)
    builder.branch(LTU, heap, start, nothing)
    builder.compute(SUB, heap, start)
    builder.branch(LTU, LAST_C, size, nothing)
    builder.compute(ADD, start, size, hidden(HEAP_NEXT))
    builder.compute(ADD, start, immediate(HEAP_ADDRESS), start)
    finish_with(context, start)
    builder.place(nothing)
    finish(context)


def get_stack_height(context: Context) -> None:
    """Returns how deep the program is in calls of programs."""
    charge(context, immediate(BASE_COST))
    finish_with(context, immediate(STACK_HEIGHT))


def get_processed_sibling_instruction(context: Context) -> None:
    """Returns 0: nothing has been processed before in this run."""
    charge(context, immediate(BASE_COST))
    finish(context)
