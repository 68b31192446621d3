"""Machines so small that every witness can be tried: what they send is determined by what they are given.

    add_compare, arith    every operation on 4-bit numbers, in their tests in tests/statemachines
    shift                 every count of 16-bit numbers, in its test there
    logic, narrow         here: bytes of 2 bits and of 1
    main, narrow, carry   here: no chain of accesses returns in time, over a toy field
    boundary              here: one opening per word, over a toy field
    fault                 a trap is provable exactly in a hole: test_small_fault.py
    main                  the step that follows from a row: test_small_main.py
    table16, powers, shapes, rom, image    no model: their rows are committed to, and compared in their tests

All are the compiled constraints with other constants; the contents of tables are modelled by hand.
"""

import random

import numpy as np
import pytest

from attack_models import Model, every
from zisk_py.isa.operations import AND, OR, XOR
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.constraint_system import constraint_system

AIR = constraint_system().air
LARGE = 2**31 - 1
BIT = range(2)


# ---- Logic: bytes of two bits

LOGIC = Model(AIR("Logic"), {256: 4, 256**2: 16, 256**3: 64}, LARGE)
MEANING = {AND.name: np.bitwise_and, OR.name: np.bitwise_or, XOR.name: np.bitwise_xor}


def digits(name: str, values: np.ndarray, first: int) -> dict[str, np.ndarray]:
    """The four bytes of a half."""
    return {f"{name}[{first + i}]": values >> 2 * i & 3 for i in range(4)}


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("operation", [AND, OR, XOR], ids=lambda operation: operation.name)
def test_logic_has_one_result_for_every_pair_of_halves(operation, half):
    a, b = (grid.ravel() for grid in np.meshgrid(np.arange(256), np.arange(256)))
    cells = {f"is_{operation.name}": 1}
    for name, values in (("a", a), ("b", b), ("both", a & b)):  # the one conjunction that the table has
        cells |= digits(name, values, 4 * half)
    result = MEANING[operation.name](a, b)
    assert LOGIC.holds({**cells, f"c{half}": result}).all()
    for other in (result + 1, result - 1, result ^ 255, 0 * result + 256):
        assert not LOGIC.holds({**cells, f"c{half}": other}).any()
    (message,) = LOGIC.messages(Bus.OPERATION)
    values = LOGIC.evaluate({**cells, f"c{half}": result})
    sent = [values[node] for node in message.values]
    assert (sent[0] == operation.code).all()
    for position, expected in ((1 + half, a), (3 + half, b), (5 + half, result)):
        assert (sent[position] == expected).all()


def test_the_bytes_of_a_half_are_the_only_ones_of_their_sum():
    cells = every(a_0=range(4), a_1=range(4), a_2=range(4), a_3=range(4))
    (message,) = LOGIC.messages(Bus.OPERATION)
    sums = LOGIC.evaluate({"is_and": 1, **cells})[message.values[1]]
    assert sorted(sums.tolist()) == list(range(256))


# ---- Narrow: bytes of one bit

NARROW = Model(AIR("Narrow"), {256: 2, 256**2: 4, 256**3: 8}, LARGE)
SHAPES = [
    (byte, width, is_store)
    for width in (1, 2, 4, 8)
    for byte in range(8)
    for is_store in BIT
    if width < 8 or byte  # eight bytes of one word are Main's
]


def window_cells(
    windows: np.ndarray, shape: tuple[int, int, int], value: np.ndarray
) -> dict[str, np.ndarray | int]:
    byte, width, is_store = shape
    cells: dict[str, np.ndarray | int] = {"live": 1, "is_store": is_store, "is_two": int(byte + width > 8)}
    cells |= {f"at[{i}]": int(i == byte) for i in range(8)}
    cells |= {f"above{limit}": int(width > limit) for limit in (1, 2, 4)}
    cells |= {f"first[{i}]": windows >> i & 1 for i in range(8)}
    cells |= {f"second[{i}]": windows >> 8 + i & 1 for i in range(8)}
    return cells | {f"value[{i}]": value >> i & 1 for i in range(8)}


def halves(windows: np.ndarray) -> dict[str, np.ndarray]:
    return {f"after[{i}]": windows >> 4 * i & 15 for i in range(4)}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "byte {} width {} store {}".format(*shape))
def test_narrow_has_one_value_of_a_load_and_one_word_after_a_store(shape):
    byte, width, is_store = shape
    rng = random.Random(str(shape))
    chosen = np.array([0, 0xFFFF, 0xA5C3, *(rng.getrandbits(16) for _ in range(13))])
    windows, value = (grid.ravel() for grid in np.meshgrid(chosen, np.arange(256)))
    cells, mask = window_cells(windows, shape, value), (1 << width) - 1
    after = windows & ~(mask << byte) | (value & mask) << byte if is_store else windows
    is_right = np.full(len(value), True) if is_store else value == windows >> byte & mask
    assert (NARROW.holds({**cells, **halves(after)}) == is_right).all()
    for half in range(4):
        forged = halves(after)
        forged[f"after[{half}]"] = (forged[f"after[{half}]"] + 1) % 16
        assert not NARROW.holds({**cells, **forged}).any()


# ---- times: no chain of accesses comes back to a time where it has been

TOY = 257
CHUNKS = {2**16: 4, 2**32: 16}  # a range of 16 bits is one of two
STEPS, SEGMENTS = range(12), (0, 16, 32)  # of a run: its clock, and when its segments start, as times


