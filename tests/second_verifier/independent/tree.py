"""Openings of a tree (section 4)."""

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO

from .refusal import require
from .stream import CAP_LOG, Cap, take
from .transcript import tagged_hash

RowBytes = Callable[[int, int], bytes]


def tree_position(position: int, log_from: int, log_to: int) -> int:
    """A position among 2^log_from as one among 2^log_to (sections 4 and 9.1)."""
    return position >> (log_from - log_to) if log_from >= log_to else position << (log_to - log_from)


def open_tree(
    stream: BytesIO, cap: Cap, log_sizes: Sequence[int], positions: Iterable[int], row_bytes: RowBytes
) -> None:
    """Check a tree of matrices of these log sizes; row_bytes reads a row of a matrix, and keeps it."""
    level = max(log_sizes)
    nodes: dict[int, bytes] = {}
    current = sorted(set(positions))
    while True:
        matrices = [number for number, log_size in enumerate(log_sizes) if log_size == level]
        if matrices:
            for position in current:
                leaf = tagged_hash(b"ziskleaf", b"".join(row_bytes(matrix, position) for matrix in matrices))
                nodes[position] = _injected(nodes.get(position), leaf)
        if level == CAP_LOG:
            break
        nodes = _parents(stream, nodes, current)
        current = sorted(nodes)
        level -= 1
    require(
        all(cap[position] == node for position, node in nodes.items()), "an opening does not lead to its cap"
    )


def _injected(node: bytes | None, leaf: bytes) -> bytes:
    """A node with the rows that stand at its level; at the level of the leaves there is no node yet."""
    return leaf if node is None else tagged_hash(b"ziskinjt", node + leaf)


def _parents(stream: BytesIO, nodes: dict[int, bytes], positions: Sequence[int]) -> dict[int, bytes]:
    """The nodes one level up; siblings that are not known are read."""
    parents: dict[int, bytes] = {}
    for position in positions:
        if position >> 1 not in parents:
            sibling = nodes.get(position ^ 1) or take(stream, 32)
            pair = sibling + nodes[position] if position & 1 else nodes[position] + sibling
            parents[position >> 1] = tagged_hash(b"zisknode", pair)
    return parents
