"""The syscalls of the hash functions end as in LiteSVM: digest, compute units, faults and their order."""

import random
from dataclasses import replace

import pytest

from bpf_programs import BUDGET, OWN_LINES, difference
from hash_runs import (
    IN_HEAP,
    PAYLOAD,
    Request,
    hashing_file,
    random_request,
    request_of,
    run_both,
    run_here,
    stack_window,
)
from runtime_runs import Case, run_in_litesvm
from syscall_programs import HEAP, ROOM, STACK, call, put
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.transpiler.bpf.hashes.blake3 import BLAKE3
from zisk_py.transpiler.bpf.hashes.sha256 import SHA256
from zisk_py.transpiler.bpf.hashes.stream import HASHES
from zisk_py.transpiler.bpf.input_buffer import Loader, serialize
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.bpf.log_records import log_lines
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V3, SBPF_VERSIONS
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

OF_LITESVM = [hash_ for hash_ in HASHES if hash_ is not BLAKE3]  # by default
EACH_HASH = pytest.mark.parametrize("hash_", HASHES, ids=lambda hash_: hash_.name)
EACH_VERSION = pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
NOWHERE = 0x9_0000_0000
PLACE = 0x3_0000_1000  # good for a digest
FRAME_END = 328  # of the payload in the stack
BYTES = bytes(range(1, 151)) * 4

# name -> request, how it ends
CASES: dict[str, tuple[Request, FaultKind | None]] = {
    "no slices": (Request(NOWHERE + 1, 0, PLACE, b""), None),
    "an empty slice anywhere": (request_of([(NOWHERE, 0)], b"", PLACE), None),
    "two slices": (request_of([(PAYLOAD + 33, 100), (IN_HEAP + 32, 21)], BYTES, PLACE), None),
    "a digest over its own slice": (request_of([(IN_HEAP + 21, 100)], BYTES, IN_HEAP + 24), None),
    "a digest over the list of slices": (request_of([(PAYLOAD, 99)], BYTES, IN_HEAP + 1, IN_HEAP), None),
    "a long message": (request_of([(PAYLOAD, 616)] * 9, BYTES, PLACE), None),
    "too many slices, and nothing good": (Request(NOWHERE + 1, 20_001, 5, b""), FaultKind.TOO_MANY_SLICES),
    "too many slices, and no budget": (Request(0, 1 << 40, 5, b"", 99_960), FaultKind.TOO_MANY_SLICES),
    "as many slices as there may be, nowhere": (
        Request(NOWHERE, 20_000, PLACE, b""),
        FaultKind.LOAD_VIOLATION,
    ),
    "no budget for the base": (Request(NOWHERE, 1, 5, b"", 99_960), FaultKind.SYSCALL_BUDGET_EXCEEDED),
    "no good place for digest and list": (Request(NOWHERE, 1, 5, b""), FaultKind.STORE_VIOLATION),
    "a digest into nothing of no slices": (Request(NOWHERE, 0, 5, b""), FaultKind.STORE_VIOLATION),
    "an unaligned list": (Request(IN_HEAP + 4, 1, PLACE, bytes(32)), FaultKind.UNALIGNED_POINTER),
    "an unaligned list nowhere": (Request(NOWHERE + 4, 1, PLACE, b""), FaultKind.LOAD_VIOLATION),
    "a slice nowhere, for which there is no budget": (
        request_of([(NOWHERE, 1 << 40)], b"", PLACE),
        FaultKind.LOAD_VIOLATION,
    ),
    "a slice of 2^63 bytes nowhere": (request_of([(NOWHERE, 1 << 63)], b"", PLACE), FaultKind.INVALID_LENGTH),
    "a slice of 2^63 - 1 bytes": (
        request_of([(IN_HEAP, (1 << 63) - 1)], b"", PLACE),
        FaultKind.LOAD_VIOLATION,
    ),
    "a bad slice behind a good one": (
        request_of([(PAYLOAD, 50), (NOWHERE, 1)], BYTES, PLACE),
        FaultKind.LOAD_VIOLATION,
    ),
}


