"""The ROM builder: where rows go, and what their jumps become."""

import pytest

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, immediate, register
from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC, ROUTINES_PC
from zisk_py.isa.operations import ADD, AND, EQ
from zisk_py.transpiler.rom_builder import EXIT, RETURN_PC, Label, RomBuilder


def long_slot(num_rows: int) -> RomBuilder:
    """An instruction in slot 3 of that many rows."""
    builder = RomBuilder()
    builder.begin_slot(3)
    for _ in range(num_rows):
        builder.compute(ADD, register(1), immediate(1), register(1))
    builder.end(builder.slot_label(4))
    return builder


def test_a_slot_owns_eight_pcs_and_the_rest_goes_above():
    rows = long_slot(20).instructions()
    assert [row.pc for row in rows[:8]] == list(range(24, 32))
    assert all(row.pc >= ROUTINES_PC for row in rows[8:])


def test_rows_follow_each_other_wherever_they_are():
    rows = long_slot(20).instructions()
    assert [row.pc + row.j2 for row in rows] == [*(row.pc for row in rows[1:]), 32]


def test_no_row_above_the_slots_is_at_a_multiple_of_eight_or_at_an_end():
    pcs = [row.pc for row in long_slot(100).instructions() if row.pc >= ROUTINES_PC]
    assert len(pcs) == 92
    assert all(pc % 8 for pc in pcs)
    assert not {EXIT_PC, FAULT_PC} & set(pcs)


def test_only_the_first_row_of_a_slot_costs_a_unit():
    assert [row.cost for row in long_slot(10).instructions()] == [True] + [False] * 9


def test_a_guest_access_traps_to_the_fault_end():
    builder = RomBuilder()
    builder.begin_slot(2)
    builder.load(register(1), -5, 4, register(2))
    builder.store(register(1), 3, 2, immediate(7))
    builder.end(builder.slot_label(3))
    assert [row.pc + row.j1 for row in builder.instructions()] == [FAULT_PC, FAULT_PC]


def test_a_fault_row_holds_eight_times_the_slot_and_the_kind():
    builder = RomBuilder()
    builder.begin_slot(5)
    builder.fault(FaultKind.ABORT, 5)
    (row,) = builder.instructions()
    assert (row.b.value, row.pc + row.j2) == (40 | FaultKind.ABORT << 32, FAULT_PC)


def test_a_branch_goes_both_ways():
    builder, place = RomBuilder(), Label("there")
    builder.begin_slot(0)
    builder.branch(EQ, register(1), immediate(0), place)
    builder.copy(register(0), then=EXIT)
    builder.place(place)
    builder.copy(LAST_C, then=builder.slot_label(9))
    branch, leave, there = builder.instructions()
    assert (branch.pc + branch.j1, branch.pc + branch.j2) == (there.pc, leave.pc)
    assert there.pc + there.j2 == 72


def test_a_label_placed_before_the_end_of_a_routine_shares_the_place_that_follows():
    builder, place, later = RomBuilder(), Label("place"), Label("later")
    builder.begin_slot(0)
    builder.branch(EQ, register(1), immediate(0), place, EXIT)
    builder.place(place)
    builder.end(later)
    builder.begin_routine(later)
    builder.jump_to_slot(AND, register(1), immediate(255), 8)
    branch, jump = builder.instructions()
    assert branch.pc + branch.j1 == jump.pc
    assert (jump.set_pc, jump.j1) == (True, 8)


def test_rows_without_an_end_are_refused():
    builder = RomBuilder()
    builder.begin_slot(0)
    builder.copy(immediate(1), register(1))
    with pytest.raises(AssertionError, match="slot 0 have no end"):
        builder.begin_slot(1)


def test_a_label_that_was_never_placed_is_refused():
    builder = RomBuilder()
    builder.begin_slot(0)
    builder.copy(immediate(1), then=Label("nowhere"))
    with pytest.raises(AssertionError, match="nowhere"):
        builder.instructions()


def test_a_subroutine_comes_back_to_a_row_that_no_guest_can_name():
    builder, routine = RomBuilder(), Label("double")
    builder.begin_slot(0)
    for _ in range(3):
        builder.call(routine, register(20))
        builder.compute(ADD, register(0), immediate(1), register(0))
    builder.end(EXIT)
    builder.begin_routine(routine)
    builder.compute(ADD, register(0), register(0), register(0))
    builder.go_back(register(20))
    rows = builder.instructions()
    links = [row.b.value for row in rows if row.store_key == register(20).value]
    comes_back = next(row for row in rows if row.set_pc)
    pcs = {row.pc for row in rows}
    assert len(links) == 3
    assert all(8 * link + comes_back.j1 in pcs for link in links)
    assert all((8 * link + comes_back.j1) % 8 == RETURN_PC for link in links)


def test_a_call_at_the_end_of_rows_comes_back_to_a_row_too():
    builder, routine = RomBuilder(), Label("nothing")
    builder.begin_slot(0)
    builder.call(routine, register(20))
    builder.end(EXIT)
    builder.begin_routine(routine)
    builder.go_back(register(20))
    call, last, _ = builder.instructions()
    assert last.pc == 8 * call.b.value + RETURN_PC
    assert last.pc + last.j2 == EXIT_PC
