"""Main over the field of 11 elements: a row of the ROM and its operands leave one way to go on.

All values of the field are tried for every cell that the prover chooses. Given are the bits of the row, what
the ROM adds to the pc, and the operands; an operation's result is free here, for another machine proves it.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from attack_models import Model
from zisk_py.isa.faults import FaultKind
from zisk_py.pil.system import NodeKind
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.constraint_system import constraint_system

MAIN = constraint_system().air("Main")
PRIME = 11
FIELD = range(PRIME)
KINDS = (int(FaultKind.LOAD_VIOLATION), int(FaultKind.STORE_VIOLATION))
CHOSEN = ("aligned", "narrow", "flag", "c0", "c1", "next_pc")
Row = dict[str, int]
Way = tuple[int, ...]


def reads_on(node: int) -> bool:
    """Whether a node reads another row, or knows where in the instance it is."""
    kind, left, right = MAIN.nodes[node]
    if kind in (NodeKind.ADD, NodeKind.SUB, NodeKind.MUL):
        return reads_on(left) or reads_on(right)
    if kind == NodeKind.NEG:
        return reads_on(left)
    return kind in (NodeKind.FIRST, NodeKind.LAST) or (kind == NodeKind.WITNESS and bool(right))


ALONE = replace(MAIN, constraints=tuple(c for c in MAIN.constraints if not reads_on(c.node)))
BETWEEN = replace(MAIN, constraints=tuple(c for c in MAIN.constraints if reads_on(c.node)))


def ways(model: Model, row: Row) -> set[Way]:
    """All that the chosen cells can be on a row."""
    cells = {name: np.array([value]) for name, value in row.items()}
    for name in CHOSEN:
        count = len(next(iter(cells.values())))
        cells = {known: np.repeat(values, PRIME) for known, values in cells.items()}
        cells[name] = np.tile(np.arange(PRIME), count)
        fine = np.broadcast_to(model.allows(cells, Bus.RANGE16, PRIME), PRIME * count)
        cells = {known: values[fine] for known, values in cells.items()}
    return set(zip(*(cells[name].tolist() for name in CHOSEN), strict=True))


def true_ways(row: Row) -> Iterator[Way]:
    """The same, as docs/architecture.md has it."""
    if row["external"]:
        results = [(0, 0, flag, c0, c1) for flag in (0, 1) for c0 in FIELD for c1 in FIELD]
    else:
        results = [(0, 0, 0, row["b0"], row["b1"])]
    if row["guest"]:
        loaded = (0, row["b0"], row["b1"])
        results = [(0, 0, 1, row["pc"], KINDS[row["store_indirect"]]), (0, 1, *loaded)]
        results += [(1, 0, *loaded)] if row["width"] == 8 else []
    for aligned, narrow, flag, c0, c1 in results:
        if not row["live"]:
            yield aligned, narrow, flag, c0, c1, row["pc"]
        elif not row["set_pc"]:
            yield aligned, narrow, flag, c0, c1, (row["pc"] + row["j1" if flag else "j2"]) % PRIME
        elif c1 == 0:
            yield aligned, narrow, flag, c0, c1, (8 * c0 + row["j1"]) % PRIME


def rows() -> Iterator[Row]:
    """Rows with every combination of bits that one of the ROM can have, with some operands."""
    rng = random.Random(11)
    given = ("pc", "j1", "j2", "b0", "b1", "units")
    for external, guest, set_pc, store_indirect, width in product((0, 1), (0, 1), (0, 1), (0, 1), (4, 8)):
        if guest and (external or set_pc):
            continue
        for live in (0, 1) if not (external or guest or set_pc or store_indirect) else (1,):
            for b1 in (0, rng.choice(FIELD)):
                row = {name: rng.choice(FIELD) for name in given} | {"live": live, "width": width, "b1": b1}
                row |= {"external": external, "guest": guest, "set_pc": set_pc}
                row |= {"store_indirect": store_indirect}
                yield row
                yield row | {"b0": row["pc"], "b1": KINDS[store_indirect]}  # a copy that looks like a trap


ROWS = list(rows())


def test_a_row_goes_on_in_the_ways_that_it_should_and_no_other():
    model = Model(ALONE, {}, PRIME)
    for row in ROWS:
        assert ways(model, row) == set(true_ways(row)), row
    outcomes = [len(set(true_ways(row))) for row in ROWS]
    # Nothing, one copy, with or without a trap, and what another machine proves.
    assert {0, 1, 2, 3, 2 * PRIME**2} <= set(outcomes)
    assert {name for c in ABOUT.values() for name in model.columns(c.node)} >= set(CHOSEN)


ABOUT = {
    " ".join(c.source.text.split()): c
    for c in ALONE.constraints
    if Model(MAIN, {}, PRIME).columns(c.node) & set(CHOSEN)
    and Model(MAIN, {}, PRIME).columns(c.node) <= {*ROWS[0], *CHOSEN}
}


@pytest.mark.parametrize("text", ABOUT)
def test_without_any_one_constraint_a_row_goes_on_in_another_way(text):
    model = Model(
        replace(ALONE, constraints=tuple(c for c in ALONE.constraints if c != ABOUT[text])), {}, PRIME
    )
    assert any(ways(model, row) > set(true_ways(row)) for row in ROWS)


# ---- from row to row


def followers(air_constraints: tuple, row: Row, following: Row, name: str) -> set[int]:
    """What a cell of the next row can be."""
    model = Model(replace(BETWEEN, constraints=air_constraints), {}, PRIME)
    fine = model.holds(row, name, following={**following, name: np.arange(PRIME)})
    return set(np.flatnonzero(np.broadcast_to(fine, PRIME)).tolist())


def pairs() -> Iterator[tuple[Row, Row]]:
    """Rows, and what is given of the next ones: whether they take their operands from the last result."""
    rng = random.Random(12)
    names = ("clk", "units", "pc", "next_pc", "c0", "c1", "a0", "a1", "b0", "b1")
    for live, cost, charge, takes_last in product((0, 1), (0, 1), (0, 1), (0, 1)):
        row = {name: rng.choice(FIELD) for name in names} | {"live": live, "cost": cost, "charge": charge}
        after = {name: rng.choice(FIELD) for name in names} | {"live": live}
        yield row, after | {"a_immediate": 1 - takes_last, "b_immediate": 1 - takes_last}


def true_followers(row: Row, following: Row, name: str) -> set[int]:
    if name in ("a0", "a1", "b0", "b1"):
        return set(FIELD) if following["a_immediate"] else {row[f"c{name[1]}"]}
    units = row["units"] + row["cost"] + row["charge"] * row["c0"]
    return {{"clk": row["clk"] + row["live"], "units": units, "pc": row["next_pc"]}[name] % PRIME}


@pytest.mark.parametrize("name", ["clk", "units", "pc", "a0", "a1", "b0", "b1"])
def test_a_cell_of_the_next_row_is_what_this_one_leaves(name):
    kept = tuple(c for c in BETWEEN.constraints if name in Model(MAIN, {}, PRIME).columns(c.node))
    others = [c for c in kept if f"{name}'" in c.source.text]
    assert len(others) == 1
    for row, following in pairs():
        assert followers(kept, row, following, name) == true_followers(row, following, name)
    # Without the one that reads it there, it can be anything.
    left = tuple(c for c in kept if c is not others[0])
    assert all(followers(left, row, following, name) == set(FIELD) for row, following in pairs())


def test_a_row_that_is_not_live_is_followed_by_none_that_is():
    (rule,) = (c for c in BETWEEN.constraints if "live'" in c.source.text)
    assert followers((rule,), {"live": 0}, {}, "live") == {0}
    assert followers((rule,), {"live": 1}, {}, "live") == set(FIELD)
