"""The body of a segment (section 7), read by its layout (section 9.1)."""

from io import BytesIO
from typing import NamedTuple

from .field import K
from .layout import STAGE2_ROUND, WITNESS_ROUND, Layout
from .stream import Cap, take, take_cap, take_extension

FINAL_LENGTH = 32


class Body(NamedTuple):
    """What the prover says of a segment; lists follow instances, FRI rounds or height classes."""

    at_omega: tuple[tuple[K, ...], ...]
    stage2_cap: Cap
    totals: tuple[K | None, ...]
    quotient_cap: Cap
    at_zeta: tuple[tuple[K, ...], ...]
    at_next: tuple[tuple[K, ...], ...]
    fold_caps: tuple[Cap, ...]
    final: tuple[tuple[K, ...], ...]
    nonce: bytes
    openings: BytesIO


def read_body(layout: Layout, data: bytes) -> Body:
    """The parts of a body."""
    stream = BytesIO(data)
    shapes = [member.shape for member in layout.members]
    at_omega = tuple(take_extension(stream, shape.widths[WITNESS_ROUND]) for shape in shapes)
    stage2_cap = take_cap(stream) if layout.trees[STAGE2_ROUND] else ()
    totals = tuple(take_extension(stream, 1)[0] if shape.program.groups else None for shape in shapes)
    quotient_cap = take_cap(stream)
    evaluations = [
        (take_extension(stream, sum(shape.widths)), take_extension(stream, len(shape.next_columns)))
        for shape in shapes
    ]
    return Body(
        at_omega=at_omega,
        stage2_cap=stage2_cap,
        totals=totals,
        quotient_cap=quotient_cap,
        at_zeta=tuple(here for here, _ in evaluations),
        at_next=tuple(there for _, there in evaluations),
        fold_caps=tuple(take_cap(stream) for _ in layout.rounds),
        final=tuple(take_extension(stream, FINAL_LENGTH) for _ in layout.classes),
        nonce=take(stream, 8),
        openings=stream,
    )
