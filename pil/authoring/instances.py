"""The witness as a user gives it, read into matrices: names, shapes, heights and ranges are checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.pil.authoring.elements import element, elements
from zisk_py.pil.authoring.errors import (
    FilledByUs,
    GivenTwice,
    Missing,
    OutOfRange,
    UnknownName,
    WrongHeight,
    WrongShape,
    WrongType,
    listing,
    suggestion,
)
from zisk_py.pil.authoring.names import GivenNames, dimensions, index_names
from zisk_py.pil.compiled import AuthoredAir, Compiled, Multiplicity
from zisk_py.pil.report import signed
from zisk_py.pil.system import MAX_LOG_HEIGHT, MIN_LOG_HEIGHT, Air, Column, System

U64 = NDArray[np.uint64]


@dataclass(eq=False)
class GivenInstance:
    """An instance while it is filled: cells that are not known yet are 0, air values None."""

    air: int  # index in the system
    name: str  # `Main`, or `Main[1]` where there are several
    number: int
    matrix: U64
    given: frozenset[int]  # columns whose cells are the author's
    air_values: list[int | None]
    is_added: bool = False


@dataclass(eq=False)
class Given:
    """All instances, in the order of the system, and the columns committed with the program by air."""

    instances: list[GivenInstance]
    program: dict[str, U64]


def read_instances(
    compiled: Compiled, witness: Mapping[str, Any], program: Mapping[str, Any], check_bits: bool
) -> Given:
    """Read all instances that are given. Airs that are tables, and not given, get one instance.

    Raises a TraceError of `zisk_py.pil.authoring.errors`.
    """
    system = compiled.system
    names = [air.name for air in system.airs]
    _refuse_unknown("witness", witness, names)
    _refuse_unknown("program", program, [air.name for air in system.airs if air.program])
    readers: list[_Reader] = []
    committed: dict[str, U64] = {}
    for index, (air, beside) in enumerate(zip(system.airs, compiled.airs, strict=True)):
        found = instances_of(air.name, witness.get(air.name, ()))
        own = [
            _Reader(index, air, beside, number, f"{air.name}[{number}]" if len(found) > 1 else air.name)
            for number in range(len(found))
        ]
        for reader, columns in zip(own, found, strict=True):
            reader.read(columns)
        readers += own
        if air.program:
            committed[air.name] = _read_program(air, program.get(air.name), own)
    _refuse_missing(readers)
    instances = [reader.instance(committed.get(reader.air.name), check_bits) for reader in readers]
    mentioned = {instance.air for instance in instances}
    instances += [
        _added(index, air, committed.get(air.name))
        for index, (air, beside) in enumerate(zip(system.airs, compiled.airs, strict=True))
        if index not in mentioned and _is_filled_whole(air, beside)
    ]
    if not instances:
        raise Missing(f"the witness has no air; give the columns of {listing(names)}")
    instances.sort(key=lambda instance: (instance.air, instance.number))
    return Given(instances, committed)


def read_program(system: System, program: Mapping[str, Any]) -> dict[str, U64]:
    """The columns that are committed with the program, (rows, columns) by air. Raises a TraceError."""
    _refuse_unknown("program", program, [air.name for air in system.airs if air.program])
    return {air.name: _read_program(air, program.get(air.name), ()) for air in system.airs if air.program}


def _refuse_unknown(what: str, given: Any, names: Sequence[str]) -> None:
    if not isinstance(given, Mapping):
        raise WrongType(
            f"the {what} is a dict of airs, {{'Air': {{'column': values}}}}, not {type(given).__name__}"
        )
    for name in given:
        if name not in names:
            raise UnknownName(
                f"the {what} names air {name}, which there is not{suggestion(str(name), names)}"
            )


def instances_of(name: str, given: Any) -> list[Mapping[str, Any]]:
    """The instances of an air: one dict of columns, or a list of them."""
    found = list(given) if isinstance(given, (list, tuple)) else [given]
    if not all(map(_is_table, found)):
        raise WrongType(
            f"the witness of {name} is a dict of columns, or a list of such dicts for several instances, "
            f"not {type(given).__name__}"
        )
    return [_columns_of(columns) for columns in found]


def _is_table(given: Any) -> bool:
    return isinstance(given, Mapping) or hasattr(given, "columns")


def _columns_of(table: Any) -> Mapping[str, Any]:
    """Columns by name: of a dict, or of a table of pandas' or polars' kind."""
    return table if isinstance(table, Mapping) else {name: table[name] for name in table.columns}


def _is_filled_whole(air: Air, beside: AuthoredAir) -> bool:
    """Whether an instance can be made of nothing: a table whose multiplicities, at least, we count."""
    return (
        bool(air.columns)
        and all(column in beside.recipes for column in range(len(air.columns)))
        and all(value in beside.values for value in range(len(air.air_values)))
        and any(isinstance(recipe, Multiplicity) for recipe in beside.recipes.values())
        and (air.log_height is not None or bool(air.program))
    )


def _added(index: int, air: Air, committed: U64 | None) -> GivenInstance:
    rows = (
        1 << air.log_height if air.log_height is not None else len(committed if committed is not None else ())
    )
    matrix = np.zeros((rows, len(air.columns)), dtype=np.uint64)
    return GivenInstance(index, air.name, 0, matrix, frozenset(), [None] * len(air.air_values), True)


def _refuse_missing(readers: Sequence["_Reader"]) -> None:
    """Name all that is missing in all instances at once."""
    found = [f"{listing(missing)} of {reader.name}" for reader in readers if (missing := reader.missing())]
    if found:
        raise Missing(f"the witness does not have {'; '.join(found)}; give a column a value for every row")


def _read_program(air: Air, given: Any, readers: Sequence["_Reader"]) -> U64:
    """The committed columns of an air, given apart or with one of its instances."""
    where = f"the program of {air.name}"
    found: dict[str, Any] = {}
    for reader in readers:
        for name, values in reader.program.items():
            if name in found:
                raise GivenTwice(f"program column {name} of {air.name} is given with two instances; give one")
            found[name] = values
    if given is not None and not _is_table(given):  # a matrix
        words = elements(where, given)
        if words.ndim != 2 or words.shape[1] != len(air.program):
            raise WrongShape(f"{where} has {len(air.program)} columns; its matrix has shape {words.shape}")
        given = {name: words[:, index] for index, name in enumerate(air.program)}
    for name, values in _columns_of(given if given is not None else {}).items():
        if name in found:
            raise GivenTwice(f"program column {name} of {air.name} is given with an instance too; give one")
        found[name] = values
    sheet = _Sheet(where, {name: index for index, name in enumerate(air.program)}, [])
    for name, values in found.items():
        sheet.add(name, values)
    missing = [name for index, name in enumerate(air.program) if index not in sheet.cells]
    if missing:
        raise Missing(
            f"air {air.name} has columns that are committed with the program, and {listing(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not given; pass program={{'{air.name}': {{...}}}}"
        )
    return sheet.matrix(sheet.height(None, None))


@dataclass(eq=False)
class _Sheet:
    """Columns of one matrix as they come in, each with the name under which it was given."""

    where: str
    indices: Mapping[str, int]
    others: Sequence[str]  # names that a suggestion may make too
    cells: dict[int, U64] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.groups = index_names(self.indices)
        self.taken = GivenNames(self.where)

    def add(self, name: str, values: Any) -> None:
        """Take in a column, or an array of columns as (rows, n) or with all its dimensions."""
        if name not in self.groups:
            raise UnknownName(
                f"{self.where} has no column {name}{suggestion(str(name), [*self.groups, *self.others])}"
            )
        members = self.groups[name]
        words = elements(f"column {name} of {self.where}", values)
        shape = () if members == [name] else dimensions(name, members)
        if words.ndim == 0 or words.shape[1:] not in (shape, (len(members),) if shape else ()):
            rows = "rows" if not shape else f"rows, {', '.join(map(str, shape))}"
            raise WrongShape(
                f"column {name} of {self.where} has the shape ({rows}{',' * (not shape)}), "
                f"not {words.shape}; give a value for every row"
            )
        indices = [self.indices[member] for member in members]
        self.taken.take(name, indices, self.indices)
        self.lengths[name] = len(words)
        self.cells.update(zip(indices, words.reshape(len(words), len(members)).T, strict=True))

    def height(self, log_height: int | None, committed: U64 | None) -> int:
        """The number of rows that all columns have. Raises WrongShape, WrongHeight."""
        expected = len(committed) if committed is not None else None
        if log_height is not None:
            expected = 1 << log_height
        for name, length in self.lengths.items():
            if expected is not None and length != expected:
                why = "by its N" if log_height is not None else "as its program columns"
                raise WrongHeight(f"{self.where} has {expected} rows, {why}, and column {name} has {length}")
        counts = sorted(set(self.lengths.values()))
        if expected is not None:
            return expected
        if not counts:
            raise Missing(f"the number of rows of {self.where} is not known; give at least one column")
        if len(counts) > 1:
            first, second = (next(n for n, x in self.lengths.items() if x == c) for c in counts[:2])
            raise WrongShape(
                f"the columns of {self.where} differ in length: {first} has {counts[0]} rows, {second} "
                f"has {counts[1]}"
            )
        rows = counts[0]
        if rows & (rows - 1) or not 1 << MIN_LOG_HEIGHT <= rows <= 1 << MAX_LOG_HEIGHT:
            better = 1 << max(MIN_LOG_HEIGHT, (rows - 1).bit_length())
            advice = f"; pad its columns to {better}" if rows <= 1 << MAX_LOG_HEIGHT else "; split it"
            raise WrongHeight(
                f"{self.where} has {rows} rows; the number must be a power of two from "
                f"2^{MIN_LOG_HEIGHT} to 2^{MAX_LOG_HEIGHT}{advice}"
            )
        return rows

    def matrix(self, rows: int, width: int | None = None) -> U64:
        """All columns beside each other; zeros where none is given."""
        made = np.zeros((rows, len(self.indices) if width is None else width), dtype=np.uint64)
        for index, cells in self.cells.items():
            made[:, index] = cells
        return made


class _Reader:
    """Reads one instance of an air."""

    def __init__(self, index: int, air: Air, beside: AuthoredAir, number: int, name: str) -> None:
        self.index, self.air, self.beside, self.number, self.name = index, air, beside, number, name
        columns = {column.name: i for i, column in enumerate(air.columns[: beside.given])}
        self.sheet = _Sheet(name, columns, [*air.air_values, *air.program])
        self.air_values: list[int | None] = [None] * len(air.air_values)
        self.program: dict[str, Any] = {}

    def read(self, given: Mapping[str, Any]) -> None:
        """Sort what is given by what it is: columns, air values, committed columns."""
        if self.beside.is_library:
            raise FilledByUs(f"air {self.name} is of the standard library and is filled by us; leave it out")
        values = {name: index for index, name in enumerate(self.air.air_values)}
        groups = index_names(values)
        committed = index_names(self.air.program)
        taken = GivenNames(self.name)
        for name, item in given.items():
            if name in groups and name not in self.sheet.groups:
                indices = [values[member] for member in groups[name]]
                taken.take(name, indices, values)
                what = f"air value {name} of {self.name}"
                if groups[name] == [name]:
                    self.air_values[indices[0]] = element(what, item)
                    continue
                words = elements(what, item).reshape(-1)
                if len(words) != len(indices):
                    raise WrongShape(f"{what} has {len(indices)} values, and {len(words)} are given")
                for index, word in zip(indices, words, strict=True):
                    self.air_values[index] = int(word)
            elif name in committed and name not in self.sheet.groups:
                self.program[name] = item
            else:
                self._refuse_foreign(name)
                self.sheet.add(name, item)

    def _refuse_foreign(self, name: str) -> None:
        """Raise FilledByUs for what is not the author's to give."""
        if name in self.sheet.groups:
            return
        if any(column.name == name for column in self.air.columns):
            raise FilledByUs(f"column {name} of {self.name} was added by the compiler; leave it out")
        if name in index_names(column.name for column in self.air.fixed):
            raise FilledByUs(
                f"column {name} of {self.name} is fixed: its values stand in the file; leave it out"
            )
        if name in index_names(self.air.stage2):
            raise FilledByUs(
                f"column {name} of {self.name} is of stage 2; pass stage2=, a function of the challenges"
            )

    def missing(self) -> list[str]:
        """Names of what is neither given nor filled by us."""
        given = range(self.beside.given)
        names = [
            self.air.columns[column].name
            for column in given
            if column not in self.sheet.cells and column not in self.beside.recipes
        ]
        return names + [
            name
            for index, name in enumerate(self.air.air_values)
            if self.air_values[index] is None and index not in self.beside.values
        ]

    def instance(self, committed: U64 | None, check_bits: bool) -> GivenInstance:
        """The instance. Raises WrongShape, WrongHeight, OutOfRange."""
        rows = self.sheet.height(self.air.log_height, committed)
        if check_bits:
            for index, cells in self.sheet.cells.items():
                _check_bits(self.name, self.air.columns[index], cells)
        matrix = self.sheet.matrix(rows, len(self.air.columns))
        given = frozenset(self.sheet.cells)
        return GivenInstance(self.index, self.name, self.number, matrix, given, self.air_values)


def _check_bits(where: str, column: Column, cells: U64) -> None:
    """Raise OutOfRange for values beyond `bits(n)` or `bits(n, signed)`."""
    if column.range is None:
        return
    least, largest = column.range
    beyond = (cells > np.uint64(largest)) & (cells < np.uint64(P + least if least else P))
    if beyond.any():
        rows = np.flatnonzero(beyond)
        others = f" and {len(rows) - 1} other row{'s' * (len(rows) > 2)}" if len(rows) > 1 else ""
        raise OutOfRange(
            f"column {column.name} of {where} is declared {column.feature}, {least} to {largest}, and has "
            f"{signed(int(cells[rows[0]]))} in row {rows[0]}{others}"
        )
