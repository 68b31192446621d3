"""sol_create_program_address and sol_try_find_program_address.

An address is the SHA-256 of seeds, program id and a marker, and must be no point of the ed25519 curve. Checks
in the order of the runtime: compute units, the list of seeds, each seed, the program id; the place of the
result only when there is one.
"""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate, register
from zisk_py.isa.operations import EQ, LTU, MULU, SUB
from zisk_py.transpiler.bpf.alignment import check_alignment
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.edwards import EDWARDS_WORDS_END, branch_on_curve
from zisk_py.transpiler.bpf.curves.words import WORD_BYTES, is_gapped, store_words
from zisk_py.transpiler.bpf.hashes.sha256 import SHA256
from zisk_py.transpiler.bpf.hashes.stream import DIGEST_WORDS, absorb_guest, absorb_words, finish, start
from zisk_py.transpiler.bpf.layout import FRAME_SIZE
from zisk_py.transpiler.bpf.meter import charge, fault_label, finish_with
from zisk_py.transpiler.bpf.meter import finish as return_zero
from zisk_py.transpiler.bpf.slices import (
    advance,
    check_slice,
    clear_crossing,
    emit_loop,
)
from zisk_py.transpiler.rom_builder import Label

R1, R2, R3, R4, R5 = (register(i) for i in range(1, 6))
COST = 1500  # of each address that is tried
MAX_SEEDS = 16
MAX_SEED_BYTES = 32
SLICE_BYTES = 16  # of the list of seeds: an address and a length
MAX_SLICES = ((1 << 63) - 1) // SLICE_BYTES  # of a list in the runtime's memory
ADDRESS_BYTES = 32
MARKER = b"ProgramDerivedAddress"
MARKER_WORDS = [
    int.from_bytes(MARKER[i : i + WORD_BYTES], "little") for i in range(0, len(MARKER), WORD_BYTES)
]
FIRST_BUMP = 255
NUM_TRIES = 255  # bump 0 is never tried

MARKER_WORD = EDWARDS_WORDS_END
BUMP = MARKER_WORD + len(MARKER_WORDS)
BUMP_BYTES = BUMP + 1  # that are hashed: 0 or 1
IS_POINT = BUMP + 2
LINK = BUMP + 3


def create(context: Context) -> None:
    """r1 seeds, r2 their number, r3 program id, r4 where the address goes; r0 = 1 if it is a point."""
    builder = context.builder
    _check_inputs(context)
    builder.copy(immediate(0), hidden(BUMP_BYTES))
    builder.call(context.routine("derive an address", _derive), hidden(LINK))
    builder.branch(EQ, hidden(IS_POINT), immediate(1), _none(context))
    check_slice(context, R4, immediate(ADDRESS_BYTES), FaultKind.STORE_VIOLATION)
    store_words(context, R4, DIGEST_WORDS)
    return_zero(context)


def find(context: Context) -> None:
    """As `create` with a seed more, one byte that counts down from 255; r5 where that byte goes.

    r0 = 1 if there is none; that costs a try more. With sixteen seeds there is none, after all tries.
    """
    builder = context.builder
    again, missed, found = (Label(name) for name in ("try a bump", "missed", "found"))
    _check_inputs(context)
    builder.copy(immediate(FIRST_BUMP), hidden(BUMP))
    builder.copy(immediate(1), hidden(BUMP_BYTES))
    builder.place(again)
    builder.branch(EQ, R2, immediate(MAX_SEEDS), missed)
    builder.call(context.routine("derive an address", _derive), hidden(LINK))
    builder.branch(EQ, hidden(IS_POINT), immediate(0), found)
    builder.place(missed)
    charge(context, immediate(COST))
    builder.compute(SUB, hidden(BUMP), immediate(1), hidden(BUMP))
    builder.branch(EQ, LAST_C, immediate(FIRST_BUMP - NUM_TRIES), _none(context), again)
    builder.place(found)
    _check_places(context)
    builder.store(R5, 0, 1, hidden(BUMP))
    store_words(context, R4, DIGEST_WORDS)
    return_zero(context)


