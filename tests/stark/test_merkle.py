from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zisk_py.stark.hashing import INJECT, LEAF, NODE, digest
from zisk_py.stark.merkle import Matrix, climb, tree_position

SHAPES = [Matrix(9, 2), Matrix(7, 1), Matrix(9, 1), Matrix(6, 3), Matrix(8, 1)]


def value(matrix: int, position: int) -> list[int]:
    return [1000 * matrix + 10 * position + column for column in range(SHAPES[matrix].width)]


def tree() -> list[list[bytes]]:
    """All levels of the tree over SHAPES, built from the leaves without sharing code with `climb`."""

    def leaf(level: int, position: int) -> bytes:
        numbers = [n for m, shape in enumerate(SHAPES) if shape.log_size == level for n in value(m, position)]
        return digest(LEAF, b"".join(n.to_bytes(8, "little") for n in numbers))

    levels = [[leaf(9, position) for position in range(512)]]
    for level in (8, 7, 6):
        below = levels[-1]
        nodes = [digest(NODE, below[2 * i] + below[2 * i + 1]) for i in range(1 << level)]
        if any(shape.log_size == level for shape in SHAPES):
            nodes = [digest(INJECT, node + leaf(level, i)) for i, node in enumerate(nodes)]
        levels.append(nodes)
    return levels


TREE = tree()


def run(
    positions: Sequence[int], forged_row: int = -1, forged_sibling: int = -1
) -> tuple[dict[int, bytes], int, int]:
    """Cap nodes above the positions, and how many rows and siblings were taken."""
    taken = [0, 0]

    def row(matrix: int, position: int) -> list[int]:
        taken[0] += 1
        values = value(matrix, position)
        return [values[0] + 1, *values[1:]] if taken[0] - 1 == forged_row else values

    def sibling(level: int, position: int) -> bytes:
        taken[1] += 1
        node = TREE[9 - level][position]
        return bytes(32) if taken[1] - 1 == forged_sibling else node

    return climb(SHAPES, positions, row, sibling), taken[0], taken[1]


@settings(max_examples=50)
@given(st.lists(st.integers(0, 511), min_size=1, max_size=12))
def test_climbing_gives_the_nodes_of_the_tree(positions: list[int]) -> None:
    nodes, _, _ = run(positions)
    assert nodes == {position >> 3: TREE[3][position >> 3] for position in positions}


@settings(max_examples=20)
@given(st.lists(st.integers(0, 511), min_size=1, max_size=6))
def test_every_row_and_sibling_that_is_taken_is_authenticated(positions: list[int]) -> None:
    honest, rows, siblings = run(positions)
    for number in range(rows):
        assert run(positions, forged_row=number)[0] != honest
    for number in range(siblings):
        assert run(positions, forged_sibling=number)[0] != honest


def test_two_positions_below_one_injected_row_take_it_once() -> None:
    # 8 and 9 share the row of every shorter matrix: 2 leaves of two matrices each, one row of the other three
    _, rows, siblings = run([8, 9])
    assert (rows, siblings) == (2 * 2 + 3, 2)


def test_repeated_positions_take_nothing_twice() -> None:
    assert run([5, 5, 5])[1:] == run([5])[1:]


def test_a_leaf_is_no_node() -> None:
    # the digest of a row of 64 bytes and of a pair of nodes of the same bytes differ
    assert digest(LEAF, bytes(range(64))) != digest(NODE, bytes(range(64)))


@pytest.mark.parametrize("log_tree", [3, 5, 8])
def test_the_position_in_a_tree_chooses_the_same_rows(log_tree: int) -> None:
    for position in range(32):
        leaf = tree_position(position, 5, log_tree)
        assert 0 <= leaf < 1 << log_tree
        common = min(log_tree, 5)
        assert leaf >> (log_tree - common) == position >> (5 - common)
