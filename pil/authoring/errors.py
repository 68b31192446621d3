"""What can be wrong with a witness: each kind of mistake has a class; all are TraceErrors."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from zisk_py.pil.trace_evaluation import TraceError


class UnknownName(TraceError):
    """The system has no such air, column or value."""


class FilledByUs(TraceError):
    """A column or an air is given that the author does not supply."""


class Missing(TraceError):
    """Columns, values or committed columns are not given."""


class GivenTwice(TraceError):
    """The same column or value is given under two names, or in two places."""


class WrongType(TraceError):
    """Something other than integers, or not a table of columns at all."""


class WrongShape(TraceError):
    """A column or an array of columns has other dimensions than declared, or columns differ in length."""


class WrongHeight(TraceError):
    """A number of rows that the air cannot have."""


class OutOfRange(TraceError):
    """A value that is no field element, or beyond its column's declared bits."""


class CannotFill(TraceError):
    """A column that we fill needs itself."""


class Unprovable(TraceError):
    """The system has something that this prover cannot do, so there are no traces of it."""


class BadArchive(TraceError):
    """A file of a witness or of publics cannot be used."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean x?`, or the known names if there are few, or nothing."""
    names = sorted(set(known))
    near = get_close_matches(name, names, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; it has {listing(names)}" if 0 < len(names) <= 8 else ""


def listing(names: Sequence[str], limit: int = 12) -> str:
    """Names with commas; after `limit` of them, how many more there are."""
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")


__all__ = [
    "BadArchive",
    "CannotFill",
    "FilledByUs",
    "GivenTwice",
    "Missing",
    "OutOfRange",
    "TraceError",
    "UnknownName",
    "Unprovable",
    "WrongHeight",
    "WrongShape",
    "WrongType",
    "listing",
    "suggestion",
]
