"""Before the program's first instruction: pay for the heap, read the input, publish what was before the run.

The input must be what the runtime's serialization makes of some accounts: else the run ends with
MALFORMED_INPUT. Of bytes that are the same in every input (zeros behind the data, rent epochs) it does not
matter what the input has: they are written here.
"""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, hidden, immediate, register
from zisk_py.isa.journal import ACCOUNT_BYTES, HEADER_BYTES, KEY_BYTES
from zisk_py.isa.memory_map import NUM_HIDDEN_WORDS, OUTPUT_WORD
from zisk_py.isa.operations import ADD, AND, EQ, LTU, OR, SLL, SRL, SUB
from zisk_py.transpiler.bpf.context import CALLER, Context
from zisk_py.transpiler.bpf.hidden_layout import NUM_ACCOUNT_WORDS
from zisk_py.transpiler.bpf.input_buffer import GROWTH_BYTES, MAX_ACCOUNTS, RENT_EPOCH
from zisk_py.transpiler.bpf.layout import HEAP_SIZE_REGISTER, INPUT_ADDRESS, INPUT_LENGTH_REGISTER
from zisk_py.transpiler.bpf.meter import charge, fault_label
from zisk_py.transpiler.bpf.runtime import records
from zisk_py.transpiler.bpf.runtime.blocks import WORD, copy_from_guest
from zisk_py.transpiler.bpf.runtime.publication import publish_before
from zisk_py.transpiler.bpf.runtime.records import (
    COUNT,
    END,
    EXTENT,
    FORMS,
    INDEX,
    META_WORD,
    NEXT_RECORD,
    OTHER,
    PADDED,
    POINTER,
    RECORD,
    ROOM,
    SIZE,
    TARGET,
    VALUE,
    AccountForm,
)
from zisk_py.transpiler.bpf.slices import MASK64
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime
from zisk_py.transpiler.rom_builder import Label

HEAP_PAGE_BITS = 15  # the first 32 KiB of heap are free
HEAP_COST_BITS = 3  # 8 compute units for each further page
WHOLE_WORDS = MASK64 ^ (WORD - 1)
ZEROS_PER_TURN = 64  # words


def emit_prologue(context: Context, runtime: SolanaRuntime) -> None:
    """The first routine of the ROM, where the run starts; it goes on to the program's entry."""
    builder = context.builder
    builder.begin_routine(Label("prologue"))
    builder.copy(immediate(context.program.entry), CALLER)
    builder.copy(immediate(HEADER_BYTES), hidden(OUTPUT_WORD))
    _charge_for_heap(context)
    _read_accounts(context, FORMS[runtime.loader])
    _read_instruction(context)
    publish_before(context, runtime)
    builder.end(builder.slot_label(context.program.entry))


def _charge_for_heap(context: Context) -> None:
    builder, cost, free = context.builder, context.temporary(1), Label("the heap is free")
    size = register(HEAP_SIZE_REGISTER)
    builder.branch(LTU, immediate(1 << HEAP_PAGE_BITS), size, None, free)
    builder.compute(SUB, size, immediate(1))
    builder.compute(SRL, LAST_C, immediate(HEAP_PAGE_BITS))
    builder.compute(SLL, LAST_C, immediate(HEAP_COST_BITS), cost)
    charge(context, cost)
    builder.place(free)


def _malformed(context: Context) -> Label:
    return fault_label(context, FaultKind.MALFORMED_INPUT)