@EACH_HASH
@pytest.mark.parametrize("version", [SBPF_V0, SBPF_V3], ids=lambda version: version.target)
@pytest.mark.parametrize("name", CASES)
def test_a_case_ends_as_in_litesvm(name, version, hash_):
    request, end = CASES[name]
    ours, theirs = run_both(hash_, hashing_file(hash_, version), request)
    assert difference(ours, theirs) == ""
    assert (ours.outcome.kind if isinstance(ours.outcome, Fault) else None) is end


@EACH_HASH
@EACH_VERSION
def test_slices_in_the_stack_are_hashed_over_the_ends_of_frames(version, hash_):
    window, ends = (
        stack_window(version),
        (FRAME_END - 9, FRAME_END - 8, FRAME_END - 1, FRAME_END, FRAME_END + 1),
    )
    slices = [(window + start, end - start + 40) for start in (64, 65, FRAME_END - 20) for end in ends]
    if version is SBPF_V0:
        slices.append((window + FRAME_END + 4096, 30))  # behind the gap
    request = request_of(slices, BYTES[:540], window + FRAME_END - 3, window)
    ours, theirs = run_both(hash_, hashing_file(hash_, version), request)
    assert difference(ours, theirs) == ""
    assert ours.outcome == Exit(0)


@pytest.mark.parametrize("missing", range(0, 290, 12))
def test_a_budget_ends_at_the_slice_that_is_too_much(missing):
    file = hashing_file(SHA256, SBPF_V3)
    request = request_of([(PAYLOAD, length) for length in (0, 21, 300)], BYTES, PLACE)
    needed = run_here(file, replace(request, turns=1)).compute_units
    request = replace(request, turns=1 + (BUDGET + missing - needed + 1) // 2)
    assert difference(*run_both(SHA256, file, request)) == ""


@EACH_HASH
@EACH_VERSION
@pytest.mark.parametrize("seed", range(4))
def test_random_slices_are_hashed_as_in_litesvm(seed, version, hash_):
    assert compare_random(hash_, version, seed) == ""


@pytest.mark.slow
@EACH_HASH
@EACH_VERSION
def test_many_random_slices_are_hashed_as_in_litesvm(version, hash_):
    found = {seed: compare_random(hash_, version, seed) for seed in range(4, 500)}
    assert {seed: text for seed, text in found.items() if text} == {}


def compare_random(hash_, version, seed):
    request = random_request(random.Random(f"{hash_.name} {version.target} {seed}"), version)
    return difference(*run_both(hash_, hashing_file(hash_, version), request))


@pytest.mark.parametrize("hash_", OF_LITESVM, ids=lambda hash_: hash_.name)
@pytest.mark.parametrize("address", [HEAP + 3, STACK + 0x1000 - 5], ids=["heap", "over a gap"])
def test_the_deprecated_loader_takes_an_unaligned_list(address, hash_):
    length = address + 8 if address >= HEAP else address + 0x1008
    body = [put(address, INPUT_ADDRESS), put(length, 9), call(f"sol_{hash_.name}", address, 1, ROOM)]
    case = Case("\n".join([*body, call("sol_log_pubkey", ROOM)]), [], loader=Loader.DEPRECATED)
    ours, theirs = case.run(()), run_in_litesvm(case)
    assert theirs.error == ""
    assert ours.compute_units == theirs.units
    assert log_lines(ours.hidden) == tuple(line for line in theirs.logs if line.startswith(OWN_LINES))


@EACH_HASH
def test_the_witness_of_a_hash_over_frames_holds(hash_):
    window = stack_window(SBPF_V0)
    slices = [(window + 50, 300), (PAYLOAD + 1, 45), (window + FRAME_END - 3, 7)]
    request = request_of(slices, BYTES[:300], window + FRAME_END - 3, IN_HEAP)
    program = Program(transpile(hashing_file(hash_, SBPF_V0)))
    data = serialize([], request.to_bytes(), bytes(32))
    # several segments, so that words of the state are carried from one to the next
    assert program.check(data, budget=BUDGET, chunk_size=1 << 12).ok
    assert program.execute(data, budget=BUDGET).outcome == Exit(0)
