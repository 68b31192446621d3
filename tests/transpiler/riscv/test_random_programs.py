"""Random programs with loops, calls and unaligned memory end as in unicorn."""

import random

import pytest

from proven_runs import prove_and_verify
from riscv_files import DATA, riscv_program
from riscv_random import DATA_BYTES, FREE, RandomProgram
from riscv_unicorn import run_in_unicorn
from zisk_py.isa.faults import Exit

NUM_BYTES = DATA_BYTES + 8 * len(FREE)


def compare(seed: int) -> int:
    """Both memories at the end, all registers among it; returns the number of steps."""
    rng = random.Random(seed)
    source, data = RandomProgram(rng).source(), rng.randbytes(DATA_BYTES)
    expected, _ = run_in_unicorn(source, data, NUM_BYTES)
    run = riscv_program(source, data).execute()
    assert isinstance(run.outcome, Exit), (seed, run.fault_text)
    assert run.memory[DATA][:NUM_BYTES] == expected, seed
    return run.steps


@pytest.mark.parametrize("seed", range(12))
def test_a_random_program_ends_as_in_unicorn(seed):
    assert compare(seed) > 100


@pytest.mark.slow
def test_many_random_programs_end_as_in_unicorn():
    for _ in range(400):
        compare(random.getrandbits(64))


@pytest.mark.parametrize("seed", [3])
def test_a_random_program_is_proven(seed):
    rng = random.Random(seed)
    prove_and_verify(riscv_program(RandomProgram(rng).source(), rng.randbytes(DATA_BYTES)))
