"""Folding (section 9.4): from DEEP values, round by round, to the final polynomials."""

from collections.abc import Sequence
from io import BytesIO
from struct import pack

from . import field
from .field import K, P
from .layout import Fold, Layout
from .refusal import require
from .stream import CAP_LOG, Cap, take_extension
from .tree import open_tree, tree_position

HALF = (P + 1) // 2
Known = dict[int, K]


def fold_round(
    folds: Sequence[Fold], known: list[Known], positions: Sequence[int], cap: Cap, beta: K, stream: BytesIO
) -> None:
    """Open the tree of a round, at its positions, and replace what is known of each class by its folds."""
    folded: list[Known] = [{} for _ in folds]

    def row_bytes(matrix: int, position: int) -> bytes:
        """The row of a class: elements that are not known yet are read."""
        fold = folds[matrix]
        first = position << fold.log_arity
        given = known[fold.height_class]
        places = range(first, first + (1 << fold.log_arity))
        row = [given[place] if place in given else take_extension(stream, 1)[0] for place in places]
        folded[matrix][position] = folded_row(row, fold, first, beta)
        return b"".join(pack("<3Q", *element) for element in row)

    log_sizes = [fold.log_size - fold.log_arity for fold in folds]
    open_tree(stream, cap, log_sizes, positions, row_bytes)
    for fold, result in zip(folds, folded, strict=True):
        known[fold.height_class] = result


def folded_row(row: Sequence[K], fold: Fold, first: int, beta: K) -> K:
    """The one element that a row folds to; its elements stand at the positions from first on."""
    elements = list(row)
    log_size = fold.log_size
    while len(elements) > 1:
        pairs = zip(elements[0::2], elements[1::2], strict=True)
        points = (_inverse_point(first + 2 * i, log_size) for i in range(len(elements) // 2))
        elements = [_folded_pair(e, other, u, beta) for (e, other), u in zip(pairs, points, strict=True)]
        beta = field.multiply(beta, beta)
        first >>= 1
        log_size -= 1
    return elements[0]


def _inverse_point(position: int, log_size: int) -> int:
    """1/u of a position."""
    order = 1 << log_size
    return pow(field.root(log_size), (order - field.reverse(position, log_size)) % order, P)


def _folded_pair(e: K, other: K, inverse: int, beta: K) -> K:
    """(e + e')/2 + beta (e - e')/(2u)."""
    odd = field.multiply(beta, field.scale(field.subtract(e, other), inverse))
    return field.scale(field.add(field.add(e, other), odd), HALF)


def check_folding(
    layout: Layout,
    values: Sequence[Known],
    positions: Sequence[int],
    caps: Sequence[Cap],
    betas: Sequence[K],
    stream: BytesIO,
) -> list[Known]:
    """All FRI rounds; what is known of each class at the end."""
    known = list(values)
    for folds, cap, beta in zip(layout.rounds, caps, betas, strict=True):
        log_size = max(fold.log_size - fold.log_arity for fold in folds)
        moved = [tree_position(position, layout.classes[0], log_size) for position in positions]
        fold_round(folds, known, moved, cap, beta, stream)
    return known


def check_final(known: Sequence[Known], polynomials: Sequence[Sequence[K]]) -> None:
    """The final polynomials at the positions that are left."""
    for values, polynomial in zip(known, polynomials, strict=True):
        for position, value in values.items():
            u = pow(field.root(CAP_LOG), field.reverse(position, CAP_LOG), P)
            require(
                field.horner(polynomial, field.embed(u)) == value, "a codeword is not of its final polynomial"
            )
