"""Renders what Cython needs of the tables: the opcode switch and the constants."""

from enum import IntEnum, IntFlag

from zisk_py.isa import memory_map
from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import Flag
from zisk_py.isa.operations import OPERATIONS


def render_dispatch() -> str:
    """Cython source of `dispatch`: one branch, one kernel `op_<name>`, per native operation.

    A row of the table without a kernel fails the build by an undeclared name.
    """
    lines = [
        "cdef inline Result dispatch(uint64_t code, uint64_t a, uint64_t b) noexcept nogil:",
    ]
    for index, op in enumerate(op for op in OPERATIONS if op.native):
        branch = "elif" if index else "if"
        lines.append(f"    {branch} code == {op.code:#04x}:")
        lines.append(f"        return op_{op.name}(a, b)")
    return "\n".join([*lines, "    return unknown_operation()", ""])


def render_constants() -> str:
    """Cython source: an anonymous enum per table (flags, faults) and typed 64-bit constants."""
    lines = []
    tables: tuple[tuple[str, type[IntEnum] | type[IntFlag]], ...] = (("FLAG", Flag), ("FAULT", FaultKind))
    for prefix, table in tables:
        lines.append("cdef enum:")
        lines += [f"    {prefix}_{member.name} = {int(member)}" for member in table]
    for name in sorted(vars(memory_map)):
        value = getattr(memory_map, name)
        if name.isupper() and isinstance(value, int):
            lines.append(f"cdef uint64_t {name} = {value:#x}ULL")
    return "\n".join([*lines, ""])
