"""A trace: all instances of a system with everything in them, ready to be checked and proven."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import Element
from zisk_py.pil.authoring.global_messages import Message, verifier_messages

if TYPE_CHECKING:
    from zisk_py.pil.authoring.compiled_system import CompiledSystem

U64 = NDArray[np.uint64]
Stage2 = Callable[[tuple[Element, ...]], Mapping[int, U64]]


@dataclass(frozen=True, eq=False)
class AirTrace:
    """One instance of an air.

    matrix      (rows, columns), canonical, in the order of `Air.columns`; every column is filled.
    air_values  in the order of `Air.air_values`.
    number      which of the air's instances it is, from 0; it is proven in the segment of that number.
    is_added    whether we added the instance: the author did not mention the air.
    """

    air: str
    matrix: U64
    air_values: tuple[int, ...]
    number: int = 0
    is_added: bool = False


@dataclass(frozen=True, eq=False)
class Trace:
    """All instances in the order of the system's airs, those of one air by number.

    Made by `CompiledSystem.trace`.

    publics  all that `System.publics` names: the author's, then proof values and totals.
    program  by air, (rows, columns) of the columns that are committed with the program.
    stage2   from the challenges, in the order of `System.challenges`, to the columns of stage 2: by position
             in `instances`, (rows, 3 * columns), each element of K as three neighbours. Instances without
             such columns are left out. Raises TraceError if the author's function gives something else.
    """

    system: "CompiledSystem"
    instances: tuple[AirTrace, ...]
    publics: tuple[int, ...]
    program: Mapping[str, U64]
    stage2: Stage2

    @property
    def public_values(self) -> tuple[int, ...]:
        """The author's publics: the statement of a proof."""
        core = self.system.system
        return self.publics[: len(core.publics) - core.proof_values]

    def messages(self) -> tuple[Message, ...]:
        """What the verifier sends: (bus, values, multiplicity), negative where it assumes."""
        return verifier_messages(self.system.system, self.publics)

    def __repr__(self) -> str:
        shapes = [f"{i.air} {' x '.join(map(str, i.matrix.shape))}" for i in self.instances]
        return f"<Trace: {', '.join(shapes) or 'no instances'}; {len(self.public_values)} publics>"
