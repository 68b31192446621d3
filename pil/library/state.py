"""What the standard library knows of a program while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zisk_py.pil import ast
from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.values import Array, Value, Variable
from zisk_py.pil.library.constants import BUS_DEFAULT, BUS_PROD, BUS_SUM, CONSTANTS, SETTINGS
from zisk_py.pil.span import Span
from zisk_py.pil.vectors import Vector

if TYPE_CHECKING:
    from zisk_py.pil.library.connections import Connection

BUS_TYPES = (BUS_SUM, BUS_PROD)


@dataclass(frozen=True, slots=True)
class Range:
    """A range that values are checked to be in, and the opid of the table that has its values."""

    minimum: int
    maximum: int
    opid: int
    table: str  # "U8", "U16" or "Specified"

    @property
    def size(self) -> int:
        """The number of values."""
        return self.maximum - self.minimum + 1

    @property
    def is_exact(self) -> bool:
        """Whether the table holds just the values of the range."""
        return self.table == "Specified" or (self.minimum, self.maximum) in (
            (0, 2**8 - 1),
            (0, 2**16 - 1),
        )


@dataclass(frozen=True, slots=True)
class Owner:
    """Who sends on an opid first: the range checks, or other arguments."""

    is_range: bool
    span: Span


@dataclass(frozen=True, slots=True)
class TableSource:
    """A virtual table as it was collected. Its values are read when the tables are packed.

    names  of the values of a tuple
    read   gives a vector per value, each of `rows` values
    """

    opid: int
    table_id: int
    rows: int
    names: tuple[str, ...]
    read: Callable[[], tuple[Vector, ...]]
    span: Span
    is_dynamic: bool = False

    @property
    def width(self) -> int:
        """The number of values of a tuple."""
        return len(self.names)

    @property
    def area(self) -> int:
        """The number of values."""
        return self.width * self.rows


@dataclass(slots=True)
class DynamicRanges:
    """Of an air: the ranges that a dynamic check can choose from, by opid."""

    ranges: dict[int, Range] = field(default_factory=dict)
    first: Span | None = None
    is_used: bool = False


@dataclass(slots=True)
class OfAir:
    """What the library keeps of an air.

    columns  fixed columns that are made once, by name
    asked    by opid: the range that get_opid gave and that is still to be checked, or nothing
    connections  by opid
    """

    columns: dict[str, FixedTable] = field(default_factory=dict)
    dynamic: DynamicRanges = field(default_factory=DynamicRanges)
    asked: dict[int, list[Range]] = field(default_factory=dict)
    connections: dict[int, Connection] = field(default_factory=dict)


@dataclass(slots=True)
class Group:
    """What the library keeps of an airgroup. `waiting` are calls that stand for its end."""

    tables: list[TableSource] = field(default_factory=list)
    together: list[tuple[int, ...]] = field(default_factory=list)  # table ids that share one packed table
    waiting: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Library:
    """The state of the standard library in one run of the expander.

    ranges      by (minimum, maximum, whether absorbed into a predefined table)
    owners      by (opid, whether on the product bus)
    airs        by serial number
    """

    expander: Expander
    scope: Scope = field(default_factory=Scope)
    ranges: dict[tuple[int, int, bool], Range] = field(default_factory=dict)
    made: set[int] = field(default_factory=set)  # opids of ranges whose table is there
    users: dict[str, set[str]] = field(default_factory=dict)  # by table of ranges: the airgroups that use it
    owners: dict[tuple[int, bool], Owner] = field(default_factory=dict)
    homes: dict[int, AirBuilder] = field(default_factory=dict)  # with STD_MODE_ONE_INSTANCE, by opid
    groups: dict[str, Group] = field(default_factory=dict)
    airs: dict[int, OfAir] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the names known, in a scope around that of the proof."""
        for name, value in CONSTANTS.items():
            known: Value = Array(list(value)) if isinstance(value, list) else value
            self.scope.variables[name] = Variable("int", known, True)
        for name, default in SETTINGS.items():
            self.scope.variables[name] = Variable("int", default)
        self.expander.proof_scope.parent = self.scope

    def error(self, code: Code, message: str, span: Span, suggestion: str | None = None) -> PilError:
        """An error at that place."""
        return self.expander.error(message, span, code=code, suggestion=suggestion)

    def setting(self, name: str) -> int:
        """The value that a setting has now."""
        value = self.scope.variables[name].value
        assert isinstance(value, int)
        return value

    def set(self, name: str, value: int) -> None:
        """Change a setting."""
        self.scope.variables[name].value = value

    def bus_type(self, given: int, setting: str, span: Span) -> int:
        """The bus that an argument uses: the one that is given, else the set one, else that of sums."""
        for chosen in (given, self.setting(setting), self.setting("PIOP_BUS_TYPE")):
            if chosen != BUS_DEFAULT:
                if chosen not in BUS_TYPES:
                    raise self.error(
                        Code.BUS, f"there is no bus {chosen}", span, "take PIOP_BUS_SUM or PIOP_BUS_PROD"
                    )
                return chosen
        return BUS_SUM

    def claim_opid(self, opid: int, span: Span, *, is_range: bool = False, is_product: bool = False) -> None:
        """Note who uses an opid. Raises PilError if range checks and something else do."""
        owner = self.owners.setdefault((opid, is_product), Owner(is_range, span))
        if owner.is_range != is_range:
            raise self.error(
                Code.BUS,
                f"opid {opid} is used by range checks and by something else, at {owner.span.location}",
                span,
                "give the lookup or permutation an opid of its own",
            )

    def group(self, what: str, span: Span) -> Group:
        """What is kept of the open airgroup. Raises PilError if none is open."""
        if self.expander.airgroup is None:
            raise self.error(
                Code.OUTSIDE, f"{what} stands outside of an airgroup", span, "move it into an airgroup"
            )
        return self.groups.setdefault(self.expander.airgroup, Group())

    def of_air(self, what: str, span: Span) -> OfAir:
        """What is kept of the air that is built. Raises PilError if there is none."""
        return self.airs.setdefault(self.expander.current_air(what, span).serial, OfAir())

    def dynamic_ranges(self, span: Span) -> DynamicRanges:
        """The ranges that this air can choose from."""
        return self.of_air("a dynamic range check", span).dynamic

    def pending(self, opid: int) -> list[Range]:
        """The range of that opid that this air is still to check, or nothing."""
        air = self.expander.air
        return [] if air is None else self.airs.setdefault(air.serial, OfAir()).asked.setdefault(opid, [])

    def at_end_of_airgroup(self, name: str, call: Callable[[Span], None], span: Span, priority: int) -> None:
        """Run `call` at the end of the open airgroup, once until it has run."""
        group = self.group(name, span)
        if name in group.waiting:
            return
        group.waiting.add(name)

        def run() -> None:
            group.waiting.remove(name)
            call(span)

        self.expander.at_end_of_airgroup(run, span, priority=priority)

    def is_waiting(self, name: str) -> bool:
        """Whether a call of that name stands for the end of some airgroup."""
        return any(name in group.waiting for group in self.groups.values())


Native = Callable[[Library, dict[str, Value], ast.Call], Value | None]