def _check_places(context: Context) -> None:
    """Of the bump and the address, which may not overlap."""
    builder, crossing, distance, apart = (
        context.builder,
        context.temporary(6),
        context.temporary(7),
        Label("apart"),
    )
    check_slice(context, R5, immediate(1), FaultKind.STORE_VIOLATION)
    clear_crossing(context, crossing)
    check_slice(context, R4, immediate(ADDRESS_BYTES), FaultKind.STORE_VIOLATION, crossing)
    builder.compute(SUB, R5, R4, distance)
    if is_gapped(context):
        # Where the address crosses a gap, bytes behind that are next to those before it.
        builder.branch(EQ, crossing, immediate(0), apart)
        builder.branch(LTU, distance, immediate(FRAME_SIZE), apart)
        builder.compute(SUB, distance, immediate(FRAME_SIZE), distance)
        builder.place(apart)
    overlapping = fault_label(context, FaultKind.COPY_OVERLAPPING)
    builder.branch(LTU, distance, immediate(ADDRESS_BYTES), overlapping)


def _check_inputs(context: Context) -> None:
    """Pay for the first try, and check the slices that are hashed."""
    builder = context.builder
    pointer, left, address, length, size = (context.temporary(i) for i in (7, 8, 9, 10, 11))
    bad_seeds = fault_label(context, FaultKind.BAD_SEEDS)
    charge(context, immediate(COST))
    _check_list(context, size)
    builder.branch(LTU, immediate(MAX_SEEDS), R2, bad_seeds)

    def seed() -> None:
        _load_slice(context, pointer, address, length)
        builder.branch(LTU, immediate(MAX_SEED_BYTES), length, bad_seeds)
        check_slice(context, address, length, FaultKind.LOAD_VIOLATION)

    builder.copy(R1, pointer)
    builder.copy(size, left)
    emit_loop(context, SLICE_BYTES, left, seed)
    check_slice(context, R3, immediate(ADDRESS_BYTES), FaultKind.LOAD_VIOLATION)


def _check_list(context: Context, size: Operand) -> None:
    """Check the place of the list, whose bytes become `size`; an empty one may be anywhere."""
    builder, empty = context.builder, Label("the list is empty")
    builder.compute(MULU, R2, immediate(SLICE_BYTES), size)
    builder.branch(EQ, R2, immediate(0), empty)
    builder.branch(LTU, immediate(MAX_SLICES), R2, fault_label(context, FaultKind.INVALID_LENGTH))
    check_slice(context, R1, size, FaultKind.LOAD_VIOLATION)
    check_alignment(context, R1, WORD_BYTES)
    builder.place(empty)


def _load_slice(context: Context, pointer: Operand, address: Operand, length: Operand) -> None:
    """The next slice of the list."""
    for value in (address, length):
        context.builder.load(pointer, 0, WORD_BYTES, value)
        advance(context, pointer, WORD_BYTES, is_gapped(context))


def _derive(context: Context) -> None:
    """A subroutine: DIGEST_WORDS = the address with BUMP_BYTES of a bump; IS_POINT = 1 if it is one."""
    builder, point = context.builder, Label("is a point")
    pointer, left, address, length = (context.temporary(i) for i in (32, 33, 34, 35))

    def seed() -> None:
        _load_slice(context, pointer, address, length)
        absorb_guest(context, SHA256, address, length, is_gapped(context))

    start(context, SHA256)
    builder.copy(R1, pointer)
    builder.compute(MULU, R2, immediate(SLICE_BYTES), left)
    emit_loop(context, SLICE_BYTES, left, seed)
    absorb_words(context, SHA256, immediate(BUMP), hidden(BUMP_BYTES))
    absorb_guest(context, SHA256, R3, immediate(ADDRESS_BYTES), is_gapped(context))
    for number, word in enumerate(MARKER_WORDS):
        builder.copy(immediate(word), hidden(MARKER_WORD + number))
    absorb_words(context, SHA256, immediate(MARKER_WORD), immediate(len(MARKER)))
    finish(context, SHA256)
    builder.copy(immediate(1), hidden(IS_POINT))
    branch_on_curve(context, DIGEST_WORDS, point)
    builder.copy(immediate(0), hidden(IS_POINT))
    builder.place(point)
    builder.go_back(hidden(LINK))


def _none(context: Context) -> Label:
    return context.routine("no program address", lambda context: finish_with(context, immediate(1)))
