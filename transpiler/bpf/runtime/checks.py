"""What the runtime checks of each account after a program has returned 0 (notes on BPF 4.2).

An account that is as it was is compared and left. The others are checked in the runtime's order: balance,
size, data, owner; the first that is wrong is the fault of the run, at its exit. The deprecated form has no
changes of size and owner: what a program writes there is not read back.
"""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate
from zisk_py.isa.memory_map import OUTPUT_WORD
from zisk_py.isa.operations import ADD, AND, EQ, LTU, SUB
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.input_buffer import GROWTH_BYTES
from zisk_py.transpiler.bpf.meter import fault_label
from zisk_py.transpiler.bpf.runtime import records
from zisk_py.transpiler.bpf.runtime.blocks import WORD, compare, find_nonzero
from zisk_py.transpiler.bpf.runtime.publication import for_each_record, load_size_after
from zisk_py.transpiler.bpf.runtime.records import (
    BALANCE,
    DIFFERS,
    IS_OWNED,
    IS_WRITABLE,
    MODIFIED,
    NEW_BALANCE,
    NEW_SIZE,
    NEW_SUM_HIGH,
    NEW_SUM_LOW,
    POINTER,
    RECORD,
    SIZE,
    SUM_HIGH,
    SUM_LOW,
    VALUE,
    AccountForm,
)
from zisk_py.transpiler.rom_builder import Label

OWNER_WORDS = range(records.OWNER, records.LAMPORTS)


def check_accounts(context: Context, form: AccountForm) -> None:
    """Fault where the runtime finds something wrong; else the journal's header is the accounts modified."""
    builder = context.builder
    for counter in (MODIFIED, SUM_LOW, SUM_HIGH, NEW_SUM_LOW, NEW_SUM_HIGH):
        builder.copy(immediate(0), counter)
    for_each_record(context, lambda: _check_account(context, form))
    unbalanced = fault_label(context, FaultKind.UNBALANCED_INSTRUCTION)
    builder.branch(EQ, SUM_LOW, NEW_SUM_LOW, None, unbalanced)
    builder.branch(EQ, SUM_HIGH, NEW_SUM_HIGH, None, unbalanced)
    builder.copy(MODIFIED, hidden(OUTPUT_WORD + 1))


def _check_account(context: Context, form: AccountForm) -> None:
    builder, changed, done = context.builder, Label("changed"), Label("as it was")
    builder.load(RECORD, records.LENGTH, WORD, SIZE, guest=False)
    if form.is_aligned:
        compare(context, POINTER, form.owner, RECORD, records.OWNER, SIZE, form.data - form.owner)
    else:
        builder.load(POINTER, form.lamports, WORD, VALUE)
        builder.load(RECORD, records.LAMPORTS, guest=False)
        builder.branch(EQ, VALUE, LAST_C, None, changed)
        compare(context, POINTER, form.data, RECORD, records.DATA, SIZE)
    builder.branch(EQ, DIFFERS, immediate(0), done)
    builder.place(changed)
    builder.compute(ADD, MODIFIED, immediate(1), MODIFIED)
    builder.store(RECORD, records.IS_CHANGED, WORD, immediate(1), guest=False)
    _find_rights(context)
    _check_balance(context, form)
    load_size_after(context, form, NEW_SIZE)
    _check_data(context, form)
    if form.is_aligned:
        _check_owner(context, form)
    builder.place(done)


def _find_rights(context: Context) -> None:
    """IS_OWNED is 1 if the program owns the account, else 0; IS_WRITABLE 0 if it may not be written."""
    builder, done = context.builder, Label("rights")
    builder.load(RECORD, records.META, guest=False)
    builder.compute(AND, LAST_C, immediate(records.WRITABLE), IS_WRITABLE)
    builder.copy(immediate(0), IS_OWNED)
    for number, word in enumerate(OWNER_WORDS):
        builder.load(RECORD, word, guest=False)
        builder.branch(EQ, LAST_C, hidden(records.PROGRAM_ID + number), None, done)
    builder.copy(immediate(1), IS_OWNED)
    builder.place(done)


