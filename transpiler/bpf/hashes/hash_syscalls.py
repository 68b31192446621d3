"""sol_sha256, sol_keccak256, sol_blake3: hash slices of memory.

r1 the slices (for each its address and its length, eight bytes each), r2 their number, r3 where the digest
goes.

Order of the checks as in the runtime: number of slices, compute units, the place of the digest, that of the
slices and its alignment; then for each slice its length, where it is, and its compute units.
"""

from collections.abc import Callable

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, immediate, register
from zisk_py.isa.operations import EQ, LT, LTU, SLL, SRL, SUB
from zisk_py.transpiler.bpf.alignment import check_alignment
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.hashes.buffer import Hash
from zisk_py.transpiler.bpf.hashes.stream import DIGEST_WORDS, absorb_guest, finish, start
from zisk_py.transpiler.bpf.meter import charge, charge_at_least, fault_label
from zisk_py.transpiler.bpf.meter import finish as return_zero
from zisk_py.transpiler.bpf.slices import advance, check_slice, clear_crossing, with_and_without_gaps
from zisk_py.transpiler.bpf.versions import Feature
from zisk_py.transpiler.rom_builder import Label

R1, R2, R3 = (register(i) for i in range(1, 4))
BASE_COST = 85
LEAST_SLICE_COST = 10
MOST_SLICES = 20_000
SLICE_BYTES = 16
DIGEST_BYTES = 32


def hash_syscall(hash_: Hash) -> Callable[[Context], None]:
    """The syscall of a hash function."""
    return lambda context: _hash_slices(context, hash_)


def _hash_slices(context: Context, hash_: Hash) -> None:
    builder = context.builder
    size, place, left = (context.temporary(i) for i in (7, 8, 9))
    top, done = Label("next slice"), Label("all slices")
    builder.branch(LTU, immediate(MOST_SLICES), R2, fault_label(context, FaultKind.TOO_MANY_SLICES))
    charge(context, immediate(BASE_COST))
    check_slice(context, R3, immediate(DIGEST_BYTES), FaultKind.STORE_VIOLATION)
    start(context, hash_)
    builder.branch(EQ, R2, immediate(0), done)
    builder.compute(SLL, R2, immediate(SLICE_BYTES.bit_length() - 1), size)
    check_slice(context, R1, size, FaultKind.LOAD_VIOLATION)
    check_alignment(context, R1, 8)
    builder.copy(R1, place)
    builder.copy(R2, left)
    builder.place(top)
    _absorb_slice(context, hash_, place)
    builder.compute(SUB, left, immediate(1), left)
    builder.branch(EQ, LAST_C, immediate(0), done, top)
    builder.place(done)
    finish(context, hash_)
    builder.copy(R3, place)
    for word in DIGEST_WORDS:
        builder.store(place, 0, 8, word)
        _advance(context, place)
    return_zero(context)


def _absorb_slice(context: Context, hash_: Hash, place: Operand) -> None:
    """Read the address and the length at `place`, which moves on, and absorb the slice."""
    builder, done = context.builder, Label("slice is absorbed")
    crossing, address, length = (context.temporary(i) for i in (6, 10, 11))
    for value in (address, length):
        builder.load(place, 0, 8, value)
        _advance(context, place)
    builder.branch(LT, length, immediate(0), fault_label(context, FaultKind.INVALID_LENGTH))
    clear_crossing(context, crossing)
    check_slice(context, address, length, FaultKind.LOAD_VIOLATION, crossing)
    builder.compute(SRL, length, immediate(1))
    charge_at_least(context, LAST_C, LEAST_SLICE_COST)

    def absorb(is_gapped: bool) -> None:
        absorb_guest(context, hash_, address, length, is_gapped)
        builder.end(done)

    with_and_without_gaps(context, crossing, absorb)
    builder.place(done)


def _advance(context: Context, pointer: Operand) -> None:
    advance(context, pointer, 8, context.program.version.has(Feature.GAPPED_STACK))
