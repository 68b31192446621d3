"""The entry: a proof of a program against a shipped system (sections 6 to 10)."""

from collections.abc import Sequence
from typing import NamedTuple

from . import field
from .bits import proof_bits
from .body import read_body
from .ends import check_ends
from .field import K
from .identity import bus_of, share
from .key import PROTOCOL, key_digest, program_id
from .layout import Layout, Shape, layouts_of, shapes_of
from .messages import Message, messages
from .proof_file import ProofFile, read_proof
from .refusal import require
from .segment import Commitments, check_segment
from .statement import Statement, read_statement
from .stream import Cap
from .system import System, read_system
from .transcript import State, absorb, challenge, fork, integers, point, start

RUN_WIDE = "Boundary"


class Given(NamedTuple):
    """What a proof is about beside the system: program columns, and public values."""

    cap: Cap
    log_heights: tuple[tuple[str, int], ...]
    publics: tuple[int, ...] = ()


class Key(NamedTuple):
    """What all proofs of a system are verified with."""

    system: System
    shapes: tuple[Shape, ...]
    digest: bytes

    @property
    def run_wide(self) -> frozenset[str]:
        """The names of the airs that the last segment has, and no other (section 8.3)."""
        boundary = self.system.airs[self.system.number_of(RUN_WIDE)]
        return frozenset([boundary.name, *(shape.air.name for shape in self.shapes if shape.run_wide)])


def read_key(system_file: bytes) -> Key:
    """The key of a shipped file (section 5)."""
    system = read_system(system_file)
    shapes = shapes_of(system)
    return Key(system, shapes, key_digest(system, [shape.program for shape in shapes]))


def verify(
    key: Key,
    program: str,
    proof: bytes,
    min_bits: float | None = 100,
    allow_test_profile: bool = False,
) -> dict[str, object]:
    """What the proof shows of the program with this id; Refused if it shows nothing, or with too few bits."""
    system = key.system
    require(not system.publics, "the system is none of runs: it has public values")
    parts = read_proof(proof)
    require(parts.profile.name != "test" or allow_test_profile, "the test profile has no security")
    statement = read_statement(parts.header)
    found = program_id(key.digest, statement.rules_text, statement.cap, statement.log_heights)
    require(found == program, "the proof is of another program")

    layouts = layouts_of(key.shapes, dict(statement.log_heights), parts.fronts)
    sent = messages(statement)
    check_ends(layouts, key.run_wide, statement)
    bits = check_argument(key, parts, Given(statement.cap, statement.log_heights), layouts, sent, min_bits)
    return result_of(statement, parts.profile.name, program, bits)


def check_argument(
    key: Key,
    parts: ProofFile,
    given: Given,
    layouts: Sequence[Layout],
    sent: Sequence[Message],
    min_bits: float | None = None,
) -> float:
    """The transcript of the proof, all segments, and the sum of the bus; the result is the proof's bits."""
    system = key.system
    fitting = all(system.buses.get(message.bus) == len(message.values) for message in sent)
    require(fitting, "a message of the verifier does not fit its bus")
    bodies = [read_body(layout, body) for layout, body in zip(layouts, parts.bodies, strict=True)]
    bits = proof_bits(parts.profile, layouts, len(sent), system.width)
    require(min_bits is None or bits >= min_bits, f"the proof has {bits:.1f} bits only")
    state = opening_state(key, parts, given)
    omegas = []
    for front, layout, body in zip(parts.fronts, layouts, bodies, strict=True):
        heads = [number for row in front.instances for number in (row.air, row.log_height)]
        state = absorb(state, "instances", integers(heads))
        for instance in front.instances:
            state = absorb(state, "air values", integers(instance.air_values))
        state, omega = point(absorb(state, "stage 1", b"".join(front.cap)), "omega", layout.log_heights)
        for claims in body.at_omega:
            state = absorb(state, "binding", field.encode(claims))
        omegas.append(omega)
    state = absorb(state, "header", parts.header)
    flat = [number for row in sent for number in (row.bus, row.multiplicity, len(row.values), *row.values)]
    state, alpha = challenge(absorb(state, "messages", integers(flat)), "alpha")
    state, beta = challenge(state, "beta")
    own = []
    for _ in system.challenges:
        state, drawn = challenge(state, "author")
        own.append(drawn)

    bus = bus_of(list(system.buses), system.width, alpha, beta, own, given.publics)
    balance: K = field.ZERO
    for number, (front, layout, body) in enumerate(zip(parts.fronts, layouts, bodies, strict=True)):
        caps = Commitments(system.fixed_cap, given.cap, front.cap)
        total = check_segment(fork(state, number), parts.profile, layout, body, caps, bus, omegas[number])
        balance = field.add(balance, total)
    for message in sent:
        balance = field.add(balance, share(bus, message))
    require(balance == field.ZERO, "the bus is not in balance")
    return bits


def opening_state(key: Key, parts: ProofFile, given: Given) -> State:
    """The transcript up to the segments (section 9.2)."""
    heights = dict(given.log_heights)
    in_order = [heights[air.name] for air in key.system.airs if air.program]
    state = absorb(start(PROTOCOL), "profile", parts.profile.name.encode("ascii"))
    state = absorb(state, "parameters", integers([parts.profile.queries, parts.profile.work]))
    state = absorb(state, "key", key.digest)
    state = absorb(state, "program", b"".join(given.cap))
    state = absorb(state, "program heights", integers(in_order))
    state = absorb(state, "publics", integers(given.publics))
    return absorb(state, "segments", integers([len(parts.fronts)]))


def result_of(statement: Statement, profile: str, program: str, bits: float) -> dict[str, object]:
    """The statement that is shown (section 1)."""
    return {
        "program": program,
        "target": statement.rules.target,
        **statement.scalars,
        "public_input": statement.public_input,
        "environment": statement.environment,
        "outcome": statement.outcome,
        "steps": statement.steps,
        "compute_units": statement.compute_units,
        "counts": statement.counts,
        "outputs": statement.outputs,
        "profile": profile,
        "bits": bits,
    }