def _check_balance(context: Context, form: AccountForm) -> None:
    """Only the owner takes lamports away; nobody changes those of a read-only account."""
    builder, allowed, same = context.builder, Label("may be spent"), Label("same balance")
    builder.load(POINTER, form.lamports, WORD, NEW_BALANCE)
    builder.load(RECORD, records.LAMPORTS, WORD, BALANCE, guest=False)
    builder.branch(EQ, BALANCE, NEW_BALANCE, same)
    builder.branch(EQ, IS_OWNED, immediate(1), allowed)
    builder.branch(LTU, NEW_BALANCE, BALANCE, fault_label(context, FaultKind.EXTERNAL_LAMPORT_SPEND))
    builder.place(allowed)
    builder.branch(EQ, IS_WRITABLE, immediate(0), fault_label(context, FaultKind.READONLY_LAMPORT_CHANGE))
    _add(context, BALANCE, SUM_LOW, SUM_HIGH)
    _add(context, NEW_BALANCE, NEW_SUM_LOW, NEW_SUM_HIGH)
    builder.place(same)


def _add(context: Context, balance: Operand, low: Operand, high: Operand) -> None:
    """Add to a sum of 128 bits."""
    builder = context.builder
    builder.compute(ADD, low, balance, low)
    builder.compute(LTU, LAST_C, balance)
    builder.compute(ADD, high, LAST_C, high)


def _check_data(context: Context, form: AccountForm) -> None:
    """Data grow by no more than the room behind them; only the owner changes them, and no read-only ones."""
    builder, compared = context.builder, Label("compared")
    allowed, foreign, fits = Label("data are allowed"), Label("foreign data"), Label("size")
    readonly = fault_label(context, FaultKind.READONLY_DATA_MODIFIED)
    external = fault_label(context, FaultKind.EXTERNAL_DATA_MODIFIED)
    resized = fault_label(context, FaultKind.ACCOUNT_DATA_SIZE_CHANGED)
    if form.is_aligned:
        builder.branch(LTU, NEW_SIZE, SIZE, fits)
        builder.compute(SUB, NEW_SIZE, SIZE)
        builder.branch(LTU, immediate(GROWTH_BYTES), LAST_C, fault_label(context, FaultKind.INVALID_REALLOC))
        builder.place(fits)
    builder.branch(EQ, IS_OWNED, immediate(0), foreign)
    builder.branch(EQ, IS_WRITABLE, immediate(0), None, allowed)
    builder.branch(EQ, NEW_SIZE, SIZE, compared, readonly)
    builder.place(foreign)
    builder.branch(EQ, NEW_SIZE, SIZE, None, resized)
    builder.place(compared)
    compare(context, POINTER, form.data, RECORD, records.DATA, SIZE)
    builder.branch(EQ, DIFFERS, immediate(0), allowed)
    builder.branch(EQ, IS_WRITABLE, immediate(0), readonly, external)
    builder.place(allowed)


def _check_owner(context: Context, form: AccountForm) -> None:
    """Only the owner gives an account away, and only a writable one whose data are zeros."""
    builder, changed, same = context.builder, Label("another owner"), Label("same owner")
    illegal = fault_label(context, FaultKind.MODIFIED_OWNER)
    for number, word in enumerate(OWNER_WORDS):
        builder.load(POINTER, form.owner + WORD * number, WORD, VALUE)
        builder.load(RECORD, word, guest=False)
        builder.branch(EQ, VALUE, LAST_C, None, changed)
    builder.end(same)
    builder.place(changed)
    builder.branch(EQ, IS_OWNED, immediate(0), illegal)
    builder.branch(EQ, IS_WRITABLE, immediate(0), illegal)
    find_nonzero(context, POINTER, form.data, NEW_SIZE)
    builder.branch(EQ, DIFFERS, immediate(0), None, illegal)
    builder.place(same)
