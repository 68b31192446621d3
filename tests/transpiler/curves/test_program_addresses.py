"""Program addresses are those of the runtime, and so are the units and the faults of asking for them."""

import random
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest
from solders.pubkey import Pubkey

from bpf_programs import difference, execute_file, run_both, sbpf_file
from litesvm_runs import BUDGET
from micro_code import run_rows
from proven_runs import prove_and_verify
from zisk_py.isa.faults import Fault, FaultKind
from zisk_py.isa.instruction import hidden, immediate
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.edwards import branch_on_curve
from zisk_py.transpiler.bpf.curves.fields import ED25519
from zisk_py.transpiler.bpf.curves.program_addresses import COST, MARKER
from zisk_py.transpiler.bpf.hidden_layout import LOG
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V3, Feature, Version
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.rom_builder import Label
from zisk_py.zkvm import Program

P = ED25519.modulus
# v0 alone has gaps; what has none is a part of it.
VERSIONS = pytest.mark.parametrize(
    "version",
    [SBPF_V0, pytest.param(SBPF_V3, marks=pytest.mark.slow)],
    ids=lambda version: version.target,
)
MOST_UNITS = 1_400_000  # of a transaction
CREATE, FIND = "sol_create_program_address", "sol_try_find_program_address"


# ---- points


def edge_encodings() -> list[bytes]:
    """y around 0, 1, 2^255 and that of a point of order 8, and all from the modulus on; with both signs."""
    order_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7
    values = {root + step for root in (1, order_8, P - order_8, 1 << 255) for step in range(-1, 3)}
    values |= set(range(P - 5, 1 << 255))
    return [(value ^ sign << 255).to_bytes(32, "little") for value in sorted(values) for sign in (0, 1)]


def judge(encodings: list[bytes]) -> list[int]:
    """What the micro-code says of each: 1 for a point."""

    def emit(context: Context) -> None:
        builder = context.builder
        words = [hidden(LOG + 1024 + i) for i in range(4)]
        for number, encoding in enumerate(encodings):
            point = Label("a point")
            for i, word in enumerate(words):
                builder.copy(immediate(int.from_bytes(encoding[8 * i : 8 * i + 8], "little")), word)
            builder.copy(immediate(1), hidden(LOG + number))
            branch_on_curve(context, words, point)
            builder.copy(immediate(0), hidden(LOG + number))
            builder.place(point)

    return [int(word) for word in run_rows(emit).hidden[LOG : LOG + len(encodings)]]


def test_edges_of_the_encoding_are_points_where_the_runtime_says_so():
    encodings = edge_encodings()
    assert judge(encodings) == [int(Pubkey(encoding).is_on_curve()) for encoding in encodings]


# ---- calls


FRAME_END, HEAP, RESULT, SUMMARY = 0x2_0000_1000, 0x3_0000_0100, 0x3_0000_0400, 0x3_0000_0800


@dataclass(frozen=True)
class Call:
    """A call of one of the syscalls; seeds are slices (address, length), `at` is where their list goes."""

    name: str = FIND
    seeds: tuple[tuple[int, int], ...] = ((HEAP, 5), (HEAP + 3, 32))
    num_seeds: int | None = None
    program_id: int = HEAP + 64
    at: int = 0x3_0000_0200
    list_address: int | None = None
    result: int = RESULT
    bump: int = RESULT + 32

    def source(self, version: Version, random_bytes: bytes) -> str:
        """A program that fills memory, calls, and returns r0, the address and the bump."""
        lines = []
        for start in (HEAP, FRAME_END - 128):
            lines.append(f"lddw r6, {start:#x}")
            for number, byte in enumerate(random_bytes):
                lines.append(f"stb [r6+{spot(start, number, version) - start}], {byte}")
        lines.append(f"lddw r6, {self.at:#x}")
        values = [value for seed in self.seeds for value in seed]
        for number, value in enumerate(values):
            lines.append(f"lddw r7, {value:#x}")
            lines.append(f"stxdw [r6+{spot(self.at, 8 * number, version) - self.at}], r7")
        num_seeds = len(self.seeds) if self.num_seeds is None else self.num_seeds
        at = self.at if self.list_address is None else self.list_address
        arguments = (at, num_seeds, self.program_id, self.result, self.bump)
        lines += [f"lddw r{number}, {value:#x}" for number, value in enumerate(arguments, start=1)]
        lines += [f"syscall {self.name}", "jne r0, 0, leave", f"lddw r7, {SUMMARY:#x}"]
        for number in range(32):
            lines += [
                f"lddw r6, {spot(self.result, number, version):#x}",
                "ldxb r1, [r6]",
                f"stxb [r7+{number}], r1",
            ]
        if self.name == FIND:
            lines += [f"lddw r6, {self.bump:#x}", "ldxb r1, [r6]", "stxb [r7+32], r1"]
        lines += ["mov r1, r7", "mov r2, 40", "syscall sol_set_return_data", "mov r0, 0", "leave: exit"]
        return "\n".join(lines)


