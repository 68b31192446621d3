"""Deployed programs on instructions and accounts that are damaged at random: they end as in LiteSVM.

The Solana runtime is around the programs, so what it finds wrong afterwards is compared too.
"""

import random
from collections import Counter
from functools import cache

import pytest

from bpf_programs import Ended, execute_rom, log_difference
from deployed.cases import Case
from deployed.comparison import input_of, run_there, state_difference
from deployed.mutations import change
from deployed.programs import loader_of, program_file
from deployed.tables import CASES
from litesvm_runs import BUDGET, LiteRun
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime
from zisk_py.transpiler.front_end import transpile

SMALL = ("p-token", "memo", "memo-v1", "lookup-table", "associated-token")
COUNT, SHARDS, SLICE = 10_000, 10, 100


@cache
def rom_of(program: str) -> Rom:
    """The program with the runtime around it."""
    return transpile(program_file(program), runtime=SolanaRuntime(loader=loader_of(program)))


def disagreement(case: Case, ours: Ended, theirs: LiteRun) -> str:
    """What differs; "" if nothing."""
    if ours.compute_units != theirs.units:
        return f"{ours.compute_units} units, LiteSVM counts {theirs.units}"
    if found := log_difference(ours, theirs):
        return found
    if isinstance(ours.outcome, Fault):
        same = ours.fault_text == theirs.failure
        return "" if same else f"{ours.fault_text!r}, LiteSVM says {theirs.failure!r}"
    if not theirs.is_of_code(ours.outcome.code):
        return f"{ours.outcome}, LiteSVM says {theirs.failure!r}"
    return state_difference(case, ours, theirs) if ours.outcome == Exit(0) else ""


def try_many(names: list[str], seed: int, count: int) -> tuple[Counter[str], list[str]]:
    """How that many changed instructions end, and what differs from LiteSVM."""
    rng = random.Random(seed)
    ends: Counter[str] = Counter()
    wrong = []
    for number in range(count):
        name = rng.choice(names)
        case = change(CASES[name], rng)
        ours, theirs = execute_rom(rom_of(case.program), input_of(case), BUDGET), run_there(case)
        end = ours.outcome.kind.name if isinstance(ours.outcome, Fault) else str(ours.outcome == Exit(0))
        ends[end] += 1
        if end != FaultKind.UNSUPPORTED_SYSCALL.name and (found := disagreement(case, ours, theirs)):
            wrong.append(f"{number}, {name}: {found}")
    print(f"\n{count} changed instructions: {ends.most_common()}")
    return ends, wrong


def test_a_hundred_changed_instructions_end_as_in_litesvm():
    ends, wrong = try_many([name for name, case in CASES.items() if case.program in SMALL], 0, SLICE)
    assert wrong == []
    assert ends.total() == SLICE
    assert ends["True"] > SLICE // 10 < ends["False"]


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_ten_thousand_changed_instructions_end_as_in_litesvm(shard: int):
    ends, wrong = try_many(list(CASES), 1 + shard, COUNT // SHARDS)
    assert wrong == []
    assert ends.total() == COUNT // SHARDS
    assert ends[FaultKind.UNSUPPORTED_SYSCALL.name] < COUNT // SHARDS // 20
