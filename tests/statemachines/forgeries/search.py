"""Finds forgeries: changes of an honest sheet that break one rule and no other.

First every cell of some rows is changed alone. For the rules that are left, a few cells are changed and what
then breaks is repaired: a broken equation is solved for another cell that it reads, a lookup moved into its
table, a message is made what it was. When only the wanted rule is broken, that is a forgery which that rule
alone refuses.
"""

import random
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from forgeries.contracts import Contract, Words
from forgeries.rules import SILENCE, Cone, Judge, Rule, Said, Values
from harness import EDGES, Sheet

from zisk_py.field.goldilocks import P
from zisk_py.statemachines.buses import Bus

AIR_VALUES = -1  # stands for a row: its cells are the air values
Place = tuple[int, int]  # row or AIR_VALUES, column or number of the air value
MAX_REPAIRS = 24
HALF, INVERSE_16, INVERSE_32 = (pow(number, -1, P) for number in (2, 1 << 16, 1 << 32))
POWERS = [1, 2, 1 << 13, 1 << 16, 1 << 17, 1 << 32, INVERSE_16, INVERSE_32, HALF]
MOVES = [1, -1, 1 << 16, -1 << 16, INVERSE_16, -INVERSE_16, 1 << 13]
SMALL_MOVES = {sign * power % P for sign in (1, -1) for power in POWERS}


@dataclass
class Case:
    """An honest sheet, and what is known around it."""

    name: str
    sheet: Sheet
    judge: Judge
    contract: Contract
    rows: Sequence[int]  # the rows to change
    codes: Sequence[int] = ()  # numbers that mean something, to be tried as values of messages


@dataclass(frozen=True)
class Forgery:
    """Changed cells of a case, and the only rule that notices."""

    case: str
    rule: Rule
    cells: tuple[tuple[Place, int], ...]
    lies: bool  # whether the machine then promises what is false

    def apply(self, sheet: Sheet) -> Sheet:
        """The forged sheet."""
        forged = sheet.copy()
        for place, value in self.cells:
            put(forged, place, value)
        return forged


def put(sheet: Sheet, place: Place, value: int) -> None:
    """Change a cell or an air value."""
    row, column = place
    if row == AIR_VALUES:
        values = list(sheet.air_values)
        values[column] = value % P
        sheet.air_values = tuple(values)
    else:
        sheet.rows[row][column] = value % P


def get(sheet: Sheet, place: Place) -> int:
    """A cell or an air value."""
    return sheet.air_values[place[1]] if place[0] == AIR_VALUES else sheet.rows[place[0]][place[1]]


