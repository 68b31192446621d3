"""Witnesses and publics in files.

`.npz`   arrays by name, as `numpy.savez` writes them; nothing pickled.
`.csv`   a line of names, then a line per row, integers in decimal or 0x; shorter columns end in empty cells.
`.json`  {"Air": {"x": [...]}}, {"Air": [{...}, {...}]} for several instances, or names as in the others.

Names are `x` where one air has it, else `Air.x`, or `Air[0].x`, `Air[1].x` of several instances; an array of
columns is one matrix `a` or its columns `a[0]`, `a[1]`. Air values and program columns are named as columns.
Integers in JSON may be strings, as not all writers have 64 bits.
"""

import csv
import json
import math
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from zisk_py.pil.authoring.archive_names import ArchiveNames
from zisk_py.pil.authoring.errors import BadArchive
from zisk_py.pil.compiled import Compiled
from zisk_py.pil.system import MAX_LOG_HEIGHT

MAX_ROWS = 1 << MAX_LOG_HEIGHT
_MAX_INFLATION = 1032  # no deflated data is larger than its compressed form by more than this
_DAMAGED = (
    BadZipFile,
    EOFError,
    NotImplementedError,  # a compression that this Python does not have
    OverflowError,
    RuntimeError,  # an encrypted member
    ValueError,
    struct.error,
    zlib.error,
)


def read_witness(compiled: Compiled, path: Path | str) -> dict[str, list[dict[str, Any]]]:
    """The witness in a file, as `CompiledSystem.trace` takes it.

    What a damaged file can make us allocate is bounded by the columns of the system and by its own size.
    Raises BadArchive for a file that cannot be read, UnknownName or GivenTwice for its names.
    """
    path = Path(path)
    readers = {".npz": _read_npz, ".csv": _read_csv, ".json": _read_json}
    if path.suffix.lower() not in readers:
        raise BadArchive(f"{path} is no witness; its name ends in {', '.join(readers)}")
    names = ArchiveNames(compiled, str(path))
    try:
        readers[path.suffix.lower()](path, names)
    except OSError as error:
        if error.filename is not None:
            raise BadArchive(f"cannot read {path}: {error.strerror}") from error
        raise BadArchive(f"{path} is damaged: it points outside of itself; write it again") from error
    except _DAMAGED as error:
        what = str(error) or type(error).__name__
        raise BadArchive(f"{path} is damaged: {what}; write it again") from error
    return names.witness()


def read_publics(path: Path | str) -> dict[str, Any]:
    """Publics by name from a JSON file, arrays as lists. Raises BadArchive."""
    found = _json(Path(path))
    if not isinstance(found, dict):
        raise BadArchive(
            f"{path} must be an object of publics by name, {{'x': 5}}, not {type(found).__name__}"
        )
    return {name: _integers(value) for name, value in found.items()}


def _read_npz(path: Path, names: ArchiveNames) -> None:
    with ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            names.add(name, _read_array(path, archive, member, names.most_columns(name)))


def _read_array(path: Path, archive: ZipFile, member: ZipInfo, columns: int) -> NDArray[Any]:
    """A member as an array; its header is checked before memory is taken for its values."""
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadArchive(
            f"{path} has {member.filename} compressed in another way than numpy does; save it again"
        )
    if member.file_size > _MAX_INFLATION * (member.compress_size + 1):
        raise BadArchive(f"{path} is damaged: {member.filename} states more bytes than it can have")
    with archive.open(member) as file:
        shape, is_fortran, dtype = _array_header(file)
        if dtype.kind not in "biu":
            raise BadArchive(f"{path} has {member.filename} with values of type {dtype}; save integers")
        if len(shape) > 8 or math.prod(shape) > MAX_ROWS * columns:
            raise BadArchive(f"{path} has {member.filename} of shape {shape}, more than any air can take")
        size = math.prod(shape) * dtype.itemsize
        data = file.read(size)
        if len(data) != size or file.read(1):
            raise BadArchive(
                f"{path} is damaged: {member.filename} does not hold the {size} bytes that it states"
            )
    return np.frombuffer(data, dtype).reshape(shape, order="F" if is_fortran else "C")


def _array_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(file)
    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"an array is of format {version}")
    shape, is_fortran, dtype = read(file)
    return shape, is_fortran, dtype


def _read_csv(path: Path, names: ArchiveNames) -> None:
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file)
        try:
            header = [name.strip() for name in next(lines, [])]
            columns = _csv_columns(path, header, lines)
        except csv.Error as error:
            raise BadArchive(f"{path}, line {lines.line_num}: {error}") from error
    if not header:
        raise BadArchive(f"{path} is empty; its first line has the names of the columns")
    for name, values in zip(header, columns, strict=True):
        names.add(name, values)


def _csv_columns(path: Path, header: Sequence[str], lines: Any) -> list[list[int]]:
    columns: list[list[int]] = [[] for _ in header]
    rows = 0
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        where = f"{path}, line {lines.line_num}"
        if len(cells) != len(header):
            raise BadArchive(f"{where} has {len(cells)} cells, the first line has {len(header)} names")
        if rows == MAX_ROWS:
            raise BadArchive(f"{path} has more than {MAX_ROWS} rows, more than any air can take")
        for name, cell, column in zip(header, cells, columns, strict=True):
            if not cell.strip():
                continue
            if len(column) < rows:
                raise BadArchive(f"{where}: column {name} goes on after an empty cell; fill it in")
            try:
                column.append(_integer(cell))
            except ValueError:
                raise BadArchive(f"{where}: {cell.strip()[:40]!r} in column {name} is no integer") from None
        rows += 1
    return columns


def _read_json(path: Path, names: ArchiveNames) -> None:
    found = _json(path)
    if not isinstance(found, dict):
        raise BadArchive(f"{path} must be an object of airs, {{'Air': {{'x': [...]}}}}")
    for name, value in found.items():
        instances = value if isinstance(value, list) and value and isinstance(value[0], dict) else [value]
        if not all(isinstance(instance, dict) for instance in instances):
            names.add(name, _integers(value))
            continue
        names.mention(name, len(instances))
        for number, columns in enumerate(instances):
            for column, values in columns.items():
                names.add(f"{name}[{number}].{column}", _integers(values))


def _json(path: Path) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            raise ValueError("a name stands twice in one object")
        return found

    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=pairs)
    except OSError as error:
        raise BadArchive(f"cannot read {path}: {error.strerror or error}") from error
    except RecursionError:
        raise BadArchive(f"{path} is nested too deeply") from None
    except ValueError as error:
        raise BadArchive(f"{path} is no JSON: {error}") from error


def _integers(value: Any) -> Any:
    """Strings as the integers that they are, in lists too; all else as it is."""
    if isinstance(value, list):
        return [_integers(item) if isinstance(item, (str, list)) else item for item in value]
    if isinstance(value, str):
        try:
            return _integer(value)
        except ValueError:
            raise BadArchive(
                f"{value[:40]!r} is no integer; write decimal digits, or 0x and hexadecimal"
            ) from None
    return value


def _integer(text: str) -> int:
    """Decimal or 0x, with a sign."""
    text = text.strip()
    digits = text.lstrip("+-")
    return int(text, 16) if digits[:2].lower() == "0x" else int(text)
