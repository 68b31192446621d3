"""Runs that claim another digest are refused, whichever step of the hash they lie about."""

from functools import cache

import numpy as np
import pytest

from bpf_programs import sbpf_file
from forged_runs import ForgedRun, Lies, assert_refused, forged_run, prove_forged, verify_forged
from hash_reference import REFERENCES
from zisk_py import emulator
from zisk_py.emulator.records import Step
from zisk_py.isa.instruction import Flag
from zisk_py.isa.memory_map import HIDDEN_KEY, ROUTINES_PC
from zisk_py.isa.operations import COPY
from zisk_py.isa.rom import ROM_COLUMNS, Rom
from zisk_py.stark.errors import BusUnbalanced
from zisk_py.transpiler.bpf.hashes.blake3 import BLAKE3
from zisk_py.transpiler.bpf.hashes.buffer import DIGEST, Hash
from zisk_py.transpiler.bpf.hashes.stream import HASHES
from zisk_py.transpiler.bpf.versions import SBPF_V3
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile

EACH_HASH = pytest.mark.parametrize("hash_", HASHES, ids=lambda hash_: hash_.name)
MESSAGE = b"a message of 24 bytes..."
CHUNK = 1 << 13
CHANGE = 1 << 5
SLOT_OF_B = 2  # of the times of a step

SOURCE = """
stxdw [r10-16], r1
stdw [r10-8], {length}
mov r1, r10
add r1, -16
mov r2, 1
mov r3, r10
add r3, -64
syscall sol_{name}
mov r1, r10
add r1, -64
mov r2, 32
syscall sol_set_return_data
mov r0, 0
exit
"""


@cache
def rom_of(hash_: Hash) -> Rom:
    return transpile(sbpf_file(SOURCE.format(length=len(MESSAGE), name=hash_.name), SBPF_V3))


@cache
def steps_of(hash_: Hash) -> np.ndarray:
    """The row of the ROM for each step: (steps, len(ROM_COLUMNS))."""
    rom = rom_of(hash_)
    claim = make_claim(rom.rules, MESSAGE)
    regions = rom.rules.start_regions(claim)
    (chunk,) = emulator.execute(rom, claim, MESSAGE, chunk_size=CHUNK).chunks
    arrivals, _ = emulator.merge([emulator.count(rom, regions, chunk)])
    rows = emulator.expand(rom, regions, chunk, arrivals[0]).steps[:, Step.ROW]
    return rom.rows[np.asarray(rows, dtype=np.int64)]


def column(hash_: Hash, name: str) -> np.ndarray:
    return steps_of(hash_)[:, ROM_COLUMNS.index(name)]


def writer_of_digest(hash_: Hash) -> int:
    """The last step that sets the first word of the digest."""
    return int(np.flatnonzero(column(hash_, "store_key") == np.uint64(HIDDEN_KEY + DIGEST))[-1])


def store_of_digest(hash_: Hash) -> int:
    """The step that stores the first word of the digest to the memory of the guest."""
    is_store = column(hash_, "flags") & np.uint64(Flag.STORE_INDIRECT) != 0
    (step,) = np.flatnonzero(is_store & (column(hash_, "b_lo") == np.uint64(HIDDEN_KEY + DIGEST)))
    return int(step)


@cache
def honest_run(hash_: Hash) -> ForgedRun:
    """The twin of all runs here; a test of its own accepts it."""
    return run_with(hash_, Lies())


def run_with(hash_: Hash, lies: Lies) -> ForgedRun:
    return forged_run(rom_of(hash_), MESSAGE, lies, chunk_size=CHUNK, has_twin=False)


def run_with_wrong_result(hash_: Hash, step: int) -> ForgedRun:
    """The run in which one bit of a result is another; it goes on from there."""
    main = honest_run(hash_).part("Main")
    c, flag = main[step, "c0"] | main[step, "c1"] << 32, main[step, "flag"]
    return run_with(hash_, Lies(results={step: (c ^ CHANGE, flag)}))


def first_byte(hash_: Hash) -> int:
    return REFERENCES[hash_.name](MESSAGE)[0]


@EACH_HASH
def test_the_honest_run_has_the_digest_of_its_message(hash_):
    run = honest_run(hash_)
    assert run.statement.outputs == REFERENCES[hash_.name](MESSAGE)
    assert run.refusals() == set()


@EACH_HASH
def test_another_digest_from_the_last_step_is_proven_by_no_machine(hash_):
    run = run_with_wrong_result(hash_, writer_of_digest(hash_))
    assert run.statement.outputs[0] == first_byte(hash_) ^ CHANGE
    assert_refused(run, "OPERATION: ")


@EACH_HASH
def test_another_digest_stored_than_found_breaks_main(hash_):
    run = run_with_wrong_result(hash_, store_of_digest(hash_))
    assert run.statement.outputs[0] == first_byte(hash_) ^ CHANGE
    assert_refused(run, "Main: ")


@EACH_HASH
def test_another_digest_found_than_made_breaks_the_chain_of_its_word(hash_):
    step = store_of_digest(hash_)
    main = honest_run(hash_).part("Main")
    word = main[step, "b0"] | main[step, "b1"] << 32
    run = run_with(hash_, Lies(reads={4 * step + SLOT_OF_B: word ^ CHANGE}))
    assert run.statement.outputs[0] == first_byte(hash_) ^ CHANGE
    assert_refused(run, "CHAIN: ")


@pytest.mark.slow
@EACH_HASH
@pytest.mark.parametrize("part", [0.3, 0.45, 0.6, 0.75, 0.9])
def test_a_wrong_result_within_the_hash_is_proven_by_no_machine(hash_, part):
    first = int(np.flatnonzero(column(hash_, "pc") >= np.uint64(ROUTINES_PC))[0])
    step = first + int(part * (writer_of_digest(hash_) - first))
    while column(hash_, "op")[step] == COPY.code:
        step += 1
    assert_refused(run_with_wrong_result(hash_, step), "OPERATION: ")


@pytest.mark.parametrize(
    "hash_",
    [hash_ if hash_ is BLAKE3 else pytest.param(hash_, marks=pytest.mark.slow) for hash_ in HASHES],
    ids=lambda hash_: hash_.name,
)
def test_the_verifier_refuses_a_proof_of_another_digest(hash_):
    program_id, proof = prove_forged(run_with_wrong_result(hash_, writer_of_digest(hash_)))
    with pytest.raises(BusUnbalanced):
        verify_forged(program_id, proof)
