"""From the integers that a user has to field elements: arrays of canonical 64-bit words."""

import reprlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.pil.authoring.errors import OutOfRange, WrongShape, WrongType

U64 = NDArray[np.uint64]

_EPSILON = np.uint64(2**32 - 1)  # 2^64 - p: what a negative word is too large by
_NUMBERS = (int, np.integer, np.bool_)


def elements(what: str, values: object) -> U64:
    """The values modulo p, in the shape in which they are given.

    values  integers (of any width, negative ones too) or booleans, in anything that numpy makes an array of.
    Raises  WrongType for anything else, floats included; OutOfRange for an integer not in (-p, p);
            WrongShape for lists of different lengths. `what` names them in the text: "column a of Main".
    """
    array = _array(what, values)
    kind = array.dtype.kind
    if kind in "bu":
        words = array.astype(np.uint64)
        beyond = words >= np.uint64(P)
        if beyond.any():
            raise OutOfRange(_out_of_range(what, array, int(np.flatnonzero(beyond)[0])))
        return words
    if kind == "i":
        signed = array.astype(np.int64)
        words = signed.view(np.uint64) if signed.ndim else signed.astype(np.uint64)
        reduced: U64 = np.where(signed < 0, words - _EPSILON, words)
        return reduced
    if kind == "O":
        return _from_objects(what, array)
    raise WrongType(f"{what} has values of type {array.dtype}; give integers")


def element(what: str, value: object) -> int:
    """One value modulo p. Raises as `elements`; WrongShape if there are several."""
    words = elements(what, value)
    if words.size != 1:
        raise WrongShape(f"{what} is one number, and {words.size} are given")
    return int(words.reshape(-1)[0])


def place(shape: tuple[int, ...], position: int) -> str:
    """The row, and in a matrix the column, of a position in an array: `row 3, column 1`."""
    row, *others = (int(i) for i in np.unravel_index(position, shape))
    return f"row {row}" + "".join(f", column {column}" for column in others)


def _array(what: str, values: object) -> NDArray[Any]:
    if np.ma.is_masked(values):
        raise WrongType(f"{what} has masked values; fill them in")
    try:
        array = np.asarray(values)
        if array.dtype.kind == "f" and isinstance(values, (list, tuple)):
            # Python's integers beyond 63 bits beside negative ones become floats: look at each of them
            array = np.array(values, dtype=object)
    except (ValueError, TypeError) as error:
        raise WrongShape(f"{what} is no array of integers: {error}") from error
    return array


def _from_objects(what: str, array: NDArray[Any]) -> U64:
    found = array.reshape(-1).tolist()
    for position, value in enumerate(found):
        if not isinstance(value, _NUMBERS):
            at = _at(reprlib.repr(value), array.shape, position)
            raise WrongType(f"{what} {at}, of type {type(value).__name__}; give integers")
        if not -P < int(value) < P:
            raise OutOfRange(_out_of_range(what, array, position))
    return np.array([int(value) % P for value in found], dtype=np.uint64).reshape(array.shape)


def _out_of_range(what: str, array: NDArray[Any], position: int) -> str:
    value = str(array.reshape(-1)[position])
    limit = f"-p = -{P}" if value.startswith("-") else f"p = {P}"
    side = "above" if value.startswith("-") else "below"
    return f"{what} {_at(value, array.shape, position)}, which is not {side} {limit}"


def _at(value: str, shape: tuple[int, ...], position: int) -> str:
    return f"has {value} in {place(shape, position)}" if shape else f"is {value}"
