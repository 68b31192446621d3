"""Checks on instances (section 8.3): where segments start and end, and what the end says."""

from collections.abc import Sequence

from .layout import Layout, Member
from .refusal import Refused, require
from .statement import Statement

STATE = ("pc", "c0", "c1", "clk", "units")
EXIT_PC = 2**31 + 1
FAULT_PC = 2**31 + 2
OUT_OF_BUDGET = 8
LARGEST_CLOCK = 2**36
HALF = 2**32
Values = dict[str, int]


def check_ends(layouts: Sequence[Layout], run_wide: frozenset[str], statement: Statement) -> None:
    """All checks on instances; run-wide airs are those that stand in the last segment and in no other."""
    state = dict.fromkeys(STATE, 0) | {"pc": statement.rules.entry}
    for number, layout in enumerate(layouts):
        last = number == len(layouts) - 1
        members = {member.shape.air.name: member for member in layout.members}
        require(
            members.keys() & run_wide == (run_wide if last else set()),
            "a run-wide air stands where it must not",
        )
        require("Main" in members, "a segment has no Main")
        main = _values(members["Main"])
        require(all(main.get(f"start_{name}") == state[name] for name in STATE), "a segment starts elsewhere")
        state = _end_of(main, None if last else 1 << members["Main"].instance.log_height)
        if "Carry" in members:
            start_time = _values(members["Carry"]).get("start_time")
            require(start_time == 4 * main["start_clk"], "Carry starts at another time")
    check_outcome(state, statement)


def _values(member: Member) -> Values:
    """The air values of an instance by name."""
    return dict(zip(member.shape.air.air_values, member.instance.air_values, strict=True))


def _end_of(main: Values, steps: int | None) -> Values:
    """The state after a segment of so many steps (None for the last, which may have any number)."""
    require(all(f"end_{name}" in main for name in STATE), "Main has no end")
    require(main["start_clk"] <= main["end_clk"] < LARGEST_CLOCK, "the clock runs backwards or too far")
    require(steps in (None, main["end_clk"] - main["start_clk"]), "a segment before the last is not full")
    require(main["start_units"] <= main["end_units"], "units run backwards")
    return {name: main[f"end_{name}"] for name in STATE}


def check_outcome(end: Values, statement: Statement) -> None:
    """The end of the run against the statement."""
    budget = statement.scalars["budget"]
    require(end["clk"] == statement.steps, "the run has another number of steps")
    require(
        end["units"] == statement.compute_units <= budget, "the run has other units, or more than its budget"
    )
    require(end["c0"] < HALF and end["c1"] < HALF, "a half of the result is out of range")
    outcome = outcome_of(end, statement.rules.num_slots, budget)
    require(outcome == statement.outcome, "the run has another outcome")


def outcome_of(end: Values, num_slots: int, budget: int) -> tuple[int, int]:
    """What the last state says: [0, exit code] or [kind, slot]."""
    pc, c0, c1 = end["pc"], end["c0"], end["c1"]
    if pc == EXIT_PC:
        return 0, c0 + HALF * c1
    if pc == FAULT_PC and 1 <= c1 <= 37 and c1 != OUT_OF_BUDGET:
        return c1, c0 // 8
    if pc % 8 == 0 and pc <= 8 * num_slots and end["units"] == budget:
        return OUT_OF_BUDGET, pc // 8
    raise Refused("the run is at no end")
