"""Provers that deviate on purpose and finish the protocol as well as they can. Each must be refused.

Each attack has been a bug of some proof system: a value that was not absorbed before the challenge that
depends on it, a length that was not checked, a part that was not authenticated.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_proofs import Case, fibonacci_case, lookup_case
from small_systems import SmallTrace, fibonacci_trace, table_traces, use_trace

from reckless_prover import skip_own_checks
from zisk_py.field.extension import ONE, Element, add, inverse, mul, neg, sub
from zisk_py.stark import FAST, errors, identity, prover, stage1
from zisk_py.stark.domain import vanishing
from zisk_py.stark.hashing import work
from zisk_py.stark.layout import Instance, Opened, Round
from zisk_py.stark.transcript import Transcript


@pytest.fixture
def reckless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prover that skips its own checks: of constraints, of the balance, of the degree of codewords."""
    skip_own_checks(monkeypatch)


def broken_fibonacci() -> Case:
    """The last row does not follow from the one before, and the air value is the attacker's."""
    matrix = fibonacci_trace(6).matrix.copy()
    matrix[-1, 1] = 42
    return replace(fibonacci_case(6), segments=[lambda: [SmallTrace("Fibonacci", matrix, (42,))]])


def unbalanced() -> Case:
    """One use of the table of squares is not counted, and there are no messages of the verifier."""
    use = use_trace(6, 64, seed=4)
    traces = [use, *table_traces([use])]
    counts = traces[2].matrix.copy()
    row = int(np.flatnonzero(counts)[0])
    counts[row] -= np.uint64(1)
    traces[2] = replace(traces[2], matrix=counts)
    return replace(lookup_case(), segments=[lambda: traces], messages=())


@pytest.mark.usefixtures("reckless")
def test_a_false_trace_with_a_computed_quotient_is_refused() -> None:
    case = broken_fibonacci()
    with pytest.raises(errors.ConstraintMismatch, match="air Fibonacci in segment 0"):
        case.verify(case.data)


@pytest.mark.usefixtures("reckless")
def test_evaluations_solved_from_the_identity_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # The evaluation of a quotient column is what the identity asks for; all that follows is computed from it.
    honest = prover._SegmentTask._open

    def solve(key: Any, instance: Instance, opened: Opened, evaluations: list[Element], *rest: Any) -> bool:
        zeta = rest[-1]
        combined = identity.combined_constraints(key, instance, opened, evaluations, *rest)
        wanted = mul(combined, inverse(vanishing(zeta, instance.log_height)))
        place = opened.start(Round.QUOTIENT)
        missing = sub(wanted, identity.quotient_at(instance, opened, evaluations, zeta))
        evaluations[place] = add(evaluations[place], missing)
        solved.append(identity.holds(key, instance, opened, evaluations, *rest))
        return True

    solved: list[bool] = []
    monkeypatch.setattr(prover._SegmentTask, "_open", lambda *arguments: list(honest(*arguments)))
    monkeypatch.setattr(prover, "holds", solve)
    case = broken_fibonacci()
    data = case.data
    assert solved == [True]
    with pytest.raises(errors.FinalPolynomialMismatch):
        case.verify(data)


@pytest.mark.usefixtures("reckless")
def test_an_unbalanced_bus_is_refused() -> None:
    case = unbalanced()
    with pytest.raises(errors.BusUnbalanced):
        case.verify(case.data)


@pytest.mark.usefixtures("reckless")
def test_a_terminal_that_is_chosen_to_balance_the_bus_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    totals: list[Element] = []
    honest = prover.stage2_columns

    def forged(*arguments: Any) -> tuple[Any, Element]:
        columns, total = honest(*arguments)
        totals.append(total if len(totals) < 3 else neg(add(add(totals[0], totals[1]), totals[2])))
        return columns, totals[-1]

    monkeypatch.setattr(prover, "stage2_columns", forged)
    case = unbalanced()
    data = case.data
    assert len(totals) == 4
    with pytest.raises(errors.ConstraintMismatch, match="air Codes"):
        case.verify(data)


@pytest.mark.usefixtures("reckless")
def test_a_codeword_of_a_lower_class_that_is_not_the_combined_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    honest = prover.deep_codeword

    def forged(backend: Any, openings: Any, height_class: int, trees: Any) -> Any:
        codeword = honest(backend, openings, height_class, trees)
        return codeword * np.uint64(0) if height_class == 1 else codeword

    monkeypatch.setattr(prover, "deep_codeword", forged)
    with pytest.raises((errors.MerkleMismatch, errors.FinalPolynomialMismatch)):
        case.verify(case.prove())


