"""Provers of whole runs that lie, and finish the protocol as well as they can. Each must be refused.

The lie is "2 + 3 = 6", or an output that was never written, or half a run that is called a whole one. The
classic mistakes of proof systems are then tried on it; `tests/stark/test_attacks.py` has them on small ones.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from attacks.mutants import Case, case, with_segment
from proven_runs import ebpf_program
from reckless_prover import skip_own_checks
from zisk_py.field.extension import ONE, ZERO, add, inverse, mul, neg, sub
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.memory_map import EXIT_PC
from zisk_py.stark import Proof, errors, identity, prover, stage1
from zisk_py.stark.domain import vanishing
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.hashing import work
from zisk_py.stark.layout import Round
from zisk_py.stark.proof import write_body, write_proof
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.statement import StatementError
from zisk_py.statemachines.verification import ProgramMismatch
from zisk_py.zkvm import Program, Witness

SUM = "mov r0, 2\nadd r0, 3\nexit"
QUICK = {"profile": "test", "threads": 1}


@pytest.fixture
def reckless(monkeypatch):
    """A prover that skips its own checks: of constraints, of the balance, of the degree of codewords."""
    skip_own_checks(monkeypatch)


@cache
def program() -> Program:
    return ebpf_program(SUM)


def with_values(instance, **values):
    """An instance or a trace with other air values."""
    air = instance.air if isinstance(instance.air, str) else constraint_system().airs[instance.air].name
    names = constraint_system().air(air).air_values
    found = dict(zip(names, map(int, instance.air_values), strict=True)) | values
    return replace(instance, air_values=tuple(found[name] for name in names))


@pytest.fixture
def six(monkeypatch, reckless):
    """The prover claims that 2 + 3 is 6: in Main's end, and in the statement."""
    segment, statement = Witness.segment, Witness.statement
    monkeypatch.setattr(
        Witness,
        "segment",
        lambda self, index: [
            with_values(trace, end_c0=6) if trace.air == "Main" else trace for trace in segment(self, index)
        ],
    )
    monkeypatch.setattr(Witness, "statement", lambda self: replace(statement(self), outcome=Exit(6)))


@pytest.fixture
def output(monkeypatch, reckless):
    """The prover claims an output that the program did not write."""
    statement = Witness.statement
    monkeypatch.setattr(Witness, "statement", lambda self: replace(statement(self), outputs=b"six"))


def forged() -> Case:
    return Case(program().id, program().prove(**QUICK).data)


def refused_with(found: Case, *expected: type[VerifierError]) -> VerifierError:
    with pytest.raises(expected) as caught:
        found.verify(found.data)
    return caught.value


# ----- a false run, and the classic ways to prove it


@pytest.mark.usefixtures("six")
def test_a_false_result_is_refused():
    found = forged()
    assert found.statement.outcome == Exit(6)
    assert "Main" in str(refused_with(found, errors.ConstraintMismatch))


@pytest.mark.usefixtures("six")
def test_evaluations_that_are_solved_from_the_identity_are_refused(monkeypatch):
    honest, solved = prover._SegmentTask._open, []

    def solve(key, instance, opened, evaluations, *rest):
        zeta = rest[-1]
        combined = identity.combined_constraints(key, instance, opened, evaluations, *rest)
        wanted = mul(combined, inverse(vanishing(zeta, instance.log_height)))
        place = opened.start(Round.QUOTIENT)
        missing = sub(wanted, identity.quotient_at(instance, opened, evaluations, zeta))
        evaluations[place] = add(evaluations[place], missing)
        solved.append(missing != ZERO)
        return identity.holds(key, instance, opened, evaluations, *rest)

    monkeypatch.setattr(prover._SegmentTask, "_open", lambda *arguments: list(honest(*arguments)))
    monkeypatch.setattr(prover, "holds", solve)
    found = forged()
    assert sum(solved) == 1  # Main's: all other identities hold
    refused_with(found, errors.FinalPolynomialMismatch)


@pytest.mark.usefixtures("output")
def test_an_output_that_was_not_written_is_refused():
    found = forged()
    assert found.statement.outputs == b"six"
    refused_with(found, errors.BusUnbalanced)


@pytest.mark.usefixtures("output")
def test_a_terminal_that_is_solved_from_the_balance_is_refused(monkeypatch):
    """Before the bytes leave, the last terminal is set so that all messages cancel."""
    honest_prove, totals = prover._SegmentTask._commit_stage2, []
    honest_sum = prover.message_sum

    def solve(self, inputs, trees, drawn):
        found = honest_prove(self, inputs, trees, drawn)
        places = [place for place, total in enumerate(found) if total is not None]
        balance = honest_sum(self.key.verifying_key.buses, messages, drawn)
        for place in places:
            balance = add(balance, found[place])
        totals.append(balance)
        found[places[-1]] = sub(found[places[-1]], balance)
        return found

    messages = []
    made = Witness.messages
    monkeypatch.setattr(Witness, "messages", lambda self: messages.extend(made(self)) or made(self))
    monkeypatch.setattr(prover._SegmentTask, "_commit_stage2", solve)
    found = forged()
    assert totals[0] != ZERO
    refused_with(found, errors.ConstraintMismatch)


