"""Openings (section 9.4): rows from the trees of rounds 0 to 4, and the DEEP values that they make."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from operator import mul
from struct import unpack
from typing import NamedTuple

from . import field
from .body import Body
from .field import GENERATOR, K, P
from .layout import WITNESS_ROUND, Layout, Matrix, Member
from .refusal import require
from .stream import Cap, take
from .tree import open_tree, tree_position

Rows = dict[tuple[int, int], dict[int, tuple[int, ...]]]


class Points(NamedTuple):
    """Where columns are opened."""

    zeta: K
    omega: K


class Batch(NamedTuple):
    """What a height class combines at one point: columns, their weights as three lists, their claim."""

    point: K
    columns: tuple[int, ...]
    weights: tuple[tuple[int, ...], ...]
    claim: K


def read_rows(layout: Layout, caps: Sequence[Cap], positions: Sequence[int], stream: BytesIO) -> Rows:
    """The rows of all trees, by round and air, each by its position."""
    rows: Rows = {}
    for which, (matrices, cap) in enumerate(zip(layout.trees, caps, strict=True)):
        if matrices:
            found = [rows.setdefault((which, matrix.air), {}) for matrix in matrices]
            _read_tree(matrices, found, cap, _moved(layout, matrices, positions), stream)
    return rows


def _moved(layout: Layout, matrices: Sequence[Matrix], positions: Sequence[int]) -> list[int]:
    """Positions of the queries in a tree."""
    log_size = max(matrix.log_size for matrix in matrices)
    return [tree_position(position, layout.classes[0], log_size) for position in positions]


def _read_tree(
    matrices: Sequence[Matrix],
    found: Sequence[dict[int, tuple[int, ...]]],
    cap: Cap,
    positions: Sequence[int],
    stream: BytesIO,
) -> None:
    """The rows of one tree, checked against its cap."""

    def row_bytes(matrix: int, position: int) -> bytes:
        """Read a row."""
        width = matrices[matrix].width
        data = take(stream, 8 * width)
        row = unpack(f"<{width}Q", data)
        require(max(row) < P, "a value of a row is not below p")
        found[matrix][position] = row
        return data

    open_tree(stream, cap, [matrix.log_size for matrix in matrices], positions, row_bytes)


def deep_values(
    layout: Layout, body: Body, rows: Rows, positions: Sequence[int], points: Points, delta: K
) -> list[dict[int, K]]:
    """The DEEP values of each height class, by position."""
    values = []
    for log_size in layout.classes:
        chosen = [number for number, member in enumerate(layout.members) if member.log_size == log_size]
        members = [layout.members[number] for number in chosen]
        batches = _batches(members, [_claims(body, number) for number in chosen], points, delta)
        known = sorted({tree_position(position, layout.classes[0], log_size) for position in positions})
        values.append(
            {position: _deep_value(members, rows, batches, log_size, position) for position in known}
        )
    return values


def _claims(body: Body, number: int) -> tuple[Sequence[K], Sequence[K], Sequence[K]]:
    """The claims of an instance at zeta, the next point and omega."""
    return body.at_zeta[number], body.at_next[number], body.at_omega[number]


def _batches(
    members: Sequence[Member],
    claims: Sequence[tuple[Sequence[K], Sequence[K], Sequence[K]]],
    points: Points,
    delta: K,
) -> list[Batch]:
    """The batches of a class: at zeta, the next point and omega; powers of delta go on through them."""
    following = field.scale(points.zeta, field.root(members[0].instance.log_height))
    columns: tuple[list[int], list[int], list[int]] = ([], [], [])
    start = 0
    for member in members:
        widths = member.shape.widths
        witness = start + sum(widths[:WITNESS_ROUND])
        columns[0].extend(range(start, start + sum(widths)))
        columns[1].extend(start + column for column in member.shape.next_columns)
        columns[2].extend(range(witness, witness + widths[WITNESS_ROUND]))
        start += sum(widths)
    powers = field.powers(delta)
    batches = []
    for which, point in enumerate((points.zeta, following, points.omega)):
        claimed = [claim for row in claims for claim in row[which]]
        batches.append(_batch(point, columns[which], claimed, powers))
    return batches


def _batch(point: K, columns: Sequence[int], claimed: Sequence[K], powers: Iterator[K]) -> Batch:
    """The batch of columns at a point, with the next powers of delta."""
    weights = list(islice(powers, len(columns)))
    claim = field.ZERO
    for weight, value in zip(weights, claimed, strict=True):
        claim = field.add(claim, field.multiply(weight, value))
    transposed = tuple(tuple(weight[i] for weight in weights) for i in range(3))
    return Batch(point, tuple(columns), transposed, claim)


def _deep_value(
    members: Sequence[Member], rows: Rows, batches: Sequence[Batch], log_size: int, position: int
) -> K:
    """R(x) of a class at a position."""
    row: list[int] = []
    for member in members:
        for which, width in enumerate(member.shape.widths):
            if width:
                row.extend(rows[which, member.shape.number][position])
    x = GENERATOR * pow(field.root(log_size), field.reverse(position, log_size), P) % P
    result = field.ZERO
    for batch in batches:
        values = [row[column] for column in batch.columns]
        a, b, c = (sum(map(mul, weights, values)) % P for weights in batch.weights)
        difference = field.subtract((a, b, c), batch.claim)
        inverse = field.invert(field.subtract((x, 0, 0), batch.point))
        result = field.add(result, field.multiply(difference, inverse))
    return result
