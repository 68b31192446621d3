"""Structured forgeries as proofs: the prover looks away, and the verifier refuses what comes out.

What the judge of `forged_runs` finds is asserted too, so that each proof is refused for its lie alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from forged_runs import (
    HEAP,
    Cells,
    ForgedRun,
    Lies,
    Rows,
    assert_refused,
    forged_run,
    prove_forged,
    verify_forged,
)
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.instruction import Store, immediate, register
from zisk_py.isa.memory_map import EXIT_PC, REGISTER_KEY, guest_key
from zisk_py.isa.operations import ADD, AND, EQ, MULU, SLL, SUB, Operation
from zisk_py.stark.errors import BusUnbalanced, ConstraintMismatch, MerkleMismatch, ProverError
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.fault.holes import TOP, Hole
from zisk_py.statemachines.registry import MACHINES
from zisk_py.statemachines.statement import StatementError
from zisk_py.statemachines.witness import fixed_matrix

LOAD = FaultKind.LOAD_VIOLATION
MASK32 = 0xFFFF_FFFF
SEGMENT = 32  # steps


@dataclass(frozen=True)
class Forgery:
    """A run that lies, the rules that refuse it, and the error of the verifier for its proof."""

    forge: Callable[[], ForgedRun]
    rules: tuple[str, ...]
    error: type[Exception]


# ---- wrong results


def wrong_result(operation: Operation, a: int, b: int, c: int, cells: dict[str, int]) -> ForgedRun:
    """r0 = operation(a, b) is c: Main receives it, and the operation's machine sends it."""
    row = {"op": operation, "a": immediate(a), "b": immediate(b)}
    rom = Rows().row(**row, store=Store.KEYED, store_key=REGISTER_KEY).exit()
    run = forged_run(rom, lies=Lies(results={0: (c, 0)}))
    run.part(next(m.template for m in MACHINES if m.name == operation.machine)).put(0, cells)
    assert run.statement.outcome == Exit(c)
    return run


def wrong_carry() -> ForgedRun:
    """A sum without its carry."""
    return wrong_result(ADD, MASK32, 1, 0, {f"result[{i}]": 0 for i in range(4)})


def wrong_conjunction() -> ForgedRun:
    """A conjunction that the table of bytes does not have."""
    return wrong_result(AND, 12, 10, 9, {"both[0]": 9, "c0": 9})


# ---- memory


def skipped_register_write() -> ForgedRun:
    """A register is read as it was before a write."""
    rom = Rows().move(1, immediate(1)).move(1, immediate(2)).move(0, register(1)).exit()
    run = forged_run(rom, lies=Lies(reads={4 * 2 + 2: 1}))
    run.part("Main").put(2, b_gap=4 * 2 + 1 - 3)
    return run


def skipped_memory_write(width: int) -> ForgedRun:
    """Memory is read as it was before a write, by Main or by Narrow."""
    rows = Rows().store(4, 8, immediate(1), width).store(4, 8, immediate(2), width).load(0, 4, 8, width)
    run = forged_run(rows.exit(), lies=Lies(reads={4 * 2 + 2: 1}))
    if width == 8:
        run.part("Main").put(2, b_gap=4 * 2 + 1 - 3)
    else:
        run.part("Narrow").put(2, gap=4 * 2 + 1 - 3)
    assert run.statement.outcome == Exit(1)
    return run


def store_left_out() -> ForgedRun:
    """A store is not made, and the row is said to be one without."""
    rom = Rows().store(4, 8, immediate(7)).load(0, 4, 8).exit()
    run = forged_run(rom, lies=Lies(instructions={0: lambda i: replace(i, store=Store.NONE)}))
    run.part("Main").put(0, guest=0, store_indirect=0)
    assert run.statement.outcome == Exit(0)
    return run


def swapped_writes() -> ForgedRun:
    """The second of two writes comes first; the chain of the word closes."""
    rom = Rows().store(4, 8, immediate(1)).store(4, 8, immediate(2)).load(0, 4, 8).exit()
    run = forged_run(rom, lies=Lies(reads={4 * 2 + 2: 1}))
    main = run.part("Main")
    main.put(1, old0=0, store_gap=4 + 2 - 0)
    main.put(0, old0=2, store_gap=2 - 7)
    main.put(2, b_gap=4 * 2 + 1 - 3)
    return run