@pytest.mark.usefixtures("reckless")
@pytest.mark.parametrize("height_class", range(3))
def test_a_codeword_of_any_height_that_is_not_the_combined_one_is_refused(monkeypatch, height_class):
    honest, forgeries = prover.deep_codeword, []

    def forge(backend, openings, number, trees):
        codeword = honest(backend, openings, number, trees)
        if number != height_class:
            return codeword
        forgeries.append(number)
        return codeword * np.uint64(0)

    monkeypatch.setattr(prover, "deep_codeword", forge)
    found = forged()
    assert forgeries == [height_class]
    assert len(found.body(0).final_polynomials) == 3
    refused_with(found, errors.MerkleMismatch, errors.FinalPolynomialMismatch)


@pytest.mark.usefixtures("reckless")
def test_a_false_opening_at_the_binding_point_is_refused(monkeypatch):
    honest, calls = stage1.evaluate, []

    def forge(*arguments):
        values = honest(*arguments)
        calls.append(1)
        return (add(values[0], ONE), *values[1:]) if len(calls) == 1 else values

    monkeypatch.setattr(stage1, "evaluate", forge)
    refused_with(forged(), errors.FinalPolynomialMismatch)


def test_a_nonce_without_work_is_refused(monkeypatch):
    def lazy(self, seed, bits, person):
        return next(nonce for nonce in range(100) if work(seed, nonce) < bits)

    monkeypatch.setattr("zisk_py.stark.parallel.ParallelKernels.grind", lazy)
    found = Case(program().id, program().prove(profile="fast", threads=1).data, min_bits=100)
    assert "20 bits" in str(refused_with(found, errors.GrindingMismatch))


# ----- honest parts, put together to something else


