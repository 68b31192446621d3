"""A program is built with the runtime around it, or without; that is part of what it is."""

import pytest

from runtime_runs import EVERYTHING, Case, account
from zisk_py.errors import InputError
from zisk_py.isa.journal import Section
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.input_buffer import Loader
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime
from zisk_py.transpiler.bpf.versions import SBPF_VERSIONS
from zisk_py.transpiler.front_end import NoRuntime, transpile
from zisk_py.zkvm import Program

CASE = Case("", [account(1, 3)])


@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
def test_the_target_says_that_the_runtime_is_there(version):
    case = Case("", [account(1, 3)], version=version)
    assert case.rom().rules.target == f"{version.target}-solana"
    assert transpile(case.file).rules.target == version.target


def test_what_is_published_and_the_loader_change_the_id():
    runtimes = [
        None,
        SolanaRuntime(),
        SolanaRuntime(loader=Loader.DEPRECATED),
        *(SolanaRuntime(frozenset({section})) for section in Section),
        SolanaRuntime(EVERYTHING),
    ]
    ids = {Program(transpile(CASE.file, runtime=runtime)).id for runtime in runtimes}
    assert len(ids) == len(runtimes)


def test_only_sbpf_has_it():
    with pytest.raises(NoRuntime, match="Solana does not run"):
        transpile(assemble("exit").text, "ebpf", runtime=SolanaRuntime())


def test_a_file_is_loaded_with_it_and_a_built_one_has_it_already(tmp_path):
    file, built = tmp_path / "program.so", tmp_path / "program.zrom"
    file.write_bytes(CASE.file)
    program = Program.load(file, runtime=SolanaRuntime())
    program.save(built)
    assert Program.load(built).id == program.id
    with pytest.raises(InputError, match="was built with its platform"):
        Program.load(built, runtime=SolanaRuntime())
