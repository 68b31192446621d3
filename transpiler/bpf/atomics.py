"""Lowering of atomic operations: load, compute, store (RFC 9669, 5.3).

One program runs on one machine, so nothing comes between the load and the store. Every operation stores, a
cmpxchg that does not match too (it stores what was there), so each needs a place that is writable.
"""

from zisk_py.isa.instruction import LAST_C, Operand, immediate, register
from zisk_py.isa.operations import ADD, AND, EQ, OR, XOR
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.encodings import FETCH
from zisk_py.transpiler.bpf.operands import MASK32
from zisk_py.transpiler.rom_builder import Label

COMPUTATIONS = {"add": ADD, "or": OR, "and": AND, "xor": XOR}


def lower_atomic(context: Context, instruction: BpfInstruction) -> None:
    """[dst + off] = old op src, and with fetch src = old; cmpxchg compares with r0 and puts old there."""
    builder, encoding = context.builder, instruction.encoding
    old, source = context.temporary(0), register(instruction.src)
    width = encoding.bits // 8

    def store(value: Operand, then: Label | None = None) -> None:
        builder.store(register(instruction.dst), instruction.offset, width, value, then=then)

    builder.load(register(instruction.dst), instruction.offset, width, old)
    result = source
    if encoding.operation == "cmpxchg":
        result, matches, done = register(0), Label("matches"), Label("done")
        expected = result
        if encoding.bits == 32:
            expected = context.temporary(1)
            builder.compute(AND, result, immediate(MASK32), expected)
        builder.branch(EQ, old, expected, matches)
        store(old, then=done)
        builder.place(matches)
        store(source)
        builder.place(done)
    elif encoding.operation == "xchg":
        store(source)
    else:
        builder.compute(COMPUTATIONS[encoding.operation], old, source)
        store(LAST_C)
    if encoding.variant & FETCH:
        builder.copy(old, result)
