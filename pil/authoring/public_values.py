"""Publics and proof values by name, arrays as lists, in the order in which the system has them."""

from collections.abc import Mapping
from typing import Any

from zisk_py.pil.authoring.elements import elements
from zisk_py.pil.authoring.errors import (
    GivenTwice,
    Missing,
    UnknownName,
    WrongShape,
    WrongType,
    listing,
    suggestion,
)
from zisk_py.pil.authoring.names import GivenNames, index_names
from zisk_py.pil.compiled import Compiled


def read_publics(
    compiled: Compiled, publics: Mapping[str, Any], proof_values: Mapping[str, Any]
) -> list[int | None]:
    """All values of `System.publics`; None where we fill one in, which is a total.

    Proof values may stand among the publics, as a file has them. Raises UnknownName, GivenTwice, Missing,
    WrongShape, and what `elements` raises.
    """
    for given in (publics, proof_values):
        if not isinstance(given, Mapping):
            raise WrongType(f"publics are a dict, {{'name': value}}, not {type(given).__name__}")
    system = compiled.system
    own = len(system.publics) - system.proof_values
    names = system.publics
    chosen = [index for index in range(own, len(names)) if index not in compiled.totals]
    values: list[int | None] = [None] * len(names)
    own_names, chosen_names = {names[i]: i for i in range(own)}, {names[i]: i for i in chosen}
    later = {name: value for name, value in publics.items() if name in index_names(chosen_names)}
    if twice := sorted(later.keys() & proof_values.keys()):
        raise GivenTwice(f"proof value {twice[0]} is given twice; leave it out of the publics")
    _read("public", own_names, {n: value for n, value in publics.items() if n not in later}, values)
    _read("proof value", chosen_names, {**proof_values, **later}, values)
    return values


def _read(kind: str, indices: Mapping[str, int], given: Mapping[str, Any], values: list[int | None]) -> None:
    groups = index_names(indices)
    taken = GivenNames("the system")
    for name, value in given.items():
        if name not in groups:
            raise UnknownName(f"the system has no {kind} {name}{suggestion(name, groups)}")
        members = groups[name]
        taken.take(name, [indices[member] for member in members], indices)
        words = elements(f"{kind} {name}", value).reshape(-1)
        if len(words) != len(members):
            count = f"{len(members)} value{'s' * (len(members) != 1)}"
            raise WrongShape(f"{kind} {name} has {count}, and {len(words)} are given")
        for member, word in zip(members, words, strict=True):
            values[indices[member]] = int(word)
    missing = [name for name, index in indices.items() if values[index] is None]
    if missing:
        argument = f"{kind.replace(' ', '_')}s"
        raise Missing(f"no value is given for {kind} {listing(missing)}; pass {argument}={{name: value}}")
