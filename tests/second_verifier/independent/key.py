"""The key digest (section 5) and the program id (section 6)."""

from collections.abc import Sequence

from .field import P
from .reduction import Program, encoded, pruned
from .stream import Cap
from .system import System
from .transcript import State, absorb, integers, start, tagged_hash
from .values import written

PROTOCOL = "zisk-py stark 1"
SHAPE = (1, 3, 2, 6, 3, 5, 24)


def key_digest(system: System, programs: Sequence[Program]) -> bytes:
    """The digest of all that a verifier takes from the system."""
    state = absorb(start(PROTOCOL), "field", integers([P]) + b"x^3 - x - 1")
    state = absorb(state, "shape", integers(SHAPE))
    buses = [number for bus, width in system.buses.items() for number in (bus, width, system.width)]
    state = absorb(state, "buses", integers(buses))
    state = absorb(state, "counts", integers([len(system.airs), len(system.publics)]))
    state = _absorb_author(state, system)
    for air, program in zip(system.airs, programs, strict=True):
        widths = (
            air.columns,
            air.fixed,
            air.program,
            len(air.air_values),
            3 * (air.own_stage2 + program.groups),
            len(air.interactions),
        )
        state = absorb(state, "air", air.name.encode("ascii"))
        for name in air.air_values:
            state = absorb(state, "air value", name.encode("ascii"))
        state = absorb(state, "widths", integers(widths))
        if air.own_stage2:
            state = absorb(state, "stage 2 columns", integers([air.own_stage2]))
        state = absorb(state, "height", integers([] if air.log_height is None else [air.log_height]))
        state = absorb(state, "constraints", encoded(program))
    return absorb(state, "fixed", b"".join(system.fixed_cap))


def _absorb_author(state: State, system: System) -> State:
    """What only systems of authors have."""
    whole = system.whole
    for name in system.publics:
        state = absorb(state, "public", name.encode("ascii"))
    if system.proof_values:
        state = absorb(state, "proof values", integers([system.proof_values]))
    for name in system.challenges:
        state = absorb(state, "author's challenge", name.encode("ascii"))
    if whole.constraints or whole.interactions:
        sent = [number for row in whole.interactions for number in (row.bus, row.sign % P, len(row.values))]
        outputs = [*whole.constraints]
        for row in whole.interactions:
            outputs += (row.multiplicity, *row.values)
        state = absorb(state, "global messages", integers(sent))
        state = absorb(state, "global", encoded(pruned(list(whole.nodes), outputs, 0)))
    return state


def program_id(digest: bytes, rules: str, cap: Cap, log_heights: Sequence[tuple[str, int]]) -> str:
    """The id of the program that a statement speaks of."""
    named = written([rules, [node.hex() for node in cap], [list(row) for row in log_heights]])
    return tagged_hash(b"zkprogid", digest + named.encode("ascii")).hex()
