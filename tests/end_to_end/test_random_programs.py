"""A sample of the random programs that agree with LiteSVM is proven and verified, faults included."""

import pytest

from bpf_programs import difference, random_memory_program, random_program, run_both, sbpf_file
from litesvm_runs import BUDGET
from proven_runs import ACCEPT, prove
from zisk_py.isa.faults import Fault
from zisk_py.transpiler.bpf.input_buffer import serialize
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V3
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

SEEDS = range(4)
SBPF_VERSIONS = (SBPF_V0, SBPF_V3)


@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("invent", [random_program, random_memory_program])
def test_a_random_program_is_proven_to_end_as_in_litesvm(invent, seed, version):
    file = sbpf_file(invent(seed, version), version)
    ours, theirs = run_both(file)
    assert difference(ours, theirs) == ""
    data = serialize([], b"", theirs.program_id)
    program = Program(transpile(file))
    stated = prove(program, data, budget=BUDGET).verify(program.id, **ACCEPT).statement
    assert stated.outcome == ours.outcome
    assert stated.compute_units == theirs.units
    assert stated.outputs == (b"" if isinstance(ours.outcome, Fault) else theirs.return_data)


def test_the_sample_has_exits_and_faults():
    outcomes = [
        run_both(sbpf_file(invent(seed, version), version))[0].outcome
        for invent in (random_program, random_memory_program)
        for version in SBPF_VERSIONS
        for seed in SEEDS
    ]
    faults = sum(isinstance(outcome, Fault) for outcome in outcomes)
    assert 0 < faults < len(outcomes)