def spot(start: int, offset: int, version: Version) -> int:
    """The address of a byte of a slice that may cross the end of the first frame."""
    address = start + offset
    crosses = start < FRAME_END <= address and version.has(Feature.GAPPED_STACK)
    return address + 4096 if crosses else address


def compare(call: Call, version: Version, seed: int = 1, budget: int = BUDGET) -> FaultKind | int:
    """How the call ends, here as in LiteSVM: a fault, or r0."""
    source = call.source(version, random.Random(seed).randbytes(128 + 100))
    ours, theirs = run_both(sbpf_file(source, version), budget=budget)
    assert difference(ours, theirs) == ""
    return ours.outcome.kind if isinstance(ours.outcome, Fault) else ours.outcome.code


NOWHERE, CONSTANTS = 0x5_0000_0000, 0x1_0000_0000
MANY = tuple((HEAP, 1) for _ in range(17))
ENDS: dict[str, tuple[Call, FaultKind | int]] = {
    "an address with its bump": (Call(), 0),
    "no seeds": (Call(seeds=()), 0),
    "no seeds, their list nowhere": (Call(seeds=(), list_address=3), 0),
    "empty seeds anywhere": (Call(seeds=((NOWHERE, 0), (3, 0))), 0),
    "fifteen seeds": (Call(seeds=MANY[:15]), 0),
    "sixteen seeds leave no place for a bump": (Call(seeds=MANY[:16]), FaultKind.SYSCALL_BUDGET_EXCEEDED),
    "seventeen seeds": (Call(seeds=MANY), FaultKind.BAD_SEEDS),
    "seventeen seeds to create": (Call(CREATE, seeds=MANY), FaultKind.BAD_SEEDS),
    "a seed of 33 bytes": (Call(seeds=((HEAP, 33),)), FaultKind.BAD_SEEDS),
    "a long seed after one that is nowhere": (
        Call(seeds=((NOWHERE, 3), (HEAP, 33))),
        FaultKind.LOAD_VIOLATION,
    ),
    "a long seed that is nowhere": (Call(seeds=((NOWHERE, 33),)), FaultKind.BAD_SEEDS),
    "seventeen seeds of which one is nowhere": (Call(seeds=(*MANY, (NOWHERE, 1))), FaultKind.BAD_SEEDS),
    "a list that is nowhere": (Call(list_address=NOWHERE), FaultKind.LOAD_VIOLATION),
    "an unaligned list": (Call(list_address=HEAP + 4), FaultKind.UNALIGNED_POINTER),
    "an unaligned list that is nowhere": (Call(list_address=NOWHERE + 4), FaultKind.LOAD_VIOLATION),
    "an unaligned list of seventeen": (
        Call(list_address=HEAP + 1, num_seeds=17),
        FaultKind.UNALIGNED_POINTER,
    ),
    "a list longer than memory": (Call(num_seeds=1 << 58), FaultKind.LOAD_VIOLATION),
    "a list longer than any": (Call(num_seeds=1 << 59), FaultKind.INVALID_LENGTH),
    "an endless list": (Call(num_seeds=(1 << 64) - 1), FaultKind.INVALID_LENGTH),
    "a program id that is nowhere": (Call(program_id=NOWHERE), FaultKind.LOAD_VIOLATION),
    "a program id nowhere after a long seed": (
        Call(program_id=NOWHERE, seeds=((HEAP, 33),)),
        FaultKind.BAD_SEEDS,
    ),
    "a result that is nowhere": (Call(result=NOWHERE), FaultKind.STORE_VIOLATION),
    "a result in constants": (Call(result=CONSTANTS), FaultKind.STORE_VIOLATION),
    "a bump that is nowhere": (Call(bump=NOWHERE), FaultKind.STORE_VIOLATION),
    "a bump in the address": (Call(bump=RESULT + 31), FaultKind.COPY_OVERLAPPING),
    "a bump at the start of the address": (Call(bump=RESULT), FaultKind.COPY_OVERLAPPING),
    "a bump before the address": (Call(bump=RESULT - 1), 0),
    "an address over its seeds and program id": (Call(result=HEAP + 40, bump=HEAP + 2), 0),
    "seeds, list, program id and result over the end of a frame": (
        Call(
            seeds=((FRAME_END - 7, 32), (FRAME_END - 1, 2)),
            at=FRAME_END - 40,
            program_id=FRAME_END - 31,
            result=FRAME_END - 3,
        ),
        0,
    ),
    "unaligned everything": (
        Call(seeds=((HEAP + 1, 31), (HEAP + 7, 9)), program_id=HEAP + 77, result=RESULT + 3, bump=RESULT),
        0,
    ),
}