def two_chains() -> ForgedRun:
    """A word is opened twice; the bus of its states balances."""
    rom = Rows().store(4, 8, immediate(1)).load(0, 4, 8).exit()
    run = forged_run(rom, lies=Lies(reads={4 + 2: 0}))
    run.part("Main").put(1, b_gap=4 + 1 - 0)
    cells, row = run.boundary_row(guest_key(HEAP) + 1)
    cells.insert(row + 1, row)
    cells.put(row, time=3, final0=1)
    cells.put(row + 1, {"step[0]": -1, "step[1]": 0, "step[2]": 0})
    return run


# ---- segments


def restarted_chain() -> ForgedRun:
    """In the second of two segments a register is as at the start."""
    rows = Rows().move(1, immediate(7))
    for _ in range(32):
        rows.move(0, immediate(1))
    run = forged_run(rows.move(2, register(1)).exit(), chunk_size=32)
    run.part("Main").put(1, b0=0, c0=0)
    run.part("Main").put(2, a0=0)
    carry = run.part("Carry")
    row = carry.only(key=REGISTER_KEY + 1)
    carry.put(row, {"v0": 0, "gap[0]": 4 * 32 - 1, "gap[1]": 0, "gap[2]": 0})
    for number in (1, 2):
        cells, at = run.boundary_row(REGISTER_KEY + number)
        cells.put(at, final0=0)
    return run


def loop_of_segments() -> ForgedRun:
    """A run whose segments 1, 2 and 3 differ in the counter r1 alone."""
    rows = Rows()
    for _ in range(31):
        rows.move(0, immediate(1))
    rows.move(1, immediate(4))
    rows.row(op=SUB, a=register(1), b=immediate(1), store=Store.KEYED, store_key=REGISTER_KEY + 1)
    for _ in range(30):
        rows.move(0, immediate(5))
    rows.row(op=EQ, a=register(1), b=immediate(0), j1=8, j2=-8 * 31)
    return forged_run(rows.exit(), chunk_size=SEGMENT)


def later(segment: list[Cells], steps: int) -> list[Cells]:
    """The same segment, so many steps (of one unit each) later."""
    moved = [Cells(cells.system, cells.trace()) for cells in segment]
    for cells in moved:
        if cells.air.name == "Main":
            for name in ("clk", "units"):
                cells.matrix[:, cells.air.column(name)] += np.uint64(steps)
                for end in ("start", "end"):
                    cells.values[f"{end}_{name}"] += steps
        elif cells.air.name == "Carry":
            cells.values["start_time"] += 4 * steps
        elif cells.air.name == "Boundary":
            touched = cells.matrix[:, cells.air.column("time")]
            touched[touched >= 4 * 2 * SEGMENT] += np.uint64(4 * steps)
    return moved


def replayed_segment() -> ForgedRun:
    """Segment 2 is run once more, and all that follows is later: each segment joins the one before it."""
    run = loop_of_segments()
    run.segments[3:] = [later(segment, SEGMENT) for segment in run.segments[2:]]
    run.state(steps=run.statement.steps + SEGMENT, compute_units=run.statement.compute_units + SEGMENT)
    return run


def repeated_segment() -> ForgedRun:
    """Segment 2 stands there twice, as it is."""
    run = loop_of_segments()
    run.segments.insert(3, later(run.segments[2], 0))
    return run


def segment_that_ends_early() -> ForgedRun:
    """A segment that is not the last has a row without a step."""
    rows = Rows()
    for _ in range(40):
        rows.move(0, immediate(1))
    return forged_run(rows.exit(), chunk_size=SEGMENT - 1, has_twin=False)


# ---- ends


def run_that_ends_early() -> ForgedRun:
    """A run stops before its last move, and says that it ended."""
    rom = Rows().move(0, immediate(5)).move(0, immediate(6)).exit()
    run = forged_run(rom, lies=Lies(stop={1: Exit(5)}))
    run.state_end(Exit(5), pc=EXIT_PC)
    return run


def other_outcome() -> ForgedRun:
    """Another exit code is stated."""
    run = forged_run(Rows().move(0, immediate(5)).exit())
    run.state(outcome=Exit(6))
    return run


def other_outcome_in_main() -> ForgedRun:
    """Another exit code is stated, and Main says that it ends with it."""
    run = other_outcome()
    run.state_end(Exit(6), c0=6)
    return run


def fault_for_a_success() -> ForgedRun:
    """A load from the heap is said to trap, in a hole that there is not."""
    hole = Hole(LOAD, False, HEAP, HEAP + 100)
    run = forged_run(Rows().load(0, 4, 8).exit(), lies=Lies(reach={HEAP + 8: []}, holes=(hole,)))
    assert run.statement.outcome == Fault(LOAD, 0)
    return run


