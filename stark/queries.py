"""The verifier's queries: rows against the commitments, folded codewords against the final polynomials."""

from collections.abc import Mapping, Sequence
from functools import cache

from zisk_py.field.extension import (
    DEGREE,
    ZERO,
    Element,
    add,
    batch_inverse,
    embed,
    mul,
    scale,
    sub,
    total,
)
from zisk_py.field.goldilocks import P
from zisk_py.field.goldilocks import inverse as base_inverse
from zisk_py.stark.deep import Openings
from zisk_py.stark.domain import coset_point, group_point, inverse_group_point
from zisk_py.stark.errors import FinalPolynomialMismatch, MerkleMismatch
from zisk_py.stark.key import Cap
from zisk_py.stark.layout import Fold, Layout, Round
from zisk_py.stark.merkle import Matrix, climb, tree_position
from zisk_py.stark.options import LOG_FINAL_DOMAIN
from zisk_py.stark.proof import Body, Reader

HALF = base_inverse(2)

Rows = Mapping[int, Sequence[int]]  # opened rows of a matrix by position


def check_queries(
    openings: Openings,
    body: Body,
    caps: Mapping[Round, Cap],
    betas: Sequence[Element],
    positions: Sequence[int],
    where: str,
) -> None:
    """Raise MerkleMismatch, FinalPolynomialMismatch or a MalformedProof unless all answers are right."""
    layout = openings.layout
    reader = Reader(body.openings)
    trees = {
        round_: _open_tree(
            reader, matrices, layout.log_size, positions, caps[round_], f"{round_.name} of {where}"
        )
        for round_, matrices in layout.trees.items()
    }
    values = [_deep_values(openings, number, trees, positions) for number in range(len(layout.classes))]
    for number, folds in enumerate(layout.folds):
        rows = _open_fold(
            reader, layout, folds, values, positions, body.fri_caps[number], f"FRI {number} of {where}"
        )
        for fold, leaves in zip(folds, rows, strict=True):
            log_size = fold.log_leaves + fold.log_arity
            values[fold.height_class] = {
                leaf: fold_row(row, leaf, log_size, fold.log_arity, betas[number])
                for leaf, row in leaves.items()
            }
    reader.finish(f"the openings of {where}")
    for number, polynomial in enumerate(body.final_polynomials):
        for position, value in values[number].items():
            if horner(polynomial, group_point(position, LOG_FINAL_DOMAIN)) != value:
                raise FinalPolynomialMismatch(
                    f"the folded value at {position} of class {number} of {where} is off the final polynomial"
                )


def fold_row(row: Sequence[Element], leaf: int, log_size: int, log_arity: int, beta: Element) -> Element:
    """Fold the 2^log_arity neighbours of a leaf into one value.

    With f(u) = g(u^2) + u*h(u^2): g + beta*h at u^2 from f(u) and f(-u), which are neighbours, then again
    with
    beta^2. The variable u is x/7, so the domain is a group and the coset's shift plays no part.
    """
    inverse = inverse_group_point(leaf << log_arity, log_size)  # of row[0]'s point
    for step in range(log_arity):
        # the points of a leaf differ by roots of unity of its size
        turns = _halved_turns(log_arity - step)
        folded = []
        for pair in range(0, len(row), 2):
            even = scale(add(row[pair], row[pair + 1]), HALF)
            odd = scale(sub(row[pair], row[pair + 1]), inverse * turns[pair] % P)
            folded.append(add(even, mul(beta, odd)))
        row, beta, inverse = folded, mul(beta, beta), inverse * inverse % P
    return row[0]


@cache
def _halved_turns(log_size: int) -> tuple[int, ...]:
    """1/(2*w^bitrev(i)) for the root of unity w of order 2^log_size: a table of a few numbers."""
    return tuple(inverse_group_point(i, log_size) * HALF % P for i in range(1 << log_size))


def horner(polynomial: Sequence[Element], u: int) -> Element:
    """The polynomial with these coefficients at u in the base field."""
    value = ZERO
    for coefficient in reversed(polynomial):
        value = add(scale(value, u), coefficient)
    return value


def _open_tree(
    reader: Reader, matrices: Sequence[Matrix], log_size: int, positions: Sequence[int], cap: Cap, what: str
) -> list[dict[int, tuple[int, ...]]]:
    """Rows of each matrix by position in it, all of them under the cap."""
    rows: list[dict[int, tuple[int, ...]]] = [{} for _ in matrices]

    def row(matrix: int, position: int) -> tuple[int, ...]:
        rows[matrix][position] = reader.numbers(matrices[matrix].width, what)
        return rows[matrix][position]

    log_tree = max(matrix.log_size for matrix in matrices)
    leaves = [tree_position(position, log_size, log_tree) for position in positions]
    _compare(climb(matrices, leaves, row, lambda level, position: reader.digest(what)), cap, what)
    return rows


def _open_fold(
    reader: Reader,
    layout: Layout,
    folds: Sequence[Fold],
    values: Sequence[Mapping[int, Element]],
    positions: Sequence[int],
    cap: Cap,
    what: str,
) -> list[dict[int, list[Element]]]:
    """The leaves of each folding class by position: what is known already, the rest from the proof."""
    rows: list[dict[int, list[Element]]] = [{} for _ in folds]

    def row(matrix: int, leaf: int) -> list[int]:
        fold = folds[matrix]
        known = values[fold.height_class]
        places = range(leaf << fold.log_arity, (leaf + 1) << fold.log_arity)
        missing = iter(reader.elements(sum(place not in known for place in places), what))
        rows[matrix][leaf] = [known[place] if place in known else next(missing) for place in places]
        return [coordinate for element in rows[matrix][leaf] for coordinate in element]

    matrices = [Matrix(fold.log_leaves, DEGREE << fold.log_arity) for fold in folds]
    log_tree = max(matrix.log_size for matrix in matrices)
    leaves = [tree_position(position, layout.log_size, log_tree) for position in positions]
    _compare(climb(matrices, leaves, row, lambda level, position: reader.digest(what)), cap, what)
    return rows


def _compare(nodes: Mapping[int, bytes], cap: Cap, what: str) -> None:
    for position, node in nodes.items():
        if cap[position] != node:
            raise MerkleMismatch(f"opened rows of {what} do not belong to node {position} of the commitment")


def _deep_values(
    openings: Openings, height_class: int, trees: Mapping[Round, Sequence[Rows]], positions: Sequence[int]
) -> dict[int, Element]:
    """R(x) = sum over points z of (sum delta^k * (f_k(x) - f_k(z))) / (x - z), by position in the class."""
    layout = openings.layout
    log_size = layout.classes[height_class]
    places = sorted({position >> (layout.log_size - log_size) for position in positions})
    groups = openings.groups[height_class]
    points = [embed(coset_point(place, log_size)) for place in places]
    inverses = iter(batch_inverse([sub(point, group.point) for point in points for group in groups]))
    parts = [part for member in layout.members(height_class) for part in layout.opened[member].parts]
    values = {}
    for place in places:
        row = [value for part in parts for value in trees[part.round][part.matrix][place]]
        values[place] = total(mul(group.numerator(row), next(inverses)) for group in groups)
    return values