def _read_accounts(context: Context, form: AccountForm) -> None:
    """A record for each account that is no duplicate, and a META for each; POINTER ends up behind them."""
    builder, malformed = context.builder, _malformed(context)
    top, account, done, known = (Label(name) for name in ("next account", "account", "accounts", "known"))
    length = register(INPUT_LENGTH_REGISTER)
    builder.branch(LTU, length, immediate(2 * WORD + KEY_BYTES), malformed)
    builder.compute(ADD, length, immediate(INPUT_ADDRESS), END)
    builder.load(immediate(INPUT_ADDRESS), 0, WORD, COUNT)
    builder.branch(LTU, immediate(MAX_ACCOUNTS), COUNT, malformed)
    builder.copy(immediate(INPUT_ADDRESS + WORD), POINTER)
    builder.copy(immediate(records.RECORDS), RECORD)
    builder.copy(immediate(0), INDEX)
    builder.place(top)
    builder.branch(EQ, INDEX, COUNT, done)
    builder.compute(SUB, END, POINTER, ROOM)
    builder.branch(LTU, ROOM, immediate(form.duplicate), malformed)
    builder.load(POINTER, 0, form.duplicate, META_WORD)
    builder.compute(AND, META_WORD, immediate(records.IS_NEW))
    builder.branch(EQ, LAST_C, immediate(records.IS_NEW), account)
    builder.branch(LTU, META_WORD, INDEX, None, malformed)
    builder.load(META_WORD, records.METAS, guest=False)
    builder.compute(AND, LAST_C, immediate(records.IS_NEW))
    builder.branch(EQ, LAST_C, immediate(records.IS_NEW), None, malformed)
    builder.compute(ADD, POINTER, immediate(form.duplicate), POINTER)
    builder.place(known)
    builder.store(INDEX, records.METAS, WORD, META_WORD, guest=False)
    builder.compute(ADD, INDEX, immediate(1), INDEX, then=top)
    builder.place(account)
    _read_account(context, form)
    builder.end(known)
    builder.place(done)
    builder.copy(RECORD, hidden(records.RECORDS_END))


def _read_account(context: Context, form: AccountForm) -> None:
    """The record of the account at POINTER; moves POINTER and RECORD on."""
    builder, malformed = context.builder, _malformed(context)
    builder.branch(LTU, ROOM, immediate(form.fixed), malformed)
    builder.load(POINTER, form.length, WORD, SIZE)
    builder.branch(LTU, immediate(WORD * NUM_ACCOUNT_WORDS), SIZE, malformed)
    builder.compute(ADD, SIZE, immediate(WORD - 1))
    builder.compute(AND, LAST_C, immediate(WHOLE_WORDS), PADDED)
    builder.compute(SRL, PADDED, immediate(3))
    builder.compute(ADD, LAST_C, RECORD)
    builder.compute(ADD, LAST_C, immediate(records.DATA), NEXT_RECORD)
    builder.branch(LTU, immediate(NUM_HIDDEN_WORDS), NEXT_RECORD, malformed)
    builder.compute(ADD, PADDED if form.is_aligned else SIZE, immediate(form.fixed), EXTENT)
    builder.branch(LTU, ROOM, EXTENT, malformed)
    builder.store(RECORD, records.NEXT, WORD, NEXT_RECORD, guest=False)
    builder.store(RECORD, records.PLACE, WORD, POINTER, guest=False)
    (_read_aligned if form.is_aligned else _read_packed)(context, form)
    builder.store(RECORD, records.META, WORD, META_WORD, guest=False)
    _check_key_is_new(context)
    builder.compute(ADD, POINTER, EXTENT, POINTER)
    builder.copy(NEXT_RECORD, RECORD)


