"""Names of columns and values as an author writes them: `a`, `a[2]`, or `a` for a whole array."""

import re
from collections.abc import Iterable, Mapping, Sequence

from zisk_py.pil.authoring.errors import GivenTwice

_INDEX = re.compile(r"\[\d+\]")


def index_names(names: Iterable[str]) -> dict[str, list[str]]:
    """What each name stands for: itself, or all elements below it, in order.

    `a[0][1]` stands below `a[0]` and below `a`.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name, []).append(name)
        for index in _INDEX.finditer(name):
            groups.setdefault(name[: index.start()], []).append(name)
    return groups


def dimensions(name: str, members: Sequence[str]) -> tuple[int, ...]:
    """The sizes of an array of columns, from its last element; () for a single one."""
    rest = members[-1][len(name) :]
    return tuple(int(index[1:-1]) + 1 for index in _INDEX.findall(rest))


class GivenNames:
    """Which columns or values were given, and under which name."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._by: dict[int, str] = {}

    def take(self, name: str, indices: Sequence[int], of: Mapping[str, int]) -> None:
        """Note that a name gives these. Raises GivenTwice."""
        for index in indices:
            other = self._by.setdefault(index, name)
            if other != name:
                raise GivenTwice(
                    f"{self._where} is given {name} twice, as {other} and as {name}; leave one of them out"
                )
