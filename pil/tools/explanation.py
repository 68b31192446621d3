"""What became of an air: its columns, constraints and messages as formulas, each with its place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from zisk_py.errors import InputError
from zisk_py.pil.authoring.errors import suggestion
from zisk_py.pil.authoring.formula import formula
from zisk_py.pil.compiled import AuthoredAir, Compiled, Computed, Multiplicity
from zisk_py.pil.system import Air, Source
from zisk_py.pil.tools.costs import AirCost, costs

LONGEST = 1000  # characters of a formula
_NAME = re.compile(r"[\w.$#\[\]]+")


@dataclass(frozen=True, slots=True)
class ColumnExplained:
    """A column. `origin` says how one that the author does not give is filled."""

    name: str
    stage: int  # 0: fixed
    bits: str  # as they are declared, "" where none are
    place: str
    origin: str


@dataclass(frozen=True, slots=True)
class ConstraintExplained:
    """A constraint: what is zero on every row, as compiled, and what was written."""

    formula: str
    degree: int
    is_added: bool  # it defines a column that lowering added
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class MessageExplained:
    """A message on a bus, per row."""

    verb: str  # proves or assumes
    times: str
    values: tuple[str, ...]
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class BusExplained:
    """The messages of an air on one bus."""

    bus: int
    name: str
    messages: tuple[MessageExplained, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """An air as it is proven."""

    cost: AirCost
    columns: tuple[ColumnExplained, ...]
    values: tuple[str, ...]
    constraints: tuple[ConstraintExplained, ...]
    buses: tuple[BusExplained, ...]


def explain(compiled: Compiled, name: str) -> Explanation:
    """Explain an air. Raises InputError for a name that no air has."""
    names = [air.name for air in compiled.system.airs]
    if name not in names:
        raise InputError(f"there is no air {name}{suggestion(name, names)}")
    air, beside = compiled.air(name)
    made = _Explainer(compiled, _with_brackets(air, beside.given), beside)
    cost = costs(compiled).airs[names.index(name)]
    return Explanation(
        cost, tuple(made.columns()), air.air_values, tuple(made.constraints()), tuple(made.buses())
    )


def _with_brackets(air: Air, given: int) -> Air:
    """The air with `[a * b]` as the name of an added column that is called by what it stands for."""
    columns = [
        column if number < given or _NAME.fullmatch(column.name) else replace(column, name=f"[{column.name}]")
        for number, column in enumerate(air.columns)
    ]
    return replace(air, columns=tuple(columns))


@dataclass(frozen=True, slots=True)
class _Explainer:
    compiled: Compiled
    air: Air
    beside: AuthoredAir

    def text(self, node: int, moved: int = 0) -> str:
        """A node of the air, added columns by their names."""
        return formula(self.compiled.system, self.air, None, node, moved).texts(LONGEST)[-1]

    def columns(self) -> list[ColumnExplained]:
        """Fixed columns, those committed apart, witness columns, those of stage 2."""
        made = [ColumnExplained(column.name, 0, "", "", "") for column in self.air.fixed]
        made += [ColumnExplained(name, 0, "", "", "committed apart") for name in self.air.program]
        made += [
            ColumnExplained(column.name, 1, column.feature, _place(column.source), self._origin(number))
            for number, column in enumerate(self.air.columns)
        ]
        return made + [ColumnExplained(name, 2, "", "", "") for name in self.air.stage2]

    def _origin(self, column: int) -> str:
        recipe = self.beside.recipes.get(column)
        added = "added: " if column >= self.beside.given else ""
        if isinstance(recipe, Computed):
            recipes = replace(self.air, nodes=self.beside.nodes)
            return added + formula(self.compiled.system, recipes, None, recipe.node).texts(LONGEST)[-1]
        if isinstance(recipe, Multiplicity):
            bus = self.air.interactions[recipe.interaction].bus
            return f"{added}how often the tuple is asked for on bus {self._bus(bus)}"
        return ""

    def constraints(self) -> list[ConstraintExplained]:
        """Those of the author, then those of added columns."""
        return [
            ConstraintExplained(
                f"{self.text(constraint.node, moved)} === 0",
                constraint.degree,
                number >= self.beside.written,
                _place(constraint.source),
                constraint.source.text,
            )
            for number, (constraint, moved) in enumerate(
                zip(self.air.constraints, self.beside.moved, strict=True)
            )
        ]

    def buses(self) -> list[BusExplained]:
        """By bus, in the order of their first messages."""
        made: dict[int, list[MessageExplained]] = {}
        for sent, moved in zip(self.air.interactions, self.beside.sent, strict=True):
            values = tuple(self.text(value, moved) for value in sent.values)
            verb = "proves" if sent.sign > 0 else "assumes"
            times = self.text(sent.multiplicity, moved)
            message = MessageExplained(verb, times, values, _place(sent.source), sent.source.text)
            made.setdefault(sent.bus, []).append(message)
        return [BusExplained(bus, self._bus(bus), tuple(messages)) for bus, messages in made.items()]

    def _bus(self, bus: int) -> str:
        return self.compiled.buses.get(bus, str(bus))


def _place(source: Source) -> str:
    return f"{source.file}:{source.line}:{source.column}"


def lines(explanation: Explanation) -> Sequence[str]:
    """The explanation as lines of text."""
    cost = explanation.cost
    rows = "rows chosen per run" if cost.rows is None else f"{cost.rows:,} rows"
    made = [f"air {cost.name} of airgroup {cost.airgroup}: {rows}", "", "columns"]
    for column in explanation.columns:
        bits = f", {column.bits}" if column.bits else ""
        kind = "fixed" if column.stage == 0 else f"stage {column.stage}"
        made.append(
            "    " + "  ".join(filter(None, [f"{column.name} ({kind}{bits})", column.origin, column.place]))
        )
    made += [f"    {name} (air value)" for name in explanation.values]
    made += ["", "constraints"]
    for constraint in explanation.constraints:
        what = ", of an added column" if constraint.is_added else ""
        made.append(f"    {constraint.formula}")
        made.append(f"        degree {constraint.degree}{what}; {constraint.place}: {constraint.text}")
    for bus in explanation.buses:
        made += ["", f"bus {bus.name}"]
        for message in bus.messages:
            made.append(f"    {message.verb} ({', '.join(message.values)}), {message.times} times")
            made.append(f"        {message.place}: {message.text}")
    return made
