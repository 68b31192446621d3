import gc
import subprocess
import sys
import weakref
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from small_proofs import HEADER, Case, fibonacci_case, lookup_case
from small_systems import AirBuilder, SmallTrace, fibonacci_trace, lookups, table_traces, use_trace

from zisk_py.field.goldilocks import P
from zisk_py.pil.system import NodeKind, System
from zisk_py.stark import (
    FAST,
    SECURE,
    TEST,
    Message,
    ProverError,
    SystemRefused,
    commit_program,
    kernels,
    reference,
    setup,
    stage1,
)
from zisk_py.stark.prover import prove
from zisk_py.stark.verifier import verify


@pytest.mark.parametrize("log_height", [5, 6, 7, 8, 9, 12])
def test_a_single_air_is_proven_at_every_height(log_height: int) -> None:
    case = fibonacci_case(log_height)
    assert case.verify(case.data).profile == "test"


def test_segments_with_tables_program_and_messages_are_proven(case: Case) -> None:
    assert case.verify(case.data).profile == "test"


@pytest.mark.parametrize("options", [FAST, SECURE], ids=lambda o: o.name)
def test_profiles_reach_their_bits(case: Case, options: type[FAST]) -> None:  # type: ignore[valid-type]
    bits = case.verify(case.prove(options)).bits
    assert bits > {"fast": 100.0, "secure": 127.99}[options.name]


def test_kernels_and_their_twins_give_the_same_proof(case: Case) -> None:
    assert case.prove(backend=reference) == case.data


@pytest.mark.parametrize("path", ["scalar", "avx2", "avx512"])
def test_every_path_of_the_kernels_gives_the_same_proof(case: Case, path: str) -> None:
    used = kernels.kernels_in_use()
    try:
        kernels.select_kernels(path)
    except ValueError:
        if path == "scalar":  # every machine has it
            raise
        pytest.skip(f"this machine cannot run the {path} kernels")
    try:
        assert case.prove() == case.data
    finally:
        kernels.select_kernels(used)


def test_the_number_of_threads_does_not_change_the_proof() -> None:
    case = fibonacci_case(12)
    assert case.prove(threads=3) == case.prove(threads=1)


def test_a_single_segment_is_made_once_and_several_twice() -> None:
    calls: list[int] = []

    def counted(number: int, make: Callable[[], list[SmallTrace]]) -> Callable[[], list[SmallTrace]]:
        return lambda: (calls.append(number), make())[1]

    for case, expected in ((fibonacci_case(), [0]), (lookup_case(), [0, 1, 0, 1])):
        calls.clear()
        replace(case, segments=[counted(i, make) for i, make in enumerate(case.segments)]).prove()
        assert calls == expected


def test_header_and_messages_may_be_known_only_after_the_traces(case: Case) -> None:
    order: list[str] = []
    segments = [lambda make=make: (order.append("segment"), make())[1] for make in case.segments]
    data = prove(
        case.key,
        case.program,
        segments,
        lambda: (order.append("header"), HEADER)[1],
        lambda: (order.append("messages"), case.messages)[1],
        TEST,
        threads=1,
    )
    assert data == case.data
    assert sorted(order[2:4]) == ["header", "messages"]


def test_progress_is_told_by_phase_and_segment(case: Case) -> None:
    told: list[tuple[str, int, int]] = []
    prove(
        case.key,
        case.program,
        case.segments,
        HEADER,
        case.messages,
        TEST,
        threads=1,
        progress=lambda phase, segment, count: told.append((phase, segment, count)),
    )
    assert told[:2] == [("commit", 0, 2), ("commit", 1, 2)]
    assert [phase for phase, segment, _ in told if segment == 1][1:] == [
        "recompute",
        "buses",
        "quotient",
        "evaluate",
        "fold",
        "grind",
        "open",
    ]


