"""Syscalls that read the environment of the run: sysvars, and the stakes of vote accounts."""

import struct
from collections.abc import Callable

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate, register
from zisk_py.isa.memory_map import ENVIRONMENT_WORD
from zisk_py.isa.operations import ADD, AND, DIVU, EQ, LTU, OR, SLL, SRL
from zisk_py.transpiler.bpf.alignment import check_alignment, has_alignment
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.environment import (
    KEY_BYTES,
    SYSVAR_WORDS,
    SYSVARS,
    TOTAL_STAKE_WORD,
    VOTE_ACCOUNT,
    VOTE_ACCOUNTS_WORD,
)
from zisk_py.transpiler.bpf.hidden_copies import copy_out
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.bpf.meter import (
    BASE_COST,
    BYTES_PER_UNIT,
    MEMORY_COST,
    charge,
    charge_at_least,
    fault_label,
    finish,
    finish_with,
)
from zisk_py.transpiler.bpf.slices import (
    MASK32,
    advance,
    check_slice,
    clear_crossing,
    emit_loop,
    with_and_without_gaps,
)
from zisk_py.transpiler.bpf.versions import Feature
from zisk_py.transpiler.rom_builder import Label

R1, R2, R3, R4 = (register(i) for i in range(1, 5))
OUT_OF_RANGE, NOT_FOUND = 1, 2  # results of sol_get_sysvar
KEY_WORDS = KEY_BYTES // 8
WHOLE = 8

# The structs of C that sysvars are to programs: per word, where its bytes are in the account's data, and how
# many; zeros follow them. The alignment is that of the struct.
STRUCTS: dict[str, tuple[tuple[tuple[int, int], ...], int]] = {
    "clock": (tuple((8 * i, WHOLE) for i in range(5)), 8),
    "rent": (((0, WHOLE), (8, WHOLE), (16, 1)), 8),
    "epoch_schedule": (((0, WHOLE), (8, WHOLE), (16, 1), (17, WHOLE), (25, WHOLE)), 8),
    "epoch_rewards": ((*((8 * i, WHOLE) for i in range(10)), (80, 1), (0, 0)), 16),
    "last_restart_slot": (((0, WHOLE),), 8),
}


def struct_cost(name: str) -> int:
    """Compute units of the syscall that gives the struct."""
    return BASE_COST + 8 * len(STRUCTS[name][0])


def get_struct(name: str) -> Callable[[Context], None]:
    """The syscall that writes a sysvar to r1, as a struct of C."""
    words, alignment = STRUCTS[name]

    def emit(context: Context) -> None:
        builder, crossing, entry = context.builder, context.temporary(6), context.temporary(7)
        charge(context, immediate(struct_cost(name)))
        if _refuse_loader(context):
            return
        _refuse_input(context, R1)
        clear_crossing(context, crossing)
        check_slice(context, R1, immediate(8 * len(words)), FaultKind.STORE_VIOLATION, crossing)
        check_alignment(context, R1, alignment)
        builder.copy(hidden(ENVIRONMENT_WORD + SYSVAR_WORDS[name]), entry)
        missing = fault_label(context, FaultKind.UNSUPPORTED_SYSVAR)
        builder.branch(EQ, entry, immediate(0), missing)
        builder.compute(SRL, entry, immediate(32), entry)

        def copy(is_gapped: bool) -> None:
            target = context.temporary(8)
            builder.copy(R1, target)
            for place, size in words:
                _load_part(context, entry, place, size)
                builder.store(target, 0, 8, LAST_C)
                advance(context, target, 8, is_gapped)
            finish(context)

        with_and_without_gaps(context, crossing, copy)

    return emit


def _refuse_loader(context: Context) -> bool:
    """Fault, whatever the pointer, in programs of the loader that asks for no alignment."""
    if has_alignment(context):
        return False
    context.builder.end(fault_label(context, FaultKind.UNALIGNED_POINTER))
    return True


def _refuse_input(context: Context, address: Operand) -> None:
    """Fault where a sysvar would go to the input, or above it."""
    invalid = fault_label(context, FaultKind.INVALID_POINTER)
    context.builder.branch(LTU, address, immediate(INPUT_ADDRESS), None, invalid)


def _load_part(context: Context, start: Operand, place: int, size: int) -> None:
    """Load the `size` bytes (8, 1 or none) at byte `place` of the words from number `start` on."""
    builder, low = context.builder, context.temporary(9)
    base, shift = ENVIRONMENT_WORD + place // 8, 8 * (place % 8)
    if not size:
        builder.copy(immediate(0))
        return
    builder.load(start, base, 8, guest=False)
    if shift:
        builder.compute(SRL, LAST_C, immediate(shift), low)
        builder.load(start, base + 1, 8, guest=False)
        builder.compute(SLL, LAST_C, immediate(64 - shift))
        builder.compute(OR, LAST_C, low)
    if size < WHOLE:
        builder.compute(AND, LAST_C, immediate((1 << 8 * size) - 1))