class Bench:
    """A sheet that is changed, judged and put back."""

    def __init__(self, case: Case, rng: random.Random) -> None:
        """Judge the honest sheet."""
        self.case, self.judge, self.rng = case, case.judge, rng
        self.sheet = case.sheet.copy()
        self.height = len(self.sheet.rows)
        self.honest: list[list[Said]] = []
        for row in range(self.height):
            constraints, said = self.judge.says(self.judge.row(self.sheet, row))
            assert not any(constraints), f"{case.name}: row {row} of the honest sheet breaks a constraint"
            self.honest.append(said)
        self.honest_words = [self.judge.words(said) for said in self.honest]
        refused = case.contract(self.honest_words, self.air_values())
        assert not refused, f"{case.name}: the contract refuses the honest sheet: {refused[0]}"
        self.changed: dict[Place, int] = {}  # honest values

    def change(self, place: Place, value: int) -> None:
        """Change a cell; `restore` puts all back."""
        self.changed.setdefault(place, get(self.sheet, place))
        put(self.sheet, place, value)

    def restore(self) -> None:
        """Back to the honest sheet."""
        for place, value in self.changed.items():
            put(self.sheet, place, value)
        self.changed.clear()

    def affected(self) -> list[int]:
        """The rows that read a changed cell."""
        rows = {
            reader % self.height
            for row, _ in self.changed
            for reader in (range(self.height) if row == AIR_VALUES else (row, row - 1))
        }
        return sorted(rows)

    def broken(self, quiet: bool = False) -> list[tuple[int, Rule]]:
        """The rules that are broken, with their rows; if quiet, also the messages that have changed."""
        return [
            (row, rule)
            for row in self.affected()
            for rule in self.judge.broken(self.judge.row(self.sheet, row), self.honest[row], quiet)
        ]

    def words(self) -> tuple[list[Words], bool]:
        """What every row says to other machines, and whether that is what the honest sheet says."""
        found, changed = list(self.honest_words), False
        for row in self.affected():
            _, said = self.judge.says(self.judge.row(self.sheet, row))
            found[row] = self.judge.words(said)
            changed |= found[row] != self.honest_words[row]
        return found, changed

    def breaks_contract(self, words: Sequence[Words]) -> bool:
        """Whether the machine then says what is false."""
        return bool(self.case.contract(words, self.air_values()))

    def air_values(self) -> dict[str, int]:
        """The air values by name."""
        return dict(zip(self.judge.air.air_values, self.sheet.air_values, strict=True))

    def forgery(self, rule: Rule) -> Forgery | None:
        """What the changes are, if they break that rule and no other, and are no other truth."""
        if {found for _, found in self.broken()} != {rule}:
            return None
        words, changed = self.words()
        changed |= any(row == AIR_VALUES for row, _ in self.changed)
        lies = changed and self.breaks_contract(words)
        if changed and not lies:
            return None
        cells = tuple((place, get(self.sheet, place)) for place in sorted(self.changed))
        return Forgery(self.case.name, rule, cells, lies)

    # ---- changing one cell

    def values(self, place: Place) -> list[int]:
        """Other values for a cell."""
        old = get(self.sheet, place)
        found = [0, 1, 2, P - 1, HALF, old + 1, old - 1, old + (1 << 16), old + (1 << 32), old - (1 << 32)]
        found += [
            old + INVERSE_16,
            old - INVERSE_16,
            old + pow(1 << 13, -1, P),
            old - pow(1 << 13, -1, P),
            1 << 16,
            1 << 32,
            self.rng.choice(EDGES),
            self.rng.randrange(P),
            self.rng.randrange(1 << 16),
        ]
        if place[0] != AIR_VALUES:
            found += [self.sheet.rows[(place[0] + step) % self.height][place[1]] for step in (1, -1)]
        return sorted({value % P for value in found} - {old})

    def open_places(self, row: int) -> list[Place]:
        """The cells of a row, and the air values that the first and last row read."""
        air = self.judge.air
        found = [(row, column) for column in range(len(air.columns))]
        if row in (0, self.height - 1):
            found += [(AIR_VALUES, index) for index in range(len(air.air_values))]
        return found

    def single_changes(self, known: Container[Rule]) -> Iterator[Forgery]:
        """The forgeries that change one cell, but for those of known rules."""
        for row in self.case.rows:
            for place in self.open_places(row):
                for value in self.values(place):
                    self.change(place, value)
                    rules = {rule for _, rule in self.broken()}
                    if len(rules) == 1:
                        rule = rules.pop()
                        found = None if rule in known else self.forgery(rule)
                        if found:
                            yield found
                    self.restore()

    # ---- changing and repairing

    def places(self, row: int, cones: Iterable[Cone]) -> list[Place]:
        """What these nodes read on a row, without what has been changed."""
        found: dict[Place, None] = {}
        for cone in cones:
            for is_next, column in cone.cells:
                found[(row + is_next) % self.height, column] = None
            for index in cone.air_values:
                found[AIR_VALUES, index] = None
        return [place for place in found if place not in self.changed]

    def cones(self, rule: Rule) -> list[Cone]:
        """The nodes of a rule."""
        if rule.is_interaction:
            return [self.judge.multiplicities[rule.index], *self.judge.values[rule.index]]
        return [self.judge.constraints[rule.index]]

    def solve(self, row: int, cone: Cone, wanted: int) -> bool:
        """Set a cell that has not been changed such that a node takes a value."""
        places = self.places(row, [cone])
        self.rng.shuffle(places)
        for place in places:
            old = get(self.sheet, place)
            residues = []
            for value in (0, 1, 2):
                put(self.sheet, place, value)
                residues.append((cone.value(self.judge.row(self.sheet, row)) - wanted) % P)
            put(self.sheet, place, old)
            zero, one, two = residues
            if (two - 2 * one + zero) % P == 0:
                if one != zero:
                    self.change(place, -zero * pow(one - zero, -1, P))
                    return True
            elif 0 in residues:
                self.change(place, residues.index(0))
                return True
        return False

    def repair(self, row: int, rule: Rule) -> bool:
        """Make a broken rule hold, or say that it cannot be done."""
        if not rule.is_interaction:
            return self.solve(row, self.judge.constraints[rule.index], 0)
        count, values = self.judge.says(self.judge.row(self.sheet, row))[1][rule.index]
        interaction = self.judge.air.interactions[rule.index]
        honest = self.honest[row][rule.index]
        table = self.judge.tables.get(interaction.bus)
        if table is not None and self.rng.random() < 0.8:
            wanted = self.nearest(interaction.bus, table, values, honest)
        elif honest == SILENCE or count == 0:
            wanted_count = honest[0] * interaction.sign % P
            return self.solve(row, self.judge.multiplicities[rule.index], wanted_count)
        else:
            wanted = honest[1]
            if count != honest[0]:
                return self.solve(
                    row, self.judge.multiplicities[rule.index], honest[0] * interaction.sign % P
                )
        if wanted is None:
            return False
        for cone, is_value, value in zip(self.judge.values[rule.index], values, wanted, strict=True):
            if is_value != value and not self.solve(row, cone, value):
                return False
        return True

    def nearest(self, bus: int, table: object, values: Values, honest: Said) -> Values | None:
        """A tuple of a table to go to."""
        if bus == Bus.RANGE16:
            low = values[0] % (1 << 16)
            return (self.rng.choice([low, 0, (1 << 16) - 1, self.rng.randrange(1 << 16)]),)
        if honest != SILENCE and self.rng.random() < 0.3:
            return honest[1]
        if bus == Bus.BYTES:
            return tuple(value % 256 for value in values)
        if bus == Bus.AND8:
            x, y = values[0] % 256, values[1] % 256
            return x, y, x & y
        if not isinstance(table, (set, frozenset)):
            return None
        rows = sorted(table)
        distances = [sum(a != b for a, b in zip(row, values, strict=True)) for row in rows]
        least = min(distances) + self.rng.choice([0, 0, 1])
        near = [row for row, distance in zip(rows, distances, strict=True) if distance <= least]
        return self.rng.choice(near)

    def matters(self, row: int, rule: Rule, place: Place) -> bool:
        """Whether a cell makes a difference to a rule on a row."""
        cones = self.cones(rule)
        if rule.is_interaction and cones[0].value(self.judge.row(self.sheet, row)) == 0:
            return False
        return any(self.weight(row, cone, place, 5) for cone in cones)

    # ---- how a forgery starts

    def start(self, row: int, rule: Rule) -> None:
        """Make one or two changes of random kinds."""
        bits = {place[1] for place in self.places(row, self.cones(rule)) if place[0] == row}
        kinds = [self.break_it, self.change_near, self.send, self.flip, self.flip, self.shift, self.copy_row]
        if not rule.is_interaction and all(self.judge.air.columns[index].bits == 1 for index in bits):
            kinds += [*[self.pack] * 4, *[self.flip] * 4, self.trade]
        else:
            kinds += [self.trade] * 8
        for kind in self.rng.choices(kinds, k=self.rng.choice([1, 1, 2])):
            kind(row, rule)

    def break_it(self, row: int, rule: Rule) -> None:
        """Set a cell such that the wanted constraint is off by some number."""
        if not rule.is_interaction:
            off = self.rng.choice([1, P - 1, 1 << 16, 1 << 32, P - (1 << 32), self.rng.randrange(P)])
            self.solve(row, self.judge.constraints[rule.index], off)

    def change_near(self, row: int, rule: Rule) -> None:
        """Change a cell that the rule reads."""
        places = self.places(row, self.cones(rule))
        if places:
            place = self.rng.choice(places)
            self.change(place, self.rng.choice(self.values(place)))

    def trade(self, row: int, rule: Rule) -> None:
        """Move a cell of the rule, and against it another one, such that a sum of both stays."""
        places = self.places(row, self.cones(rule))
        readers = [*self.judge.constraints, *(cone for cones in self.judge.values for cone in cones)]
        if not places:
            return
        place = self.rng.choice(places)
        cell = (place[0] != row, place[1])
        cones = [cone for cone in readers if len(cone.cells) > 1 and cell in cone.cells]
        if place[0] == AIR_VALUES or not cones:
            return
        cone = self.rng.choice(cones)
        weight = self.weight(row, cone, place)
        move = self.rng.choice(MOVES)
        partners = []
        for other in self.places(row, [cone]):
            slope = self.weight(row, cone, other) if other != place else 0
            if slope:
                against = -move * weight * pow(slope, -1, P) % P
                if against in SMALL_MOVES:
                    partners.append((other, against))
        if partners:
            other, against = self.rng.choice(partners)
            self.change(place, get(self.sheet, place) + move)
            self.change(other, get(self.sheet, other) + against)

    def weight(self, row: int, cone: Cone, place: Place, step: int = 1) -> int:
        """How much a node changes with a cell (5 steps change every boolean rule, 1 does not)."""
        old = get(self.sheet, place)
        before = cone.value(self.judge.row(self.sheet, row))
        put(self.sheet, place, old + step)
        after = cone.value(self.judge.row(self.sheet, row))
        put(self.sheet, place, old)
        return (after - before) % P

    def send(self, row: int, rule: Rule) -> None:
        """Set a cell such that a message has a value that means something."""
        interactions = self.judge.air.interactions
        spoken = [i for i, message in enumerate(interactions) if message.bus not in self.judge.tables]
        if spoken:
            cone = self.rng.choice(self.judge.values[self.rng.choice(spoken)])
            self.solve(row, cone, self.rng.choice([*self.case.codes, 0, 1]))

    def flip(self, row: int, rule: Rule) -> None:
        """Change some bits, to bits or to what is none."""
        near = {place for place in self.places(row, self.cones(rule)) if place[0] != AIR_VALUES}
        bits = [(row, i) for i, column in enumerate(self.judge.air.columns) if column.bits == 1]
        wanted = [place for place in bits if place in near]
        chosen = self.rng.sample(bits, min(len(bits), self.rng.choice([1, 1, 2, 3])))
        if wanted:
            self.change(self.rng.choice(wanted), self.rng.choice([0, 1, 1, P - 1, P - 1, 2, HALF]))
        for place in chosen[bool(wanted) :]:
            self.change(place, self.rng.choice([0, 1, 1, 1, P - 1]))

    def shift(self, row: int, rule: Rule) -> None:
        """Add a number to a column from this row on, and to an air value."""
        place = self.rng.choice(self.open_places(row))
        distance = self.rng.choice([1, P - 1, 8, P - 8, 1 << 16, self.rng.randrange(P)])
        if place[0] != AIR_VALUES:
            for below in range(row, self.height):
                each = (below, place[1])
                self.change(each, get(self.sheet, each) + distance)

    def pack(self, row: int, rule: Rule) -> None:
        """Let one bit of a packed message carry all of them."""
        near = [place for place in self.places(row, self.cones(rule)) if place[0] == row]
        packed = [
            cone
            for interaction, cones in zip(self.judge.air.interactions, self.judge.values, strict=True)
            if interaction.bus == Bus.ROM
            for cone in cones
            if len(cone.cells) > 2
        ]
        if packed and near:
            cone = self.rng.choice(packed)
            wanted = cone.value(self.judge.row(self.sheet, row))
            cells = [(row, column) for _, column in cone.cells]
            kept = self.rng.choice([place for place in near if place in cells] or cells)
            for place in cells:
                if place != kept:
                    self.change(place, 0)
            self.solve(row, cone, wanted)

    def copy_row(self, row: int, rule: Rule) -> None:
        """Put another row in the place of this one."""
        other = self.rng.choice([row - 1, row + 1, self.rng.randrange(self.height)]) % self.height
        for column, value in enumerate(list(self.sheet.rows[other])):
            if self.sheet.rows[row][column] != value:
                self.change((row, column), value)

    def attempt(self, row: int, rule: Rule) -> Forgery | None:
        """One try: break the rule, then repair what else is broken."""
        self.start(row, rule)
        quiet = self.rng.random() < 0.5
        for _ in range(MAX_REPAIRS):
            broken = self.broken(quiet)
            others = [(where, found) for where, found in broken if found != rule]
            if not others:
                break
            where, found = self.rng.choice(others)
            if not self.repair(where, found):
                break
        return self.forgery(rule) if self.changed else None


