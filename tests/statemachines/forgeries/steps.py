"""The contract of Main: what it says is what a run of the program says, step by step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from forgeries.contracts import HALF, REACH, WORD, BrokenPromise, Contract, Words, expect, halves_fit
from forgeries.rules import Values

from zisk_py.field.goldilocks import P
from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import Flag
from zisk_py.isa.memory_map import GUEST_KEY, HIDDEN_KEY
from zisk_py.isa.rom import ROM_COLUMNS
from zisk_py.statemachines.buses import Bus

Halves = tuple[int, int]
Said = tuple[int, int, tuple[int, ...]]


@dataclass
class State:
    """What goes from step to step."""

    pc: int
    c: Halves
    clk: int
    units: int


class StepWords:
    """The messages of one step, taken one by one."""

    def __init__(self, words: Words, clk: int, is_plausible: Callable[[int, Values], bool]) -> None:
        """None is taken yet."""
        self.left: list[Said] = list(words)
        self.clk, self.is_plausible = clk, is_plausible

    def take(self, bus: Bus, count: int, **wanted: int) -> tuple[int, ...]:
        """The message on a bus, said so many times; `wanted` gives values by their position (v0, v1, ...)."""
        for said in self.left:
            matches = all(said[2][int(name[1:])] == value for name, value in wanted.items())
            if said[:2] == (bus, count) and matches:
                self.left.remove(said)
                fine = count > 0 or self.is_plausible(bus, said[2])
                expect(fine, f"nobody can say {bus.name} {said[2]}")
                return said[2]
        raise BrokenPromise(f"{bus.name} lacks a message with {wanted}")

    def access(self, key: int, slot: int, stored: Halves | None = None) -> Halves:
        """Take the state of a word, give the next one, and return the value before."""
        given = self.take(Bus.CHAIN, 1, v0=key, v1=4 * self.clk + slot)
        taken = self.take(Bus.CHAIN, -1, v0=key, v4=given[4])
        expect(0 < (given[1] - taken[1]) % P <= REACH, "time does not move on")
        expect(halves_fit(*taken[2:4]), "a word has more than 64 bits")
        expect(taken[4] in ((0, 1, 2) if stored is None else (1, 2)), "the word is not for that")
        expect(given[2:4] == (taken[2:4] if stored is None else stored), "another value is given")
        return taken[2], taken[3]


def contract_of_main(is_plausible: Callable[[int, Values], bool]) -> Contract:
    """Main's contract, next to machines that can say what is plausible."""

    def contract(rows: Sequence[Words], air_values: Mapping[str, int]) -> list[str]:
        state = State(
            air_values["start_pc"],
            (air_values["start_c0"], air_values["start_c1"]),
            air_values["start_clk"],
            air_values["start_units"],
        )
        ended = False
        try:
            for words in rows:
                if words:
                    expect(not ended, "a step after the end")
                    step(StepWords(words, state.clk, is_plausible), state)
                ended |= not words
            end = (state.pc, *state.c, state.clk, state.units)
            names = ("pc", "c0", "c1", "clk", "units")
            expect(end == tuple(air_values[f"end_{name}"] for name in names), "another end")
        except BrokenPromise as error:
            return [str(error)]
        return []

    return contract


def step(said: StepWords, state: State) -> None:
    """Run one row of the ROM and change the state."""
    row = dict(zip(ROM_COLUMNS, said.take(Bus.ROM, -1, v0=state.pc), strict=True))
    flags = Flag(row["flags"])
    offset = row["offset"] if row["offset"] < P // 2 else row["offset"] - P
    a = state.c
    if Flag.A_IMMEDIATE in flags:
        a = row["a_lo"], row["a_hi"]
    elif Flag.A_KEYED in flags:
        a = said.access(row["a_lo"], 1)
    address = ((a[0] | a[1] << 32) + offset) % WORD
    is_store = Flag.STORE_INDIRECT in flags
    b, kind = state.c, 0
    narrow = next((word for word in said.left if word[0] == Bus.NARROW), None)
    trap = next((word for word in said.left if word[0] == Bus.FAULT), None)
    if Flag.B_IMMEDIATE in flags:
        b = row["b_lo"], row["b_hi"]
    elif Flag.B_KEYED in flags:
        b = said.access(row["b_lo"], 2)
    elif Flag.B_UNITS in flags:
        b = state.units, 0
    elif Flag.B_INDIRECT in flags and Flag.GUEST not in flags:
        b = said.access((HIDDEN_KEY + a[0] + offset) % P, 2)
    elif Flag.B_INDIRECT in flags and not narrow and not trap:
        b = said.access(GUEST_KEY + address // 8, 2)
        expect(address % 8 == 0 and row["width"] == 8, "the access is not an aligned word")
    elif Flag.B_INDIRECT in flags and narrow:
        b = narrow[2][4], narrow[2][5]
    if trap:
        expect(Flag.GUEST in flags, "a trap without a guest access")
        kind = FaultKind.STORE_VIOLATION if is_store else FaultKind.LOAD_VIOLATION
        said.take(Bus.FAULT, -1, v0=a[0], v1=a[1], v2=row["offset"], v3=row["width"], v4=kind)
    elif narrow:
        expect(Flag.GUEST in flags, "a narrow access without a guest access")
        place = 8 * GUEST_KEY + address
        time = 4 * state.clk + 2 + is_store
        said.take(Bus.NARROW, -1, v0=time, v1=place, v2=row["width"], v3=int(is_store), v4=b[0], v5=b[1])
    flag, c = int(bool(trap)), b
    if Flag.EXTERNAL in flags:
        values = said.take(Bus.OPERATION, -1, v0=row["op"], v1=a[0], v2=a[1], v3=b[0], v4=b[1])
        c, flag = (values[5], values[6]), values[7]
    elif trap:
        c = state.pc, kind
    if Flag.STORE_KEYED in flags:
        said.access(row["store_key"], 3, c)
    elif is_store and Flag.GUEST not in flags:
        said.access((HIDDEN_KEY + a[0] + offset) % P, 3, c)
    elif is_store and not narrow and not trap:
        said.access(GUEST_KEY + address // 8, 3, c)
        expect(address % 8 == 0 and row["width"] == 8, "the access is not an aligned word")
    expect(not said.left, f"{said.left} is said too")
    move(state, row, flags, c, flag)


def move(state: State, row: Mapping[str, int], flags: Flag, c: Halves, flag: int) -> None:
    """Go on to the next step."""
    if Flag.SET_PC in flags:
        expect(c[1] == 0 and c[0] < HALF, "a jump beyond 32 bits")
        state.pc = (8 * c[0] + row["j1"]) % P
    else:
        state.pc = (state.pc + row["j1" if flag else "j2"]) % P
    charge = c[0] if Flag.CHARGE in flags else 0
    state.units = (state.units + (Flag.COST in flags) + charge) % P
    state.clk += 1
    state.c = c
