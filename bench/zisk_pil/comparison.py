"""What differs between a compilation of ours and the original compiler's.

The airs of the library, its tables, must agree in heights and numbers of columns; names in them are its own.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from generated import Entry, Original, OriginalAir

from zisk_py.pil.compiled import AuthoredAir, Compiled
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.system import Air

_INDEX = re.compile(r"\[(\d+)\]")


def differences(compiled: Compiled, original: Original) -> Iterator[str]:
    """What differs, in words: what it is about stands first."""
    ours = [air.name for air in compiled.system.airs]
    theirs = [air.name for air in original.airs]
    if ours != theirs:
        yield f"airs: we have {ours} and the original has {theirs}"
    pairs = {air.name: (air, beside) for air, beside in zip(compiled.system.airs, compiled.airs, strict=True)}
    written = {air.name: air for air in compiled.authored}
    for air in original.airs:
        if air.name in pairs:
            yield from _of_air(air, *pairs[air.name], written[air.name])
    system = compiled.system
    num_public = len(system.publics) - system.proof_values
    chosen = system.publics[num_public:]
    commits = [leaves for air in compiled.authored for leaves in air.commits.values()]
    roots = {leaf.name.split("[")[0] for leaves in commits for leaf in leaves}  # no publics of ours
    theirs = [entry for entry in original.publics if entry.name not in roots]
    yield from _lists("publics", entries((n, 0) for n in system.publics[:num_public]), theirs)
    kept = [name for index, name in enumerate(chosen, num_public) if index not in compiled.totals]
    yield from _lists("proof values", entries((name, 0) for name in kept), original.proof_values)


def _of_air(original: OriginalAir, air: Air, beside: AuthoredAir, written: AirBuilder) -> Iterator[str]:
    name = original.name
    if air.log_height is None or 1 << air.log_height != original.rows:
        yield f"{name}: rows: we have 2^{air.log_height} and the original has {original.rows}"
    columns = entries((column.name, column.bits) for column in air.columns[: beside.given])
    if beside.is_library:
        theirs = [entry.size for entry in original.columns]
        if [entry.size for entry in columns] != theirs:
            yield f"{name}: columns: we have {sum(e.size for e in columns)} where there are {sum(theirs)}"
        return
    yield from _lists(f"{name}: columns", columns, original.columns)
    values = entries((value, 0) for value in air.air_values)
    yield from _lists(f"{name}: air values", values, original.air_values)
    committed = entries((column, 0) for column in air.program)
    yield from _lists(f"{name}: committed columns", committed, original.commits)
    fixed = {column.name for column in written.fixed}
    missing = [entry.name for entry in original.fixed if entry.name not in fixed]
    if missing:
        yield f"{name}: fixed columns: the original has {_text(missing)}, which we have not"
    direct = sum(message.is_direct for message in written.messages)
    if direct != original.direct:
        yield f"{name}: direct messages: we have {direct} where the original has {original.direct}"


def _lists(what: str, ours: Sequence[Entry], theirs: Sequence[Entry]) -> Iterator[str]:
    """The first entry that differs, and how many there are: the order counts."""
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            yield f"{what}: we have {_entry(mine)} where the original has {_entry(other)}"
            return
    if len(ours) != len(theirs):
        more, fewer = (ours, theirs) if len(ours) > len(theirs) else (theirs, ours)
        who = "we have" if more is ours else "the original has"
        yield f"{what}: only {who} {_text(_entry(entry) for entry in more[len(fewer) :])}"


def entries(columns: Iterable[tuple[str, int]]) -> tuple[Entry, ...]:
    """Columns by their names, `a[1][0]` after `a[0][1]`, as single ones and arrays. Raises ValueError."""
    groups: list[tuple[str, int, list[tuple[int, ...]]]] = []
    for name, bits in columns:
        base = _INDEX.sub("", name)
        index = tuple(map(int, _INDEX.findall(name)))
        if index and groups and groups[-1][0] == base and any(index):
            groups[-1][2].append(index)
        else:
            groups.append((base, bits, [index]))
    made = []
    for base, bits, indices in groups:
        entry = Entry(base, tuple(number + 1 for number in indices[-1]), bits)
        if len(indices) != entry.size:
            raise ValueError(f"the elements of {base} are not all there")
        made.append(entry)
    return tuple(made)


def _entry(entry: Entry) -> str:
    sizes = "".join(f"[{size}]" for size in entry.shape)
    return f"{entry.name}{sizes}" + (f" of {entry.bits} bits" if entry.bits else "")


def _text(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
