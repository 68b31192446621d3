"""Forged runs: how a run ends, what it costs, which way it takes, and how its segments and times join."""

from dataclasses import replace

import numpy as np
import pytest

from forged_runs import HEAP, STACK, TEXT, Lies, Rows, assert_refused, bpf, forged_run
from proven_runs import EXAMPLES
from zisk_py import Program
from zisk_py.field.goldilocks import P
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.instruction import LAST_C, UNITS, Store, immediate, register
from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC, HIDDEN_KEY, REGISTER_KEY, guest_key
from zisk_py.isa.operations import ADD
from zisk_py.isa.rom import ROM_COLUMNS, Rom
from zisk_py.statemachines.fault.holes import TOP, Hole

LOAD, STORE = FaultKind.LOAD_VIOLATION, FaultKind.STORE_VIOLATION
HEAP_KEY = guest_key(HEAP)


ROMS = [
    bpf("mov r0, -7\nsmod r0, 3\ncall next\nexit\nnext:\nldxdw r0, [r10-8]\nexit"),
    *(Program.load(EXAMPLES / name).rom for name in ("packet_filter/packet_filter.o", "vault/vault.so")),
]


def straight(steps: int) -> Rows:
    """Moves to r0, all of 1, such that a run with the exit has that many steps."""
    rows = Rows()
    for _ in range(steps - 1):
        rows.move(0, immediate(1))
    return rows


# ---- ends


@pytest.mark.parametrize(
    "outcome",
    [Exit(1), Fault(FaultKind.BUDGET_EXCEEDED, 2), Fault(LOAD, 2)],
    ids=lambda outcome: str(outcome),
)
def test_a_run_that_stops_early_is_at_no_end(outcome):
    run = forged_run(straight(5).exit(), lies=Lies(stop={2: outcome}))
    assert run.statement.steps == 2
    assert_refused(run, "Statement: the run stops at pc 0x10, which is no end")


def test_a_run_that_stops_early_cannot_say_or_jump_that_it_is_at_its_end():
    run = forged_run(straight(5).exit(), lies=Lies(stop={2: Exit(1)}))
    main = run.part("Main")
    main.values["end_pc"] = EXIT_PC
    assert_refused(run, "Main: LAST * (next_pc - end_pc)")
    main.put(31, next_pc=EXIT_PC)
    assert_refused(run, "Main: (1 - live) * (next_pc - pc)")
    for row in range(2, 32):
        main.put(row, pc=EXIT_PC, next_pc=EXIT_PC)
    main.put(1, next_pc=EXIT_PC)
    assert_refused(run, "Main: (live - set_pc) * (next_pc - pc")


def test_a_run_that_stops_within_an_instruction_did_not_exceed_its_budget():
    rom = bpf("mov r0, -7\nsmod r0, 3\nexit")
    run = forged_run(rom, lies=Lies(stop={3: Fault(FaultKind.BUDGET_EXCEEDED, 1)}), budget=2)
    assert_refused(run, "which is no end")


