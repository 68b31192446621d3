"""Named tuples to JSON and back. Bytes are hexadecimal, 64-bit values decimal integers."""

import json
from collections.abc import Callable
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from zisk_py.isa.faults import Exit, Fault, FaultKind, Outcome

SHORT = 1 << 12  # characters of a text that may be kept
T = TypeVar("T")
Reader = Callable[[Any], Any]


# One per type.
_writer: Callable[[Any], Callable[[Any], str]] = cache(lambda kind: _make_writer(kind))
_reader: Callable[[Any], Reader] = cache(lambda kind: _make_reader(kind))


def to_json(value: object) -> str:
    """The text of a value, in one line. A last field that is None by default is left out where it is None."""
    return _writer(type(value))(value)


def _make_writer(kind: Any) -> Callable[[Any], str]:
    if kind is int:
        return str
    if kind is bytes:
        return lambda value: f'"{value.hex()}"'
    if kind is tuple:
        return _write_tuple
    if kind is Exit:
        return lambda value: f'{{"kind": "exit", "code": {value.code}}}'
    if kind is Fault:
        return lambda value: f'{{"kind": "fault", "fault": "{value.kind.name}", "pc": {value.pc}}}'
    if hasattr(kind, "_fields"):
        return _named_tuple_writer(kind)
    if kind is str:
        return cache(json.dumps)
    return json.dumps


def _write_tuple(value: tuple[Any, ...]) -> str:
    if not value:
        return "[]"
    if type(value[0]) is int:
        return str(list(value))
    return f"[{', '.join([_writer(type(item))(item) for item in value])}]"


def _named_tuple_writer(kind: Any) -> Callable[[Any], str]:
    templates = [
        "{" + ", ".join(f'"{name}": %s' for name in kind._fields[:count]) + "}"
        for count in (len(kind._fields) - 1, len(kind._fields))
    ]

    is_optional = _is_last_optional(kind)
    latest: tuple[Any, str] = (None, "")  # a state ends one instruction and begins the next

    def write(value: Any) -> str:
        nonlocal latest
        if value is latest[0]:
            return latest[1]
        is_short = value[-1] is None and is_optional
        items = value[:-1] if is_short else value
        text = templates[not is_short] % tuple(
            [item if type(item) is int else _writer(type(item))(item) for item in items]
        )
        if len(text) < SHORT:
            latest = value, text
        return text

    return write


def _is_last_optional(kind: Any) -> bool:
    return kind._fields[-1] in kind._field_defaults and kind._field_defaults[kind._fields[-1]] is None


def from_json(kind: type[T], text: str) -> T:
    """Read what `to_json` wrote. Raises ValueError, saying where, on anything else."""
    value: T = _reader(kind)(json.loads(text))
    if to_json(value) != text:
        raise ValueError("the text is not in canonical form")
    return value


def _make_reader(kind: Any) -> Reader:
    """The function that turns parsed JSON into a value of that type. It raises ValueError."""
    if kind in (int, str, bool, NoneType):
        return lambda value: value if type(value) is kind else _refuse(value, kind)
    if kind is bytes:
        return lambda value: bytes.fromhex(value) if type(value) is str else _refuse(value, str)
    if kind == Outcome:
        return _read_outcome
    if isinstance(kind, UnionType):
        (inner,) = (_reader(part) for part in get_args(kind) if part is not NoneType)
        return lambda value: None if value is None else inner(value)
    if get_origin(kind) is tuple:
        item = _reader(get_args(kind)[0])
        return lambda value: tuple(map(item, value)) if type(value) is list else _refuse(value, list)
    return _named_tuple_reader(kind)


def _named_tuple_reader(kind: Any) -> Reader:
    hints = get_type_hints(kind)
    readers = [_reader(hints[name]) for name in kind._fields]
    names: tuple[str, ...] = kind._fields
    short = names[:-1] if _is_last_optional(kind) else names

    def read(value: Any) -> Any:
        if type(value) is not dict:
            _refuse(value, dict)
        keys = tuple(value)
        if keys not in (names, short):
            raise ValueError(f"the keys {', '.join(keys) or 'none'} are not {', '.join(short)}")
        found = []
        for name, part, field in zip(keys, value.values(), readers, strict=False):
            try:
                found.append(field(part))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        return kind(*found)

    return read


def _refuse(value: Any, kind: type) -> Any:
    raise ValueError(f"{value!r} is no {kind.__name__}")


def _read_outcome(value: Any) -> Outcome:
    match value:
        case {"kind": "exit", "code": int(code)}:
            return Exit(code)
        case {"kind": "fault", "fault": str(name), "pc": int(pc)} if name in FaultKind.__members__:
            return Fault(FaultKind[name], pc)
    raise ValueError(f"{value!r} is no outcome")
