"""A segment's traces as the prover gets them, checked against the airs and sorted by air."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import DEGREE, Element
from zisk_py.field.goldilocks import P
from zisk_py.pil.system import System
from zisk_py.stark.errors import ProverError
from zisk_py.stark.layout import Instance
from zisk_py.stark.proving_key import check_matrix, log_height_of

U64 = NDArray[np.uint64]
# From the author's challenges: by segment and name of the air, (rows, 3 * columns of stage 2) coordinates.
Stage2Source = Callable[[tuple[Element, ...]], Mapping[tuple[int, str], U64]]


class TraceLike(Protocol):
    """One instance of an air: (rows, witness columns) canonical uint64, and its air values."""

    @property
    def air(self) -> str:
        """The name of the air."""
        ...

    @property
    def matrix(self) -> U64:
        """The rows."""
        ...

    @property
    def air_values(self) -> tuple[int, ...]:
        """The air values, below p."""
        ...


@dataclass(frozen=True)
class Witness:
    """The traces of a segment, and what the proof says of each."""

    instances: tuple[Instance, ...]
    matrices: tuple[U64, ...]


def arrange(system: System, traces: Sequence[TraceLike], number: int) -> Witness:
    """Sort the traces of segment `number` by air. Raises ProverError if they do not fit the system."""
    by_name = {trace.air: trace for trace in traces}
    if not traces or len(by_name) != len(traces) or not by_name.keys() <= {air.name for air in system.airs}:
        names = [trace.air for trace in traces]
        raise ProverError(f"segment {number} must have traces of different airs of the system, not {names}")
    instances, matrices = [], []
    for index, air in enumerate(system.airs):
        if air.name not in by_name:
            continue
        trace = by_name[air.name]
        check_matrix(f"the traces of {air.name} in segment {number}", trace.matrix, len(air.columns))
        values = tuple(int(value) for value in trace.air_values)
        if len(values) != len(air.air_values) or not all(0 <= value < P for value in values):
            raise ProverError(
                f"air {air.name} in segment {number} needs {len(air.air_values)} air values below p"
            )
        instances.append(Instance(index, log_height_of(trace.matrix), values))
        matrices.append(trace.matrix)
    return Witness(tuple(instances), tuple(matrices))


def arrange_stage2(
    system: System, given: Mapping[tuple[int, str], U64], instances: Sequence[Instance], number: int
) -> list[U64]:
    """The author's columns of stage 2 by instance of segment `number`: (rows, 3 * columns), maybe of width 0.

    Raises ProverError if some are missing, or do not fit the traces.
    """
    found = []
    for instance in instances:
        air, height = system.airs[instance.air], 1 << instance.log_height
        where = f"the columns of stage 2 of {air.name} in segment {number}"
        matrix = given.get((number, air.name)) if air.stage2 else np.zeros((height, 0), dtype=np.uint64)
        if matrix is None:
            raise ProverError(f"{where} are missing: {', '.join(air.stage2)}")
        check_matrix(where, matrix, DEGREE * len(air.stage2))
        if len(matrix) != height:
            raise ProverError(f"{where} have {len(matrix)} rows, but its trace has {height}")
        found.append(matrix)
    return found
