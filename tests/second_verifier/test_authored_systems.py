"""Both verifiers on systems of authors: public values, totals, challenges, stage 2, global constraints."""

import json
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest

from authored_traces import AirDraft, AuthoredTrace
from random_systems import random_trace
from reckless_prover import skip_own_checks
from second_verifier.independent.refusal import Refused
from second_verifier.independent.verifier import Key, read_key
from second_verifier.independent.whole_proof import required, verify_system
from second_verifier.proofs import REASONS
from zisk_py import stark
from zisk_py.field.goldilocks import P
from zisk_py.pil.system import Globals, NodeKind, System
from zisk_py.pil.system_file import to_json
from zisk_py.stark import ProgramCommitment, VerifyingKey, authored_prover, errors
from zisk_py.stark.authored_statement import required_airs, write_header
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.proof import read_proof, write_proof

SEEDS = range(100, 125)
REASONS_OF_SYSTEMS: dict[type[VerifierError], str] = {
    **REASONS,
    errors.PublicValueMismatch: "the proof is for other public values",
    errors.SystemMismatch: "the header is not of this system",
    errors.MissingAir: "a required air has no instance",
    errors.GlobalConstraintMismatch: "a constraint of the whole proof does not hold",
}


@dataclass(frozen=True)
class Proven:
    """A trace with its proof, and what each verifier wants besides."""

    trace: AuthoredTrace
    data: bytes
    key: VerifyingKey
    program: ProgramCommitment
    independent_key: Key

    def first(self, data: bytes) -> VerifierError | None:
        """Why the package refuses, or None."""
        try:
            stark.verify(
                self.key,
                data,
                self.trace.stated,
                min_bits=0,
                program=self.program,
                allow_test_profile=True,
            )
        except VerifierError as error:
            return error
        return None

    def second(self, data: bytes) -> str:
        """Why the independent verifier refuses, or nothing."""
        heights = tuple(sorted(self.program.log_heights.items()))
        try:
            verify_system(
                self.independent_key,
                data,
                list(self.trace.stated.values()),
                (tuple(self.program.cap), heights),
                min_bits=0,
                allow_test_profile=True,
            )
        except Refused as refused:
            return str(refused)
        return ""

    def both_refuse(self, data: bytes) -> type[VerifierError]:
        """The class of the refusal, for which both have the same reason."""
        error, reason = self.first(data), self.second(data)
        assert error is not None
        assert reason
        expected = REASONS_OF_SYSTEMS.get(type(error))
        assert expected is None or reason.startswith(expected), (error, reason)
        return type(error)


@cache
def proven(seed: int) -> Proven:
    trace = random_trace(seed)
    data = stark.prove(trace, "test", threads=1)
    proving_key = trace.system.proving_key
    key = proving_key.verifying_key
    cap = [node.hex() for node in key.fixed_cap]
    shipped = zlib.compress(json.dumps({"system": to_json(key.system), "fixed_cap": cap}).encode())
    program = stark.commit_program(proving_key, trace.program, threads=1).commitment
    return Proven(trace, data, key, program, read_key(shipped))


@pytest.mark.parametrize("seed", SEEDS)
def test_both_read_the_same_key_and_accept(seed: int) -> None:
    case = proven(seed)
    assert case.independent_key.digest == case.key.digest
    assert required(case.independent_key) == set(required_airs(case.key.system))
    assert case.first(case.data) is None
    assert case.second(case.data) == ""


def test_both_require_the_same_airs() -> None:
    draw, found = random.Random(1), set()
    for _ in range(60):
        drafts = [AirDraft(f"Air{n}", ["x"]) for n in range(4)]
        whole = AirDraft("globals")
        for draft in (*drafts, whole):
            one = draft.leaf(NodeKind.CONSTANT, 1)
            draft.zero(draft.nodes.sub(one, one))
            for _ in range(draw.randrange(3)):
                draft.send(draw.randrange(4), draw.choice((1, -1)), one, one)
        checks = Globals(tuple(whole.nodes.nodes), *whole.written())
        system = System(tuple(draft.build() for draft in drafts), globals=checks)
        shipped = zlib.compress(json.dumps({"system": to_json(system), "fixed_cap": []}).encode())
        key = VerifyingKey(system, ())
        found.add(required_airs(key.system))
        assert required(read_key(shipped)) == set(required_airs(key.system))
        assert read_key(shipped).digest == key.digest
    assert len(found) > 8


