"""The coverage programs run all that the tables hold; the end-to-end tests prove them."""

import pytest

from bpf_coverage import (
    FAULT_SOURCES,
    SYSCALL_CALLS,
    accepted_encodings,
    all_instructions,
    all_syscalls,
    executed_slots,
    faults,
)
from bpf_programs import SBPF_VERSIONS, execute_file
from zisk_py.isa.faults import Exit, FaultKind
from zisk_py.transpiler.bpf.decoder import decode
from zisk_py.transpiler.bpf.syscalls import SYSCALLS
from zisk_py.transpiler.bpf.versions import EBPF, Version

ALL_VERSIONS = (EBPF, *SBPF_VERSIONS)


@pytest.mark.parametrize("version", ALL_VERSIONS, ids=lambda version: version.target)
def test_one_program_runs_every_encoding(version: Version):
    item = all_instructions(version)
    slots = executed_slots(item)
    text = bytes.fromhex(item.rom().debug["text"])
    executed = {i.encoding for i in decode(text, version) if i.slot in slots}
    assert set(accepted_encodings(version)) == executed
    assert execute_file(item.file, target=version.target).outcome == Exit(0)


@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
def test_one_program_runs_every_syscall_that_returns(version: Version):
    assert execute_file(all_syscalls(version).file).outcome == Exit(0)
    assert {syscall.name for syscall in SYSCALLS.values()} - set(SYSCALL_CALLS) == {"abort", "sol_panic_"}


@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
def test_one_program_ends_with_each_fault(version: Version):
    for item in faults(version):
        outcome = execute_file(item.file, budget=item.budget).outcome
        assert f"{outcome.kind.name.lower()}_{version.target}" == item.name


def test_every_fault_kind_has_its_program():
    assert set(FAULT_SOURCES) == {kind.name for kind in FaultKind}
