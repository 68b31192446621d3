"""What happens after expansion: checks of what was written, then each air is lowered to the core."""

from collections.abc import Callable

from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes import buses, degrees, leaves, offsets, ownership, recipes
from zisk_py.pil.passes.leaves import Core
from zisk_py.pil.passes.lowered import LoweredAir

Pass = Callable[[Expander], None]

PASSES: tuple[Pass, ...] = (
    ownership.check,  # every column of an expression is a column of the air that uses it
    buses.check,  # every message of an opid has the same number of values
)


def lower_air(core: Core, builder: AirBuilder) -> LoweredAir:
    """What the air's author wrote, as the core has it. Raises PilError."""
    air = leaves.resolve(core, builder)  # leaves of the core: closed forms, publics, air values, buses
    degrees.lower(core.expander, air)  # degrees that the prover can take
    offsets.lower(air)  # rows 0 and +1
    recipes.collect(air)  # how columns are filled that an author leaves out
    return air
