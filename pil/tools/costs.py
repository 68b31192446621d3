"""What the airs of a system cost: columns, constraints, messages, and what a proof of them takes."""

from collections.abc import Mapping
from dataclasses import dataclass

from zisk_py.pil.compiled import AuthoredAir, Compiled
from zisk_py.pil.system import Air
from zisk_py.stark.errors import SystemRefused
from zisk_py.stark.estimate import committed_cells, proof_bytes
from zisk_py.stark.hashing import DIGEST_SIZE
from zisk_py.stark.key import ProgramCommitment, VerifyingKey
from zisk_py.stark.layout import Instance, lay_out
from zisk_py.stark.options import FAST, LOG_CAP

ASSUMED_LOG_HEIGHT = 16  # of an air whose height is chosen per run


@dataclass(frozen=True, slots=True)
class AirCost:
    """What an air costs.

    rows         None if they are chosen per run.
    columns      by stage; 0: fixed and committed apart.
    constraints  how many of each degree, as written.
    offsets      the rows that are read, as written.
    added        columns that lowering added.
    bus_columns  columns of the buses, elements of K.
    cells        that are committed to per instance, of 2^ASSUMED_LOG_HEIGHT rows where they are chosen per
                 run; None for a system that cannot be proven.
    """

    name: str
    airgroup: str
    rows: int | None
    columns: Mapping[int, int]
    constraints: Mapping[int, int]
    interactions: int
    offsets: tuple[int, ...]
    added: int
    bus_columns: int
    cells: int | None


@dataclass(frozen=True, slots=True)
class Costs:
    """What a system costs.

    proof_bytes  about the size of a proof of one instance of each air, profile fast; None if it cannot be
                 proven, for the reason that `refusal` gives.
    """

    airs: tuple[AirCost, ...]
    proof_bytes: int | None
    refusal: str


def costs(compiled: Compiled) -> Costs:
    """The costs of all airs, those of the library included."""
    airs = list(zip(compiled.system.airs, compiled.airs, strict=True))
    if not airs:
        return Costs(
            (), None, "there is no air; an airtemplate A makes one where it is called, `airgroup G { A(); }`"
        )
    if compiled.unprovable:
        return Costs(tuple(_air(*both, None) for both in airs), None, compiled.unprovable[0].message)
    cap = (bytes(DIGEST_SIZE),) * (1 << LOG_CAP)  # only its size counts here
    try:
        key = VerifyingKey(compiled.system, cap if any(air.fixed for air, _ in airs) else ())
    except SystemRefused as error:
        return Costs(tuple(_air(*both, None) for both in airs), None, str(error))
    heights = {air.name: air.log_height or ASSUMED_LOG_HEIGHT for air, _ in airs}
    apart = {air.name: heights[air.name] for air, _ in airs if air.program}
    program = ProgramCommitment(cap if apart else (), apart)
    instances = [
        Instance(at, heights[air.name], (0,) * len(air.air_values)) for at, (air, _) in enumerate(airs)
    ]
    cells = [committed_cells(key, lay_out(key, program, [instance])) for instance in instances]
    made = tuple(_air(*both, count) for both, count in zip(airs, cells, strict=True))
    return Costs(made, proof_bytes(lay_out(key, program, instances), FAST), "")


def _air(air: Air, beside: AuthoredAir, cells: int | None) -> AirCost:
    cost = beside.cost
    return AirCost(
        air.name,
        beside.airgroup,
        None if air.log_height is None else 1 << air.log_height,
        dict(sorted(cost.columns.items())),
        dict(sorted(cost.constraints.items())),
        cost.interactions,
        cost.offsets,
        cost.added,
        cost.stage2,
        cells,
    )
