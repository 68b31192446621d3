"""`zisk-py solana`: an instruction run, proven and verified from its fixture."""

import json
from pathlib import Path
from typing import Any

import pytest

from bpf_programs import sbpf_file
from c_programs import NEEDS_CLANG
from zisk_py.solana.comparison import OtherInstruction, check_statement
from zisk_py.solana.execution import Instruction
from zisk_py.solana.reading import load_fixture
from zisk_py.transpiler.bpf import base58
from zisk_py.transpiler.bpf.versions import SBPF_V0
from zisk_py.zkvm import Proof

ME, OWNED, FOREIGN = ("\x4d" * 32).encode(), b"\x01" * 32, b"\x02" * 32
DATA = 0x4_0000_0000 + 8 + 88  # of the first account
# Writes 5 into its first account, takes 7 lamports from it for the second, logs and returns what it wrote.
SOURCE = f"""
lddw r6, {DATA:#x}
mov r1, 5
stxdw [r6+0], r1
ldxdw r1, [r6-16]
sub r1, 7
stxdw [r6-16], r1
lddw r7, {DATA + 8 + 10240 + 8 + 88:#x}
ldxdw r1, [r7-16]
add r1, 7
stxdw [r7-16], r1
mov r1, 1
mov r2, 0
syscall sol_log_64_
mov r1, r6
mov r2, 8
syscall sol_set_return_data
mov r0, 0
exit
"""


