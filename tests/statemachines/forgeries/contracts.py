"""What each machine promises to the others, in plain Python and from its messages alone.

A contract takes what an instance says, row by row, and returns what is wrong with it. It reads no column and
no constraint: it is what the other machines rely on. A forged instance that keeps all rules but one, and
breaks its contract, shows what that rule is for.

Where a machine consumes a message, it may take any that some machine can provide: `is_plausible`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from forgeries.rules import Values
from harness import operation_rows
from memory_runs import MemoryRun, known_tables, regions_of

from zisk_py.field.goldilocks import P
from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import Flag
from zisk_py.isa.memory_map import Region, RegionKind
from zisk_py.isa.operations import OPERATIONS
from zisk_py.statemachines.buses import Bus

Words = list[tuple[int, int, Values]]  # bus, multiplicity between -p/2 and p/2, values
Contract = Callable[[Sequence[Words], Mapping[str, int]], list[str]]  # of all rows, with the air values
HALF = 1 << 32
WORD = 1 << 64
REACH = 1 << 16
FLAG_NAMES = [flag.name for flag in Flag if flag.name]


class BrokenPromise(Exception):
    """An instance says what an honest one never says."""


def expect(holds: bool, what: str) -> None:
    """Raise BrokenPromise unless it holds."""
    if not holds:
        raise BrokenPromise(what)


def of_rows(rule: Callable[[Words], None]) -> Contract:
    """A contract that looks at each row by itself."""

    def contract(rows: Sequence[Words], air_values: Mapping[str, int]) -> list[str]:
        found = []
        for number, words in enumerate(rows):
            try:
                if words:
                    rule(words)
            except BrokenPromise as error:
                found.append(f"row {number}: {error}")
        return found

    return contract


# ---- operations


def is_true(values: Values) -> bool:
    """Whether a message on OPERATION is what `isa.semantics` says, with operands of 64 bits."""
    code, a0, a1, b0, b1, c0, c1, flag = values
    if max(a0, a1, b0, b1) >= HALF or code not in EXTERNAL_CODES:
        return False
    row = operation_rows([(OPERATIONS.by_code(code), a0 | a1 << 32, b0 | b1 << 32)]).tolist()[0]
    return (c0, c1, flag) == (row[3] % HALF, row[3] >> 32, row[4])


EXTERNAL_CODES = frozenset(operation.code for operation in OPERATIONS if operation.is_external)


def operation(words: Words) -> None:
    """What is said with operands of 64 bits, a positive number of times, is true: Main could take it."""
    for _, count, values in words:
        takes = max(values[1:5]) < HALF and 0 < count < 1 << 20
        expect(not takes or is_true(values), f"{values} is false")


# ---- words


def one(found: Sequence[tuple[int, Values]], count: int, what: str) -> Values:
    """The only message, which is said that many times."""
    expect(len(found) == 1 and found[0][0] == count, f"not {count} times one message: {what}")
    return found[0][1]


def halves_fit(*halves: int) -> bool:
    """Whether all are below 2^32."""
    return max(halves) < HALF


def carry(rows: Sequence[Words], air_values: Mapping[str, int]) -> list[str]:
    """A row moves one state, unchanged, to a later time of the grid."""

    def move(words: Words) -> None:
        before = one([word[1:] for word in words if word[1] < 0], -1, "taken")
        after = one([word[1:] for word in words if word[1] > 0], 1, "given")
        expect((before[0], *before[2:]) == (after[0], *after[2:]), "the state changes")
        expect(halves_fit(*before[2:4]), "a half has more than 32 bits")
        steps, rest = divmod((after[1] - air_values["start_time"]) % P, REACH)
        expect(rest == 0 and steps < REACH, "the later time is not on the grid")
        expect(0 < (after[1] - before[1]) % P <= 1 << 48, "time does not move on")

    return of_rows(move)(rows, air_values)


def narrow(words: Words) -> None:
    """An access gets the bytes of the words that it takes, and gives them back with those that it stores."""
    place_words = [word[1:] for word in words if word[0] == Bus.NARROW]
    time, place, width, is_store, v0, v1 = one(place_words, 1, "the access")
    taken = {word[2][0]: word[2] for word in words if word[0] == Bus.CHAIN and word[1] == -1}
    given = {word[2][0]: word[2] for word in words if word[0] == Bus.CHAIN and word[1] == 1}
    key, byte = divmod(place, 8)
    expect(width in (1, 2, 4, 8) and is_store in (0, 1), "no such access")
    expect(len(words) == 1 + len(taken) + len(given), "a word is said more than once")
    second = [key + 1, key + 513] if byte + width > 8 else []
    keys = [key, *[other for other in second if other in taken]]
    expect(len(keys) == 1 + bool(second), "a word is missing")
    expect(set(taken) == set(given) == set(keys), "other words are touched")
    old = b""
    for each in keys:
        _, before, w0, w1, attribute = taken[each]
        expect(0 < (time - before) % P <= REACH, "time does not move on")
        expect(given[each][1] == time and given[each][4] == attribute, "time or attribute differs")
        expect(halves_fit(w0, w1), "a word has more than 64 bits")
        old += (w0 | w1 << 32).to_bytes(8, "little")
    expect(keys[-1] != key + 513 or taken[key][4] == 2, "a gap is skipped where none is")
    for each in keys:
        attribute = taken[each][4]
        whole, valid = (attribute, 8) if attribute < 8 else divmod(attribute - 8, 8)
        reached = byte + width if each == key else byte + width - 8
        expect(min(reached, 8) <= valid and whole <= 2, "a byte outside the region is reached")
        expect(not is_store or whole > 0, "a read-only word is stored to")
    value = v0 + (v1 << 32)
    new = old
    if is_store:
        expect(halves_fit(v0, v1), "the value has more than 64 bits")
        new = old[:byte] + value.to_bytes(8, "little")[:width] + old[byte + width :]
    else:
        expect(value == int.from_bytes(old[byte : byte + width], "little") and v0 < HALF, "another value")
    for number, each in enumerate(keys):
        number_of_word = int.from_bytes(new[8 * number : 8 * number + 8], "little")
        expect(given[each][2:4] == (number_of_word % HALF, number_of_word >> 32), "another word")


# ---- regions


@dataclass(frozen=True)
class World:
    """The regions of a run, and how words start that are looked up."""

    regions: tuple[Region, ...]
    initial: frozenset[Values]
    rom: frozenset[Values]
    is_public: bool

    @staticmethod
    def of(run: MemoryRun) -> "World":
        """That of a run."""
        initial, rom = (
            frozenset(known_tables(run)[int(bus)])  # type: ignore[call-overload]
            for bus in (Bus.INIT, Bus.ROM)
        )
        return World(regions_of(run), initial, rom, run.run.claim.public_input is not None)

    def word(self, key: int) -> tuple[Region, int] | None:
        """The region and the attribute of a word that exists."""
        for region in self.regions:
            number = key - region.start
            if 0 <= number < region.num_words and not (region.gapped and number >> 9 & 1):
                is_last = number == region.num_words - 1
                return region, region.last_attribute if is_last else region.whole_attribute
        return None

    def may_access(self, address: int, width: int, is_store: bool) -> bool:
        """Whether a guest access lies in a region; in a gapped one frame 2n is followed by frame 2n + 2."""
        for region in self.regions:
            offset = address - region.address
            if not region.is_guest or not 0 <= offset < region.size or (is_store and not region.writable):
                continue
            if not region.gapped:
                return offset + width <= region.size
            if offset & 4096:
                return False
            end = offset + width - 1
            return end < region.size if not end & 4096 else end + 4096 < region.size
        return False

    def traps(self, values: Values) -> bool:
        """Whether a message on FAULT is true."""
        a0, a1, offset, width, kind = values
        if kind not in (FaultKind.LOAD_VIOLATION, FaultKind.STORE_VIOLATION) or not halves_fit(a0, a1):
            return False
        address = ((a0 | a1 << 32) + (offset if offset < P // 2 else offset - P)) % WORD
        return not self.may_access(address, width, kind == FaultKind.STORE_VIOLATION)

    def is_plausible(self, bus: int, values: Values) -> bool:
        """Whether some machine can provide a message: a word that exists, a true operation, a true trap."""
        if bus == Bus.OPERATION:
            return is_true(values)
        if bus == Bus.ROM:
            return values in self.rom
        if bus == Bus.FAULT:
            return self.traps(values)
        if bus == Bus.CHAIN:
            key, time, v0, v1, attribute = values
            found = self.word(key)
            return found is not None and found[1] == attribute and time < 1 << 40 and halves_fit(v0, v1)
        if bus == Bus.NARROW:
            _, place, width, is_store, v0, v1 = values
            found = self.word(place // 8)
            return found is not None and width in (1, 2, 4, 8) and is_store in (0, 1) and halves_fit(v0, v1)
        return False

    def fault(self, words: Words) -> None:
        """A trap that is said once is one."""
        for _, count, values in words:
            takes = values[3] in (1, 2, 4, 8) and halves_fit(*values[:2])
            takes &= values[4] in (FaultKind.LOAD_VIOLATION, FaultKind.STORE_VIOLATION)
            takes &= min(values[2], P - values[2]) < 1 << 31 and 0 < count < 1 << 20
            expect(not takes or self.traps(values), f"{values} is no trap")

    def boundary(self, rows: Sequence[Words], air_values: Mapping[str, int]) -> list[str]:
        """Each word has one row; it starts as its region says; output words are published at most once."""
        seen: set[int] = set()

        def word(words: Words) -> None:
            chain = [one_word[1:] for one_word in words if one_word[0] == Bus.CHAIN]
            expect(len(chain) == 2, "not one initial and one final state")
            first = one([said for said in chain if said[0] > 0], 1, "the initial state")
            last = one([said for said in chain if said[0] < 0], -1, "the final state")
            found = self.word(first[0])
            expect(found is not None and first[0] not in seen, "no such word, or a second time")
            assert found is not None
            seen.add(first[0])
            region, attribute = found
            expect(first[1] == 0 and first[4] == last[4] == attribute and last[0] == first[0], "another word")
            expect(halves_fit(*last[2:4]), "a final half has more than 32 bits")
            self.check_start(region, (first[0], *first[2:4]))
            outputs = [said[1:] for said in words if said[0] == Bus.OUT]
            if outputs:
                expect(region.kind == RegionKind.OUTPUT, "a word that is no output is published")
                expect(one(outputs, 1, "the output") == (last[0], *last[2:4]), "another output")

        found = of_rows(word)(rows, air_values)
        regions = {region.start: number for number, region in enumerate(self.regions)}
        orders = [
            (regions[region.start] << 32) + key - region.start
            for key in sorted(seen)
            for region in [self.word(key)[0]]  # type: ignore[index]
        ]
        if not found and not orders:
            found.append("there is no word")
        elif not found and (min(orders), max(orders)) != (air_values["first"], air_values["last"]):
            found.append("the air values are not those of the first and last word")
        return found

    def check_start(self, region: Region, state: Values) -> None:
        """How a word starts is the rule of its region."""
        looked_up = region.kind in (RegionKind.IMAGE, RegionKind.REGISTERS) or (
            region.kind == RegionKind.INPUT and self.is_public
        )
        if looked_up and state[0] in {row[0] for row in self.initial}:
            expect(state in self.initial, "another initial value")
        elif region.kind == RegionKind.INPUT:
            expect(halves_fit(*state[1:]), "a private half has more than 32 bits")
        else:
            expect(state[1:] == (0, 0), "the word does not start as zero")