@pytest.mark.parametrize("pc", [8 * 6, FAULT_PC, EXIT_PC + 8, (1 << 31) + 8])
def test_the_end_is_one_that_the_program_has(pc):
    rom = straight(5).exit()
    run = forged_run(rom, lies=Lies(stop={2: Fault(FaultKind.BUDGET_EXCEEDED, pc // 8)}), budget=2)
    run.part("Main").values["end_pc"] = pc
    reason = "unknown fault 0" if pc == FAULT_PC else "which is no end"
    assert_refused(run, reason, "Main: LAST * (next_pc - end_pc)")


OUTCOMES = [Exit(0), Exit(1 | 1 << 32), Fault(LOAD, 0), Fault(FaultKind.BUDGET_EXCEEDED, 5), Fault(LOAD, 1)]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=str)
@pytest.mark.parametrize("traps", [False, True], ids=["exit", "fault"])
def test_a_wrong_outcome_is_not_what_the_run_ended_with(traps, outcome):
    rows = straight(5)
    run = forged_run((rows.load(0, 0) if traps else rows).exit())
    assert run.statement.outcome == (Fault(LOAD, 4) if traps else Exit(1))
    run.state(outcome=outcome)
    assert_refused(run, "Statement: the run ended with")
    # The air values can be made to agree with the statement, but not with the last row.
    is_exit = isinstance(outcome, Exit)
    c0, c1 = (outcome.code % (1 << 32), outcome.code >> 32) if is_exit else (8 * outcome.pc, outcome.kind)
    pc = EXIT_PC if is_exit else FAULT_PC
    if outcome == Fault(FaultKind.BUDGET_EXCEEDED, 5):
        pc, c0, c1 = 8 * 5, 1, 0
        run.state(claim=replace(run.statement.claim, budget=run.statement.compute_units))
    run.state_end(outcome, pc=pc, c0=c0, c1=c1)
    assert_refused(run, "Main: LAST * (")


def test_an_exit_gives_the_register_of_the_result():
    run = forged_run(straight(5).exit(), lies=Lies(reads={4 * 4 + 2: 9}))
    assert run.statement.outcome == Exit(9)
    assert_refused(run, "CHAIN")
    run = forged_run(straight(5).exit(), lies=Lies(results={4: (9, 0)}))
    assert_refused(run, "Main: (1 - external - trap) * (c0 - b0)")


def test_no_row_is_run_at_an_end():
    run = forged_run(straight(5).exit())
    main = run.part("Main")
    main.put(5, live=1)
    for row in range(6, 32):
        main.put(row, clk=6)
    main.values["end_clk"] = 6
    run.state(steps=6)
    assert_refused(run, "ROM: Main")


# ---- compute units


def test_a_wrong_total_of_compute_units_is_refused():
    run = forged_run(straight(5).exit())
    run.state(compute_units=4)
    assert_refused(run, "Statement: the run has 5 steps and 5 compute units, stated are 5 and 4")
    run.part("Main").values["end_units"] = 4
    assert_refused(run, "Main: LAST * (next_units - end_units)")


def test_the_cost_of_an_instruction_cannot_be_left_out():
    run = forged_run(straight(5).exit(), lies=Lies(instructions={2: lambda i: replace(i, cost=False)}))
    assert run.statement.compute_units == 4
    assert_refused(run, "Main: (1 - LAST) * (units' - next_units)")
    run.part("Main").put(2, cost=0)
    assert_refused(run, "ROM: Main")


def test_units_above_the_budget_are_refused():
    run = forged_run(straight(5).exit())
    run.state(claim=replace(run.statement.claim, budget=4))
    assert_refused(run, "Statement: 5 compute units exceed the budget of 4")


def test_a_run_within_its_budget_did_not_exceed_it():
    run = forged_run(straight(5).exit(), lies=Lies(stop={3: Fault(FaultKind.BUDGET_EXCEEDED, 3)}), budget=4)
    assert_refused(run, "which is no end")


def test_correction_12_10_units_are_not_charged_backwards_over_a_segment():
    rows = straight(33).row(b=immediate(7), charge=True)
    run = forged_run(rows.exit(), chunk_size=32)
    main = run.part("Main")
    charged = -20
    main.put(0, b0=charged, c0=charged)
    main.put(1, a0=charged)
    for row in range(1, 32):
        main.put(row, units=main[row, "units"] - 27)
    main.values["end_units"] -= 27
    run.state(compute_units=main.values["end_units"])
    assert_refused(
        run, "Statement: segment 1 counts compute units backwards", "Main: b_immediate * (b0 - b_lo)"
    )


# ---- ways


JUMP_TARGET = 3


def computed_jump(value: int) -> Rows:
    """A jump to the slot in r1, the third; behind it a row at pc 27, which is no instruction's start."""
    rows = Rows().move(1, immediate(value)).row(b=register(1), set_pc=True, j1=0, j2=0).move(0, immediate(5))
    rows.exit()
    return rows.move(0, immediate(99), pc=8 * JUMP_TARGET + 3, j2=-3, cost=False)


def program_of(rows: Rows) -> Rom:
    """Its ROM, without another exit."""
    exit_free = Rows().exit()
    rules = replace(exit_free.rules, num_slots=4)
    return Rom.from_instructions(rows.rows, exit_free.image, rules)


def test_a_jump_into_the_middle_of_an_instruction_is_no_multiple_of_8():
    rom = program_of(computed_jump(JUMP_TARGET))
    run = forged_run(rom, lies=Lies(instructions={1: lambda i: replace(i, j1=3)}))
    assert run.statement.outcome == Exit(99)
    assert_refused(run, "Main: set_pc * (next_pc - 8 * c0 - j1)")
    eighth = (8 * JUMP_TARGET + 3) * pow(8, -1, P)
    main = run.part("Main")
    main.put(1, b0=eighth, c0=eighth)
    main.put(2, a0=eighth)
    assert_refused(run, "CHAIN")


def test_a_jump_into_the_middle_of_an_instruction_by_a_high_half_is_refused():
    forged_run(program_of(computed_jump(JUMP_TARGET)))  # the twin
    rom = program_of(computed_jump(JUMP_TARGET | 1 << 32))
    run = forged_run(rom, lies=Lies(results={1: (JUMP_TARGET, 0)}), has_twin=False)
    main = run.part("Main")
    assert main[1, "b1"] == 1
    main.put(1, c1=1)
    main.put(2, a1=1)
    assert_refused(run, "Main: set_pc * c1")


@pytest.mark.parametrize("pc", [EXIT_PC, FAULT_PC])
def test_correction_12_9_a_computed_jump_cannot_name_an_end(pc):
    rom = program_of(computed_jump(JUMP_TARGET))
    eighth = pc * pow(8, -1, P) % P
    run = forged_run(rom, lies=Lies(stop={2: Exit(JUMP_TARGET)}))
    main = run.part("Main")
    main.put(1, b0=eighth, c0=eighth, next_pc=pc)
    for row in range(2, 32):
        main.put(row, a0=eighth, b0=eighth, c0=eighth, pc=pc, next_pc=pc)
    main.values |= {"end_pc": pc, "end_c0": eighth}
    assert_refused(run, "CHAIN", "Statement: the last result is not two 32-bit halves")


@pytest.mark.parametrize("rom", ROMS, ids=lambda rom: rom.rules.target)
def test_correction_12_9_only_starts_of_instructions_stand_at_multiples_of_8(rom):
    """A computed jump, and an exceeded budget, name a multiple of 8: each is a row that costs a unit."""
    pcs = [int(pc) for pc in rom.rows[:, ROM_COLUMNS.index("pc")]]
    starts = {pc: rom.instruction(row) for row, pc in enumerate(pcs) if pc % 8 == 0}
    assert EXIT_PC not in pcs
    assert FAULT_PC not in pcs
    assert sorted(starts) == [8 * slot for slot in range(rom.rules.num_slots + 1)]
    assert all(instruction.cost for instruction in starts.values())


def test_a_branch_goes_where_its_flag_says():
    run = forged_run(straight(5).exit(), lies=Lies(instructions={1: lambda i: replace(i, j2=16)}))
    assert run.statement.steps == 4
    assert_refused(run, "Main: (live - set_pc) * (next_pc - pc")


# ---- segments and time


def test_time_restarted_in_a_segment_is_refused():
    run = forged_run(straight(40).exit(), chunk_size=32)
    main = run.part("Main")
    for row in range(32):
        main.put(row, clk=main[row, "clk"] - 32)
    main.values["start_clk"] -= 32
    main.values["end_clk"] -= 32
    run.state(steps=8)
    assert_refused(
        run,
        "Statement: segment 1 starts with clk = 0, expected 32",
        "CHAIN",
    )


def test_a_row_that_is_not_live_in_a_middle_segment_is_refused():
    rom = straight(40).exit()
    forged_run(rom, chunk_size=32)  # the twin
    run = forged_run(rom, chunk_size=31, has_twin=False)
    assert_refused(run, "Statement: segment 0 has 31 steps in 32 rows, but is not the last")
    # Nor may the row be counted as a step.
    run.part("Main", 0).values["end_clk"] = 32
    assert_refused(run, "Main: LAST * (clk + live - end_clk)", "Statement: segment 1 starts with clk = 31")


def test_a_row_that_is_not_live_is_followed_by_no_live_one():
    run = forged_run(straight(5).exit())
    main = run.part("Main")
    main.matrix = np.insert(main.matrix, 2, main.matrix[-1], axis=0)[:-1]
    main.put(2, pc=16, next_pc=16, units=2, a0=1, b0=1, c0=1, clk=2)
    assert_refused(run, "Main: (1 - LAST) * live' * (1 - live)")


@pytest.mark.parametrize("name", ["pc", "c0", "c1", "units"])
def test_a_segment_starts_where_the_one_before_it_ended(name):
    run = forged_run(straight(40).exit(), chunk_size=32)
    run.part("Main", 0).values[f"end_{name}"] += 8
    assert_refused(run, f"Statement: segment 1 starts with {name}", "Main: LAST * (")


def test_correction_12_8_rows_that_are_not_live_keep_the_result():
    run = forged_run(straight(32).exit(), chunk_size=32)
    main = run.part("Main")
    empty = run.add("Main", 0, **main.values)
    run.segments[0].remove(empty)
    tables = [cells for cells in run.segments[0] if cells.air.name not in ("Main", "AddCompare")]
    run.segments = [[main], [empty, *tables]]
    end = {name: main.values[f"end_{name}"] for name in ("pc", "c0", "c1", "clk", "units")}
    empty.values |= {f"start_{name}": value for name, value in end.items()}
    state = {"pc": end["pc"], "next_pc": end["pc"], "clk": end["clk"], "units": end["units"]}
    for row in range(32):
        empty.put(row, state, a0=1, b0=1, c0=1, b_attribute=1, store_attribute=1)
    assert run.refusals() == set()
    for row in range(32):
        empty.put(row, a0=2, b0=2, c0=2)
    run.state_end(Exit(2), c0=2)
    assert_refused(run, "Main: FIRST * a_last", "Main: FIRST * b_last")
    for row in range(32):
        empty.put(row, a0=1 + (row > 3), b0=1 + (row > 3), c0=1 + (row > 3))
    assert_refused(run, "Main: (1 - LAST) * a_last'", "Main: (1 - LAST) * b_last'")


# ---- Carry


def run_that_reads_the_future():
    """Step 0 reads what step 1 writes; only the way back from time 7 to a time before 2 is missing."""
    rom = Rows().load(1, 4, 8).store(4, 8, immediate(2)).exit()
    run = forged_run(rom, lies=Lies(reads={2: 2}))
    run.part("Main").put(1, old0=0, store_gap=4 + 2 - 0)
    cells, row = run.boundary_row(HEAP_KEY + 1)
    cells.put(row, initial0=0, time=2, final0=2)
    assert_refused(run, "CHAIN")
    return run, {"key": HEAP_KEY + 1, "attribute": 1, "v0": 2}


def test_carry_does_not_go_backwards_in_time():
    run, state = run_that_reads_the_future()
    carry = run.add("Carry", 0, start_time=0)
    carry.put(0, state, live=1)
    carry.put(0, {"gap[0]": 0 - 1 - 7})
    assert_refused(run, "RANGE16(gap[i]): Carry")


def test_carry_is_not_turned_around():
    run, state = run_that_reads_the_future()
    carry = run.add("Carry", 0, start_time=0)
    carry.put(0, state, live=1, steps=1)
    carry.put(0, {"gap[0]": (1 << 16) - 1 - 7})
    carry.put(1, state, live=-1, steps=1)
    carry.put(1, {"gap[0]": (1 << 16) - 1})
    assert_refused(run, "Carry: permutation_assumes(BUS_CHAIN")


def test_carry_does_not_walk_around_the_field():
    run, state = run_that_reads_the_future()
    rows = 1 << 16
    carry = run.add("Carry", 0, rows, start_time=0)
    for name, value in {**state, "live": 1, **{f"gap[{i}]": 0xFFFF for i in range(3)}}.items():
        carry.matrix[:, carry.air.column(name)] = value
    # From 7 to 2^48, in steps of 2^48, and at last to p, which is 0.
    carry.matrix[:-1, carry.air.column("steps")] = np.arange(1, rows, dtype=np.uint64) << np.uint64(32)
    carry.put(0, {"gap[0]": 0xFFFF - 7})
    last = P - ((rows - 1) << 48) - 1
    carry.put(rows - 1, {f"gap[{i}]": last >> 16 * i & 0xFFFF for i in range(3)})
    assert_refused(run, "RANGE16(steps): Carry")


def test_carry_starts_when_its_segment_does():
    run, state = run_that_reads_the_future()
    # From time 7 on to 8 - which Carry says is its start - and from there on nothing leads back.
    carry = run.add("Carry", 0, start_time=8)
    carry.put(0, state, live=1)
    assert_refused(run, "CHAIN", "Statement: segment 0 has a Carry instance that starts at another time")
    # A time below zero leads to time 0, and is as far from 7 as the field is large.
    carry.values["start_time"] = -(1 << 16)
    carry.put(0, steps=1)
    carry.put(0, {"gap[0]": 0xFFFF})
    carry.put(1, state, live=1)
    carry.put(1, {"gap[0]": -(1 << 16) - 8})
    assert_refused(run, "RANGE16(gap[i]): Carry", "that starts at another time")


def test_a_carry_row_serves_one_access():
    rows = Rows()
    for _ in range(32):
        rows.move(0, immediate(1))
    rom = rows.move(1, register(20)).move(2, register(20)).exit()
    run = forged_run(rom, chunk_size=32)
    # The second read takes the state of the one Carry row once more.
    run.part("Main").put(1, b_gap=4 * 33 + 1 - 4 * 32)
    assert_refused(run, "CHAIN")


# ---- faults


def test_a_fault_claimed_on_a_legal_access_lies_in_no_hole():
    rom = Rows().load(0, 4, 8).exit()
    hole = Hole(LOAD, False, HEAP, HEAP + 100)
    run = forged_run(rom, lies=Lies(reach={HEAP + 8: []}, holes=(hole,)))
    assert run.statement.outcome == Fault(LOAD, 0)
    assert_refused(run, "HOLE: Fault")

    # In the true hole behind the heap the distance from its start is negative,
    fault = run.part("Fault")
    low, top = HEAP + 4096, TOP
    fault.put(0, low0=low % (1 << 32), low1=low >> 32, top0=top % (1 << 32), top1=top >> 32)
    fault.put(0, {"from_low[0]": 8 + 7 - 4096})
    distance = top - HEAP - 8
    fault.put(0, {f"to_top[{i}]": distance >> 16 * i & 0xFFFF for i in range(4)})
    assert_refused(run, "RANGE16(from_low[i]): Fault")

    # in the one below it the distance to its end.
    low, top = STACK + 3 * 8192 + 4096, HEAP - 1
    fault.put(0, low0=low % (1 << 32), low1=low >> 32, top0=top % (1 << 32), top1=top >> 32)
    distance = HEAP + 8 + 7 - low
    fault.put(0, {f"from_low[{i}]": distance >> 16 * i & 0xFFFF for i in range(4)}, from_low_carry=-1)
    fault.put(0, {f"to_top[{i}]": 0 for i in range(4)}, to_top_below=0)
    fault.put(0, {"to_top[0]": 0xFFFF - 8, "to_top[1]": 0xFFFF, "to_top[2]": -1})
    assert_refused(run, "RANGE16(to_top[i]): Fault")

    run.remove("Fault")
    assert_refused(run, "FAULT: Main")


@pytest.mark.parametrize("wrap", [-1, 1])
def test_correction_12_7_the_address_of_a_fault_is_that_of_the_access(wrap):
    rom = Rows().load(0, 4, 8).exit()
    run = forged_run(rom, lies=Lies(reach={HEAP + 8: []}, holes=(Hole(LOAD, False, HEAP, HEAP + 100),)))
    fault = run.part("Fault")
    # Another address, behind the heap.
    low, top = HEAP + 4096, TOP
    fault.put(0, low0=low % (1 << 32), low1=low >> 32, top0=top % (1 << 32), top1=top >> 32)
    fault.put(0, {"address[0]": 4096, "from_low[0]": 7})
    distance = top - low
    fault.put(0, {f"to_top[{i}]": distance >> 16 * i & 0xFFFF for i in range(4)})
    assert_refused(run, "Fault: live * (a0 + offset - address0 - TWO_32 * carry)")
    # The same address, 2^64 more or less, is not one in limbs.
    fault.put(0, {"address[0]": 8, "address[3]": -wrap * (1 << 16)}, wrap=wrap)
    fault.put(0, {"from_low[0]": 8 + 7 - 4096, "from_low[3]": -wrap * (1 << 16)})
    distance = top - HEAP - 8
    fault.put(0, {f"to_top[{i}]": distance >> 16 * i & 0xFFFF for i in range(4)})
    fault.put(0, {"to_top[3]": 0xFFFF + wrap * (1 << 16)})
    ranges = ["RANGE16(address[i]): Fault", "RANGE16(from_low[i]): Fault", "RANGE16(to_top[i]): Fault"]
    assert_refused(run, *ranges)


def test_correction_12_7_a_fault_claimed_in_a_frame_does_not_lie_in_a_gap():
    rom = Rows().load(0, 10, -8).exit()
    address, hole = STACK + 4088, Hole(LOAD, True, STACK - 4096, STACK + 4096)
    run = forged_run(rom, lies=Lies(reach={address: []}, holes=(hole,)))
    assert_refused(run, "HOLE: Fault")
    fault = run.part("Fault")
    top = STACK + 3 * 8192 + 4096 - 1
    fault.put(0, low0=0, low1=2, top0=top % (1 << 32), top1=2, from_low_carry=0, from_low_top=0)
    fault.put(0, {"from_low[0]": 4088, "from_low[1]": 0, "from_low[2]": 0, "from_low[3]": 0})
    fault.put(0, {"to_top[0]": (top - address) & 0xFFFF, "to_top[1]": 0, "to_top[2]": 0, "to_top[3]": 0})
    fault.put(0, in_gap=-8, frame=0)
    assert_refused(run, "RANGE16(2**4 * in_gap): Fault")
    fault.put(0, in_gap=4088, frame=-4096 * pow(8192, -1, P))
    assert_refused(run, "RANGE16(frame): Fault")


def test_a_success_on_an_illegal_access_finds_no_word():
    rom = Rows().load(0, 4, -8).exit()
    key = HEAP_KEY - 1
    run = forged_run(rom, lies=Lies(reach={HEAP - 8: [(key, 1)]}, words={key: 3}))
    assert run.statement.outcome == Exit(3)
    assert_refused(run, "CHAIN")


@pytest.mark.parametrize(("is_store", "claimed"), [(False, STORE), (True, LOAD), (False, FaultKind.ABORT)])
def test_a_trap_has_the_kind_of_its_access(is_store, claimed):
    rows = Rows()
    rows = rows.store(0, 0, immediate(1)) if is_store else rows.load(1, 0)
    run = forged_run(rows.exit())
    main, fault = run.part("Main"), run.part("Fault")
    for row in range(1, 32):
        main.put(row, a1=claimed, b1=claimed, c1=claimed)
    main.put(0, c1=claimed)
    run.state_end(Fault(claimed, 0), c1=claimed)
    if not is_store:
        cells, row = run.boundary_row(REGISTER_KEY + 1)
        cells.put(row, final1=claimed)
    # The hole of the claimed kind from address 0 on: stores may not reach the text either.
    top = (STACK if claimed is STORE else TEXT) - 1
    fault.put(0, {f"to_top[{i}]": top >> 16 * i & 0xFFFF for i in range(4)}, kind=claimed, top1=top >> 32)
    reasons = ["HOLE: Fault"] if claimed is FaultKind.ABORT else []
    assert_refused(run, "Main: trap * (c1 - FAULT_LOAD_VIOLATION", *reasons)


CLAIM = immediate(1 << 32)  # slot 0, a load violation
ROWS_WITHOUT_TRAPS = {
    "a copy": {"b": CLAIM},
    "a push to a hidden word": {"a": immediate(3), "b": CLAIM, "store": Store.INDIRECT, "guest": False},
    "a store to a constant hidden word": {"b": CLAIM, "store": Store.KEYED, "store_key": HIDDEN_KEY + 3},
    "a store to a register": {"b": CLAIM, "store": Store.KEYED, "store_key": REGISTER_KEY + 3},
}


@pytest.mark.parametrize("name", ROWS_WITHOUT_TRAPS)
def test_correction_12_2_a_fault_is_not_claimed_on_a_row_without_a_guest_access(name):
    rom = Rows().row(**ROWS_WITHOUT_TRAPS[name], j1=FAULT_PC).exit()
    run = forged_run(rom, lies=Lies(results={0: (1 << 32, 1)}))
    assert run.statement.outcome == Fault(LOAD, 0)
    assert_refused(run, "Main: (1 - external) * (flag - trap)")
    run.part("Main").put(0, guest=1)
    found = run.refusals()
    assert "ROM: Main" in found, found


# ---- another program, another operand


def test_a_run_starts_at_the_entry_of_its_program():
    rom = straight(5).exit()
    run = forged_run(replace(rom, rules=replace(rom.rules, entry=8)))
    assert run.statement.steps == 4
    run.state_program(rom)
    assert_refused(run, "Statement: segment 0 starts with pc = 8, expected 0")


def test_a_run_has_the_rows_of_its_program():
    run = forged_run(straight(5).move(0, immediate(7)).exit())
    run.state_program(straight(5).move(0, immediate(8)).exit())
    assert_refused(run, "ROM: Main")


def test_a_run_has_the_image_of_its_program():
    rom = Rows().load(0, 2).exit()
    run = forged_run(rom)
    run.state_program(replace(rom, image=(replace(rom.image[0], data=bytes(20)),)))
    assert_refused(run, "INIT: Boundary")


def test_a_run_has_the_regions_and_registers_of_its_program():
    rom = Rows().store(2, 0, immediate(5)).load(0, 2).exit()
    rules, (text, *regions) = rom.rules, rom.rules.regions
    writable = (replace(text, writable=True), *regions)
    run = forged_run(replace(rom, rules=replace(rules, regions=writable)))
    assert run.statement.outcome != Fault(STORE, 0)
    run.state_program(rom)
    assert_refused(run, "REGION: Boundary")
    registers = (replace(rules.registers[0], base=HEAP), *rules.registers[1:])
    run = forged_run(replace(rom, rules=replace(rules, registers=registers)))
    assert run.statement.outcome == Exit(5)
    run.state_program(rom)
    assert_refused(run, "INIT: Boundary")


@pytest.mark.parametrize(
    ("honest", "forged", "refusal"),
    [
        ({"a": LAST_C}, {"a": immediate(9)}, "Main: (1 - LAST) * a_last' * (a0' - c0)"),
        ({"b": LAST_C}, {"b": immediate(9)}, "Main: (1 - LAST) * b_last' * (b0' - c0)"),
        ({"a": immediate(8)}, {"a": immediate(9)}, "Main: a_immediate * (a0 - a_lo)"),
        ({"b": immediate(8)}, {"b": immediate(9)}, "Main: b_immediate * (b0 - b_lo)"),
        ({"a": immediate(1 << 32)}, {"a": immediate(0)}, "Main: a_immediate * (a1 - a_hi)"),
        ({"b": immediate(1 << 32)}, {"b": immediate(0)}, "Main: b_immediate * (b1 - b_hi)"),
        ({"a": register(2)}, {"a": register(4)}, "CHAIN"),
        ({"b": register(2)}, {"b": register(4)}, "CHAIN"),
        ({"b": UNITS}, {"b": immediate(0)}, "Main: b_units * (b0 - units)"),
    ],
)
def test_an_operand_is_the_one_that_the_row_names(honest, forged, refusal):
    fields = {"op": ADD, "a": immediate(1), "b": immediate(1), **honest}
    rows = straight(3).row(**fields, store=Store.KEYED, store_key=REGISTER_KEY)
    run = forged_run(rows.exit(), lies=Lies(instructions={2: lambda i: replace(i, **forged)}))
    assert_refused(run, refusal)