def test_public_values_are_bound() -> None:
    air = AirBuilder("Public", ["a"])
    air.zero(
        air.nodes.mul(air.node(NodeKind.FIRST), air.nodes.sub(air.col("a"), air.node(NodeKind.PUBLIC, 0)))
    )
    key = setup(System((air.build(),), publics=("start",)), threads=1)
    program = commit_program(key, {}, threads=1)
    trace = SmallTrace("Public", np.full((32, 1), 9, dtype=np.uint64))
    data = prove(key, program, [lambda: [trace]], b"", (), TEST, publics=[9], threads=1)
    verified = verify(
        key.verifying_key, program.commitment, data, publics=[9], min_bits=0, allow_test_profile=True
    )
    assert verified.profile == "test"
    with pytest.raises(ProverError, match="constraints of air Public"):
        prove(key, program, [lambda: [trace]], b"", (), TEST, publics=[8], threads=1)


def test_absent_airs_with_committed_columns_may_be_taller_or_shorter_than_the_segment() -> None:
    # Squares (2^6) and Codes (2^7) are committed; a segment has one of them and a user of height 2^5.
    case = lookup_case()
    sink, squares, _ = table_traces([])
    uses = np.zeros((32, 5), dtype=np.uint64)
    alone = replace(
        case, segments=[lambda: [SmallTrace("Use", uses, (0,)), squares]], messages=(), program=case.program
    )
    assert alone.verify(alone.data).profile == "test"
    assert sink.air == "Sink"
    system = lookups()
    tall = commit_program(case.key, {"Codes": np.arange(1 << 9, dtype=np.uint64)[:, None].copy()}, threads=1)
    codes = replace(
        alone, program=tall, segments=[lambda: [SmallTrace("Codes", np.zeros((1 << 9, 1), np.uint64))]]
    )
    assert codes.verify(codes.data).profile == "test"
    assert system.airs[3].name == "Codes"


def test_verifying_needs_the_standard_library_only() -> None:
    code = (
        "import sys; import zisk_py.stark.verifier; from zisk_py.stark import verify, read_proof; "
        "print(*(m for m in sys.modules if m.split('.')[0] in ('numpy', 'lark', 'elftools', 'rich', 'click') "
        "or m == 'zisk_py.stark.kernels' or m == 'zisk_py.stark.prover'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def wrong_cell(matrix: np.ndarray, row: int, column: int) -> np.ndarray:
    result = matrix.copy()
    result[row, column] = (int(result[row, column]) + 1) % P
    return result


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 1), (17, 0), (31, 0), (31, 1)])
def test_a_trace_that_violates_a_constraint_is_not_proven(row: int, column: int) -> None:
    trace = fibonacci_trace(5)
    case = fibonacci_case(5)
    wrong = replace(trace, matrix=wrong_cell(trace.matrix, row, column))
    with pytest.raises(ProverError, match="constraints of air Fibonacci in segment 0"):
        replace(case, segments=[lambda: [wrong]]).prove()


def test_buses_that_do_not_balance_are_not_proven(case: Case) -> None:
    for messages in ((), case.messages[:1], [*case.messages, Message(2, (1000,), 1)]):
        with pytest.raises(ProverError, match="do not add up"):
            replace(case, messages=messages).prove()


def test_traces_that_differ_the_second_time_are_refused(case: Case) -> None:
    seeds = iter(range(100, 200))
    segments = [lambda: [use_trace(7, 0, next(seeds))], lambda: [use_trace(6, 0, 1), *table_traces([])]]
    with pytest.raises(ProverError, match="segment 0 gave other traces"):
        replace(case, segments=segments, messages=()).prove()


U64 = np.uint64


