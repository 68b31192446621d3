"""Recovered keys are those of the runtime and of Python's integers, and so are errors, units and faults."""

import random
from functools import cache

import pytest

from bpf_programs import difference, execute_file, execute_rom, sbpf_file
from litesvm_runs import BUDGET, run
from proven_runs import prove_and_verify
from secp256k1_reference import G, N, Signature, add, edge_signatures, multiply, negate, sign
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf.curves.point_tables import multiples_of_generator
from zisk_py.transpiler.bpf.input_buffer import serialize
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V3, Feature, Version
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

# v0 alone has gaps; what has none is a part of it.
VERSIONS = pytest.mark.parametrize(
    "version",
    [SBPF_V0, pytest.param(SBPF_V3, marks=pytest.mark.slow)],
    ids=lambda version: version.target,
)
NAME = "sol_secp256k1_recover"
INPUT = INPUT_ADDRESS + 16  # where the instruction data are, without accounts
HEAP, KEY, FRAME_END = 0x3_0000_0100, 0x3_0000_0400, 0x2_0000_1000
NOWHERE, CONSTANTS = 0x5_0000_0000, 0x1_0000_0000
EDGES = edge_signatures()


def source(version: Version, hash_: int = HEAP, at: int = HEAP + 32, key: int = KEY) -> str:
    """A program that takes id, hash and signature from its input, calls, and returns the key."""

    def spot(start: int, offset: int) -> int:
        crosses = start < FRAME_END <= start + offset and version.has(Feature.GAPPED_STACK)
        return start + offset + (4096 if crosses else 0)

    lines = [f"lddw r7, {INPUT:#x}"]
    for start, first, length in ((hash_, 8, 32), (at, 40, 64)):
        if start != NOWHERE:
            lines.append(f"lddw r6, {start:#x}")
            for number in range(length):
                lines.append(f"ldxb r1, [r7+{first + number}]")
                lines.append(f"stxb [r6+{spot(start, number) - start}], r1")
    for number, value in ((1, hash_), (3, at), (4, key)):
        lines.append(f"lddw r{number}, {value:#x}")
    lines += ["ldxdw r2, [r7]", f"syscall {NAME}", "jne r0, 0, leave", f"lddw r1, {key:#x}", "mov r2, 64"]
    return "\n".join([*lines, "syscall sol_set_return_data", "mov r0, 0", "leave: exit"])


@cache
def program_of(version: Version, **places: int) -> tuple[bytes, Rom]:
    """The program as a file and as a ROM."""
    file = sbpf_file(source(version, **places), version)
    return file, transpile(file)


def compare(signature: Signature, version: Version, **places: int) -> bytes | int | FaultKind:
    """The key, r0 or the fault, here as in LiteSVM."""
    file, rom = program_of(version, **places)
    data = signature.id.to_bytes(8, "little") + signature.to_bytes()
    theirs = run(file, data)
    ours = execute_rom(rom, serialize([], data, theirs.program_id), BUDGET)
    assert difference(ours, theirs) == ""
    if isinstance(ours.outcome, Fault):
        return ours.outcome.kind
    return ours.outcome.code or ours.outputs


@pytest.mark.parametrize("name", EDGES)
def test_an_edge_is_as_in_the_runtime(name):
    assert compare(EDGES[name], SBPF_V3) == EDGES[name].key()


@pytest.mark.parametrize("seed", range(5))
def test_a_random_signature_has_its_key(seed):
    signature = sign(random.Random(seed))
    assert compare(signature, SBPF_V3) == signature.key()


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_many_random_signatures_have_their_keys(part):
    rng = random.Random(part)
    for _ in range(100):
        signature = sign(rng)
        if rng.random() < 0.3:  # not of a signature: half of all r are an x
            signature = Signature(signature.hash, rng.randrange(N), rng.randrange(N), rng.randrange(2))
        assert compare(signature, SBPF_V3) == signature.key()


PLACES: dict[str, tuple[dict[str, int], FaultKind | None]] = {
    "all in one": ({"key": HEAP}, None),
    "unaligned": ({"hash_": HEAP + 1, "at": HEAP + 35, "key": KEY + 7}, None),
    "over the end of a frame": (
        {"hash_": FRAME_END - 300, "at": FRAME_END - 31, "key": FRAME_END - 63},
        None,
    ),
    "hash over the end of a frame": ({"hash_": FRAME_END - 5, "key": FRAME_END - 3}, None),
    "hash nowhere": ({"hash_": NOWHERE}, FaultKind.LOAD_VIOLATION),
    "signature nowhere": ({"at": NOWHERE}, FaultKind.LOAD_VIOLATION),
    "key nowhere": ({"key": NOWHERE}, FaultKind.STORE_VIOLATION),
    "key in constants": ({"key": CONSTANTS}, FaultKind.STORE_VIOLATION),
    "signature and key nowhere": ({"at": NOWHERE, "key": NOWHERE}, FaultKind.LOAD_VIOLATION),
}


@VERSIONS
@pytest.mark.parametrize("name", PLACES)
def test_places_are_checked_before_values_as_in_the_runtime(name, version):
    places, fault = PLACES[name]
    for edge in ("good", "id 4 and no signature"):
        assert compare(EDGES[edge], version, **places) == (fault or EDGES[edge].key())


@VERSIONS
@pytest.mark.parametrize("budget", [25_004, 25_005, 25_006])
def test_it_costs_25000_units(budget, version):
    lines = f"mov r2, 4\nlddw r1, {HEAP}\nmov r3, r1\nmov r4, r1\nsyscall {NAME}\nexit"
    outcome = execute_file(sbpf_file(lines, version), budget=budget).outcome
    ends = {25_004: Fault(FaultKind.SYSCALL_BUDGET_EXCEEDED, 5), 25_005: Fault(FaultKind.BUDGET_EXCEEDED, 6)}
    assert outcome == ends.get(budget, Exit(2))


def test_the_table_has_the_odd_multiples_of_the_generator():
    assert list(multiples_of_generator(64)) == [multiply(2 * number + 1, G) for number in range(64)]


def test_the_reference_knows_infinity():
    assert add(G, negate(G)) is None
    assert multiply(N, G) is None


@pytest.mark.slow
def test_a_recovered_key_is_proven():
    _, rom = program_of(SBPF_V3)
    buffer = serialize([], EDGES["good"].id.to_bytes(8, "little") + EDGES["good"].to_bytes(), bytes(32))
    prove_and_verify(Program(rom), buffer)
