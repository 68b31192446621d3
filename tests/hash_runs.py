"""Programs that hash what their input lists, run here and in LiteSVM.

The input of such a program, behind the 16 bytes that the runtime puts before instruction data, is a request:
u64 r1, r2, r3 of the syscall, u64 turns of a loop that spends two compute units each, u64 length of a
payload, payload. The program copies the payload to the heap and to the stack, where in v0 it lies on both
sides of a gap; then it hashes, and returns the 32 bytes at r3.
"""

import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from bpf_programs import BUDGET, Ended, execute_rom, sbpf_file
from litesvm_runs import LiteRun, run_in
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf.hashes.blake3 import BLAKE3
from zisk_py.transpiler.bpf.hashes.buffer import Hash
from zisk_py.transpiler.bpf.input_buffer import serialize
from zisk_py.transpiler.bpf.layout import HEAP_ADDRESS, INPUT_ADDRESS, RODATA_ADDRESS_V3, STACK_ADDRESS
from zisk_py.transpiler.bpf.versions import Feature, Version
from zisk_py.transpiler.front_end import transpile

REQUEST = INPUT_ADDRESS + 16
PAYLOAD = REQUEST + 40
IN_HEAP = HEAP_ADDRESS + 264
MOST_PAYLOAD = 900  # with which a transaction is not too long
CONSTANTS = bytes(range(200))
BLAKE3_FEATURE = Pubkey.from_string("HTW2pSyErTj4BV6KBM9NZ9VBUJVxt7sacNWcf76wtzb3")

SOURCE = """
entrypoint:
lddw r6, {request:#x}
lddw r1, {heap:#x}
mov r2, r6
add r2, 40
ldxdw r3, [r6+32]
syscall sol_memcpy_
lddw r1, {stack:#x}
mov r2, r6
add r2, 40
ldxdw r3, [r6+32]
syscall sol_memcpy_
ldxdw r7, [r6+24]
loop:
add r7, -1
jsgt r7, 0, loop
ldxdw r1, [r6+0]
ldxdw r2, [r6+8]
ldxdw r3, [r6+16]
syscall sol_{name}
ldxdw r1, [r6+16]
mov r2, 32
syscall sol_set_return_data
mov r0, 0
exit
"""


def stack_window(version: Version) -> int:
    """Where the payload is in the stack: its first 328 bytes in one frame, the others in the next."""
    frame_end = 0x1000 if version.has(Feature.GAPPED_STACK) else 0x2000
    return STACK_ADDRESS + frame_end - 328


@cache
def hashing_file(hash_: Hash, version: Version) -> bytes:
    """The program of a hash."""
    source = SOURCE.format(request=REQUEST, heap=IN_HEAP, stack=stack_window(version), name=hash_.name)
    return sbpf_file(source, version, CONSTANTS)


@dataclass(frozen=True)
class Request:
    """Registers of the syscall, and the payload."""

    slices: int
    count: int
    result: int
    payload: bytes
    turns: int = 0

    def to_bytes(self) -> bytes:
        """Instruction data."""
        numbers = (self.slices, self.count, self.result, self.turns, len(self.payload))
        return struct.pack("<5Q", *numbers) + self.payload


def request_of(
    slices: Sequence[tuple[int, int]], payload: bytes, result: int, place: int = PAYLOAD
) -> Request:
    """A request to hash slices; their list is the start of the payload, and is read from `place`."""
    listed = b"".join(struct.pack("<2Q", address % (1 << 64), length) for address, length in slices)
    return Request(place, len(slices), result, listed + payload)


def run_here(
    file: bytes, request: Request, program_id: bytes = bytes(32), budget: int | None = None
) -> Ended:
    """Execute."""
    return execute_rom(_rom_of(file), serialize([], request.to_bytes(), program_id), budget)


@cache
def _rom_of(file: bytes) -> Rom:
    return transpile(file)


def run_both(hash_: Hash, file: bytes, request: Request) -> tuple[Ended, LiteRun]:
    """Run here and in LiteSVM; the id of the program, which is in the input, is the same."""
    theirs = run_there(hash_, file, request)
    return run_here(file, request, theirs.program_id, BUDGET), theirs


def run_there(hash_: Hash, file: bytes, request: Request) -> LiteRun:
    """Run in LiteSVM, which has BLAKE3 behind a feature of its own."""
    svm, program = LiteSVM(), Pubkey.new_unique()
    if hash_ is BLAKE3:
        features = LiteSVM().mainnet_feature_set()
        features.activate(BLAKE3_FEATURE, 0)
        svm = svm.with_feature_set(features).with_builtins()
    svm.add_program(program, file)
    return run_in(svm, program, request.to_bytes(), [])


def random_request(rng: random.Random, version: Version) -> Request:
    """Slices of all regions, nearly all of them good, in any alignment, that may overlap and cross frames."""
    count = rng.choice((0, 1, 1, 2, 3, 5, 9))
    payload = rng.randbytes(rng.choice((0, 1, 60, 200, 500)))
    room = 16 * count + len(payload)
    starts = [(PAYLOAD, room), (IN_HEAP, room), (stack_window(version), room), _constants(version)]
    slices = []
    for _ in range(count):
        start, size = rng.choice(starts)
        offset = rng.randrange(size + 1)
        length = rng.choice(
            (0, 1, 7, 8, 55, 56, 64, 65, size - offset, size - offset, rng.randrange(size + 1))
        )
        if rng.random() < 0.97:
            length = min(length, size - offset)
        slices.append((start + offset, length))
    if slices and rng.random() < 0.1:
        slices[rng.randrange(count)] = rng.choice(_bad_slices(version))
    place = rng.choice((PAYLOAD, IN_HEAP, stack_window(version)))
    if rng.random() < 0.03:
        place += rng.choice((1, 4, 1 << 20))
    result = rng.choice(starts[:3])[0] + rng.randrange(-40, room + 40)
    if rng.random() < 0.04:
        result = rng.choice([address for address, _ in _bad_slices(version)])
    request = request_of(slices, payload, result, place)
    if rng.random() < 0.1:
        spent = 150 + sum(max(10, length // 2) for _, length in slices if length < BUDGET)
        request = replace(request, turns=(BUDGET - rng.randrange(spent)) // 2)
    return request


def _constants(version: Version) -> tuple[int, int]:
    return (RODATA_ADDRESS_V3, len(CONSTANTS)) if version.has(Feature.STRICT_ELF) else (1 << 32, 100)


def _bad_slices(version: Version) -> list[tuple[int, int]]:
    return [
        (HEAP_ADDRESS + 0x7FF8, 9),
        (HEAP_ADDRESS, 1 << 63),
        (HEAP_ADDRESS - 1, 2),
        (STACK_ADDRESS + 0x1800, 1),  # in a gap of v0
        (STACK_ADDRESS + version.stack_size - 1, 2),
        (0x9_0000_0000, 100),
        (0x9_0000_0000, 0),
        ((1 << 64) - 1, 2),
        (HEAP_ADDRESS, 0x8000),
    ]
