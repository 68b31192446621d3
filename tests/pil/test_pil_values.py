"""Compiled expressions have, on every row, the value that Python finds for the same text."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.trace_evaluation import instance

ROWS = 4
NAMES = ("a", "b", "NEXT_a", "x", "f")
NUMBERS = st.one_of(st.integers(0, 3), st.sampled_from([2**32, P - 1, P, P + 1, 2**64, 2**70]))


def joined(parts: tuple[str, str, str]) -> str:
    return f"({parts[0]} {parts[1]} {parts[2]})"


EXPRESSIONS = st.recursive(
    st.one_of(st.sampled_from(NAMES), NUMBERS.map(str)),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(joined),
        inner.map(lambda text: f"(-{text})"),
    ),
    max_leaves=12,
)
CELLS = st.lists(
    st.sampled_from([0, 1, 2, 2**32 - 1, 2**32, P // 2, P - 1]), min_size=3 * ROWS, max_size=3 * ROWS
)


@dataclass(frozen=True)
class Sheet:
    air: str
    matrix: NDArray[np.uint64]
    air_values: tuple[int, ...]


@settings(max_examples=150)
@given(EXPRESSIONS, CELLS, st.integers(0, P - 1))
def test_an_expression_has_the_value_that_python_finds(text: str, cells: list[int], x: int) -> None:
    declared = "col witness a, b, w; airval x; col fixed f = [1, 0...]; const expr NEXT_a = a';"
    source = f"airtemplate A() {{ {declared} lookup_proves(1, [w, {text}]); }} airgroup G {{ A(); }}"
    if text.count("*") > 1:  # a tuple has values of degree 2 at most
        source = source.replace(text, text.replace("*", "+"))
        text = text.replace("*", "+")
    (air,) = compile_pil(source).airs
    matrix = np.array(cells, dtype=np.uint64).reshape(ROWS, 3)
    made = instance(air, 0, Sheet("A", matrix, (x,)), {}, ())

    found = np.broadcast_to(made.evaluate(0, ROWS)[air.interactions[0].values[1]], ROWS)

    for row in range(ROWS):
        names = {
            "a": int(matrix[row, 0]),
            "b": int(matrix[row, 1]),
            "NEXT_a": int(matrix[(row + 1) % ROWS, 0]),
            "x": x,
            "f": int(row == 0),
        }
        assert int(found[row]) == eval(text, {}, names) % P
