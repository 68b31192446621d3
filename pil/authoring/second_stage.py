"""Columns of stage 2: elements of K that depend on the challenges."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import DEGREE, Element
from zisk_py.pil.authoring.elements import elements
from zisk_py.pil.authoring.errors import (
    CannotFill,
    Missing,
    UnknownName,
    WrongShape,
    WrongType,
    listing,
    suggestion,
)
from zisk_py.pil.authoring.evaluation import BLOCK, Evaluator, leaves
from zisk_py.pil.authoring.instances import Given, GivenInstance, instances_of
from zisk_py.pil.compiled import Compiled
from zisk_py.pil.system import NodeKind
from zisk_py.stark.arrays import element_array

U64 = NDArray[np.uint64]
AuthorsStage2 = Callable[[dict[str, Element]], Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class SecondStage:
    """Makes the columns of stage 2 of all instances from the challenges: the author's, and defined ones."""

    compiled: Compiled
    given: Given
    publics: tuple[int, ...]
    function: AuthorsStage2 | None

    def __post_init__(self) -> None:
        """Raise Missing if there are columns that neither a definition nor a function fills."""
        if self.function is not None:
            return
        airs = [self.compiled.system.airs[instance.air] for instance in self.given.instances]
        defined = [self.compiled.airs[instance.air].stage2 for instance in self.given.instances]
        found = [
            f"{listing(names)} of {instance.name}"
            for instance, air, own in zip(self.given.instances, airs, defined, strict=True)
            if (names := [name for index, name in enumerate(air.stage2) if index not in own])
        ]
        if found:
            raise Missing(
                f"columns of stage 2 are not given: {'; '.join(found)}; pass stage2=function, which takes "
                "the challenges by name and returns {air: {column: (rows, 3)}}"
            )

    def __call__(self, challenges: tuple[Element, ...]) -> dict[int, U64]:
        """By position of the instance: (rows, 3 * columns). Raises TraceError for what the function gives."""
        system = self.compiled.system
        if len(challenges) != len(system.challenges):
            raise ValueError(f"the system has {len(system.challenges)} challenges, not {len(challenges)}")
        drawn = element_array(challenges)
        answer = self._ask(challenges)
        publics = np.array(self.publics, dtype=np.uint64)
        evaluator = Evaluator(system, self.given.program, publics, drawn)
        return {
            position: self._columns(instance, answer.get(instance.air, []), evaluator)
            for position, instance in enumerate(self.given.instances)
            if system.airs[instance.air].stage2
        }

    def _ask(self, challenges: Sequence[Element]) -> dict[int, list[Mapping[str, Any]]]:
        """What the author's function gives, by air."""
        if self.function is None:
            return {}
        airs = self.compiled.system.airs
        names = {air.name: index for index, air in enumerate(airs)}
        answer = self.function(dict(zip(self.compiled.system.challenges, challenges, strict=True)))
        if not isinstance(answer, Mapping):
            raise WrongType(
                f"stage2 must return a dict of airs, {{'Air': {{'column': (rows, 3)}}}}, "
                f"not {type(answer).__name__}"
            )
        for name in answer:
            if name not in names:
                raise UnknownName(
                    f"the system has no air {name}, which stage2 names{suggestion(str(name), names)}"
                )
        found = {names[name]: instances_of(name, columns) for name, columns in answer.items()}
        for index, given in found.items():
            count = sum(instance.air == index for instance in self.given.instances)
            if len(given) != count:
                raise WrongShape(
                    f"stage2 returned {len(given)} instances of {airs[index].name}; the witness has {count}"
                )
        return found

    def _columns(
        self,
        instance: GivenInstance,
        answer: Sequence[Mapping[str, Any]],
        evaluator: Evaluator,
    ) -> U64:
        """All columns of an instance: given, then computed in order."""
        air = self.compiled.system.airs[instance.air]
        rows = len(instance.matrix)
        made = np.zeros((rows, len(air.stage2), DEGREE), dtype=np.uint64)
        known: set[int] = set()
        for name, values in (answer[instance.number] if answer else {}).items():
            if name not in air.stage2:
                raise UnknownName(
                    f"{instance.name} has no column {name} of stage 2{suggestion(str(name), air.stage2)}"
                )
            index = air.stage2.index(name)
            words = elements(f"column {name} of {instance.name}", values)
            if words.shape != (rows, DEGREE):
                raise WrongShape(
                    f"column {name} of {instance.name} holds elements of K, so its shape is "
                    f"({rows}, {DEGREE}), not {words.shape}"
                )
            made[:, index] = words
            known.add(index)
        beside = self.compiled.airs[instance.air]
        defined = beside.stage2
        missing = [n for i, n in enumerate(air.stage2) if i not in known and i not in defined]
        if missing:
            raise Missing(f"stage2 did not return {listing(missing)} of {instance.name}")
        for index in self._order(instance, set(defined) - known):
            for start in range(0, rows, BLOCK):
                stop = min(start + BLOCK, rows)
                cells = evaluator.extension(instance, beside.nodes, [defined[index]], made, start, stop)
                made[start:stop, index] = cells[:, 0]
        return made.reshape(rows, -1)

    def _order(self, instance: GivenInstance, columns: set[int]) -> list[int]:
        """The columns to compute, each after those that it reads."""
        air = self.compiled.system.airs[instance.air]
        beside = self.compiled.airs[instance.air]
        reads = {
            column: {
                index
                for kind, index, _ in leaves(beside.nodes, [beside.stage2[column]])
                if kind == NodeKind.STAGE2 and index in columns
            }
            for column in columns
        }
        try:
            return list(TopologicalSorter(reads).static_order())
        except CycleError as error:
            names = " needs ".join(dict.fromkeys(air.stage2[index] for index in error.args[1]))
            raise CannotFill(
                f"columns of stage 2 of {instance.name} go in a circle: {names}; give one of them"
            ) from error
