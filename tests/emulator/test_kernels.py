"""The C kernels equal the semantics."""

import random

import pytest

from zisk_py.emulator.operations import compute
from zisk_py.isa.operations import OPERATIONS, Operation

EDGES = sorted(
    {
        value + near & (1 << 64) - 1
        for value in (0, *(1 << n for n in (6, 16, 31, 32, 33, 62, 63)))
        for near in (-2, -1, 0, 1, 2)
    }
    | set(range(68))
)
NATIVE = [op for op in OPERATIONS if op.native]


@pytest.mark.parametrize("op", NATIVE, ids=lambda op: op.name)
def test_kernel_equals_semantics_on_edges(op: Operation) -> None:
    pairs = [(a, b) for a in EDGES for b in EDGES]
    assert [compute(op.code, a, b) for a, b in pairs] == [op.semantics(a, b) for a, b in pairs]


@pytest.mark.parametrize("op", NATIVE, ids=lambda op: op.name)
def test_kernel_equals_semantics_on_random_values(op: Operation) -> None:
    source = random.Random(op.code)
    pairs = [
        (source.getrandbits(source.randint(1, 64)), source.getrandbits(source.randint(1, 64)))
        for _ in range(5000)
    ]
    assert [compute(op.code, a, b) for a, b in pairs] == [op.semantics(a, b) for a, b in pairs]
