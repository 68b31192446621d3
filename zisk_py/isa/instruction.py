"""One row of the ROM: `(c, flag) = op(a, b)`, where a and b come from, where c goes, what is next.

Sources of a: the c of the row before, an immediate, a keyed word (a register or a hidden word at a
constant place). Sources of b: the same, the word in memory at `a + offset`, and the compute units
counted so far. Stores of c: none, a keyed word, memory at `a + offset`. Next pc: `8*c0 + j1` if
`set_pc`, else `pc + j1` if flag is 1, else `pc + j2`.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag, auto

from zisk_py.isa.memory_map import HIDDEN_KEY, REGISTER_KEY
from zisk_py.isa.operations import COPY, Operation


class Flag(IntFlag):
    """The bits of a row's `flags` word, in the order in which main.pil packs them."""

    A_IMMEDIATE = auto()
    A_KEYED = auto()
    B_IMMEDIATE = auto()
    B_KEYED = auto()
    B_INDIRECT = auto()
    B_UNITS = auto()  # b = compute units counted before this row
    STORE_KEYED = auto()
    STORE_INDIRECT = auto()
    GUEST = auto()  # the indirect access is to guest space; else to hidden word a0 + offset
    NEGATIVE = auto()  # the offset of the indirect guest access is negative
    EXTERNAL = auto()  # the operation is proven by another machine
    SET_PC = auto()
    COST = auto()  # one compute unit: the first row of an instruction
    CHARGE = auto()  # c0 compute units more


class Source(IntEnum):
    """Where an operand comes from."""

    LAST_C = 0
    IMMEDIATE = 1
    KEYED = 2
    INDIRECT = 3  # b only
    UNITS = 4  # b only


class Store(IntEnum):
    """Where c goes."""

    NONE = 0
    KEYED = 1
    INDIRECT = 2


@dataclass(frozen=True, slots=True)
class Operand:
    """A source with its immediate (64 bits) or key."""

    source: Source
    value: int = 0


LAST_C = Operand(Source.LAST_C)
UNITS = Operand(Source.UNITS)
INDIRECT = Operand(Source.INDIRECT)


def immediate(value: int) -> Operand:
    """An immediate; negative values are taken modulo 2^64."""
    return Operand(Source.IMMEDIATE, value & ((1 << 64) - 1))


def register(number: int) -> Operand:
    """Register 0 to 63."""
    return Operand(Source.KEYED, REGISTER_KEY + number)


def hidden(number: int) -> Operand:
    """Hidden word at a constant place."""
    return Operand(Source.KEYED, HIDDEN_KEY + number)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One ROM row. `offset`, `width` and `guest` matter only where b or the store is indirect."""

    pc: int
    op: Operation = COPY
    a: Operand = LAST_C
    b: Operand = LAST_C
    store: Store = Store.NONE
    store_key: int = 0
    offset: int = 0  # signed, |offset| < 2^31: bytes in guest space, words in hidden space
    width: int = 8  # bytes of the indirect access: 1, 2, 4 or 8
    guest: bool = True
    set_pc: bool = False
    cost: bool = False
    charge: bool = False
    j1: int = 1
    j2: int = 1

    @property
    def is_indirect(self) -> bool:
        """Whether the row makes an indirect access (its operation is then copy)."""
        return self.b.source is Source.INDIRECT or self.store is Store.INDIRECT

    @property
    def flags(self) -> Flag:
        """The packed bits of the row."""
        word = _A_FLAGS[self.a.source] | _B_FLAGS[self.b.source] | _STORE_FLAGS[self.store]
        if self.is_indirect and self.guest:
            word |= Flag.GUEST
            if self.offset < 0:
                word |= Flag.NEGATIVE
        if self.op.is_external:
            word |= Flag.EXTERNAL
        if self.set_pc:
            word |= Flag.SET_PC
        if self.cost:
            word |= Flag.COST
        if self.charge:
            word |= Flag.CHARGE
        return word


_NO_FLAG = Flag(0)
_A_FLAGS = {
    Source.LAST_C: _NO_FLAG,
    Source.IMMEDIATE: Flag.A_IMMEDIATE,
    Source.KEYED: Flag.A_KEYED,
}
_B_FLAGS = {
    Source.LAST_C: _NO_FLAG,
    Source.IMMEDIATE: Flag.B_IMMEDIATE,
    Source.KEYED: Flag.B_KEYED,
    Source.INDIRECT: Flag.B_INDIRECT,
    Source.UNITS: Flag.B_UNITS,
}
_STORE_FLAGS = {
    Store.NONE: _NO_FLAG,
    Store.KEYED: Flag.STORE_KEYED,
    Store.INDIRECT: Flag.STORE_INDIRECT,
}
