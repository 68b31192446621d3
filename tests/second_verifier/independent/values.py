"""Values out of JSON that somebody else wrote: taken as what they must be, or refused (section 8.1)."""

import json

from .refusal import Refused, require

WORD = 2**64


def canonical(text: str) -> object:
    """The value of a JSON text, which must be as this verifier would write it."""
    value = parsed(text)
    require(written(value) == text, "a JSON text is not in canonical form")
    return value


def parsed(text: str) -> object:
    """The value of any JSON text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("a text is no JSON") from error


def written(value: object) -> str:
    """The canonical form: ASCII, keys sorted, no spaces."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise Refused("a value cannot be written as JSON") from error


def number(value: object, limit: int = WORD) -> int:
    """An integer from 0 to below the limit."""
    if type(value) is not int or not 0 <= value < limit:
        raise Refused("a number was expected, or one in range")
    return value


def text(value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        raise Refused("a string was expected")
    return value


def items(value: object, length: int | None = None) -> list[object]:
    """A list, of this length."""
    if not isinstance(value, list) or length not in (None, len(value)):
        raise Refused("a list was expected, or one of another length")
    return value


def members(value: object) -> dict[str, object]:
    """An object."""
    if not isinstance(value, dict):
        raise Refused("an object was expected")
    return value


def exactly(value: object, keys: set[str]) -> dict[str, object]:
    """An object with these keys and no others."""
    found = members(value)
    require(found.keys() == keys, "an object has not the keys that it must have")
    return found


def hexadecimal(value: object) -> bytes:
    """Bytes in lower-case hexadecimal."""
    digits = text(value)
    try:
        data = bytes.fromhex(digits)
    except ValueError as error:
        raise Refused("a text is not hexadecimal") from error
    require(data.hex() == digits, "a text is not lower-case hexadecimal")
    return data


def cap(value: object) -> tuple[bytes, ...]:
    """The 64 digests of a cap."""
    digests = tuple(map(hexadecimal, items(value, 64)))
    require(all(len(digest) == 32 for digest in digests), "a digest has not 32 bytes")
    return digests
