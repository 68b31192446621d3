"""Public values by name: what a caller states, as the vector that a system reads, and back."""

from collections.abc import Iterator, Mapping, Sequence
from operator import index
from typing import Any

from zisk_py.errors import InputError
from zisk_py.field.goldilocks import P
from zisk_py.pil.system import System


def author_publics(system: System) -> tuple[str, ...]:
    """The names of the public values that a proof is about; those behind them are the prover's."""
    return system.publics[: len(system.publics) - system.proof_values]


def public_vector(system: System, given: Mapping[str, object]) -> tuple[int, ...]:
    """The values in the order of `author_publics`.

    given   by name, integers between -p and p; the array `out` is a list under "out", lists in lists if it
            has several dimensions, or "out[0]", "out[1]", ...
    Raises  InputError for a name that is missing, unknown or given twice, and for what is no such integer.
    """
    names = author_publics(system)
    found: dict[str, int] = {}
    for name, value in given.items():
        for single, number in _singles(name, value):
            if single in found:
                raise InputError(f"the public value {single} is given twice; give it once")
            found[single] = number
    if unknown := [name for name in found if name not in names]:
        known = ", ".join(names) or "none"
        raise InputError(f"there is no public value {', '.join(unknown)}; the system has {known}")
    if missing := [name for name in names if name not in found]:
        raise InputError(f"the public value {', '.join(missing)} is missing; state it")
    return tuple(found[name] for name in names)


def named_publics(system: System, values: Sequence[int]) -> dict[str, int]:
    """The author's part of a system's public values by name."""
    return dict(zip(author_publics(system), values, strict=False))


def _singles(name: str, value: object) -> Iterator[tuple[str, int]]:
    """Each number of a value, which may be an array, with its own name."""
    whole: Any = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(whole, list | tuple):
        for place, item in enumerate(whole):
            yield from _singles(f"{name}[{place}]", item)
        return
    try:
        number = index(whole)
    except TypeError:
        raise InputError(
            f"the public value {name} is {whole!r}; state an integer, or a list of them"
        ) from None
    if not -P < number < P:
        raise InputError(f"the public value {name} is {number}; state one between -p and p, p = {P}")
    yield name, number % P