def _read_aligned(context: Context, form: AccountForm) -> None:
    """Fields from the key to the data stand as they do in a record. Zeros follow the data."""
    builder, whole, zeros = context.builder, Label("whole words"), Label("zeros for growth")
    builder.compute(AND, META_WORD, immediate(MASK64 ^ records.META_FLAGS))
    builder.branch(EQ, LAST_C, immediate(records.IS_NEW), None, _malformed(context))
    builder.compute(ADD, RECORD, immediate(records.KEY), TARGET)
    copy_from_guest(context, POINTER, form.key, SIZE, ACCOUNT_BYTES)
    builder.compute(ADD, POINTER, PADDED, PADDED)
    builder.compute(AND, SIZE, immediate(WORD - 1))
    builder.branch(EQ, LAST_C, immediate(0), whole)
    builder.compute(SUB, NEXT_RECORD, immediate(1))
    builder.load(LAST_C, 0, guest=False)
    builder.store(PADDED, form.data - WORD, WORD, LAST_C)
    builder.place(whole)
    builder.compute(ADD, PADDED, immediate(GROWTH_BYTES), OTHER)
    builder.place(zeros)
    for number in range(ZEROS_PER_TURN):
        builder.store(PADDED, form.data + WORD * number, WORD, immediate(0))
    builder.compute(ADD, PADDED, immediate(WORD * ZEROS_PER_TURN), PADDED)
    builder.branch(EQ, PADDED, OTHER, None, zeros)
    builder.store(PADDED, form.data, WORD, immediate(RENT_EPOCH))


def _read_packed(context: Context, form: AccountForm) -> None:
    """Fields one by one; META_WORD becomes what it is in the aligned form."""
    builder = context.builder
    builder.load(POINTER, 0, 4, META_WORD)
    builder.compute(AND, META_WORD, immediate(0xFFFFFF), META_WORD)
    builder.compute(ADD, POINTER, SIZE, PADDED)
    builder.load(PADDED, form.owner + KEY_BYTES, 1)
    builder.compute(SLL, LAST_C, immediate(24))
    builder.compute(OR, LAST_C, META_WORD, META_WORD)
    builder.compute(AND, LAST_C, immediate(MASK64 ^ records.META_FLAGS))
    builder.branch(EQ, LAST_C, immediate(records.IS_NEW), None, _malformed(context))
    for word, start, place in ((records.KEY, POINTER, form.key), (records.OWNER, PADDED, form.owner)):
        builder.compute(ADD, RECORD, immediate(word), TARGET)
        copy_from_guest(context, start, place, immediate(KEY_BYTES))
    for word, place in ((records.LAMPORTS, form.lamports), (records.LENGTH, form.length)):
        builder.load(POINTER, place)
        builder.store(RECORD, word, WORD, LAST_C, guest=False)
    builder.compute(ADD, RECORD, immediate(records.DATA), TARGET)
    copy_from_guest(context, POINTER, form.data, SIZE)
    builder.store(PADDED, form.owner + KEY_BYTES + 1, WORD, immediate(RENT_EPOCH))


def _check_key_is_new(context: Context) -> None:
    """No earlier record has the key: an account that is there twice is a duplicate, and marked as one."""
    builder = context.builder
    top, differs, done = Label("other record"), Label("another key"), Label("a new key")
    builder.copy(immediate(records.RECORDS), OTHER)
    builder.place(top)
    builder.branch(EQ, OTHER, RECORD, done)
    for word in range(records.KEY, records.OWNER):
        builder.load(OTHER, word, WORD, VALUE, guest=False)
        builder.load(RECORD, word, guest=False)
        builder.branch(EQ, VALUE, LAST_C, None, differs)
    builder.end(_malformed(context))
    builder.place(differs)
    builder.load(OTHER, records.NEXT, WORD, OTHER, guest=False, then=top)
    builder.place(done)


def _read_instruction(context: Context) -> None:
    """The rest of the input: r2 becomes the address of the instruction's data, SIZE their length."""
    builder, malformed, r2 = context.builder, _malformed(context), register(2)
    builder.compute(SUB, END, POINTER, ROOM)
    builder.branch(LTU, ROOM, immediate(WORD + KEY_BYTES), malformed)
    builder.load(POINTER, 0, WORD, SIZE)
    builder.compute(SUB, ROOM, immediate(WORD + KEY_BYTES))
    builder.branch(EQ, LAST_C, SIZE, None, malformed)
    builder.compute(ADD, POINTER, immediate(WORD), r2)
    builder.compute(ADD, r2, SIZE, POINTER)
    builder.copy(immediate(records.PROGRAM_ID), TARGET)
    copy_from_guest(context, POINTER, 0, immediate(KEY_BYTES))
