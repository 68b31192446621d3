from dataclasses import replace

import pytest
from small_proofs import Case

from zisk_py.stark import FAST, SECURE, Options
from zisk_py.stark.errors import InsufficientSecurity
from zisk_py.stark.layout import lay_out
from zisk_py.stark.security import BusShape, ClassShape, SecurityReport, SegmentShape, estimate
from zisk_py.stark.shape import security_of

# The inputs of the two parameter sets that were computed independently: 2^22 rows, 4000 openings,
# 4000 constraints, 2^34 messages of width 12 on the shared challenge, 20 bits of work.
BUS = BusShape(terms=1 << 34, width=12)


def segment(log_height: int = 22, openings: int = 4000, constraints: int = 4000) -> SegmentShape:
    return SegmentShape((ClassShape(log_height, openings),), constraints, (log_height,))


def report(
    queries: int, log_blowup: int, shape: SegmentShape | None = None, bus: BusShape = BUS
) -> SecurityReport:
    return estimate([shape or segment()], bus, Options("x", queries, 20), log_blowup)


@pytest.mark.parametrize(
    ("queries", "log_blowup", "johnson", "unique"),
    [
        (
            161,
            1,
            {
                "queries": 100.2,
                "batching": 112.9,
                "folding": 121.9,
                "out of domain": 158.9,
                "constraints": 170.9,
            },
            86.8,
        ),
        (
            112,
            2,
            {
                "queries": 128.0,
                "batching": 131.8,
                "folding": 140.8,
                "out of domain": 162.6,
                "constraints": 174.7,
            },
            95.9,
        ),
    ],
)
def test_the_published_figures_are_reproduced(
    queries: int, log_blowup: int, johnson: dict[str, float], unique: float
) -> None:
    found = report(queries, log_blowup)
    assert {name: round(found.johnson.rounds[name], 1) for name in johnson} == johnson
    assert round(found.johnson.rounds["bus"], 1) == 154.2
    assert round(found.unique.total, 1) == unique
    assert found.johnson.rounds["hash"] == 128


def test_the_secure_profile_has_128_bits_at_blowup_two() -> None:
    assert SECURE.queries == 223
    assert round(report(SECURE.queries, 1).total, 1) == 128.0


def test_the_fast_profile_has_100_bits_and_the_queries_are_weakest() -> None:
    found = report(FAST.queries, 1)
    assert found.total > 100
    assert found.johnson.weakest == "queries"


def test_fewer_queries_less_blowup_and_taller_traces_have_fewer_bits() -> None:
    assert report(160, 1).total < report(161, 1).total
    assert report(161, 1).total < report(161, 2).total
    assert (
        report(223, 1, segment(24, 20000)).johnson.rounds["batching"]
        < report(223, 1).johnson.rounds["batching"]
    )
    assert report(223, 1, segment(24, 20000)).total <= report(223, 1).total


def test_what_the_shared_challenge_decides_is_summed_over_segments(case: Case) -> None:
    key, program = case.key.verifying_key, case.program.commitment
    layouts = [lay_out(key, program, instances) for instances in case.proof.instances]
    once = security_of(key, layouts[:1], 0, FAST).johnson.rounds["bus"]
    many = security_of(key, layouts[:1] * 8, 0, FAST).johnson.rounds["bus"]
    assert once - many == pytest.approx(3)


def test_other_rounds_are_those_of_the_weakest_segment() -> None:
    both = estimate([segment(22), segment(10, 20)], BUS, FAST)
    assert both.johnson.rounds == report(161, 1).johnson.rounds


def test_classes_add_up() -> None:
    one = segment()
    two = replace(one, classes=(ClassShape(22, 4000), ClassShape(21, 4000)))
    lost = report(161, 1, one).johnson.rounds["batching"] - report(161, 1, two).johnson.rounds["batching"]
    assert lost == pytest.approx(0.585, abs=0.01)  # log2(1 + 1/2)


def test_messages_of_the_verifier_count(case: Case) -> None:
    key, program = case.key.verifying_key, case.program.commitment
    layouts = [lay_out(key, program, instances) for instances in case.proof.instances]
    few, many = (security_of(key, layouts, count, FAST).johnson.rounds["bus"] for count in (0, 1 << 20))
    assert many < few - 5


def test_a_fast_proof_is_refused_where_more_bits_are_asked_for(case: Case) -> None:
    data = case.prove(FAST)
    verification = case.verify(data, min_bits=100)
    assert 100 < verification.bits < 101
    with pytest.raises(InsufficientSecurity, match="at least 101"):
        case.verify(data, min_bits=101)
