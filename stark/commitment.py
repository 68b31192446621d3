"""The prover's side of `zisk_py.stark.merkle`: matrices with their tree, and openings of rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zisk_py.stark.backend import Backend
from zisk_py.stark.hashing import DIGEST_SIZE, INJECT, LEAF, NODE
from zisk_py.stark.key import Cap
from zisk_py.stark.merkle import Matrix, climb
from zisk_py.stark.options import LOG_CAP
from zisk_py.stark.proof import Writer

U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Commitment:
    """Committed matrices (2^log_size, width), and the nodes of their tree, leaves first, cap last."""

    matrices: tuple[U64, ...]
    layers: tuple[U8, ...]

    @property
    def cap(self) -> Cap:
        """The published level."""
        data = self.layers[-1].tobytes()
        return tuple(data[i : i + DIGEST_SIZE] for i in range(0, len(data), DIGEST_SIZE))

    @property
    def shapes(self) -> tuple[Matrix, ...]:
        """The shapes of the matrices."""
        return tuple(Matrix(len(matrix).bit_length() - 1, matrix.shape[1]) for matrix in self.matrices)

    def open(
        self,
        positions: Iterable[int],
        writer: Writer,
        missing: Callable[[int, int, Sequence[int]], Sequence[int]] = lambda matrix, position, row: row,
    ) -> None:
        """Write the rows at these leaves and the siblings above them, in the order in which a verifier reads
        them.

        `missing` gives the part of a row that the verifier does not know already.
        """
        top = len(self.layers) - 1 + LOG_CAP

        def row(matrix: int, position: int) -> Sequence[int]:
            values: list[int] = self.matrices[matrix][position].tolist()
            writer.numbers(missing(matrix, position, values))
            return values

        def sibling(level: int, position: int) -> bytes:
            node: bytes = self.layers[top - level][position].tobytes()
            writer.put(node)
            return node

        climb(self.shapes, positions, row, sibling)


def commit(backend: Backend, matrices: Sequence[U64]) -> Commitment:
    """Commit to matrices of power-of-two heights of at least 2^LOG_CAP in one tree."""
    heights = sorted({len(matrix) for matrix in matrices}, reverse=True)
    rows = {height: [matrix for matrix in matrices if len(matrix) == height] for height in heights}
    layers = [backend.hash_rows(rows[heights[0]], LEAF)]
    while len(layers[-1]) > 1 << LOG_CAP:
        nodes = backend.hash_pairs(layers[-1], NODE)
        if len(nodes) in rows:
            nodes = backend.hash_inject(nodes, backend.hash_rows(rows[len(nodes)], LEAF), INJECT)
        layers.append(nodes)
    return Commitment(tuple(matrices), tuple(layers))
