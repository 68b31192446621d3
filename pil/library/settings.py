"""The `set_...` and `enable_...` functions: each changes a setting, whose values are in `constants.py`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.values import Value
from zisk_py.pil.library.constants import BUS_PROD, BUS_SUM, MODE_DEFAULT, MODE_ONE_INSTANCE
from zisk_py.pil.library.state import Library, Native
from zisk_py.pil.span import Span
from zisk_py.pil.system import MAX_LOG_HEIGHT

UNBOUNDED = 1 << 64
MAX_TABLES = 1 << 10


@dataclass(frozen=True, slots=True)
class Setter:
    """A function of one number: what it sets, and from where to where that can be."""

    setting: str
    lowest: int
    highest: int


SETTERS: dict[str, Setter] = {
    "set_std_mode": Setter("STD_MODE", MODE_DEFAULT, MODE_ONE_INSTANCE),
    "set_std_bus_type": Setter("PIOP_BUS_TYPE", BUS_SUM, BUS_PROD),
    "set_permutation_bus_type": Setter("PERMUTATION_BUS_TYPE", BUS_SUM, BUS_PROD),
    "set_max_constraint_degree": Setter("MAX_CONSTRAINT_DEGREE", 1, UNBOUNDED),
    "set_array_size": Setter("ARRAY_SIZE", 1, UNBOUNDED),
    "set_max_u8_bits": Setter("MAX_U8_BITS", 1, 8),
    "set_max_u16_bits": Setter("MAX_U16_BITS", 1, 16),
    "set_max_specified_bits": Setter("MAX_SPECIFIED_BITS", 1, 64),
    "set_max_bits_virtual_tables": Setter("MAX_VIRTUAL_BITS", 1, 64),
    "set_num_virtual_tables": Setter("NUM_VIRTUAL_TABLES", 1, MAX_TABLES),
    "set_max_num_virtual_tables": Setter("NUM_VIRTUAL_TABLES", 1, MAX_TABLES),
    "sum_set_expressions_im_non_reduced": Setter("SUM_EXPRESSIONS_IM_NON_REDUCED", -1, UNBOUNDED),
    "sum_set_airvals_im_non_reduced": Setter("SUM_AIRVALS_IM_NON_REDUCED", -1, UNBOUNDED),
    "sum_set_airvals_im_reduce_factor": Setter("SUM_AIRVALS_IM_REDUCE_FACTOR", 1, UNBOUNDED),
    "prod_set_expressions_im_non_reduced": Setter("PROD_EXPRESSIONS_IM_NON_REDUCED", -1, UNBOUNDED),
}

SWITCHES: dict[str, tuple[str, ...]] = {
    "set_u8_table_virtual": ("U8_TABLE_VIRTUAL",),
    "set_u16_table_virtual": ("U16_TABLE_VIRTUAL",),
    "set_specified_table_virtual": ("SPECIFIED_TABLE_VIRTUAL",),
    "set_range_check_tables_virtual": ("U8_TABLE_VIRTUAL", "U16_TABLE_VIRTUAL", "SPECIFIED_TABLE_VIRTUAL"),
    "enable_gkr_sum_bus": ("GKR_SUM_BUS",),
    "enable_opid_diagram": ("PRINT_OPID_DIAGRAM",),
    "enable_range_stats": ("PRINT_RANGE_STATS",),
    "enable_debug_mode_prints": ("DEBUG_MODE_PRINT",),
}


def _set(name: str, library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    (value,) = arguments.values()
    change(library, name, library.expander.to_integer(value, node.span), node.span)


def change(library: Library, name: str, value: int, span: Span) -> None:
    """Do what the setter of that name does. Raises PilError for a number that it cannot take."""
    setter = SETTERS[name]
    if not setter.lowest <= value <= setter.highest:
        bounds = f"from {setter.lowest} to {setter.highest}"
        bounds = f"at least {setter.lowest}" if setter.highest == UNBOUNDED else bounds
        raise library.error(
            Code.LIMIT, f"{name} takes a number {bounds}, not {value}", span, f"take one {bounds}"
        )
    library.set(setter.setting, value)


def _switch(name: str, library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    for setting in SWITCHES[name]:
        library.set(setting, 1)


def set_max_std_tables_bits(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Limit the heights of all tables of ranges."""
    bits = library.expander.to_integer(arguments["bits"], node.span)
    for name in ("set_max_u8_bits", "set_max_u16_bits", "set_max_specified_bits"):
        change(library, name, min(bits, SETTERS[name].highest), node.span)


def set_max_num_rows_virtual(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Limit the height of virtual tables to a power of two."""
    rows = library.expander.to_integer(arguments["rows"], node.span)
    bits = rows.bit_length() - 1
    if rows != 1 << max(bits, 0) or bits > MAX_LOG_HEIGHT:
        raise library.error(
            Code.LIMIT,
            f"virtual tables cannot have {rows} rows",
            node.span,
            f"take a power of two up to 2^{MAX_LOG_HEIGHT}",
        )
    change(library, "set_max_bits_virtual_tables", bits, node.span)


NATIVE: dict[str, Native] = {
    **{name: partial(_set, name) for name in SETTERS},
    **{name: partial(_switch, name) for name in SWITCHES},
    "set_max_std_tables_bits": set_max_std_tables_bits,
    "set_max_num_rows_virtual": set_max_num_rows_virtual,
}