@pytest.mark.parametrize("seed", SEEDS[:5])
def test_both_refuse_changed_bytes(seed: int) -> None:
    case, draw = proven(seed), random.Random(seed)
    front = 200 + len(read_proof(case.data).header)
    for place in [*draw.sample(range(front), 20), *draw.sample(range(front, len(case.data)), 30)]:
        changed = bytearray(case.data)
        changed[place] ^= 1 << draw.randrange(8)
        case.both_refuse(bytes(changed))


@pytest.mark.parametrize("seed", SEEDS[:5])
def test_both_refuse_other_headers(seed: int) -> None:
    case = proven(seed)
    values = case.trace.publics
    headers = [
        write_header(case.key, values)[:-1],
        write_header(case.key, values) + bytes(8),
        write_header(case.key, (*values[:-1], P)),
        write_header(case.key, (*values[:-1], (values[-1] + 1) % P)),
        write_header(case.key, ((values[0] + 1) % P, *values[1:])),
        b"",
    ]
    for header in headers:
        case.both_refuse(write_proof(replace(read_proof(case.data), header=header)))


Lie = Callable[[AuthoredTrace, random.Random], AuthoredTrace]


def another_cell(trace: AuthoredTrace, draw: random.Random) -> AuthoredTrace:
    instances = list(trace.instances)
    place = draw.randrange(len(instances))
    matrix = instances[place].matrix.copy()
    matrix[draw.randrange(len(matrix)), -1] ^= np.uint64(1)
    instances[place] = replace(instances[place], matrix=matrix)
    return replace(trace, instances=tuple(instances))


def another_total(trace: AuthoredTrace, draw: random.Random) -> AuthoredTrace:
    return replace(trace, publics=(*trace.publics[:-1], draw.randrange(P)))


def stage2_of_zeros(trace: AuthoredTrace, draw: random.Random) -> AuthoredTrace:
    honest = trace.stage2
    return replace(
        trace, stage2=lambda challenges: {n: np.zeros_like(m) for n, m in honest(challenges).items()}
    )


def stage2_for_other_challenges(trace: AuthoredTrace, draw: random.Random) -> AuthoredTrace:
    other = tuple((draw.randrange(P), draw.randrange(P), draw.randrange(P)) for _ in trace.core.challenges)
    return replace(trace, stage2=lambda challenges: trace.stage2(other))


def last_left_out(trace: AuthoredTrace, draw: random.Random) -> AuthoredTrace:
    left = len(trace.instances) - 1
    honest = trace.stage2
    return replace(
        trace,
        instances=trace.instances[: max(1, left)],
        stage2=lambda challenges: {n: m for n, m in honest(challenges).items() if n < max(1, left)},
    )


LIES: tuple[Lie, ...] = (
    another_cell,
    another_total,
    stage2_of_zeros,
    stage2_for_other_challenges,
    last_left_out,
)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_both_judge_provers_that_lie_alike(monkeypatch: pytest.MonkeyPatch, lie: Lie) -> None:
    """A lie may be a truth here and there, as where nothing depends on the cell; mostly it is refused."""
    skip_own_checks(monkeypatch)
    for name in ("check_airs", "check_globals"):
        monkeypatch.setattr(authored_prover, name, lambda *arguments: None)
    refused = 0
    for seed in SEEDS[:12]:
        case = proven(seed)
        data = stark.prove(lie(case.trace, random.Random(seed)), "test", threads=1)
        assert (case.first(data) is None) == (case.second(data) == "")
        if case.first(data) is not None:
            case.both_refuse(data)
            refused += 1
    assert refused >= 4