def collect(
    cases: Sequence[Case],
    tries: int,
    seed: str,
    known: Mapping[Rule, Forgery] | None = None,
    only_lies: bool = False,
) -> dict[Rule, Forgery]:
    """A forgery for as many rules as are found with that many tries for each, besides the known ones.

    only_lies  whether what says the same as before from other cells does not count.
    """
    rng = random.Random(seed)
    benches = [Bench(case, rng) for case in cases]
    found = dict(known or {})
    if not found:
        for bench in benches:
            for forgery in bench.single_changes({rule for rule in found if found[rule].lies}):
                if forgery.lies or forgery.rule not in found:
                    found[forgery.rule] = forgery
    for rule in benches[0].judge.rules:
        starts = [] if rule in found else sensitive_rows(benches, rule)
        for _ in range(tries if starts else 0):
            bench, row = rng.choice(rng.choice(starts))
            forgery = bench.attempt(row, rule)
            bench.restore()
            if forgery and (forgery.lies or not only_lies):
                found[rule] = forgery
                break
    return found


def sensitive_rows(benches: Sequence[Bench], rule: Rule) -> list[list[tuple[Bench, int]]]:
    """For each cell that the rule reads: the rows where the cell makes a difference to it."""
    found: dict[tuple[bool, int], list[tuple[Bench, int]]] = {}
    for bench in benches:
        for row in bench.case.rows:
            for place in bench.places(row, bench.cones(rule)):
                if place[0] != AIR_VALUES and bench.matters(row, rule, place):
                    found.setdefault((place[0] != row, place[1]), []).append((bench, row))
    return list(found.values())
