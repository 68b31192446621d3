"""Each command on small programs: text, JSON, files, exit codes."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from zisk_py import Program
from zisk_py.cli.commands import COMMANDS
from zisk_py.cli.main import main

EBPF = ("--target", "ebpf")


def json_of(ending: Any) -> dict[str, Any]:
    assert ending.code == 0, ending.err
    return dict(json.loads(ending.out))


def test_without_arguments_the_commands_are_listed(command: Any) -> None:
    ending = command()
    assert ending.code == 0
    assert all(name in ending.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_takes_json(command: Any, name: str) -> None:
    ending = command(name, "--help")
    assert ending.code == 0
    assert "--json" in ending.out


def test_build_prints_the_id_and_writes_a_program_with_that_id(
    command: Any, programs: Path, tmp_path: Path
) -> None:
    built = json_of(command("build", programs / "five.bin", *EBPF, "-o", tmp_path / "five.zrom", "--json"))
    assert built["program_id"] == Program.load(tmp_path / "five.zrom").id
    assert built["program_id"] == Program.load(programs / "five.bin", target="ebpf").id


def test_build_without_a_name_writes_beside_where_it_runs(
    command: Any, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("build", programs / "five.bin", *EBPF).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["five.zrom"]


def test_build_writes_the_file_to_standard_output_as_binary(programs: Path) -> None:
    out = io.TextIOWrapper(io.BytesIO())
    assert main(["build", str(programs / "five.bin"), *EBPF, "--output", "binary"], out, io.StringIO()) == 0
    buffer = out.buffer
    assert isinstance(buffer, io.BytesIO)
    assert buffer.getvalue() == Program.load(programs / "five.bin", target="ebpf").rom.to_bytes()


def test_execute_prints_how_the_run_ended(command: Any, programs: Path) -> None:
    ending = command("execute", programs / "five.bin", *EBPF)
    assert ending.code == 0, ending.err
    assert "Exit(5)" in ending.out
    assert "steps/s" in ending.out
    assert ending.err == ""


def test_execute_gives_the_outcome_as_an_object(command: Any, programs: Path) -> None:
    result = json_of(command("execute", programs / "five.bin", *EBPF, "--json"))
    assert result["outcome"] == {"kind": "exit", "code": 5}
    assert result["compute_units"] == 3
    assert result["outputs"] == ""
    assert result["peak_memory"] > 0


def test_execute_of_a_guest_fault_ends_with_3(command: Any, programs: Path) -> None:
    ending = command("execute", programs / "fault.bin", *EBPF, "--output", "json")
    assert ending.code == 3
    result = json.loads(ending.out)
    assert result["outcome"] == {"kind": "fault", "fault": "LOAD_VIOLATION", "pc": 1}
    assert result["error"].startswith("Access violation in ")


def test_a_budget_ends_the_run_with_a_fault(command: Any, programs: Path) -> None:
    ending = command("execute", programs / "endless.bin", *EBPF, "--budget", 7)
    assert ending.code == 3
    assert "Fault(BUDGET_EXCEEDED, pc=0)" in ending.out


def test_too_many_steps_end_with_4(command: Any, programs: Path) -> None:
    ending = command("execute", programs / "endless.bin", *EBPF, "--max-steps", 5000)
    assert ending.code == 4
    assert ending.err.startswith("zisk-py: error: ")
    assert ending.out == ""


def test_verify_constraints_accepts_an_honest_run(command: Any, programs: Path) -> None:
    words = ("--chunk-size", 1024, "--json")
    assert json_of(command("verify-constraints", programs / "five.bin", *EBPF, *words))["satisfied"] is True


def test_prove_tells_about_the_run_and_the_proof(command: Any, programs: Path, tmp_path: Path) -> None:
    path = tmp_path / "fault.proof"
    words = ("--chunk-size", 1024, "-o", path, "--json")
    result = json_of(command("prove", programs / "fault.bin", *EBPF, *words))
    assert result["outcome"] == {"kind": "fault", "fault": "LOAD_VIOLATION", "pc": 1}
    assert result["segments"] == 1
    assert result["proof_bytes"] == path.stat().st_size
    assert sum(result["seconds"].values()) > 0


def test_the_command_line_and_the_library_make_the_same_proof(proof: Path, programs: Path) -> None:
    program = Program.load(programs / "five.bin", target="ebpf")
    made = program.prove(b"some input", chunk_size=1024, public_input=True)
    assert made.to_bytes() == proof.read_bytes()
    assert made.verify(program.id).bits >= 100


def test_verify_prints_the_statement_and_the_bits(command: Any, programs: Path, proof: Path) -> None:
    result = json_of(command("verify", proof, "--program", programs / "five.bin", *EBPF, "--json"))
    assert result["outcome"] == {"kind": "exit", "code": 5}
    assert result["public_input"] == b"some input".hex()
    assert result["bits"] >= 100
    assert result["verified"] is True


def test_verify_takes_an_id(command: Any, programs: Path, proof: Path) -> None:
    program_id = Program.load(programs / "five.bin", target="ebpf").id
    ending = command("verify", proof, "--program", program_id)
    assert ending.code == 0, ending.err
    assert "Exit(5)" in ending.out
    assert "verified" in ending.out


def test_verify_accepts_what_is_expected(command: Any, programs: Path, proof: Path) -> None:
    words = ("--expect-exit", 5, "--input", programs / "input", "--outputs", "")
    assert command("verify", proof, "--program", programs / "five.bin", *EBPF, *words).code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--expect-exit", 6), "the run ended with Exit(5), expected Exit(6)"),
        (("--expect-fault", "ABORT"), "the run ended with Exit(5), expected a fault ABORT"),
        (("--outputs", "00"), "the outputs are empty, expected 00"),
        (("--input", "five.bin"), "the public input of the proof differs from five.bin"),
        (("--environment", "five.bin"), "the environment of the proof differs from five.bin"),
        (("--min-bits", 101), "101"),
        (("--program", "0" * 64), "0" * 64),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, tuple) else None,
)
def test_verify_refuses_what_is_not_expected(
    command: Any,
    programs: Path,
    proof: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[object, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(programs)
    ending = command("verify", proof, "--program", "five.bin", *EBPF, *words)
    assert ending.code == 1
    assert ending.err.startswith("zisk-py: error: ")
    assert sentence in ending.err
    assert ending.out == ""


def test_verify_refuses_to_tie_a_private_input_to_a_file(
    command: Any, programs: Path, tmp_path: Path
) -> None:
    path = tmp_path / "private.proof"
    assert command("prove", programs / "fault.bin", *EBPF, "--chunk-size", 1024, "-o", path).code == 0
    ending = command("verify", path, "--program", programs / "fault.bin", *EBPF, "--input", path)
    assert ending.code == 1
    assert "private" in ending.err


def test_disasm_prints_assembly_with_rows_under_it(command: Any, programs: Path) -> None:
    ending = command("disasm", programs / "five.bin", *EBPF)
    assert ending.code == 0, ending.err
    assert "exit" in ending.out
    assert "guest64[" in ending.out


def test_disasm_lists_every_row_as_json(command: Any, programs: Path) -> None:
    listing = json_of(command("disasm", programs / "five.bin", *EBPF, "--json"))["instructions"]
    rows = [int(pc) for item in listing for pc in item["rows"]]
    assert rows == [int(pc) for pc in Program.load(programs / "five.bin", target="ebpf").rom.rows[:, 0]]


def test_info_tells_about_the_installation(command: Any) -> None:
    assert json_of(command("info", "--json")).keys() >= {"version", "kernels", "cores", "compilers"}


def test_info_tells_what_a_file_contains(command: Any, programs: Path, proof: Path) -> None:
    assert "not verified" in command("info", proof).out
    assert json_of(command("info", programs / "five.bin", *EBPF, "--json"))["instructions"] == 3
