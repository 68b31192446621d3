"""Writes the sections of the journal, as `isa.journal` defines them, into the output words.

The length of the outputs counts a section from the moment when its header is written, so it is right also if
the run ends with a fault later. A section that finds no room ends the run with MALFORMED_INPUT.
"""

from collections.abc import Callable

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate, register
from zisk_py.isa.journal import (
    ACCOUNT_BYTES,
    DIGEST_BYTES,
    KEY_BYTES,
    MAX_JOURNAL_BYTES,
    META_BYTES,
    SECTION_HEADER_BYTES,
    Section,
)
from zisk_py.isa.memory_map import OUTPUT_WORD
from zisk_py.isa.operations import ADD, AND, EQ, LTU, OR, SLL, SRL
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.hashes import stream
from zisk_py.transpiler.bpf.hashes.buffer import DIGEST
from zisk_py.transpiler.bpf.hashes.sha256 import SHA256
from zisk_py.transpiler.bpf.hidden_layout import LOG
from zisk_py.transpiler.bpf.meter import fault_label
from zisk_py.transpiler.bpf.runtime import records
from zisk_py.transpiler.bpf.runtime.blocks import WORD, copy_from_guest, copy_words
from zisk_py.transpiler.bpf.runtime.records import (
    COUNT,
    FORMS,
    POINTER,
    RECORD,
    SECTION_LINK,
    SECTION_SIZE,
    SIZE,
    TAG,
    TARGET,
    VALUE,
    AccountForm,
)
from zisk_py.transpiler.bpf.slices import MASK64
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime
from zisk_py.transpiler.rom_builder import Label

R2 = register(2)


def publish_before(context: Context, runtime: SolanaRuntime) -> None:
    """Sections of what was before the run. SIZE is the length of the instruction, whose address is in r2."""
    builder, publish = context.builder, runtime.publish
    if Section.PROGRAM_ID in publish:
        _publish_words(context, Section.PROGRAM_ID, immediate(records.PROGRAM_ID), immediate(KEY_BYTES))
    if Section.INSTRUCTION in publish:
        _open(context, Section.INSTRUCTION, SIZE)
        copy_from_guest(context, R2, 0, SIZE)
    if Section.INSTRUCTION_HASH in publish:
        stream.start(context, SHA256)
        stream.absorb_guest(context, SHA256, R2, SIZE, is_gapped=False)
        stream.finish(context, SHA256)
        _publish_digest(context, Section.INSTRUCTION_HASH)
    if Section.ACCOUNT_METAS in publish:
        builder.compute(SLL, COUNT, immediate(META_BYTES.bit_length() - 1), SIZE)
        _publish_words(context, Section.ACCOUNT_METAS, immediate(records.METAS), SIZE)
    if Section.PRE_ACCOUNTS in publish:
        for_each_record(context, lambda: _publish_account_before(context))
    if Section.PRE_HASHES in publish:
        for_each_record(context, lambda: _publish_hash_before(context))


def publish_after(context: Context, runtime: SolanaRuntime) -> None:
    """Sections of the accounts after a run that was good."""
    form, publish = FORMS[runtime.loader], runtime.publish
    if Section.POST_ACCOUNTS in publish:
        for_each_record(context, lambda: _publish_account_after(context, form))
    if Section.POST_HASHES in publish:
        is_known = Section.PRE_HASHES in publish
        for_each_record(context, lambda: _publish_hash_after(context, form, is_known))


def publish_end(context: Context, runtime: SolanaRuntime) -> None:
    """Sections of what a run leaves behind whatever it returns."""
    builder, publish, words = context.builder, runtime.publish, hidden(LOG)
    if Section.RETURN_DATA in publish:
        place = context.return_data
        _publish_words(context, Section.RETURN_DATA, immediate(place + 1), hidden(place))
    if publish & {Section.LOGS, Section.LOGS_HASH}:
        builder.compute(SLL, words, immediate(WORD.bit_length() - 1), SIZE)
    if Section.LOGS in publish:
        _publish_words(context, Section.LOGS, immediate(LOG + 1), SIZE)
    if Section.LOGS_HASH in publish:
        stream.start(context, SHA256)
        stream.absorb_words(context, SHA256, immediate(LOG + 1), SIZE)
        stream.finish(context, SHA256)
        _publish_digest(context, Section.LOGS_HASH)


def for_each_record(context: Context, body: Callable[[], None]) -> None:
    """Run the body with RECORD at each record and POINTER at its account in the input."""
    builder, top, done = context.builder, Label("next record"), Label("all records")
    builder.copy(immediate(records.RECORDS), RECORD)
    builder.place(top)
    builder.branch(EQ, RECORD, hidden(records.RECORDS_END), done)
    builder.load(RECORD, records.PLACE, WORD, POINTER, guest=False)
    body()
    builder.load(RECORD, records.NEXT, WORD, RECORD, guest=False, then=top)
    builder.place(done)


def _open(context: Context, section: Section, size: Operand) -> None:
    """Write the header of a section of `size` bytes; TARGET becomes the number of its first word."""
    context.builder.copy(size, SECTION_SIZE)
    context.builder.copy(immediate(section), TAG)
    context.builder.call(context.routine("open a section", _emit_open), SECTION_LINK)