def shortened(honest: Case, count: int) -> Iterator[Proof]:
    """The first segments alone, with headers that say so: as they end, and as if they ended well."""
    segments = honest.proof.segments[:count]
    main = next(i for i, one in enumerate(segments[-1].instances) if one.air == air("Main"))
    names = constraint_system().air("Main").air_values
    state = dict(zip(names, segments[-1].instances[main].air_values, strict=True))
    statement = replace(honest.statement, steps=state["end_clk"], compute_units=state["end_units"])
    code = Exit(state["end_c0"] | state["end_c1"] << 32)
    stopped = Fault(FaultKind.BUDGET_EXCEEDED, state["end_pc"] // 8)
    budget = replace(statement.claim, budget=state["end_units"])
    for other in (
        honest.statement,
        statement,
        replace(statement, outcome=code),
        replace(statement, outcome=stopped),
        replace(statement, outcome=stopped, claim=budget),
    ):
        yield replace(honest.proof, header=other.to_bytes(), segments=segments)
    instances = list(segments[-1].instances)
    instances[main] = with_values(instances[main], end_pc=EXIT_PC)
    ended = (*segments[:-1], replace(segments[-1], instances=tuple(instances)))
    yield replace(honest.proof, header=replace(statement, outcome=code).to_bytes(), segments=ended)


def air(name: str) -> int:
    return [one.name for one in constraint_system().airs].index(name)


@pytest.mark.parametrize("count", [1, 2])
def test_a_run_without_its_last_segments_is_refused_whatever_the_header_says(count):
    honest = case("three segments")
    assert set(honest.refuses(shortened(honest, count))) == {"StatementError"}
    names = honest.refuses(shortened(honest, count), alone=True)
    assert "StatementError" not in names


def test_the_tables_of_the_last_segment_cannot_be_moved_to_an_earlier_one():
    """The rest of a run is cut off, and what only its last segment has is put where it ends now."""
    honest = case("three segments")
    first, last = honest.proof.segments[0], honest.proof.segments[-1]
    airs = {one.air for one in first.instances}
    tables = [one for one in last.instances if one.air not in airs]
    instances = tuple(sorted((*first.instances, *tables), key=lambda one: one.air))
    segment = replace(first, instances=instances)
    mutants = [
        replace(proof, segments=(replace(segment, body=body),))
        for proof in shortened(honest, 1)
        for body in (first.body, last.body)
    ]
    honest.refuses(mutants)
    honest.refuses(mutants, alone=True)


def test_exchanged_commitments_are_refused():
    honest = case("three segments")
    segments = honest.proof.segments
    mutants = [
        with_segment(honest.proof, i, replace(segments[i], stage1_cap=segments[j].stage1_cap))
        for i in range(3)
        for j in range(3)
        if i != j
    ]
    for number in range(3):
        body = honest.body(number)
        changes = [
            {"stage2_cap": body.quotient_cap, "quotient_cap": body.stage2_cap},
            {"stage2_cap": segments[number].stage1_cap},
            {"stage2_cap": honest.body(number - 1).stage2_cap},
            {"fri_caps": body.fri_caps[::-1]},
            {"fri_caps": honest.body(number - 1).fri_caps},
            {"final_polynomials": body.final_polynomials[::-1]},
            {"bindings": body.bindings[::-1]},
            {"openings": honest.body(number - 1).openings},
            {"nonce": honest.body(number - 1).nonce},
        ]
        mutants += [
            with_segment(
                honest.proof, number, replace(segments[number], body=write_body(replace(body, **change)))
            )
            for change in changes
        ]
    honest.refuses(proof for proof in mutants if proof != honest.proof)


def test_terminals_that_still_add_up_to_zero_are_refused():
    """What one instance sends too much another takes back: the balance holds, the identities must not."""
    honest = case("three segments")
    mutants = []
    for number, segment in enumerate(honest.proof.segments):
        body = honest.body(number)
        for one, other in ((0, 1), (1, -1)):
            terminals = list(body.terminals)
            terminals[one] = add(terminals[one], ONE)
            terminals[other] = add(terminals[other], neg(ONE))
            changed = write_body(replace(body, terminals=tuple(terminals)))
            mutants.append(with_segment(honest.proof, number, replace(segment, body=changed)))
    assert set(honest.refuses(mutants)) == {"ConstraintMismatch"}


def test_a_final_polynomial_of_higher_degree_is_refused():
    honest = case("one segment")
    body, segment = honest.body(0), honest.proof.segments[0]
    mutants = []
    for number in range(len(body.final_polynomials)):
        longer = list(body.final_polynomials)
        longer[number] = (*longer[number], *([ONE] * 32))
        changed = write_body(replace(body, final_polynomials=tuple(longer)))
        mutants.append(with_segment(honest.proof, 0, replace(segment, body=changed)))
    honest.refuses(mutants)


def test_a_proof_is_refused_under_another_public_input_or_claim():
    honest = case("public input")
    given = honest.statement.claim.public_input
    claims = [
        replace(honest.statement.claim, public_input=bytes([given[0] ^ 1]) + given[1:]),
        replace(honest.statement.claim, public_input=given[::-1]),
        replace(honest.statement.claim, public_input=given[:-1], input_length=len(given) - 1),
        replace(honest.statement.claim, public_input=None),
        replace(honest.statement.claim, budget=honest.statement.claim.budget - 1),
    ]
    honest.refuses(
        replace(honest.proof, header=replace(honest.statement, claim=claim).to_bytes()) for claim in claims
    )


def test_a_proof_is_refused_under_the_header_of_another_run_of_the_program():
    echo = ebpf_program("ldxb r0, [r1+0]\nexit")
    one, two = (Case(echo.id, echo.prove(data, **QUICK).data) for data in (b"\1", b"\2"))
    assert (one.statement.outcome, two.statement.outcome) == (Exit(1), Exit(2))
    one.refuses([replace(one.proof, header=two.proof.header)])
    one.refuses([replace(two.proof, header=one.proof.header)])
    parts = replace(one.proof.segments[0], body=two.proof.segments[0].body)
    one.refuses([replace(proof, segments=(parts,)) for proof in (one.proof, two.proof)])


def test_a_proof_of_another_program_is_refused():
    honest = Case(program().id, case("three segments").data)
    refused_with(honest, ProgramMismatch)


# ----- segments of two runs, proven together


LOOP = "ldxb r6, [r1+0]\nmov r7, 25\nloop:\nadd r6, 1\nsub r7, 1\njne r7, 0, loop\nmov r0, r6\nexit"


@pytest.mark.usefixtures("reckless")
@pytest.mark.parametrize("cut", [1, 2])
def test_segments_of_two_runs_that_are_proven_together_are_refused(monkeypatch, cut):
    """Up to a segment the traces are those of another input: only registers and memory differ at the seam."""
    loop, others = ebpf_program(LOOP), []
    honest = Witness.segment

    def take(self: Witness, index: int):
        if not others:
            others.append(self)
        return honest(self, index)

    monkeypatch.setattr(Witness, "segment", take)
    first = loop.prove(b"\1", chunk_size=32, **QUICK)
    assert first.segments == 3
    monkeypatch.setattr(
        Witness, "segment", lambda self, index: honest(others[0] if index < cut else self, index)
    )
    found = Case(loop.id, loop.prove(b"\7", chunk_size=32, **QUICK).data)
    assert found.statement.outcome == Exit(32)
    refused_with(found, errors.BusUnbalanced, StatementError)


def test_what_is_refused_here_is_accepted_when_nobody_lies():
    found = forged()
    found.verify(found.data)
    assert write_proof(found.proof) == found.data
