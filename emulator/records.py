"""What the three phases hand on. All arrays are C-contiguous uint64; column numbers are the enums below.

A time is 4*clk + slot (slot 1: a, 2: b, 3: store); 0 is the time of initial values.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from zisk_py.errors import InputError
from zisk_py.isa.faults import Outcome
from zisk_py.isa.memory_map import NUM_REGISTERS

U64Array = NDArray[np.uint64]


class Step(IntEnum):
    """Columns of `Records.steps`: one row per step, in order."""

    ROW = 0  # number of the ROM row
    A = 1
    B = 2
    C = 3
    FLAG = 4
    UNITS = 5  # compute units before the step
    A_BEFORE = 6  # time of the previous access of a's key; 0 where a is not keyed
    B_BEFORE = 7  # the same for b; for an indirect b only where the access is aligned and wide
    STORE_BEFORE = 8
    STORE_OLD = 9  # value that the store replaces (same condition)
    MODE = 10  # Mode of an indirect access
    KEY = 11  # key of the (first) word of an indirect access
    BYTE = 12  # byte offset in that word
    ATTRIBUTE = 13  # CHAIN attribute of that word where Main makes the access (Mode.ALIGNED), else 1


class Mode(IntEnum):
    """How the indirect access of a row is proven."""

    NONE = 0  # no indirect access
    ALIGNED = 1  # in Main: guest word, width 8, aligned
    NARROW = 2  # by the Narrow machine
    TRAP = 3  # by the Fault machine: the run ends
    HIDDEN = 4  # in Main: hidden word


class Operands(IntEnum):
    """Columns of `Records.operations[machine]`."""

    CODE = 0
    A = 1
    B = 2
    C = 3
    FLAG = 4


class Narrow(IntEnum):
    """Columns of `Records.narrow`: an access of 1, 2 or 4 bytes, or an unaligned one of 2, 4 or 8."""

    TIME = 0
    KEY = 1  # of the first word
    BYTE = 2  # byte offset in the first word
    WIDTH = 3
    IS_STORE = 4
    VALUE = 5  # loaded value, zero-extended; or the whole value whose low bytes are stored
    OLD = 6  # first word before the access
    BEFORE = 7  # time of the previous access of the first word
    ATTRIBUTE = 8
    IS_TWO = 9  # 1 if the access reaches a second word; the rest is 0 otherwise
    KEY2 = 10
    OLD2 = 11
    BEFORE2 = 12
    ATTRIBUTE2 = 13


class Carry(IntEnum):
    """Columns of `Records.carry`: a value moved to a later time."""

    KEY = 0
    FROM = 1
    TO = 2
    VALUE = 3
    ATTRIBUTE = 4


class Trap(IntEnum):
    """Columns of `Records.traps` (at most one row per run)."""

    A = 0
    OFFSET = 1  # two's complement
    WIDTH = 2
    KIND = 3  # FaultKind


class Touch(IntEnum):
    """Columns of `Counts.touched` and of the run's ledger: one row per key, in order of first touch."""

    KEY = 0
    TIME = 1  # of the last access
    VALUE = 2  # after it
    ATTRIBUTE = 3
    FIRST = 4  # value before the first access


@dataclass(frozen=True)
class Chunk:
    """The minimal trace of one chunk: its start state and the words that its accesses found.

    `words` holds, in order, the old value of every word that a guest or hidden access reaches (two for an
    access that reaches two words), loads and stores alike. Registers need no words: they start known.
    """

    index: int
    pc: int
    c: int
    clk: int  # steps before the chunk
    units: int  # compute units before the chunk
    num_steps: int
    registers: U64Array  # (NUM_REGISTERS,)
    words: U64Array

    def to_bytes(self) -> bytes:
        """Little-endian: six u64 (in field order), u64 number of words, registers, words."""
        head = struct.pack(
            "<7Q",
            self.index,
            self.pc,
            self.c,
            self.clk,
            self.units,
            self.num_steps,
            len(self.words),
        )
        return head + self.registers.astype("<u8").tobytes() + self.words.astype("<u8").tobytes()

    @staticmethod
    def from_bytes(data: bytes) -> "Chunk":
        """Read what `to_bytes` wrote. Raises InputError on a wrong length."""
        if len(data) < 56 + 8 * NUM_REGISTERS:
            raise InputError("a chunk file is truncated")
        index, pc, c, clk, units, num_steps, num_words = struct.unpack_from("<7Q", data)
        if len(data) != 56 + 8 * (NUM_REGISTERS + num_words):
            raise InputError("a chunk file has the wrong length")
        values = np.frombuffer(data, dtype="<u8", offset=56).astype(np.uint64)
        return Chunk(
            index,
            pc,
            c,
            clk,
            units,
            num_steps,
            values[:NUM_REGISTERS].copy(),
            values[NUM_REGISTERS:].copy(),
        )


@dataclass(frozen=True)
class Execution:
    """What EXECUTE found: how the run ended, its costs, its outputs, and one minimal trace per chunk."""

    outcome: Outcome
    steps: int
    compute_units: int
    instructions: int  # that have started
    memory_operations: int  # loads and stores of the guest, one that traps included
    outputs: bytes
    chunks: tuple[Chunk, ...]
    memory: Mapping[int, bytes]  # final bytes of each guest region, by its address
    final_pc: int
    final_c: int
    hidden: U64Array = field(repr=False, compare=False)  # (NUM_HIDDEN_WORDS,): final hidden words
    registers: U64Array = field(repr=False, compare=False)  # (NUM_REGISTERS,): final values
    violation: tuple[int, int] | None = None  # address and bytes of the guest access that trapped


@dataclass(frozen=True)
class Counts:
    """Rows that one chunk needs in each stream ("steps", "narrow", "carry", "traps", or a machine's name
    for its operations), and the words it touches."""

    streams: dict[str, int]
    touched: U64Array  # (keys, len(Touch)), in order of first touch


@dataclass(frozen=True)
class Records:
    """What EXPAND found in one chunk: the input of the machines' witnesses."""

    chunk: Chunk
    steps: U64Array  # (num_steps, len(Step))
    operations: dict[str, U64Array]  # machine name -> (rows, len(Operands))
    narrow: U64Array  # (rows, len(Narrow))
    carry: U64Array  # (rows, len(Carry))
    traps: U64Array  # (rows, len(Trap))
    end_pc: int
    end_c: int
    end_units: int
    extra: dict[str, U64Array] = field(default_factory=dict)
