"""FRI on the prover's side: DEEP codewords, their folds, and the openings at the queried positions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import DEGREE, ZERO, Element
from zisk_py.stark.arrays import element_array, elements_of, one_element
from zisk_py.stark.backend import Backend
from zisk_py.stark.commitment import Commitment, commit
from zisk_py.stark.deep import Openings
from zisk_py.stark.errors import ProverError
from zisk_py.stark.key import Cap
from zisk_py.stark.layout import Fold, Layout, Round
from zisk_py.stark.merkle import tree_position
from zisk_py.stark.options import LOG_FINAL
from zisk_py.stark.proof import Writer
from zisk_py.stark.transcript import Transcript

U64 = NDArray[np.uint64]


@dataclass(frozen=True)
class Folding:
    """What the commit phase leaves: a commitment per round, and a final polynomial per height class."""

    commitments: tuple[Commitment, ...]
    final_polynomials: tuple[tuple[Element, ...], ...]

    @property
    def caps(self) -> tuple[Cap, ...]:
        """The cap of every round."""
        return tuple(commitment.cap for commitment in self.commitments)


def deep_codeword(
    backend: Backend, openings: Openings, height_class: int, trees: Mapping[Round, Commitment]
) -> U64:
    """The codeword R of a height class: (n, 3). `zisk_py.stark.deep` has the formula."""
    layout = openings.layout
    parts = [part for member in layout.members(height_class) for part in layout.opened[member].parts]
    size = 1 << layout.classes[height_class]
    codeword = np.zeros((size, DEGREE), dtype=np.uint64)
    for group in openings.groups[height_class]:
        numerator = np.zeros((size, DEGREE), dtype=np.uint64)
        places = zip(group.columns, *group.coefficients, strict=True)
        coefficient = {column: (a, b, c) for column, a, b, c in places}
        start = 0
        for part in parts:
            own = range(start, start + part.width)
            if not coefficient.keys().isdisjoint(own):
                matrix = trees[part.round].matrices[part.matrix]
                chosen = element_array(coefficient.get(column, (0, 0, 0)) for column in own)
                backend.accumulate_columns(matrix, chosen, numerator)
            start += part.width
        if group.columns:
            backend.deep_quotient(numerator, one_element(group.constant), one_element(group.point), codeword)
    return codeword


def fold_all(backend: Backend, layout: Layout, codewords: Sequence[U64], transcript: Transcript) -> Folding:
    """Fold the codewords of all classes down to their final polynomials, round by round."""
    current = list(codewords)
    commitments = []
    for folds in layout.folds:
        leaves = [
            current[fold.height_class].reshape(1 << fold.log_leaves, DEGREE << fold.log_arity)
            for fold in folds
        ]
        commitments.append(commit(backend, leaves))
        transcript.absorb_digests("fold", commitments[-1].cap)
        beta = one_element(transcript.challenge("fold"))
        for fold in folds:
            current[fold.height_class] = backend.fold(current[fold.height_class], beta, fold.log_arity, 1)
    polynomials = []
    for codeword in current:
        coefficients = elements_of(backend.interpolate_coset(codeword, 1))
        if any(c != ZERO for c in coefficients[1 << LOG_FINAL :]):
            raise ProverError("a codeword is not of low degree; the bindings are not of these traces")
        polynomials.append(coefficients[: 1 << LOG_FINAL])
        transcript.absorb_elements("final polynomial", polynomials[-1])
    return Folding(tuple(commitments), tuple(polynomials))


def open_queries(
    layout: Layout, trees: Mapping[Round, Commitment], folding: Folding, positions: Sequence[int]
) -> bytes:
    """The openings at these positions of the tallest class, in the order of `zisk_py.stark.queries`."""
    writer = Writer()
    for round_ in layout.trees:
        tree = trees[round_]
        log_tree = max(matrix.log_size for matrix in tree.shapes)
        tree.open([tree_position(position, layout.log_size, log_tree) for position in positions], writer)
    known = [
        {position >> (layout.log_size - log_size) for position in positions} for log_size in layout.classes
    ]
    for folds, tree in zip(layout.folds, folding.commitments, strict=True):
        log_tree = max(fold.log_leaves for fold in folds)
        leaves = [tree_position(position, layout.log_size, log_tree) for position in positions]
        tree.open(leaves, writer, _missing(folds, list(known)))
        for fold in folds:
            known[fold.height_class] = {place >> fold.log_arity for place in known[fold.height_class]}
    return writer.getvalue()


def _missing(
    folds: Sequence[Fold], known: Sequence[set[int]]
) -> Callable[[int, int, Sequence[int]], list[int]]:
    """The values of a leaf that do not follow from the round before."""

    def missing(matrix: int, leaf: int, row: Sequence[int]) -> list[int]:
        fold = folds[matrix]
        first = leaf << fold.log_arity
        return [value for i, value in enumerate(row) if first + i // DEGREE not in known[fold.height_class]]

    return missing
