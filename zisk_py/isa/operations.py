"""THE table of operations: one row per operation, from which everything else derives.

Emulator dispatch, PIL constants, bus messages, disassembly and parametrised tests read this table. A
machine outside the package adds an operation with `OPERATIONS.add(Operation(...))`; nothing else has
to change. Codes follow ZisK where ZisK has the operation.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zisk_py.errors import ZiskError
from zisk_py.isa import semantics

Semantics = Callable[[int, int], tuple[int, int]]


class OperationConflict(ZiskError):
    """Two operations claim one name or one code."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `(c, flag) = semantics(a, b)` on unsigned 64-bit integers."""

    name: str
    code: int  # its number on the operation bus, 1 to 255
    machine: str  # name of the machine that proves it; "main" for the internal copy
    semantics: Semantics
    native: bool = True  # False: the emulator calls `semantics`; it has no C kernel

    @property
    def is_external(self) -> bool:
        """Whether a machine other than Main proves the operation."""
        return self.machine != "main"


class OperationTable:
    """All operations, by name and by code; refuses two that claim one code."""

    def __init__(self) -> None:
        """Start empty."""
        self._by_name: dict[str, Operation] = {}
        self._by_code: dict[int, Operation] = {}

    def add(self, operation: Operation) -> Operation:
        """Add a row. Raises OperationConflict if its name or its code is taken."""
        if not 1 <= operation.code <= 255:
            raise OperationConflict(
                f"operation {operation.name!r} has code {operation.code}; codes are 1 to 255"
            )
        for other in (
            self._by_name.get(operation.name),
            self._by_code.get(operation.code),
        ):
            if other is not None:
                raise OperationConflict(
                    f"operations {other.name!r} and {operation.name!r} both claim"
                    f" code {operation.code:#04x} or that name; give one of them another"
                )
        self._by_name[operation.name] = operation
        self._by_code[operation.code] = operation
        return operation

    def remove(self, operation: Operation) -> None:
        """Remove a row that `add` put in (an extension that is unloaded)."""
        del self._by_name[operation.name]
        del self._by_code[operation.code]

    def __iter__(self) -> Iterator[Operation]:
        """Operations in the order of their codes."""
        return iter(sorted(self._by_code.values(), key=lambda operation: operation.code))

    def __getitem__(self, name: str) -> Operation:
        """The operation of that name."""
        return self._by_name[name]

    def by_code(self, code: int) -> Operation:
        """The operation with that code."""
        return self._by_code[code]

    def __contains__(self, name: str) -> bool:
        """Whether an operation has that name."""
        return name in self._by_name


OPERATIONS = OperationTable()


def _row(name: str, code: int, machine: str, meaning: Semantics) -> Operation:
    return OPERATIONS.add(Operation(name, code, machine, meaning))


COPY = _row("copy", 0x01, "main", semantics.copy)
LTU = _row("ltu", 0x06, "add_compare", semantics.ltu)
LT = _row("lt", 0x07, "add_compare", semantics.lt)
EQ = _row("eq", 0x09, "add_compare", semantics.eq)
ADD = _row("add", 0x0A, "add_compare", semantics.add)
SUB = _row("sub", 0x0B, "add_compare", semantics.sub)
AND = _row("and", 0x0E, "logic", semantics.and_)
OR = _row("or", 0x0F, "logic", semantics.or_)
XOR = _row("xor", 0x10, "logic", semantics.xor)
ADD_W = _row("add_w", 0x1A, "add_compare", semantics.add_w)
SUB_W = _row("sub_w", 0x1B, "add_compare", semantics.sub_w)
SLL = _row("sll", 0x21, "shift", semantics.sll)
SRL = _row("srl", 0x22, "shift", semantics.srl)
SRA = _row("sra", 0x23, "shift", semantics.sra)
MULU = _row("mulu", 0xB0, "arith", semantics.mulu)
MULUH = _row("muluh", 0xB1, "arith", semantics.muluh)
DIVU = _row("divu", 0xB8, "arith", semantics.divu)
REMU = _row("remu", 0xB9, "arith", semantics.remu)
