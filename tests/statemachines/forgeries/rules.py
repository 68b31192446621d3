"""The rules of an air, translated to Python functions: which of them a changed sheet breaks.

A rule is a constraint or an interaction. A changed sheet breaks

    a constraint           where it is not zero;
    a lookup               where it looks up what no table has;
    a message that it      where no machine could provide what it consumes: a state of no word, a false
    consumes               operation (`contracts.py`). Any other is the business of the other machines;
    a message that it      never: whether it then promises what is false is asked of its contract.
    gives
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness import Sheet

from zisk_py.field.goldilocks import P
from zisk_py.pil.system import Air, NodeKind
from zisk_py.statemachines.buses import Bus

Values = tuple[int, ...]
Said = tuple[int, Values]  # signed multiplicity, values; (0, ()) where nothing is said
SYMBOLS = {NodeKind.ADD: "+", NodeKind.SUB: "-", NodeKind.MUL: "*"}
SILENCE: Said = (0, ())


@dataclass(frozen=True, order=True)
class Rule:
    """A constraint or an interaction of an air, by its number."""

    air: str
    is_interaction: bool
    index: int

    @property
    def name(self) -> str:
        """For the names of tests."""
        return f"{self.air}-{'interaction' if self.is_interaction else 'constraint'}-{self.index}"

    def text(self, air: Air) -> str:
        """The rule as it is written in the .pil."""
        found = air.interactions[self.index] if self.is_interaction else air.constraints[self.index]
        return " ".join(found.source.text.split())

    def remove(self, air: Air) -> Air:
        """The air without the rule."""
        field = "interactions" if self.is_interaction else "constraints"
        rules = getattr(air, field)
        return replace(air, **{field: rules[: self.index] + rules[self.index + 1 :]})


def rules_of(air: Air) -> list[Rule]:
    """All rules of an air: its constraints, then its interactions."""
    return [Rule(air.name, False, i) for i in range(len(air.constraints))] + [
        Rule(air.name, True, i) for i in range(len(air.interactions))
    ]


Cell = tuple[bool, int]  # whether it stands on the next row, column


@dataclass(frozen=True)
class Cone:
    """A node with what it reads of a row and the next one."""

    value: Callable[["Row"], int]
    cells: tuple[Cell, ...]
    air_values: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """What the nodes of an air read on one row."""

    here: Sequence[int]
    next: Sequence[int]
    fixed: Sequence[int]
    fixed_next: Sequence[int]
    program: Sequence[int]
    air_values: Sequence[int]
    first: int
    last: int


class Judge:
    """Tells which rules of an air a sheet breaks on a row, next to an honest sheet.

    tables        bus -> the tuples that a lookup finds
    is_plausible  whether some machine can provide a message: bus, values
    """

    def __init__(
        self,
        air: Air,
        tables: Mapping[int, Container[Values]],
        is_plausible: Callable[[int, Values], bool],
    ) -> None:
        """Translate the air."""
        self.air, self.tables, self.is_plausible = air, tables, is_plausible
        self._evaluate = _translate(air)
        self.constraints = [self._cone(constraint.node) for constraint in air.constraints]
        self.multiplicities = [self._cone(interaction.multiplicity) for interaction in air.interactions]
        self.values = [[self._cone(node) for node in interaction.values] for interaction in air.interactions]
        self.rules = rules_of(air)

    def row(self, sheet: Sheet, number: int) -> Row:
        """What the nodes read on a row."""
        height = len(sheet.rows)
        after = (number + 1) % height
        fixed = [[column.values[row] for column in self.air.fixed] for row in (number, after)]
        return Row(
            sheet.rows[number],
            sheet.rows[after],
            fixed[0],
            fixed[1],
            sheet.program[number] if sheet.program else (),
            sheet.air_values,
            int(number == 0),
            int(number == height - 1),
        )

    def says(self, row: Row) -> tuple[list[int], list[Said]]:
        """The value of each constraint, and what each interaction says."""
        constraints, messages = self._evaluate(row)
        said = []
        for interaction, (count, values) in zip(self.air.interactions, messages, strict=True):
            said.append((interaction.sign * count % P, values) if count else SILENCE)
        return constraints, said

    def words(self, said: Sequence[Said]) -> list[tuple[int, int, Values]]:
        """What is said to other machines: bus, multiplicity between -p/2 and p/2, values."""
        return [
            (interaction.bus, count if count < P // 2 else count - P, values)
            for interaction, (count, values) in zip(self.air.interactions, said, strict=True)
            if count and (interaction.bus not in self.tables or interaction.bus == Bus.ROM)
        ]

    def broken(self, row: Row, honest: Sequence[Said], quiet: bool = False) -> list[Rule]:
        """The rules that are broken on a row on which the honest sheet says `honest`.

        If quiet, a message is broken that is not the honest one, whatever it says.
        """
        constraints, said = self.says(row)
        found = [self.rules[index] for index, value in enumerate(constraints) if value]
        for index, interaction in enumerate(self.air.interactions):
            now = said[index]
            if now == honest[index] or (now == SILENCE and not quiet):
                continue
            if interaction.bus in self.tables:
                fine = now == SILENCE or now[1] in self.tables[interaction.bus]
            else:
                fine = not quiet and (interaction.sign > 0 or self.is_plausible(interaction.bus, now[1]))
            if not fine:
                found.append(self.rules[len(constraints) + index])
        return found

    def _cone(self, node: int) -> Cone:
        cells, air_values = _reads(self.air, node)
        return Cone(_function(self.air, node), tuple(sorted(cells)), tuple(sorted(air_values)))


def _leaf(kind: int, left: int, right: int) -> str:
    match kind:
        case NodeKind.CONSTANT:
            return str(left)
        case NodeKind.WITNESS:
            return f"{'n' if right else 'h'}[{left}]"
        case NodeKind.FIXED:
            return f"row.fixed{'_next' if right else ''}[{left}]"
        case NodeKind.PROGRAM:
            assert right == 0
            return f"row.program[{left}]"
        case NodeKind.FIRST:
            return "row.first"
        case NodeKind.LAST:
            return "row.last"
        case NodeKind.AIR_VALUE:
            return f"row.air_values[{left}]"
    raise AssertionError(f"a node of kind {kind} is not expected here")


def _lines(air: Air, needed: Iterable[int]) -> list[str]:
    lines = ["    h = row.here", "    n = row.next"]
    for number in sorted(needed):
        kind, left, right = air.nodes[number]
        if kind in SYMBOLS:
            text = f"(v{left} {SYMBOLS[NodeKind(kind)]} v{right}) % {P}"
        else:
            text = f"-v{left} % {P}" if kind == NodeKind.NEG else _leaf(kind, left, right)
        lines.append(f"    v{number} = {text}")
    return lines


def _compile(lines: Sequence[str]) -> Callable[[Row], object]:
    space: dict[str, Callable[[Row], object]] = {}
    exec("\n".join(["def function(row):", *lines]), space)
    return space["function"]


def _translate(air: Air) -> Callable[[Row], tuple[list[int], list[Said]]]:
    constraints = ", ".join(f"v{constraint.node}" for constraint in air.constraints)
    messages = ", ".join(
        f"(v{message.multiplicity}, ({''.join(f'v{node}, ' for node in message.values)}))"
        for message in air.interactions
    )
    lines = [*_lines(air, range(len(air.nodes))), f"    return [{constraints}], [{messages}]"]
    return _compile(lines)  # type: ignore[return-value]


def _cone_nodes(air: Air, node: int) -> set[int]:
    found, left_to_see = set(), [node]
    while left_to_see:
        number = left_to_see.pop()
        if number in found:
            continue
        found.add(number)
        kind, left, right = air.nodes[number]
        if kind in SYMBOLS:
            left_to_see += [left, right]
        elif kind == NodeKind.NEG:
            left_to_see.append(left)
    return found


def _function(air: Air, node: int) -> Callable[[Row], int]:
    return _compile([*_lines(air, _cone_nodes(air, node)), f"    return v{node}"])  # type: ignore[return-value]


def _reads(air: Air, node: int) -> tuple[set[Cell], set[int]]:
    nodes = [air.nodes[number] for number in _cone_nodes(air, node)]
    cells = {(bool(right), left) for kind, left, right in nodes if kind == NodeKind.WITNESS}
    return cells, {left for kind, left, _ in nodes if kind == NodeKind.AIR_VALUE}
