"""The constants that PIL files see, derived from the tables that they belong to."""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import Flag
from zisk_py.isa.memory_map import GUEST_KEY, HIDDEN_KEY, REGISTER_KEY
from zisk_py.isa.operations import OPERATIONS
from zisk_py.statemachines.buses import Bus, Count


def pil_constants() -> dict[str, int]:
    """OP_<NAME>, FLAG_<NAME> (the bit's value), BUS_, COUNT_ and FAULT_<NAME>, and the bases of the keys.

    Read anew at each call: operations may have been added to the table since.
    """
    return {
        **{f"OP_{operation.name.upper()}": operation.code for operation in OPERATIONS},
        **{f"FLAG_{name}": int(flag) for name, flag in Flag.__members__.items()},
        **{f"BUS_{bus.name}": int(bus) for bus in Bus},
        **{f"COUNT_{count.name}": int(count) for count in Count},
        **{f"FAULT_{kind.name}": int(kind) for kind in FaultKind},
        "GUEST_KEY": GUEST_KEY,
        "REGISTER_KEY": REGISTER_KEY,
        "HIDDEN_KEY": HIDDEN_KEY,
    }
