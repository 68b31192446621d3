"""Where the runtime's rows keep what they know: hidden words, registers, and the two forms of an account.

A record per account that is no duplicate: what it was before the run, one after the other from RECORDS on.
KEY and what follows are the account's bytes as the journal has them; a partial last word is filled up with
zeros.
"""

from dataclasses import dataclass
from itertools import islice

from zisk_py.isa.instruction import register
from zisk_py.isa.memory_map import NUM_REGISTERS
from zisk_py.transpiler.bpf.context import FIRST_TEMPORARY
from zisk_py.transpiler.bpf.hidden_layout import ACCOUNTS
from zisk_py.transpiler.bpf.input_buffer import (
    FIXED_BYTES,
    GROWTH_BYTES,
    LENGTH_POSITION,
    MAX_ACCOUNTS,
    Loader,
)

# Numbers of hidden words.
RECORDS_END = ACCOUNTS  # number of the word behind the last record
PROGRAM_ID = ACCOUNTS + 1  # four words
METAS = PROGRAM_ID + 4  # a word per account of the instruction: `isa.journal.ACCOUNT_METAS`
RECORDS = METAS + MAX_ACCOUNTS

# Words of a record.
NEXT = 0  # number of the word behind the record
PLACE = 1  # guest address of the account
META = 2
IS_CHANGED = 3  # 1 after the run where lamports, owner, length or data are not what they were
DIGEST = 4  # four words: hash of the account before the run, where that is published
KEY = 8
OWNER = 12
LAMPORTS = 16
LENGTH = 17
DATA = 18

# META of an account: its marker, then a bit in the lowest place of a byte each.
IS_NEW = 0xFF  # the marker of one that is no duplicate
WRITABLE = 1 << 16
META_FLAGS = 0x0101_0100

# Registers; `meter` uses the first two temporaries.
_REGISTERS = iter(register(FIRST_TEMPORARY + number) for number in range(2, NUM_REGISTERS - FIRST_TEMPORARY))
SOURCE, TARGET, LEFT, LINK, VALUE, SHIFT, DIFFERS = islice(_REGISTERS, 7)  # of `blocks`
SECTION_LINK, SECTION_SIZE, TAG = islice(_REGISTERS, 3)  # of `publication`
RECORD, NEXT_RECORD, POINTER, SIZE, META_WORD = islice(_REGISTERS, 5)  # of the account that is looked at
END, COUNT, INDEX, ROOM, EXTENT, PADDED, OTHER = islice(_REGISTERS, 7)  # of the prologue
MODIFIED, IS_OWNED, IS_WRITABLE, NEW_SIZE, BALANCE, NEW_BALANCE = islice(_REGISTERS, 6)  # of the checks
SUM_LOW, SUM_HIGH, NEW_SUM_LOW, NEW_SUM_HIGH = islice(_REGISTERS, 4)  # of balances that have changed


@dataclass(frozen=True)
class AccountForm:
    """Where things are in an account of the input, in bytes from its start."""

    key: int
    owner: int  # in the deprecated form, the length of the data more
    lamports: int
    length: int
    data: int
    fixed: int  # bytes of an account besides its data, and besides what pads these to a multiple of 8
    duplicate: int  # bytes of an account that repeats another
    is_aligned: bool


FORMS = {
    Loader.ALIGNED: AccountForm(
        8, 40, 72, LENGTH_POSITION, FIXED_BYTES, FIXED_BYTES + GROWTH_BYTES + 8, 8, is_aligned=True
    ),
    Loader.DEPRECATED: AccountForm(3, 51, 35, 43, 51, 92, 1, is_aligned=False),
}
