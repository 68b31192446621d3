"""A segment (section 9.2, second table): what is absorbed and drawn, and the checks in between."""

from typing import NamedTuple

from . import field
from .body import Body
from .field import K
from .folding import check_final, check_folding
from .identity import Bus, check_identity
from .layout import Layout
from .openings import Points, deep_values, read_rows
from .proof_file import Profile
from .refusal import require
from .stream import Cap, take_end
from .transcript import State, absorb, challenge, indices, point, work


class Commitments(NamedTuple):
    """The caps that a body does not have: of fixed, program and stage-1 columns."""

    fixed: Cap
    program: Cap
    stage1: Cap


def check_segment(
    state: State, profile: Profile, layout: Layout, body: Body, commitments: Commitments, bus: Bus, omega: K
) -> K:
    """All checks on a segment, from the state of its own transcript; the result is the sum of its totals."""
    totals = [total for total in body.totals if total is not None]
    state = absorb(state, "stage 2", b"".join(body.stage2_cap))
    state = absorb(state, "terminals", field.encode(totals))
    state, weight = challenge(state, "lambda")
    state = absorb(state, "quotient", b"".join(body.quotient_cap))
    state, zeta = point(state, "zeta", layout.log_heights)
    for here, there in zip(body.at_zeta, body.at_next, strict=True):
        state = absorb(state, "evaluations", field.encode([*here, *there]))
    for member, here, there, total in zip(
        layout.members, body.at_zeta, body.at_next, body.totals, strict=True
    ):
        check_identity(member, here, there, total, bus, zeta, weight)
    state, delta = challenge(state, "delta")
    betas = []
    for cap in body.fold_caps:
        state, beta = challenge(absorb(state, "fold", b"".join(cap)), "fold")
        betas.append(beta)
    for polynomial in body.final:
        state = absorb(state, "final polynomial", field.encode(polynomial))
    require(work(state, body.nonce) >= profile.work, "the nonce shows too little work")
    state, positions = indices(
        absorb(state, "nonce", body.nonce), "queries", profile.queries, layout.classes[0]
    )

    caps = (*commitments, body.stage2_cap, body.quotient_cap)
    rows = read_rows(layout, caps, positions, body.openings)
    values = deep_values(layout, body, rows, positions, Points(zeta, omega), delta)
    check_final(check_folding(layout, values, positions, body.fold_caps, betas, body.openings), body.final)
    take_end(body.openings)
    result = field.ZERO
    for total in totals:
        result = field.add(result, total)
    return result