@pytest.mark.parametrize(
    ("traces", "message"),
    [
        ([], "must have traces of different airs"),
        ([SmallTrace("Nobody", np.zeros((32, 1), U64))], "must have traces of different airs"),
        ([fibonacci_trace(5), fibonacci_trace(5)], "must have traces of different airs"),
        ([SmallTrace("Fibonacci", np.zeros((32, 3), U64), (1,))], "width 3"),
        ([SmallTrace("Fibonacci", np.zeros((33, 2), U64), (1,))], "33 rows"),
        ([SmallTrace("Fibonacci", np.zeros((16, 2), U64), (1,))], "16 rows"),
        ([SmallTrace("Fibonacci", np.zeros((0, 2), U64), (1,))], "0 rows"),
        ([SmallTrace("Fibonacci", np.zeros((32, 2), np.int64), (1,))], "uint64"),
        ([SmallTrace("Fibonacci", np.zeros((32, 4), U64)[:, ::2], (1,))], "C-contiguous"),
        ([SmallTrace("Fibonacci", np.full((32, 2), P, U64), (1,))], "not below p at row 0"),
        ([SmallTrace("Fibonacci", np.zeros((32, 2), U64), ())], "needs 1 air values"),
        ([SmallTrace("Fibonacci", np.zeros((32, 2), U64), (P,))], "air values below p"),
    ],
)
def test_traces_that_do_not_fit_are_refused(traces: list[SmallTrace], message: str) -> None:
    with pytest.raises(ProverError, match=message):
        replace(fibonacci_case(5), segments=[lambda: traces]).prove()


def test_fixed_and_program_columns_are_proven_in_several_segments(case: Case) -> None:
    uses = [use_trace(6, 40, seed) for seed in range(2)]
    segments = [lambda one=one: [one, *table_traces([one])] for one in uses]
    repeated = replace(case, segments=segments, messages=())
    assert repeated.verify(repeated.data).profile == "test"


def test_tables_in_several_segments_share_their_balance(case: Case) -> None:
    """The first segment's table answers for the uses of both; one that answers for too few is refused."""
    uses = [use_trace(6, 40, seed) for seed in range(2)]
    for answered, error in ((uses, None), (uses[:1], "do not add up")):
        segments = [
            lambda mine=answered: [uses[0], *table_traces(mine)],
            lambda: [uses[1], *table_traces([])],
        ]
        repeated = replace(case, segments=segments, messages=())
        if error is None:
            assert repeated.verify(repeated.data).profile == "test"
        else:
            with pytest.raises(ProverError, match=error):
                repeated.prove()


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"Codes": np.zeros((64, 2), U64)},
        {"Use": np.zeros((64, 1), U64)},
        {"Codes": np.zeros((63, 1), U64)},
    ],
)
def test_program_columns_that_do_not_fit_are_refused(case: Case, columns: dict[str, np.ndarray]) -> None:
    with pytest.raises(ProverError):
        commit_program(case.key, columns, threads=1)


def air(**changes: object) -> System:
    good = lookups().airs[2]
    return System((replace(good, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("system", "message"),
    [
        (air(log_height=None), "no fixed height"),
        (air(log_height=4), r"2\^4 rows"),
        (air(log_height=25), r"2\^25 rows"),
        (air(log_height=7), r"2\^7 values"),
        (air(columns=()), "no witness column"),
        (air(interactions=(), constraints=()), "neither constraints nor interactions"),
    ],
)
def test_systems_that_cannot_be_proven_are_refused(system: System, message: str) -> None:
    with pytest.raises(SystemRefused, match=message):
        setup(system, threads=1)


def test_so_many_messages_that_multiplicities_could_wrap_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zisk_py.stark.key.MAX_SEGMENTS", 1 << 39)
    with pytest.raises(SystemRefused, match="could add up to p messages"):
        setup(lookups(), threads=1)


def test_a_proof_needs_a_segment(case: Case) -> None:
    with pytest.raises(ProverError, match="not 0"):
        replace(case, segments=[]).prove()


def test_one_segment_is_in_memory_at_a_time(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[object]] = []
    alive: list[int] = []
    honest = stage1.commit_stage1

    def watch(*arguments: object) -> object:
        gc.collect()
        alive.append(sum(reference() is not None for reference in made))
        committed = honest(*arguments)  # type: ignore[arg-type]
        made.append(weakref.ref(committed.commitment))
        return committed

    monkeypatch.setattr(stage1, "commit_stage1", watch)
    case.prove()
    assert alive == [0, 0, 0, 0]