@VERSIONS
@pytest.mark.parametrize("name", ENDS)
def test_a_call_ends_as_in_the_runtime(name, version):
    call, end = ENDS[name]
    assert compare(call, version) == end


@VERSIONS
@pytest.mark.parametrize("offset", [-1, 0, 15, 16, 31, 32])
def test_a_bump_may_overlap_the_address_in_neither_frame(offset, version):
    result = FRAME_END - 16
    call = Call(result=result, bump=spot(result, offset, version))
    overlaps = 0 <= offset < 32
    assert compare(call, version) == (FaultKind.COPY_OVERLAPPING if overlaps else 0)


@pytest.mark.parametrize("spared", [0, 1])
def test_without_a_bump_all_are_paid_for_and_one_more(spared):
    call = Call(seeds=MANY[:16])
    instructions = len(call.source(SBPF_V3, bytes(228)).split("syscall")[0].splitlines()) + 1
    assert compare(call, SBPF_V3, budget=instructions + 256 * COST - spared) == (
        FaultKind.SYSCALL_BUDGET_EXCEEDED if spared else FaultKind.BUDGET_EXCEEDED
    )


def test_without_a_bump_the_result_is_1():
    assert compare(Call(seeds=MANY[:16]), SBPF_V3, budget=MOST_UNITS) == 1


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_thousand_addresses_are_points_where_the_runtime_says_so(part):
    """A loop that asks for the address of each seed from 0 on, and returns a bit for each."""
    program_id = random.Random(part).randbytes(32)
    words = [int.from_bytes(program_id[i : i + 8], "little") for i in range(0, 32, 8)]
    stores = "\n".join(f"lddw r1, {word:#x}\nstxdw [r10-{64 - 8 * i}], r1" for i, word in enumerate(words))
    run = execute_file(sbpf_file(LOOP.format(stores=stores), SBPF_V3), budget=1 << 30)
    found = [run.outputs[number] for number in range(1000)]
    assert found == [is_point(number, program_id) for number in range(1000)]


LOOP = """
{stores}
mov r6, 0
lddw r7, 0x300000000
again:
stxh [r10-16], r6
mov r1, r10
add r1, -16
stxdw [r10-32], r1
stdw [r10-24], 2
mov r1, r10
add r1, -32
mov r2, 1
mov r3, r10
add r3, -64
mov r4, r10
add r4, -96
syscall sol_create_program_address
mov r1, r7
add r1, r6
stxb [r1], r0
add r6, 1
jlt r6, 1000, again
mov r1, r7
mov r2, 1000
syscall sol_set_return_data
mov r0, 0
exit
"""


def is_point(number: int, program_id: bytes) -> bool:
    """Whether the hash for that seed is a point."""
    return Pubkey(sha256(number.to_bytes(2, "little") + program_id + MARKER).digest()).is_on_curve()


def random_call(seed: int) -> Call:
    """Slices in the heap or around the end of a frame, now and then one that is bad."""
    rng = random.Random(seed)

    def address() -> int:
        if rng.random() < 0.03:
            return rng.choice((NOWHERE, CONSTANTS, FRAME_END + 4095, 0x3_0000_8000 - 9))
        return rng.choice((HEAP, FRAME_END - 100)) + rng.randrange(95)

    num_seeds = rng.choice((0, 1, 2, 3, 5, 8, 15, 16, 17))
    seeds = tuple((address(), rng.choice((rng.randrange(33), 32, 32, 33))) for _ in range(num_seeds))
    if rng.random() < 0.7:
        seeds = tuple((start, min(length, 32)) for start, length in seeds)
    at = rng.choice((0x3_0000_0200, FRAME_END - 8 * rng.randrange(1, 40) - 160))
    return Call(rng.choice((CREATE, FIND)), seeds, None, address(), at, None, address(), address())


@VERSIONS
@pytest.mark.parametrize("seed", range(6))
def test_random_calls_end_as_in_the_runtime(seed, version):
    compare(random_call(seed), version, seed)


@pytest.mark.slow
@VERSIONS
@pytest.mark.parametrize("part", range(10))
def test_many_random_calls_end_as_in_the_runtime(part, version):
    for seed in range(100 * part, 100 * part + 100):
        compare(random_call(1000 + seed), version, seed)


# ---- proofs


@pytest.mark.slow
def test_a_program_address_is_proven():
    """Asked for in v0, with seeds over the end of a frame."""
    call, _ = ENDS["seeds, list, program id and result over the end of a frame"]
    data = random.Random(2).randbytes(228)
    program = Program(transpile(sbpf_file(replace(call, name=CREATE).source(SBPF_V0, data), SBPF_V0)))
    prove_and_verify(program)