def fault_in_a_true_hole() -> ForgedRun:
    """The same in the hole behind the heap: the distance from its start is negative."""
    run = fault_for_a_success()
    low, top, distance = HEAP + 4096, TOP, TOP - HEAP - 8
    cells = {"low0": low & MASK32, "low1": low >> 32, "top0": top & MASK32, "top1": top >> 32}
    cells |= {f"to_top[{i}]": distance >> 16 * i & 0xFFFF for i in range(4)}
    run.part("Fault").put(0, {**cells, "from_low[0]": 8 + 7 - 4096})
    return run


def success_for_a_fault() -> ForgedRun:
    """A load from below the heap is said to find a word there."""
    key = guest_key(HEAP) - 1
    lies = Lies(reach={HEAP - 8: [(key, 1)]}, words={key: 3})
    run = forged_run(Rows().load(0, 4, -8).exit(), lies=lies)
    assert run.statement.outcome == Exit(3)
    return run


# ---- counts


def forged_count(air: str, column: str) -> ForgedRun:
    """A row of a table is said to be looked up once more."""
    run = forged_run(Rows().load(0, 2, 1, 4).exit())

    def forge(run: ForgedRun) -> None:
        cells = run.part(air)
        cells[0, column] = cells[0, column] + 1

    run.after_recount = forge
    return run


def forged_count_of_a_message() -> ForgedRun:
    """A message of the verifier is said to be used once more."""
    run = forged_run(Rows().load(0, 5).exit(), b"12345678", public=True)
    run.extra_counts = {0: 1}
    return run


