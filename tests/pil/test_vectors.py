"""Vector arithmetic equals that of Python's integers."""

import random

import numpy as np
import pytest

from zisk_py.field.goldilocks import P
from zisk_py.pil import vectors

EDGES = [0, 1, 2, 2**32 - 2, 2**32 - 1, 2**32, 2**32 + 1, 2**63, P // 2, P // 2 + 1, P - 2**32, P - 2, P - 1]
SAMPLE = EDGES + [random.Random(1).randrange(P) for _ in range(100)]
LEFT = np.array([a for a in SAMPLE for _ in SAMPLE], dtype=np.uint64)
RIGHT = np.array([b for _ in SAMPLE for b in SAMPLE], dtype=np.uint64)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (vectors.add, lambda a, b: (a + b) % P),
        (vectors.sub, lambda a, b: (a - b) % P),
        (vectors.mul, lambda a, b: a * b % P),
    ],
    ids=["add", "sub", "mul"],
)
def test_an_operation_equals_python(function, expected) -> None:  # type: ignore[no-untyped-def]
    assert function(LEFT, RIGHT).tolist() == [expected(a, b) for a in SAMPLE for b in SAMPLE]


def test_negation_equals_python() -> None:
    assert vectors.neg(np.array(SAMPLE, dtype=np.uint64)).tolist() == [-a % P for a in SAMPLE]


def test_group_sums_equal_python() -> None:
    starts = [0, 1, 2, 50, 90]
    ends = [*starts[1:], len(SAMPLE)]
    sums = vectors.group_sums(np.array(SAMPLE, dtype=np.uint64), np.array(starts))

    assert sums.tolist() == [sum(SAMPLE[i:j]) % P for i, j in zip(starts, ends, strict=True)]
