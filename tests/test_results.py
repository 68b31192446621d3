"""The results of a run: at fixed places, the same from an execution and from a verified proof."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from bpf_programs import sbpf_file
from proven_runs import ACCEPT, EXAMPLES, ebpf_program, prove
from runtime_runs import Case, account
from zisk_py import Program
from zisk_py.cli.main import main
from zisk_py.isa.faults import Exit, Fault, FaultKind, Outcome
from zisk_py.isa.results import Results, results_of
from zisk_py.isa.rules import JOURNAL_SUFFIX, Rules
from zisk_py.trace.proof_check import ProofCheck, check_proof
from zisk_py.trace.run import Trace
from zisk_py.transpiler.bpf.versions import SBPF_V3
from zisk_py.transpiler.front_end import transpile

# Faults that come between two instructions, or before or after all.
BETWEEN = {
    FaultKind.BUDGET_EXCEEDED,
    FaultKind.READONLY_LAMPORT_CHANGE,
    FaultKind.READONLY_DATA_MODIFIED,
    FaultKind.EXTERNAL_LAMPORT_SPEND,
    FaultKind.EXTERNAL_DATA_MODIFIED,
    FaultKind.MODIFIED_OWNER,
    FaultKind.INVALID_REALLOC,
    FaultKind.UNBALANCED_INSTRUCTION,
    FaultKind.MALFORMED_INPUT,
    FaultKind.ACCOUNT_DATA_SIZE_CHANGED,
}


def results(outcome: Outcome, target: str = "sbpf-v3", outputs: bytes = b"") -> Results:
    rules = Rules(target, 1, 0, (), ())
    return results_of(
        rules,
        outcome,
        steps=9,
        compute_units=8,
        instructions=7,
        memory_operations=6,
        outputs=outputs,
    )


def test_the_slots_are_in_the_order_that_users_rely_on() -> None:
    assert results(Exit(0), f"sbpf-v3{JOURNAL_SUFFIX}", bytes([3, *bytes(15)])) == (1, 0, 8, 7, 3, 9, 7, 6)
    assert Results._fields == (
        "success",
        "exit_code",
        "compute_units",
        "instructions_executed",
        "accounts_modified",
        "steps",
        "opcodes_processed",
        "memory_operations",
    )


@pytest.mark.parametrize("code", [0, 1, (1 << 64) - 1])
def test_only_code_0_is_success(code: int) -> None:
    assert results(Exit(code))[:2] == (int(code == 0), code)


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_is_no_success_and_may_cut_an_instruction_short(kind: FaultKind) -> None:
    found = results(Fault(kind, 3))
    assert found[:2] == (0, 0)
    assert found.instructions_executed == (7 if kind in BETWEEN else 6)
    assert found.opcodes_processed == 7


@pytest.mark.parametrize("outputs", [b"", bytes(7)])
def test_accounts_are_counted_by_a_journal_alone(outputs: bytes) -> None:
    assert results(Exit(0), "sbpf-v3", bytes(8)).accounts_modified is None
    assert results(Exit(0), f"sbpf-v3{JOURNAL_SUFFIX}", outputs).accounts_modified is None
    assert results(Exit(0), f"sbpf-v3{JOURNAL_SUFFIX}", bytes(8)).accounts_modified == 0


CHANGE = "stb [r1+96], 7"  # the first byte of the data of the first account


def vault() -> tuple[Program, bytes]:
    return Program.load(EXAMPLES / "vault" / "vault.so"), (EXAMPLES / "vault" / "input.bin").read_bytes()


RUNS: dict[str, tuple[Any, Results]] = {
    "loads and stores": (
        lambda: (ebpf_program("stdw [r10-8], 5\nldxb r0, [r10-8]\nadd r0, -5\nexit"), b""),
        Results(1, 0, 4, 4, None, 5, 4, 2),
    ),
    "a load that faults": (
        lambda: (ebpf_program("mov r1, 0\nldxdw r0, [r1+0]\nexit"), b""),
        Results(0, 0, 2, 1, None, 2, 2, 1),
    ),
    "exit code": (
        lambda: (Program(transpile(sbpf_file("mov r0, 7\nexit", SBPF_V3))), b""),
        Results(0, 7, 2, 2, None, 4, 2, 0),
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_proof_states_the_results_of_the_execution(name: str) -> None:
    (program, data), expected = RUNS[name][0](), RUNS[name][1]
    executed = program.execute(data).results
    assert executed._replace(steps=0) == expected._replace(steps=0)
    assert prove(program, data).verify(program, **ACCEPT).statement.results == executed


def test_an_exhausted_budget_leaves_the_instruction_that_it_stops_unstarted() -> None:
    found = ebpf_program("mov r0, 1\nadd r0, 2\nexit").execute(budget=2).results
    assert (found.instructions_executed, found.opcodes_processed, found.compute_units) == (2, 2, 2)


def test_instructions_and_memory_operations_are_those_of_a_trace() -> None:
    program, data = vault()
    trace = Trace(program, data)
    operations = sum(len(witness.memory_operations) for witness in trace)
    found = program.execute(data).results
    assert found.instructions_executed == trace.finished().total_instructions
    assert found.memory_operations == operations


def test_a_run_under_the_runtime_counts_the_accounts_that_it_modified() -> None:
    for change, modified in (("", 0), (CHANGE, 1)):
        case = Case(change, [account(1, 3), account(2, 3)])
        assert Program(case.rom()).execute(case.input).results.accounts_modified == modified


def test_a_proof_is_checked_against_the_run() -> None:
    program, data = vault()
    trace = Trace(program, data)
    proof = program.prove(data, threads=1)
    found = check_proof(trace, proof)
    assert found.is_valid
    assert found.total_constraints == trace.finished().total_constraints > 1000
    other = check_proof(Trace(program, data[:-1] + b"x"), proof)
    assert other.state_reconstruction_valid
    broken = type(proof)(proof.data[:-1] + bytes([proof.data[-1] ^ 1]))
    assert not check_proof(trace, broken).mathematical_proof_valid


def test_the_commands_print_the_results_in_the_order_of_the_slots(tmp_path: Path) -> None:
    (tmp_path / "five.bin").write_bytes(bytes.fromhex("b7000000050000009500000000000000"))
    words = [str(tmp_path / "five.bin"), "--target", "ebpf", "--json"]
    for command, more in (
        ("execute", []),
        ("prove", ["-o", str(tmp_path / "proof"), "--no-results"]),
        ("prove", ["-o", str(tmp_path / "proof")]),
        ("verify", [str(tmp_path / "proof"), "--program"]),
    ):
        out, err = io.StringIO(), io.StringIO()
        assert main([command, *more, *words], out, err) == 0, err.getvalue()
        printed = json.loads(out.getvalue())
        assert list(printed["results"]) == list(Results._fields)
        assert list(printed["results"].values()) == [0, 5, 2, 2, None, printed["steps"], 2, 0]
        if "--no-results" in more:
            assert not set(ProofCheck._fields) & set(printed)
        elif command == "prove":
            assert printed["mathematical_proof_valid"] is printed["state_reconstruction_valid"] is True
            assert printed["total_constraints"] > 0


def test_the_document_lists_the_slots() -> None:
    text = (EXAMPLES.parent / "docs" / "results.md").read_text()
    rows = re.findall(r"^\| (\d) \| `(\w+)` \|", text, re.MULTILINE)
    assert rows == [(str(number), name) for number, name in enumerate(Results._fields)]
    assert set(ProofCheck._fields) <= set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
