"""What happens to each air after expansion, in this order; every pass is a function of the expander."""

from collections.abc import Callable

from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes import buses, closed_forms, degrees, ownership

Pass = Callable[[Expander], None]

PASSES: tuple[Pass, ...] = (
    ownership.check,  # every column of an expression is a column of the air that uses it
    closed_forms.apply,  # [1,0...] and [0...,1] become FIRST and LAST; row offsets are 0 or +1
    degrees.check,  # no constraint and no message exceeds the prover's degree
    buses.check,  # every message of a bus has the same number of values
)
