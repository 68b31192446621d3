"""JSON and YAML as trees that are read strictly: an error names the place, as in `accounts[2].lamports`."""

import base64
import binascii
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from zisk_py.errors import InputError
from zisk_py.solana.yaml_values import JsonLoader, unique_fields
from zisk_py.transpiler.bpf import base58

KEY_BYTES = 32
MAX_YAML_BYTES = 1 << 20  # PyYAML reads about 100 kB/s
SHOWN = 40  # characters of a wrong value in a message


class BadFixture(InputError):
    """A fixture says something that cannot be."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document, and its place; "" is the document itself."""

    value: Any
    place: str = ""

    def refuse(self, problem: str) -> BadFixture:
        """The error that the value is wrong."""
        return BadFixture(f"{self.place or 'the fixture'}: {problem}")

    def fields(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> "dict[str, Node]":
        """The members of an object, by name; those that are null or not there are left out."""
        if not isinstance(self.value, dict):
            raise self.refuse(f"expected an object, not {self._shown()}")
        names = (*required, *optional)
        for name in self.value:
            if name not in names:
                raise self.refuse(f"unknown field {_cut(repr(name))}; there are {', '.join(names)}")
        for name in required:
            if self.value.get(name) is None:
                raise self.refuse(f"the field {name!r} is missing")
        return dict(self._members())

    def members(self) -> "dict[str, Node]":
        """The members of an object whose names can be any."""
        if not isinstance(self.value, dict):
            raise self.refuse(f"expected an object, not {self._shown()}")
        return dict(self._members())

    def _members(self) -> "Iterator[tuple[str, Node]]":
        for name, value in self.value.items():
            if value is not None:
                yield name, Node(value, f"{self.place}.{name}" if self.place else name)

    def items(self, most: int) -> "list[Node]":
        """The elements of a list of at most that many."""
        if not isinstance(self.value, list):
            raise self.refuse(f"expected a list, not {self._shown()}")
        if len(self.value) > most:
            raise self.refuse(f"{len(self.value)} elements; at most {most} are possible")
        return [Node(value, f"{self.place}[{number}]") for number, value in enumerate(self.value)]

    def natural(self, most: int, least: int = 0) -> int:
        """An integer from `least` to `most`."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.refuse(f"expected an integer, not {self._shown()}")
        if not least <= self.value <= most:
            raise self.refuse(f"{_cut(str(self.value))} is out of range; give {least} to {most}")
        return self.value

    def number(self) -> float:
        """A number, with a fraction or not."""
        if not isinstance(self.value, int | float) or isinstance(self.value, bool):
            raise self.refuse(f"expected a number, not {self._shown()}")
        try:
            value = float(self.value)
        except OverflowError as error:
            raise self.refuse("the number is too large") from error
        if not math.isfinite(value):
            raise self.refuse("the number is too large")
        return value

    def boolean(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.refuse(f"expected true or false, not {self._shown()}")
        return self.value

    def text(self) -> str:
        """Text."""
        if not isinstance(self.value, str):
            advice = "; put it in quotes" if isinstance(self.value, int | float) else ""
            raise self.refuse(f"expected text, not {self._shown()}{advice}")
        return self.value

    def choice(self, names: tuple[str, ...]) -> str:
        """One of some words."""
        if self.text() not in names:
            raise self.refuse(f"{self._shown()} is unknown; choose one of {', '.join(names)}")
        return self.text()

    def key(self) -> bytes:
        """32 bytes in base58, or in 64 hexadecimal digits."""
        text = self.text()
        if len(text) == 2 * KEY_BYTES:
            return self.hexadecimal()
        try:
            key = base58.decode(text) if len(text) < 2 * KEY_BYTES else b""
        except ValueError as error:
            raise self.refuse(f"{error}; a key has 32 bytes in base58 or 64 hexadecimal digits") from error
        if len(key) != KEY_BYTES:
            raise self.refuse(
                f"{self._shown()} is no key; one has {KEY_BYTES} bytes, in base58 or hexadecimal"
            )
        return key

    def hexadecimal(self) -> bytes:
        """Bytes in hexadecimal digits, nothing between them."""
        text = self.text()
        if not re.fullmatch(r"(?:[0-9a-fA-F]{2})*", text):
            raise self.refuse(f"{self._shown()} is not an even number of hexadecimal digits")
        return bytes.fromhex(text)

    def base64(self) -> bytes:
        """Bytes in base64."""
        try:
            return base64.b64decode(self.text(), validate=True)
        except (binascii.Error, ValueError) as error:
            raise self.refuse(f"{self._shown()} is not base64") from error

    def _shown(self) -> str:
        return "null" if self.value is None else _cut(json.dumps(self.value))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def parse(data: bytes) -> Node:
    """Read a document: JSON if it begins with a brace, else YAML. Raises BadFixture."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFixture(f"the fixture is not UTF-8 at byte {error.start}") from error
    try:
        if text.lstrip().startswith("{"):
            return Node(json.loads(text, object_pairs_hook=unique_fields, parse_constant=_no_constant))
        if len(data) > MAX_YAML_BYTES:
            raise BadFixture(f"the fixture has {len(data):,} bytes of YAML; write what is so long as JSON")
        return Node(yaml.load(text, JsonLoader))  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise BadFixture(f"the fixture is no YAML: {where}{error.problem}") from error
    except (json.JSONDecodeError, yaml.YAMLError, ValueError) as error:
        raise BadFixture(f"the fixture cannot be read: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise BadFixture("the fixture is nested too deeply; write it flat") from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