@pytest.mark.usefixtures("reckless")
def test_a_false_opening_at_the_binding_point_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    honest, calls = stage1.evaluate, []

    def forged(*arguments: Any) -> tuple[Element, ...]:
        values = honest(*arguments)
        calls.append(1)
        return (add(values[0], ONE), *values[1:]) if len(calls) == 1 else values

    monkeypatch.setattr(stage1, "evaluate", forged)
    case = fibonacci_case(8)
    data = case.data
    with pytest.raises(errors.FinalPolynomialMismatch):
        case.verify(data)


def test_a_nonce_without_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def lazy(self: Any, seed: bytes, bits: int, person: bytes) -> int:
        return next(nonce for nonce in range(100) if work(seed, nonce) < bits)

    monkeypatch.setattr("zisk_py.stark.parallel.ParallelKernels.grind", lazy)
    case = fibonacci_case(6)
    data = case.prove(FAST)
    with pytest.raises(errors.GrindingMismatch, match="20 bits"):
        case.verify(data)


@pytest.mark.usefixtures("reckless")
def test_traces_that_are_changed_after_the_challenge_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # Pass 2 commits to other traces, but the proof claims the caps of pass 1.
    case = lookup_case()
    uses = [use_trace(6, 10, seed) for seed in range(4)]
    made = iter(
        [[uses[0]], [uses[1], *table_traces(uses[:2])], [uses[2]], [uses[3], *table_traces(uses[2:])]]
    )
    segments = [lambda: next(made), lambda: next(made)]
    honest, firsts, again = stage1.commit_stage1, [], iter(range(2))

    def forged(backend: Any, witness: Any) -> Any:
        committed = honest(backend, witness)
        if len(firsts) < 2:
            firsts.append(committed)
            return committed
        first = firsts[next(again)]
        return replace(
            committed,
            commitment=_Claimed(committed.commitment, first.commitment.cap),
            witness=replace(committed.witness, instances=first.witness.instances),
        )

    monkeypatch.setattr(stage1, "commit_stage1", forged)
    attack = replace(case, segments=segments, messages=())
    data = attack.prove()
    with pytest.raises(errors.VerifierError):
        attack.verify(data)


class _Claimed:
    """A commitment that claims the cap of another."""

    def __init__(self, inner: Any, cap: tuple[bytes, ...]) -> None:
        self._inner, self.cap = inner, cap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


ORDER = [
    ["protocol", "profile", "parameters", "key", "program", "program heights", "publics", "segments"],
    ["instances", "air values", "stage 1", "?omega", "binding"],
    ["header", "messages", "?alpha", "?beta"],
    [
        "protocol",
        "trunk",
        "branch",
        "stage 2",
        "terminals",
        "?lambda",
        "quotient",
        "?zeta",
        "evaluations",
        "?delta",
    ],
    ["fold", "?fold", "final polynomial", "nonce", "?queries"],
]


def test_every_message_is_absorbed_before_the_challenge_that_depends_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    honest = Transcript.absorb

    def listen(self: Transcript, tag: str, data: bytes) -> None:
        said.append("?" + data.decode() if tag == "challenge" else tag)
        honest(self, tag, data)

    case = fibonacci_case(7)
    data = case.data
    _ = case.key.verifying_key.digest
    monkeypatch.setattr(Transcript, "absorb", listen)
    case.verify(data)
    assert said == [tag for part in ORDER for tag in part]


def test_the_prover_speaks_in_the_order_of_the_verifier(monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    honest = Transcript.absorb
    said: dict[str, list[tuple[str, bytes]]] = {"prover": [], "verifier": []}

    def listen_to(who: str) -> None:
        def listen(self: Transcript, tag: str, data: bytes) -> None:
            said[who].append((tag, data))
            honest(self, tag, data)

        monkeypatch.setattr(Transcript, "absorb", listen)

    _ = case.key.verifying_key.digest  # computed once, through a transcript
    listen_to("prover")
    data = case.prove()
    listen_to("verifier")
    case.verify(data)
    assert by_conversation(said["prover"]) == by_conversation(said["verifier"])


def by_conversation(said: Sequence[tuple[str, bytes]]) -> Sequence[tuple[str, bytes]]:
    return [entry for entry in said if entry[0] != "protocol"]
