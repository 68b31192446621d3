"""Merkle trees over matrices of different heights, and the proof that rows at some positions belong to one.

All matrices of one commitment stand in one tree. The leaves are the digests of the rows of the tallest
matrices, side by side. On the way up, where a level has as many nodes as shorter matrices have rows, the rows
are injected: node = H(node, H(row)). The position in a shorter matrix is the position in the tallest without
its lowest bits. The level of 2^LOG_CAP nodes is published instead of the root.

One proof serves many positions. `climb` walks the levels over the set of distinct positions; a sibling is
taken only where it is not known already, and a row only once. Every row that is taken is hashed into the cap.
"""

from collections.abc import Callable, Iterable, Sequence
from struct import pack
from typing import NamedTuple

from zisk_py.stark.hashing import INJECT, LEAF, NODE, digest
from zisk_py.stark.options import LOG_CAP


class Matrix(NamedTuple):
    """The shape of a committed matrix: 2^log_size rows of `width` base field elements."""

    log_size: int
    width: int


def tree_position(position: int, log_size: int, log_tree: int) -> int:
    """The leaf of a tree of 2^log_tree leaves that belongs to a position among 2^log_size.

    In a taller tree any leaf below the position would do, as only its upper bits choose rows: the first.
    """
    return position >> (log_size - log_tree) if log_tree <= log_size else position << (log_tree - log_size)


def climb(
    matrices: Sequence[Matrix],
    positions: Iterable[int],
    row: Callable[[int, int], Sequence[int]],
    sibling: Callable[[int, int], bytes],
) -> dict[int, bytes]:
    """The nodes of the cap above `positions`, computed from rows and siblings.

    row(matrix, position) gives an opened row, sibling(level, position) a node that is not computed here; the
    order of these calls is the order in which a proof holds them. Positions are those of the tallest matrix.
    """
    top = max(matrix.log_size for matrix in matrices)
    known = sorted(set(positions))
    nodes: dict[int, bytes] = {}
    for level in range(top, LOG_CAP - 1, -1):
        here = [index for index, matrix in enumerate(matrices) if matrix.log_size == level]
        for position in known if here else ():
            values = [value for index in here for value in row(index, position)]
            leaf = digest(LEAF, pack(f"<{len(values)}Q", *values))
            nodes[position] = leaf if level == top else digest(INJECT, nodes[position] + leaf)
        if level == LOG_CAP:
            break
        parents: dict[int, bytes] = {}
        for position in known:
            if position >> 1 not in parents:
                other = nodes.get(position ^ 1) or sibling(level, position ^ 1)
                pair = (other, nodes[position]) if position & 1 else (nodes[position], other)
                parents[position >> 1] = digest(NODE, pair[0] + pair[1])
        nodes, known = parents, list(parents)
    return nodes
