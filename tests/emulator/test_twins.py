"""The compiled phases equal the reference, bit for bit."""

from collections.abc import Callable
from typing import Any

import pytest

from zisk_py import emulator
from zisk_py.emulator import reference
from zisk_py.emulator.errors import EmulatorError
from zisk_py.errors import ZiskError
from zisk_py.isa.faults import Exit, FaultKind
from zisk_py.isa.operations import Operation


def run_both(case: Any, chunk_size: int, difference: Callable[[Any, Any], str], **options: Any) -> Any:
    """Run all phases of both; return the execution and the names of all that differs."""
    results = []
    for phases in (reference, emulator):
        try:
            execution = phases.execute(case.rom, case.claim, case.data, chunk_size=chunk_size, **options)
        except ZiskError as error:
            results.append(type(error))
            continue
        counts = [phases.count(case.rom, case.regions, chunk) for chunk in execution.chunks]
        arrivals, ledger = emulator.merge(counts)
        records = [
            phases.expand(case.rom, case.regions, chunk, times)
            for chunk, times in zip(execution.chunks, arrivals, strict=True)
        ]
        results.append((execution, counts, arrivals, ledger, records))
    return results[0], difference(*results)


@pytest.mark.parametrize("chunk_size", [1, 4, 16, 1000])
@pytest.mark.parametrize("seed", range(40))
def test_random_programs_give_the_same_result(
    seed: int, chunk_size: int, random_case: Any, foreign: Operation, difference: Any
) -> None:
    _, found = run_both(random_case(seed), chunk_size, difference)
    assert found == ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40, 1500))
def test_many_random_programs_give_the_same_result(
    seed: int, random_case: Any, foreign: Operation, difference: Any
) -> None:
    _, found = run_both(random_case(seed, 300, 0.001 * (seed % 20)), 1 + seed % 60, difference)
    assert found == ""


@pytest.mark.parametrize("chunk_size", [1 << 13, 1 << 15, 1 << 20])
def test_distant_accesses_give_the_same_carry_rows(chunk_size: int, long_case: Any, difference: Any) -> None:
    result, found = run_both(long_case(8000), chunk_size, difference)
    carried = sum(count.streams["carry"] for count in result[1])
    assert found == ""
    assert carried > 2


def test_random_programs_end_in_every_way(random_case: Any) -> None:
    outcomes = set()
    for seed in range(150):
        case = random_case(seed, 150, 0.05)
        try:
            outcome = emulator.execute(case.rom, case.claim, case.data, chunk_size=64).outcome
        except EmulatorError:
            outcomes.add("over budget")
            continue
        outcomes.add("exit" if isinstance(outcome, Exit) else outcome.kind)
    assert outcomes == {
        "exit",
        "over budget",
        FaultKind.LOAD_VIOLATION,
        FaultKind.STORE_VIOLATION,
        FaultKind.BUDGET_EXCEEDED,
    }