FORGERIES = {
    "wrong carry": Forgery(wrong_carry, ("AddCompare: ",), ConstraintMismatch),
    "wrong conjunction": Forgery(wrong_conjunction, ("AND8: Logic",), BusUnbalanced),
    "wrong product": Forgery(
        lambda: wrong_result(MULU, 6, 7, 43, {"low[0]": 43, "c0": 43}), ("Arith: ",), ConstraintMismatch
    ),
    "wrong shift": Forgery(
        lambda: wrong_result(SLL, 3, 5, 97, {"low[0]": 97, "c0": 97}), ("Shift: ",), ConstraintMismatch
    ),
    "skipped write of a register": Forgery(skipped_register_write, ("CHAIN: Main",), BusUnbalanced),
    "skipped write of a word": Forgery(lambda: skipped_memory_write(8), ("CHAIN: Main",), BusUnbalanced),
    "skipped write of bytes": Forgery(lambda: skipped_memory_write(4), ("CHAIN: Narrow",), BusUnbalanced),
    "store left out": Forgery(store_left_out, ("ROM: ",), BusUnbalanced),
    "swapped writes": Forgery(swapped_writes, ("RANGE16(store_gap): Main",), BusUnbalanced),
    "two chains": Forgery(two_chains, ("RANGE16(step[i]): Boundary",), BusUnbalanced),
    "restarted chain": Forgery(restarted_chain, ("CHAIN: ",), BusUnbalanced),
    "replayed segment": Forgery(replayed_segment, ("CHAIN: ",), BusUnbalanced),
    "repeated segment": Forgery(
        repeated_segment,
        ("CHAIN: ", "Statement: segment 3 starts with clk = 64, expected 96"),
        StatementError,
    ),
    "segment that ends early": Forgery(
        segment_that_ends_early, ("Statement: segment 0 has 31 steps in 32 rows",), StatementError
    ),
    "run that ends early": Forgery(
        run_that_ends_early, ("Main: LAST * (next_pc - end_pc)",), ConstraintMismatch
    ),
    "other outcome": Forgery(other_outcome, ("Statement: the run ended with",), StatementError),
    "other outcome in Main": Forgery(
        other_outcome_in_main, ("Main: LAST * (c0 - end_c0)",), ConstraintMismatch
    ),
    "fault for a success": Forgery(fault_for_a_success, ("HOLE: Fault",), BusUnbalanced),
    "fault in a true hole": Forgery(fault_in_a_true_hole, ("RANGE16(from_low[i]): Fault",), BusUnbalanced),
    "success for a fault": Forgery(success_for_a_fault, ("CHAIN: ",), BusUnbalanced),
    "count of a table": Forgery(lambda: forged_count("Table16", "range16"), ("RANGE16",), BusUnbalanced),
    "count of a row of the program": Forgery(
        lambda: forged_count("Rom", "multiplicity"), ("ROM: ",), BusUnbalanced
    ),
    "count of a message": Forgery(forged_count_of_a_message, ("REGION: ",), BusUnbalanced),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused_by_its_rules_and_its_proof_by_the_verifier(name):
    forgery = FORGERIES[name]
    run = forgery.forge()
    assert_refused(run, *forgery.rules)
    program_id, proof = prove_forged(run)
    with pytest.raises(forgery.error):
        verify_forged(program_id, proof)


def test_a_replayed_segment_finds_its_state_taken():
    """All that is wrong is the counter: what is run again reads what its first run has replaced."""
    run = replayed_segment()
    assert len({cells.values["start_clk"] for segment in run.segments for cells in segment[:1]}) == 7
    assert_refused(run, "CHAIN: ")


def test_the_judge_names_what_it_refuses():
    # The carry out of the low half is there, but not in the high one.
    rule = "result1 - a1 + sign * (b1 + carry[0] - LIMB * carry[1]) + LIMB * (sign_a - sign_b)"
    assert wrong_carry().refusals() == {f"AddCompare: (1 - is_word) * ({rule}) === 0"}
    assert skipped_register_write().refusals() == {"CHAIN: Main"}
    assert two_chains().refusals() == {"RANGE16(step[i]): Boundary"}


@pytest.mark.parametrize("name", ["wrong carry", "skipped write of a word", "count of a table"])
def test_an_honest_prover_refuses_a_forgery(name):
    with pytest.raises(ProverError):
        prove_forged(FORGERIES[name].forge(), dishonest=False)


@pytest.mark.parametrize("dishonest", [False, True])
def test_a_run_that_is_not_forged_is_proven_and_verified_on_the_same_way(dishonest):
    for run, outcome in (
        (forged_run(Rows().store(4, 8, immediate(5)).load(0, 4, 8).exit()), Exit(5)),
        (loop_of_segments(), Exit(5)),
    ):
        assert run.refusals() == set()
        assert verify_forged(*prove_forged(run, dishonest=dishonest)).outcome == outcome


# ---- rows that the tables do not have


def counted_once(run: ForgedRun, air: str, column: str, row: int) -> ForgedRun:
    """The row that the prover has put in is looked up once."""

    def forge(run: ForgedRun) -> None:
        run.part(air)[row, column] = 1

    run.after_recount = forge
    return run


def test_a_proof_with_an_extra_table_row_is_refused():
    """9 is said to be the conjunction of 12 and 10, by a row in place of one that no one reads."""
    unused = 254 + 256 * 253
    table = fixed_matrix(constraint_system(), "Table16").copy()
    assert table[unused].tolist() == [254, 253, 252]
    table[unused] = 12, 10, 9
    run = counted_once(wrong_conjunction(), "Table16", "and8", unused)
    assert_refused(run, "AND8: ")
    # On the prover's side nothing is wrong: not one check of an honest one fails.
    program_id, proof = prove_forged(run, dishonest=False, fixed={"Table16": table})
    with pytest.raises(MerkleMismatch, match="FIXED"):
        verify_forged(program_id, proof)


def test_a_proof_with_an_extra_row_of_the_program_is_refused():
    """The program moves 7; the prover moves 8, by a row in place of the padding."""
    run = forged_run(
        Rows().move(0, immediate(7)).exit(),
        lies=Lies(instructions={0: lambda i: replace(i, b=immediate(8))}),
    )
    assert run.statement.outcome == Exit(8)
    run.part("Main").put(0, b_lo=8)
    rows = run.matrices["Rom"].copy()
    unused = len(rows) // 2
    rows[unused] = rows[0]
    rows[unused, run.system.air("Rom").program.index("b_lo")] = 8
    counted_once(run, "Rom", "multiplicity", unused)
    assert_refused(run, "ROM: ")
    program_id, proof = prove_forged(run, dishonest=False, program={"Rom": rows})
    with pytest.raises(MerkleMismatch, match="PROGRAM"):
        verify_forged(program_id, proof)


@pytest.mark.parametrize("air", [air.name for air in constraint_system().airs if air.fixed or air.program])
def test_a_second_table_is_refused_wherever_it_stands(air):
    run = loop_of_segments()
    second = run.add(air, 1, len(run.part(air).matrix))

    def forge(run: ForgedRun) -> None:
        second.matrix[:] = 0

    run.after_recount = forge
    assert_refused(run, f"Statement: segment 1 must not have {air}")
    program_id, proof = prove_forged(run)
    with pytest.raises(StatementError):
        verify_forged(program_id, proof)