def _emit_open(context: Context) -> None:
    builder, length = context.builder, hidden(OUTPUT_WORD)
    builder.compute(SRL, length, immediate(3), TARGET)
    builder.compute(ADD, SECTION_SIZE, immediate(WORD - 1 + SECTION_HEADER_BYTES))
    builder.compute(AND, LAST_C, immediate(MASK64 ^ (WORD - 1)))
    builder.compute(ADD, LAST_C, length, VALUE)
    builder.branch(LTU, immediate(MAX_JOURNAL_BYTES), VALUE, fault_label(context, FaultKind.MALFORMED_INPUT))
    builder.copy(VALUE, length)
    builder.compute(SLL, SECTION_SIZE, immediate(32))
    builder.compute(OR, LAST_C, TAG)
    builder.store(TARGET, OUTPUT_WORD + 1, WORD, LAST_C, guest=False)
    builder.compute(ADD, TARGET, immediate(OUTPUT_WORD + 2), TARGET)
    builder.go_back(SECTION_LINK)


def _publish_words(context: Context, section: Section, word: Operand, size: Operand) -> None:
    _open(context, section, size)
    copy_words(context, word, 0, size)


def _publish_digest(context: Context, section: Section) -> None:
    _publish_words(context, section, immediate(DIGEST), immediate(DIGEST_BYTES))


def _publish_account_before(context: Context) -> None:
    builder = context.builder
    builder.load(RECORD, records.LENGTH, guest=False)
    builder.compute(ADD, LAST_C, immediate(ACCOUNT_BYTES), SIZE)
    _open(context, Section.PRE_ACCOUNTS, SIZE)
    copy_words(context, RECORD, records.KEY, SIZE)


def _publish_hash_before(context: Context) -> None:
    builder = context.builder
    stream.start(context, SHA256)
    builder.load(RECORD, records.LENGTH, guest=False)
    builder.compute(ADD, LAST_C, immediate(ACCOUNT_BYTES), SIZE)
    builder.compute(ADD, RECORD, immediate(records.KEY), VALUE)
    stream.absorb_words(context, SHA256, VALUE, SIZE)
    stream.finish(context, SHA256)
    builder.compute(ADD, RECORD, immediate(records.DIGEST), TARGET)
    copy_words(context, immediate(DIGEST), 0, immediate(DIGEST_BYTES))
    _publish_digest(context, Section.PRE_HASHES)


def _publish_account_after(context: Context, form: AccountForm) -> None:
    """Key from the record, and the rest from the input; in the deprecated form only what may change."""
    builder = context.builder
    load_size_after(context, form, SIZE)
    builder.compute(ADD, SIZE, immediate(ACCOUNT_BYTES))
    _open(context, Section.POST_ACCOUNTS, LAST_C)
    if form.is_aligned:
        copy_words(context, RECORD, records.KEY, immediate(KEY_BYTES))
        copy_from_guest(context, POINTER, form.owner, SIZE, form.data - form.owner)
    else:
        copy_words(context, RECORD, records.KEY, immediate(2 * KEY_BYTES))
        copy_from_guest(context, POINTER, form.lamports, immediate(WORD))
        copy_words(context, RECORD, records.LENGTH, immediate(WORD))
        copy_from_guest(context, POINTER, form.data, SIZE)


def _publish_hash_after(context: Context, form: AccountForm, is_known: bool) -> None:
    """Of an account that has not changed, the hash before the run where that was made."""
    builder, changed, done = context.builder, Label("changed"), Label("hashed")
    if is_known:
        builder.load(RECORD, records.IS_CHANGED, guest=False)
        builder.branch(EQ, LAST_C, immediate(0), None, changed)
        _open(context, Section.POST_HASHES, immediate(DIGEST_BYTES))
        copy_words(context, RECORD, records.DIGEST, immediate(DIGEST_BYTES))
        builder.end(done)
        builder.place(changed)
    load_size_after(context, form, SIZE)
    stream.start(context, SHA256)
    builder.compute(ADD, RECORD, immediate(records.KEY), VALUE)
    if form.is_aligned:
        stream.absorb_words(context, SHA256, VALUE, immediate(KEY_BYTES))
        builder.compute(ADD, POINTER, immediate(form.owner), POINTER)
        builder.compute(ADD, SIZE, immediate(form.data - form.owner), SIZE)
    else:
        stream.absorb_words(context, SHA256, VALUE, immediate(2 * KEY_BYTES))
        builder.compute(ADD, POINTER, immediate(form.lamports), VALUE)
        stream.absorb_guest(context, SHA256, VALUE, immediate(WORD), is_gapped=False)
        builder.compute(ADD, RECORD, immediate(records.LENGTH), VALUE)
        stream.absorb_words(context, SHA256, VALUE, immediate(WORD))
        builder.compute(ADD, POINTER, immediate(form.data), POINTER)
    stream.absorb_guest(context, SHA256, POINTER, SIZE, is_gapped=False)
    stream.finish(context, SHA256)
    _publish_digest(context, Section.POST_HASHES)
    builder.place(done)


def load_size_after(context: Context, form: AccountForm, into: Operand) -> None:
    """The length of the account's data after the run; the deprecated form cannot change it."""
    if form.is_aligned:
        context.builder.load(POINTER, form.length, WORD, into)
    else:
        context.builder.load(RECORD, records.LENGTH, WORD, into, guest=False)