def get_sysvar(context: Context) -> None:
    """r1 key of a sysvar, r2 where r4 bytes of its account's data go, r3 where they start there.

    Returns 0, OUT_OF_RANGE or NOT_FOUND.
    """
    builder, crossing = context.builder, context.temporary(6)
    entry, end, position = context.temporary(13), context.temporary(14), context.temporary(15)
    absent, beyond = Label("no such sysvar"), Label("out of range")
    builder.compute(DIVU, R4, immediate(BYTES_PER_UNIT))
    builder.compute(ADD, LAST_C, immediate(BASE_COST), context.temporary(1))
    charge_at_least(context, context.temporary(1), BASE_COST + MEMORY_COST)
    if _refuse_loader(context):
        return
    _refuse_input(context, R2)
    clear_crossing(context, crossing)
    check_slice(context, R2, R4, FaultKind.STORE_VIOLATION, crossing)
    check_slice(context, R1, immediate(KEY_BYTES), FaultKind.LOAD_VIOLATION)
    builder.compute(ADD, R3, R4, end)
    builder.branch(LTU, end, R3, fault_label(context, FaultKind.ARITHMETIC_OVERFLOW))
    _find_sysvar(context, entry)
    builder.branch(EQ, entry, immediate(0), absent)
    builder.compute(AND, entry, immediate(MASK32))
    builder.branch(LTU, LAST_C, end, beyond)
    builder.compute(SRL, entry, immediate(32))
    builder.compute(SLL, LAST_C, immediate(3))
    builder.compute(ADD, LAST_C, R3, position)

    def copy(is_gapped: bool) -> None:
        copy_out(context, ENVIRONMENT_WORD, position, R2, R4, is_gapped)
        finish(context)

    with_and_without_gaps(context, crossing, copy)
    builder.place(absent)
    finish_with(context, immediate(NOT_FOUND))
    builder.place(beyond)
    finish_with(context, immediate(OUT_OF_RANGE))


def _find_sysvar(context: Context, entry: Operand) -> None:
    """Set `entry` to the word of the environment's head for the key at r1, 0 if there is none."""
    builder, found = context.builder, Label("found")
    words = _load_key(context)
    for sysvar in SYSVARS:
        other = Label("another sysvar")
        for word, value in zip(words, struct.unpack(f"<{KEY_WORDS}Q", sysvar.key), strict=True):
            builder.branch(EQ, word, immediate(value), None, other)
        builder.copy(hidden(ENVIRONMENT_WORD + SYSVAR_WORDS[sysvar.name]), entry, then=found)
        builder.place(other)
    builder.copy(immediate(0), entry)
    builder.place(found)


def _load_key(context: Context) -> tuple[Operand, ...]:
    """Load the key at r1 into registers."""
    pointer, words = context.temporary(15), tuple(context.temporary(16 + i) for i in range(KEY_WORDS))
    context.builder.copy(R1, pointer)
    for word in words:
        context.builder.load(pointer, 0, 8, word)
        advance(context, pointer, 8, context.program.version.has(Feature.GAPPED_STACK))
    return words


def get_epoch_stake(context: Context) -> None:
    """r1 key of a vote account, or 0: returns its stake, or that of all."""
    builder, of_account = context.builder, Label("of one vote account")
    builder.branch(EQ, R1, immediate(0), None, of_account)
    charge(context, immediate(BASE_COST))
    finish_with(context, hidden(ENVIRONMENT_WORD + TOTAL_STAKE_WORD))
    builder.place(of_account)
    charge(context, immediate(BASE_COST + MEMORY_COST))
    check_slice(context, R1, immediate(KEY_BYTES), FaultKind.LOAD_VIOLATION)
    words = _load_key(context)
    entry, index, left = (
        hidden(ENVIRONMENT_WORD + VOTE_ACCOUNTS_WORD),
        context.temporary(7),
        context.temporary(8),
    )
    builder.compute(SRL, entry, immediate(32), index)
    builder.compute(AND, entry, immediate(MASK32), left)

    def body() -> None:
        other = Label("another vote account")
        for number, word in enumerate(words):
            builder.load(index, ENVIRONMENT_WORD + number, 8, guest=False)
            builder.branch(EQ, LAST_C, word, None, other)
        builder.load(index, ENVIRONMENT_WORD + KEY_WORDS, 8, guest=False)
        finish_with(context, LAST_C)
        builder.place(other)
        builder.compute(ADD, index, immediate(VOTE_ACCOUNT.size // 8), index)

    emit_loop(context, 1, left, body)
    finish(context)