def edges(name: str, **ranges: range | tuple[int, ...]) -> set[tuple[int, int]]:
    """(time before, time after) of every access that an air can make with cells in these ranges."""
    model = Model(AIR(name), CHUNKS, TOY)
    cells = every(**ranges)
    values = model.evaluate(cells)
    messages = model.messages(Bus.CHAIN)
    found = set()
    for taken in (message for message in messages if message.sign < 0):
        (put,) = (m for m in messages if m.sign > 0 and m.values[0] == taken.values[0])  # the same key
        times = np.broadcast_arrays(values[taken.values[1]], values[put.values[1]])
        found |= set(zip(*(part.ravel().tolist() for part in times), strict=True))
    return found


def returns(all_edges: set[tuple[int, int]]) -> bool:
    """Whether some chain comes back to where it was."""
    before: set[int] | None = None
    alive = set(range(TOY))
    while alive != before:
        before, alive = alive, {start for start, end in all_edges if end in alive and start in alive}
    return bool(alive)


def main_edges(gap: range = range(4), clk: range = STEPS) -> set[tuple[int, int]]:
    one = {"a_gap": (0,), "b_gap": (0,), "store_gap": (0,)}
    return set().union(*(edges("Main", **{**one, name: gap}, clk=clk) for name in one))


def narrow_edges(gap: range = range(4)) -> set[tuple[int, int]]:
    times = tuple(4 * clk + slot for clk in STEPS for slot in (2, 3))
    return edges("Narrow", time=times, gap=gap, gap2=(0,)) | edges("Narrow", time=times, gap=(0,), gap2=gap)


def carry_edges(
    steps: range = range(4), gap: range = range(4), top: range = range(4)
) -> set[tuple[int, int]]:
    return edges("Carry", start_time=SEGMENTS, steps=steps, gap_0=gap, gap_1=range(4), gap_2=top)


def test_no_access_goes_back_in_time_and_none_returns():
    honest = main_edges() | narrow_edges() | carry_edges()
    assert len(honest) > 800
    assert all(0 < (after - before) % TOY <= 64 for before, after in honest)
    assert not returns(honest)


@pytest.mark.parametrize(
    "weaker",
    [
        lambda: main_edges(gap=range(TOY)),
        lambda: main_edges(clk=range(TOY)),
        lambda: narrow_edges(gap=range(TOY)),
        lambda: carry_edges(steps=range(TOY)),
        lambda: carry_edges(gap=range(TOY)),
        lambda: carry_edges(top=range(TOY)),
    ],
    ids=[
        "gap of Main",
        "clock of Main",
        "gap of Narrow",
        "steps of Carry",
        "gap of Carry",
        "top gap of Carry",
    ],
)
def test_without_any_one_range_a_chain_returns(weaker):
    assert returns(main_edges() | narrow_edges() | carry_edges() | weaker())


# ---- Boundary: one opening of each word

FIELD = 131
SMALL = {2**16: 4, 2**32: 16, 128: 2, 1024: 4}  # words of a region are numbered below 16; gaps have bit 1
LIMB = range(4)
BOUNDARY = Model(AIR("Boundary"), SMALL, FIELD)


def ascending(model: Model) -> set[tuple[int, int]]:
    """(order, next order) of all pairs of rows in use that the model allows."""
    here = every(number=range(3), word=range(16), number2=range(3), word2=range(16), step=range(64))
    cells = {"live": 1, "number": here["number"], "word": here["word"]}
    after = {"live": 1, "number": here["number2"], "word": here["word2"]}
    after |= {f"step[{i}]": here["step"] >> 2 * i & 3 for i in range(3)}
    allowed = model.holds(cells, "step[0]", following=after)
    orders = (16 * row["number"] + row["word"] for row in (cells, after))
    return {pair for pair, fine in zip(zip(*orders, strict=True), allowed, strict=True) if fine}


def test_the_order_of_words_ascends_so_none_is_opened_twice():
    assert ascending(BOUNDARY) == {(a, b) for a in range(48) for b in range(48) if a < b}


def test_the_order_would_descend_in_a_field_that_steps_can_cross():
    assert any(b <= a for a, b in ascending(Model(AIR("Boundary"), SMALL, 61)))


def test_a_word_lies_in_its_region_and_only_the_last_one_is_last():
    cells = every(words=range(1, 17), word=range(FIELD), word_high=LIMB, slack_high=LIMB, is_last=BIT)
    live = {**cells, "live": 1}
    fine = BOUNDARY.holds(live, "is_last") & BOUNDARY.ranged(
        live, Bus.RANGE16, 4, "word", "slack_high", "word_high"
    )
    found = {
        (w, i, last)
        for w, i, last, ok in zip(
            *(cells[n].tolist() for n in ("words", "word", "is_last")), fine, strict=True
        )
        if ok
    }
    assert found == {(words, word, int(word == words - 1)) for words in range(1, 17) for word in range(words)}


def test_the_words_of_a_gapped_region_are_those_outside_its_gaps():
    cells = every(word=range(FIELD), limb_0=LIMB, limb_1=LIMB, limb_2=LIMB)
    fine = BOUNDARY.holds({**cells, "live": 1, "gapped": 1}, "limb[0]", "limb[2]")
    assert set(cells["word"][fine].tolist()) == {word for word in range(16) if not word & 2}


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize(("rule", "starts"), [("is_private", range(16)), ("none", range(1))])
def test_a_word_starts_by_the_rule_of_its_region(rule, starts, half):
    limbs = {f"limb_{2 * half + i}": LIMB for i in range(2)}
    cells = every(**{f"initial{half}": range(FIELD)}, **limbs)
    fine = BOUNDARY.holds({**cells, "live": 1, rule: 1}, f"initial{half}")
    assert set(cells[f"initial{half}"][fine].tolist()) == set(starts)
