"""Provers that deviate in one thing and do all else as they should: both verifiers refuse, for one reason."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from proven_runs import ebpf_program
from reckless_prover import skip_own_checks
from second_verifier.proofs import ADDITION, REASONS, disagreement, second
from zisk_py.field.extension import ONE, add, inverse, mul, neg, sub
from zisk_py.field.goldilocks import P
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.stark import errors, identity, prover, stage1
from zisk_py.stark.domain import vanishing
from zisk_py.stark.hashing import work
from zisk_py.stark.layout import Round
from zisk_py.statemachines.verification import statement_messages
from zisk_py.zkvm import Program, Witness

IDENTITY = REASONS[errors.ConstraintMismatch]
FINAL = REASONS[errors.FinalPolynomialMismatch]
CAP = REASONS[errors.MerkleMismatch]
BUS = REASONS[errors.BusUnbalanced]
WORK = REASONS[errors.GrindingMismatch]
STEPS = "the run has another number of steps"
UNITS = "the run has other units, or more than its budget"
OUTCOME = "the run has another outcome"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Program:
    """A program; its prover skips its own checks of constraints, balance and degree."""
    skip_own_checks(monkeypatch)
    return ebpf_program(ADDITION)


def judged(program: Program) -> str:
    """Why both refuse what the prover makes, or nothing if both accept it."""
    data = program.prove(threads=1, profile="test").data
    assert disagreement(program.id, data) == ""
    return second(program.id, data)


def refused_for(program: Program, reason: str) -> None:
    assert judged(program).startswith(reason)


def test_the_reckless_prover_is_accepted_where_it_does_not_deviate(program):
    assert judged(program) == ""


@pytest.mark.parametrize(("height_class", "reason"), [(0, CAP), (1, CAP), (2, FINAL)])
def test_both_refuse_a_false_codeword_of_any_class(monkeypatch, program, height_class, reason):
    """The classes are those of Table16, Shapes, and all others, which has 2^5 rows and never folds."""
    honest = prover.deep_codeword

    def forged(backend: Any, openings: Any, number: int, trees: Any) -> Any:
        codeword = honest(backend, openings, number, trees)
        return codeword * np.uint64(0) if number == height_class else codeword

    monkeypatch.setattr(prover, "deep_codeword", forged)
    refused_for(program, reason)


@pytest.mark.parametrize("segment_cell", [(0, 3), (1, 0)])
def test_both_refuse_a_trace_that_breaks_a_constraint(monkeypatch, program, segment_cell):
    honest = Witness.segment

    def forged(self: Witness, index: int) -> Any:
        traces = honest(self, index)
        main = traces[0].matrix.copy()
        main[segment_cell] += np.uint64(1)
        return [replace(traces[0], matrix=main), *traces[1:]]

    monkeypatch.setattr(Witness, "segment", forged)
    refused_for(program, IDENTITY)


def test_both_refuse_evaluations_that_are_solved_from_the_identity(monkeypatch, program):
    honest_open, honest_segment = prover._SegmentTask._open, Witness.segment

    def solve(key: Any, instance: Any, opened: Any, evaluations: Any, *rest: Any) -> bool:
        zeta = rest[-1]
        combined = identity.combined_constraints(key, instance, opened, evaluations, *rest)
        wanted = mul(combined, inverse(vanishing(zeta, instance.log_height)))
        place = opened.start(Round.QUOTIENT)
        missing = sub(wanted, identity.quotient_at(instance, opened, evaluations, zeta))
        evaluations[place] = add(evaluations[place], missing)
        return True

    def forged(self: Witness, index: int) -> Any:
        traces = honest_segment(self, index)
        main = traces[0].matrix.copy()
        main[1, 0] += np.uint64(1)
        return [replace(traces[0], matrix=main), *traces[1:]]

    monkeypatch.setattr(prover._SegmentTask, "_open", lambda *arguments: list(honest_open(*arguments)))
    monkeypatch.setattr(prover, "holds", solve)
    monkeypatch.setattr(Witness, "segment", forged)
    refused_for(program, FINAL)


def test_both_refuse_a_total_that_is_chosen(monkeypatch, program):
    honest, calls = prover.stage2_columns, []

    def forged(*arguments: Any) -> Any:
        columns, total = honest(*arguments)
        calls.append(1)
        return columns, neg(total) if len(calls) == 1 else total

    monkeypatch.setattr(prover, "stage2_columns", forged)
    refused_for(program, IDENTITY)


def test_both_refuse_a_false_opening_at_omega(monkeypatch, program):
    honest, calls = stage1.evaluate, []

    def forged(*arguments: Any) -> Any:
        values = honest(*arguments)
        calls.append(1)
        return (add(values[0], ONE), *values[1:]) if len(calls) == 1 else values

    monkeypatch.setattr(stage1, "evaluate", forged)
    refused_for(program, FINAL)


def test_both_refuse_a_nonce_without_work(monkeypatch, program):
    def lazy(self: Any, seed: bytes, bits: int, person: bytes) -> int:
        return next(nonce for nonce in range(100) if work(seed, nonce) < bits)

    monkeypatch.setattr("zisk_py.stark.parallel.ParallelKernels.grind", lazy)
    refused_for(program, WORK)


STATED = {
    "one step more": ({"steps": 4}, STEPS),
    "one unit less": ({"compute_units": 2}, UNITS),
    "another exit code": ({"outcome": Exit(43)}, OUTCOME),
    "the exit code and p": ({"outcome": Exit(42 + P)}, OUTCOME),
    "a fault": ({"outcome": Fault(FaultKind.PANIC, 0)}, OUTCOME),
    "an output": ({"outputs": b"\1"}, BUS),
    "a zero as output": ({"outputs": b"\0"}, BUS),
}


@pytest.mark.parametrize("name", STATED)
def test_both_refuse_a_proof_of_another_result(monkeypatch, program, name):
    changes, reason = STATED[name]
    honest = Witness.statement
    monkeypatch.setattr(Witness, "statement", lambda self: replace(honest(self), **changes))
    refused_for(program, reason)


CLAIMED = {
    "a budget below the units": ({"budget": 2}, UNITS),
    "a longer input": ({"input_length": 8}, "there are not as many multiplicities as messages"),
    "a public input that is empty": ({"public_input": b""}, ""),
}


@pytest.mark.parametrize("name", CLAIMED)
def test_both_judge_another_claim_alike(monkeypatch, program, name):
    """An empty input is public and private alike: no word of it is read."""
    changes, reason = CLAIMED[name]
    honest = Witness.statement

    def forged(self: Witness) -> Any:
        statement = honest(self)
        return replace(statement, claim=replace(statement.claim, **changes))

    monkeypatch.setattr(Witness, "statement", forged)
    monkeypatch.setattr(Witness, "messages", lambda self: statement_messages(honest(self)))
    assert judged(program) == reason


@pytest.mark.parametrize("change", [1, -1])
def test_both_refuse_another_count_of_a_message(monkeypatch, program, change):
    honest = Witness.statement

    def forged(self: Witness) -> Any:
        counts = list(honest(self).multiplicities)
        counts[next(place for place, count in enumerate(counts) if count)] += change
        return replace(honest(self), multiplicities=tuple(counts))

    monkeypatch.setattr(Witness, "statement", forged)
    refused_for(program, BUS)