def document(**more: Any) -> dict[str, Any]:
    accounts = [
        {
            "key": base58.encode(OWNED),
            "owner": base58.encode(ME),
            "lamports": 1000,
            "data": "ff" * 8,
            "is_writable": True,
        },
        {"key": base58.encode(FOREIGN), "owner": "1" * 32, "lamports": 1, "is_writable": True},
    ]
    publish = ["program_id", "account_metas", "pre_hashes", "post_accounts", "return_data"]
    return {
        "program": "p.so",
        "program_id": base58.encode(ME),
        "accounts": accounts,
        "publish": publish,
        "expect": {"error": "", "units": 218},
        **more,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("solana")
    (folder / "p.so").write_bytes(sbpf_file(SOURCE, SBPF_V0))
    (folder / "good.json").write_text(json.dumps(document()))
    return folder


@pytest.fixture(scope="module")
def proof(command: Any, folder: Path) -> Path:
    path = folder / "good.proof"
    ending = command("solana", "prove", folder / "good.json", "--chunk-size", 4096, "-o", path, "--json")
    assert ending.code == 0, ending.err
    return path


def write(folder: Path, **more: Any) -> Path:
    path = folder / "other.json"
    path.write_text(json.dumps(document(**more)))
    return path


def test_run_tells_what_the_instruction_did(command: Any, folder: Path) -> None:
    ending = command("solana", "run", folder / "good.json", "--json")
    assert ending.code == 0, ending.err
    found = json.loads(ending.out)
    assert (found["error"], found["violation"], found["compute_units"]) == (None, None, 218)
    assert found["return_data"] == "0500000000000000"
    assert found["logs"] == ["Program log: 0x1, 0x0, 0x0, 0x0, 0x0"]
    assert found["changes"] == [
        {"key": base58.encode(OWNED), "field": "lamports", "before": 1000, "after": 993},
        {"key": base58.encode(OWNED), "field": "data", "before": "ff" * 8, "after": "0500000000000000"},
        {"key": base58.encode(FOREIGN), "field": "lamports", "before": 1, "after": 8},
    ]
    assert found["journal"]["accounts_modified"] == 2
    sections = [section["section"] for section in found["journal"]["sections"]]
    assert sections == [
        *("program_id", "account_metas", "pre_hashes", "pre_hashes"),
        *("post_accounts", "post_accounts", "return_data"),
    ]


def test_run_in_words_has_the_same(command: Any, folder: Path) -> None:
    ending = command("solana", "run", folder / "good.json")
    assert f"{base58.encode(OWNED)} lamports: 1000 -> 993" in ending.out
    assert f"{base58.encode(OWNED)} data[0:8]: ffffffffffffffff -> 0500000000000000" in ending.out
    assert "2 accounts modified" in ending.out


def test_an_instruction_that_the_runtime_refuses_ends_with_3(command: Any, folder: Path) -> None:
    accounts = document()["accounts"]
    accounts[0]["is_writable"] = False
    ending = command("solana", "run", write(folder, accounts=accounts, expect={}), "--json")
    found = json.loads(ending.out)
    assert ending.code == 3
    assert found["outcome"]["fault"] == "READONLY_LAMPORT_CHANGE"
    assert found["error"] == "instruction changed the balance of a read-only account"
    assert found["violation"] == {"kind": "READONLY_LAMPORT_CHANGE", "key": base58.encode(OWNED)}
    assert found["changes"] == []


def test_a_failure_that_is_expected_ends_with_0(command: Any, folder: Path) -> None:
    error = "exceeded CUs meter at BPF instruction"
    path = write(folder, compute_budget=4, expect={"error": error})
    ending = command("solana", "run", path)
    assert ending.code == 0, ending.err
    assert error in ending.out


@pytest.mark.parametrize("name", ["run", "prove"])
def test_another_end_than_expected_is_refused(command: Any, folder: Path, name: str) -> None:
    ending = command("solana", name, write(folder, expect={"units": 1}))
    assert ending.code == 1
    assert ending.err == "zisk-py: error: units: 218, and the fixture expects 1\n"


def test_a_proof_is_verified_against_its_fixture_or_the_id(command: Any, folder: Path, proof: Path) -> None:
    verified = command("solana", "verify", proof, "--fixture", folder / "good.json", "--json")
    assert verified.code == 0, verified.err
    found = json.loads(verified.out)
    assert found["journal"]["accounts_modified"] == 2
    assert found["verified"] is True
    again = command("solana", "verify", proof, "--program", found["program_id"])
    assert again.code == 0, again.err


ACCOUNTS = document()["accounts"]
OTHERS = {
    "another account": {"accounts": [{**ACCOUNTS[0], "lamports": 1001}, ACCOUNTS[1]]},
    "another flag": {"accounts": [ACCOUNTS[0], {**ACCOUNTS[1], "is_signer": True}]},
    "another length": {"accounts": [ACCOUNTS[0], {**ACCOUNTS[1], "data": "00" * 8}]},
    "another program id": {"program_id": base58.encode(FOREIGN)},
    "another budget": {"compute_budget": 1000},
    "another heap": {"heap_size": 65536},
    "other units": {"expect": {"units": 1}},
    "another end": {"expect": {"error": "custom program error: 0x1"}},
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_statement_of_another_instruction_is_told(folder: Path, proof: Path, name: str) -> None:
    statement = Proof.load(proof).statement
    check_statement(Instruction(load_fixture(folder / "good.json")), statement)
    with pytest.raises(OtherInstruction):
        check_statement(Instruction(load_fixture(write(folder, **OTHERS[name]))), statement)


@pytest.mark.parametrize("change", [OTHERS["another account"], {"publish": ["program_id"]}])
def test_the_proof_of_another_instruction_is_refused(
    command: Any, folder: Path, proof: Path, change: dict[str, Any]
) -> None:
    ending = command("solana", "verify", proof, "--fixture", write(folder, **change))
    assert ending.code == 1
    assert ending.err.startswith("zisk-py: error: ")
    assert ending.err.count("\n") == 1


def test_an_estimate_writes_no_proof(command: Any, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "none.proof"
    ending = command("solana", "prove", folder / "good.json", "--estimate", "-o", path, "--json")
    assert ending.code == 0, ending.err
    assert json.loads(ending.out)["estimate"]["segments"] == 1
    assert not path.exists()


def test_the_proof_of_a_failure_says_which(command: Any, folder: Path, tmp_path: Path) -> None:
    accounts = [{**ACCOUNTS[0], "is_writable": False}, ACCOUNTS[1]]
    fixture, path = write(folder, accounts=accounts, expect={}), tmp_path / "failure.proof"
    assert command("solana", "prove", fixture, "--chunk-size", 8192, "-o", path).code == 0
    ending = command("solana", "verify", path, "--fixture", fixture)
    assert ending.code == 0, ending.err
    assert "instruction changed the balance of a read-only account" in ending.out


def test_verify_needs_to_know_of_what(command: Any, proof: Path) -> None:
    ending = command("solana", "verify", proof)
    assert ending.code == 2
    assert "--fixture or --program" in ending.err


def test_a_bad_fixture_ends_with_2_and_one_sentence(command: Any, folder: Path) -> None:
    ending = command("solana", "run", write(folder, heap_size=1))
    assert ending.code == 2
    assert "other.json: heap_size: 1 is out of range" in ending.err
    assert ending.err.count("\n") == 1


@NEEDS_CLANG
def test_a_program_can_be_c(command: Any, folder: Path) -> None:
    source = "unsigned long entrypoint(const unsigned char *input) { return input[8] != 255; }"
    (folder / "p.c").write_text(source)
    ending = command("solana", "run", write(folder, program="p.c", target="sbpf-v3", expect={"error": ""}))
    assert ending.code == 0, ending.err


def test_a_program_that_is_not_there_is_named(command: Any, folder: Path) -> None:
    ending = command("solana", "run", write(folder, program="none.so"))
    assert ending.code == 2
    assert "none.so" in ending.err


@pytest.mark.parametrize("name", ["run", "prove", "verify"])
def test_every_command_has_help_and_takes_json(command: Any, name: str) -> None:
    ending = command("solana", name, "--help")
    assert ending.code == 0
    assert "--json" in ending.out


def test_accounts_that_no_proof_can_keep_are_out_of_limits(command: Any, folder: Path) -> None:
    accounts = [{**ACCOUNTS[0], "data": {"zeros": 400_000}}, ACCOUNTS[1]]
    ending = command("solana", "run", write(folder, accounts=accounts))
    assert ending.code == 4
    assert "give fewer or shorter ones" in ending.err


@pytest.mark.parametrize("size", [65_400, 65_536, 100_000])
def test_a_journal_that_is_too_long_is_out_of_limits(command: Any, folder: Path, size: int) -> None:
    accounts = [{**ACCOUNTS[0], "data": {"zeros": size}}, ACCOUNTS[1]]
    ending = command("solana", "run", write(folder, accounts=accounts, publish=["pre_accounts"]))
    assert ending.code == 4
    assert "publish hashes of accounts" in ending.err
