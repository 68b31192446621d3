"""Which air and instance a name in a file belongs to: `x`, `Air.x`, `Air[1].x`."""

import re
from typing import Any

from zisk_py.pil.authoring.errors import BadArchive, GivenTwice, UnknownName, listing, suggestion
from zisk_py.pil.authoring.names import index_names
from zisk_py.pil.compiled import Compiled
from zisk_py.stark.options import MAX_SEGMENTS

_INSTANCE = re.compile(r"(?:\[(\d{1,9})\])?\.(.+)", re.DOTALL)


class ArchiveNames:
    """Collects what a file has, sorted by air and instance."""

    def __init__(self, compiled: Compiled, where: str) -> None:
        self._where = where
        self._groups = {
            air.name: index_names(
                [*(column.name for column in air.columns[: beside.given]), *air.air_values, *air.program]
            )
            for air, beside in zip(compiled.system.airs, compiled.airs, strict=True)
            if not beside.is_library
        }
        self._instances: dict[str, dict[int, dict[str, Any]]] = {}

    def add(self, name: str, values: Any) -> None:
        """Take in what a name stands for. Raises UnknownName, GivenTwice."""
        air, number, column = self._place(name)
        columns = self._instances.setdefault(air, {}).setdefault(number, {})
        if column in columns:
            raise GivenTwice(f"{self._where} has column {column} of {air}[{number}] twice")
        columns[column] = values

    def mention(self, air: str, count: int) -> None:
        """Note that there are so many instances of an air, even if they have no columns."""
        if air not in self._groups:
            raise UnknownName(
                f"{self._where} names air {air}, which there is not{suggestion(air, self._groups)}"
            )
        instances = self._instances.setdefault(air, {})
        for number in range(count):
            instances.setdefault(number, {})

    def most_columns(self, name: str) -> int:
        """How many columns a name can stand for at most. Raises UnknownName."""
        air, _, column = self._place(name)
        return len(self._groups[air].get(column, [column]))

    def witness(self) -> dict[str, list[dict[str, Any]]]:
        """By air, the columns of its instances. Raises BadArchive if one between others is not there."""
        for air, instances in self._instances.items():
            if sorted(instances) != list(range(len(instances))):
                missing = next(number for number in range(len(instances)) if number not in instances)
                raise BadArchive(f"{self._where} has instances of {air}, but none with number {missing}")
        return {
            air: [instances[number] for number in range(len(instances))]
            for air, instances in self._instances.items()
        }

    def _place(self, name: str) -> tuple[str, int, str]:
        """Air, instance and column of a name."""
        for air in sorted(self._groups, key=len, reverse=True):
            found = _INSTANCE.fullmatch(name[len(air) :]) if name.startswith(air) else None
            if found:
                number = int(found[1] or 0)
                if number >= MAX_SEGMENTS:
                    raise BadArchive(f"{self._where} has {name}; an air has at most {MAX_SEGMENTS} instances")
                return air, number, found[2]
        owners = [air for air, groups in self._groups.items() if name in groups]
        if len(owners) > 1:
            raise UnknownName(
                f"{self._where} has {name}, which is a column of {listing(owners)}; write {owners[0]}.{name}"
            )
        if not owners:
            known = [column for groups in self._groups.values() for column in groups]
            raise UnknownName(f"{self._where} has {name}, which no air has{suggestion(name, known)}")
        return owners[0], 0, name
