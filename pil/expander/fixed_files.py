"""Files with values of fixed columns.

Little-endian: `cnst`, version, number of sections (1), number of the section, its size (64 bits); name of the
airgroup and of the air (each ends with a zero byte), rows (64 bits), number of columns; per column its name,
how many indexes it has, the indexes, and a 64-bit word per row. What is not said to have 64 bits has 32.
"""

import struct
from array import array
from pathlib import Path

from zisk_py.field.goldilocks import P
from zisk_py.pil.errors import Code
from zisk_py.pil.expander import heights
from zisk_py.pil.expander.fixed import Cells, FixedTable, words
from zisk_py.pil.expander.machine import Expander, FixedSource
from zisk_py.pil.span import Span

_MAX_ROWS = 1 << 24


def open_file(expander: Expander, name: str, span: Span) -> None:
    """`#pragma extern_fixed_file name`: the columns of this air that it has, and the rows of the air."""
    air = expander.current_air("an external file of fixed columns", span)
    path = _find(expander, name, span)
    if path is None:
        air.external = {}
        if air.rows is None and air.is_virtual:
            heights.change(expander, air, 1, span)
        return
    rows, air.external = read(expander, path, name, span)
    if air.rows is None:
        heights.change(expander, air, rows, span)
    elif air.rows != rows:
        text = f"the columns of {name} have {rows} rows and the air has {air.rows}"
        raise expander.error(text, span, code=Code.FIXED)


def _find(expander: Expander, name: str, span: Span) -> Path | None:
    """The file, beside the file that names it or in the search path; None if it may be missing."""
    for folder in (span.file.folder or Path(), *expander.settings.include):
        if (folder / name).is_file():
            return folder / name
        expander.files.record(folder / name, None)
    if expander.settings.missing_files:
        return None
    raise expander.error(
        f"there is no file {name} with values of fixed columns",
        span,
        code=Code.FILE,
        suggestion="put it beside this file or into the search path; or allow missing files, to count only",
    )


def read(expander: Expander, path: Path, name: str, span: Span) -> "tuple[int, dict[str, array[int]]]":
    """The number of rows, and the values by column: `x`, or `x[0]` of an array. Raises PilError."""
    try:
        data = path.read_bytes()
        expander.files.record(path, data)
        rows, columns = _parse(data)
    except (OSError, ValueError, struct.error, UnicodeDecodeError) as error:
        text = f"the file {name} has no values of fixed columns: {error}"
        raise expander.error(text, span, code=Code.FILE) from error
    return rows, columns


def _parse(data: bytes) -> "tuple[int, dict[str, array[int]]]":
    at = 0

    def number(form: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from(form, data, at)
        at += struct.calcsize(form)
        return int(value)

    def string() -> str:
        nonlocal at
        end = data.index(b"\0", at)
        found, at = data[at:end].decode(), end + 1
        return found

    if data[:4] != b"cnst":
        raise ValueError("it does not begin with `cnst`")
    at = 4
    number("<I"), number("<I"), number("<I"), number("<Q")
    string(), string()
    rows, count = number("<Q"), number("<I")
    if not 0 < rows <= _MAX_ROWS:
        raise ValueError(f"it says {rows} rows")
    columns: dict[str, array[int]] = {}
    for _ in range(count):
        name = string()
        indexes = [number("<I") for _ in range(number("<I"))]
        name += "".join(f"[{index}]" for index in indexes)
        if at + 8 * rows > len(data):
            raise ValueError("it ends too early")
        columns[name] = array("Q", data[at : at + 8 * rows])
        at += 8 * rows
    return rows, columns


def supply(expander: Expander, table: FixedTable, source: FixedSource | None, span: Span) -> None:
    """Give a fixed column that was just declared the values that come from outside, if any do."""
    air = expander.current_air("a fixed column", span)
    given = expander.settings.fixed.get(air.name, {}).get(table.name)
    values: array[int] | None
    if source is not None and source.kind == "fixed_tmp":
        table.is_temporary = True
    elif given is not None:
        values = array("Q", words(given).tobytes())
        _take(expander, table, values, span)
    elif source is not None and source.kind == "fixed_external":
        _missing(expander, table, span)
    elif source is not None:
        path = _find(expander, source.file, source.span)
        if path is None:
            _missing(expander, table, span)
            return
        _, columns = read(expander, path, source.file, source.span)
        values = columns.get(table.name) or dict(enumerate(columns.values())).get(source.column)
        if values is None:
            text = f"the file {source.file} has no column {table.name} and no column {source.column}"
            raise expander.error(text, source.span, code=Code.FIXED)
        _take(expander, table, values, span)
    elif air.external is not None:
        values = air.external.get(table.name)
        if values is not None:
            _take(expander, table, values, span)
        elif expander.settings.missing_files:
            _missing(expander, table, span)


def _take(expander: Expander, table: FixedTable, values: "array[int]", span: Span) -> None:
    if len(values) != table.rows:
        text = f"fixed column {table.name} is given {len(values)} values and the air has {table.rows} rows"
        raise expander.error(text, span, code=Code.FIXED)
    if max(values) >= P:
        text = f"fixed column {table.name} is given a value that is not below p"
        raise expander.error(text, span, code=Code.FIXED)
    table.supply(values)


def _missing(expander: Expander, table: FixedTable, span: Span) -> None:
    """Zeros, where the caller allows them."""
    if not expander.settings.missing_files:
        raise expander.error(
            f"the values of fixed column {table.name} come from outside, and nobody gave them",
            span,
            code=Code.FIXED,
            suggestion="compile with fixed={air: {column: values}}; or allow missing files, to count only",
        )
    table.external = True
    table.cells = Cells((), (0,))
