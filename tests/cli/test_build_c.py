"""`build` of C files and objects, and C as the program of other commands."""

import json
from pathlib import Path
from typing import Any

import pytest

from c_programs import NEEDS_CLANG, SOLANA_ENTRY, SOLANA_TARGETS, SOURCES
from zisk_py.transpiler.c.program_source import TARGETS

COUNTER, TABLES, VERDICT = (SOURCES / f"{name}.c" for name in ("counter", "tables", "verdict"))
ETHERNET = bytes(12) + b"\x08\x00"
IPV4 = b"\x45" + bytes(19)
pytestmark = NEEDS_CLANG


def built_id(ending: Any) -> str:
    """The program id that a command printed as JSON."""
    assert ending.code == 0, ending.err
    return str(json.loads(ending.out)["program_id"])


@pytest.mark.parametrize("target", TARGETS)
def test_the_ending_of_the_output_says_what_is_written(target: str, command: Any, tmp_path: Path) -> None:
    sources = (TABLES, *((SOLANA_ENTRY,) if target in SOLANA_TARGETS else ()))
    linked = tmp_path / ("program.so" if target in SOLANA_TARGETS else "program.o")
    ids = {
        built_id(command("build", *sources, "--target", target, "-o", path, "--json"))
        for path in (linked, tmp_path / "program.zrom")
    }
    assert linked.read_bytes()[:4] == b"\x7fELF"
    ids |= {json.loads(command("info", path, "--json").out)["program_id"] for path in tmp_path.iterdir()}
    assert len(ids) == 1


def test_without_a_name_a_zrom_is_written_beside_where_it_runs(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("build", COUNTER, "--target", "sbpf-v3").code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["counter.zrom"]


def test_a_c_file_is_a_program_of_every_command(command: Any, tmp_path: Path) -> None:
    packet = tmp_path / "packet.bin"
    packet.write_bytes(ETHERNET + IPV4 + b"\x00\x00\x00\x50")
    words = (VERDICT, "--target", "ebpf", "--mode", "xdp")
    assert "Exit(1)" in command("execute", *words, "-i", packet).out
    packet.write_bytes(ETHERNET + IPV4 + b"\x00\x00\x00\x51")
    assert "Exit(2)" in command("execute", *words, "-i", packet).out
    assert command("info", VERDICT, "--target", "ebpf").code == 0
    assert "ldx" in command("disasm", VERDICT, "--target", "ebpf").out


def test_objects_are_linked_with_sources(command: Any, tmp_path: Path) -> None:
    for target in SOLANA_TARGETS:
        single, whole = tmp_path / "tables.o", tmp_path / "whole.so"
        flags = ("--cflag", "-mcpu=v2")
        assert command("build", TABLES, "--target", "ebpf", *flags, "-o", single).code == 0
        assert command("build", single, SOLANA_ENTRY, "--target", target, "-o", whole).code == 0
        assert command("info", whole).code == 0


def test_an_object_larger_than_allowed_is_not_read(command: Any, tmp_path: Path) -> None:
    large = tmp_path / "large.o"
    large.write_bytes(bytes(2000))
    words = (COUNTER, large, "--target", "sbpf-v3", "-o", tmp_path / "x.so", "--max-file", "1000")
    ending = command("build", *words)
    assert ending.code == 4
    assert "large.o has 2,000 bytes" in ending.err


def test_flags_reach_the_compiler(command: Any, tmp_path: Path) -> None:
    source = tmp_path / "flagged.c"
    source.write_text("int main(void) { return NUMBER; }")
    flags = ("--cflag", "-DNUMBER=31", "--cflag", "-O0")
    assert command("build", source, "--target", "ebpf", *flags, "-o", tmp_path / "x.zrom").code == 0
    assert "Exit(31)" in command("execute", tmp_path / "x.zrom").out


def test_messages_of_the_compiler_come_before_the_sentence(command: Any, tmp_path: Path) -> None:
    source = tmp_path / "broken.c"
    source.write_text("int main(void) { return nothing; }")
    ending = command("build", source, "--target", "ebpf", "-o", tmp_path / "x.zrom")
    assert ending.code == 2
    assert "undeclared identifier 'nothing'" in ending.err
    assert ending.err.splitlines()[-1].startswith("zisk-py: error: clang cannot compile")
    assert not (tmp_path / "x.zrom").exists()


# Words behind `build`, and what the message says.
REFUSED = {
    "no target": ((COUNTER,), "choose one with --target: sbpf-v3, sbpf-v0, ebpf"),
    "another target": ((COUNTER, "--target", "sbpf-v2"), "cannot be built for sbpf-v2"),
    "wrong ending": ((COUNTER, "--target", "sbpf-v3", "-o", "{folder}/x.o"), "end its name in .zrom or .so"),
    "wrong ending of eBPF": (
        (TABLES, "--target", "ebpf", "-o", "{folder}/x.so"),
        "end its name in .zrom or .o",
    ),
    "no compiler": ((COUNTER, "--target", "sbpf-v3", "--clang", "none-such"), "none-such is not there"),
    "no entry": ((TABLES, "--target", "sbpf-v3"), "no function 'entrypoint'"),
    "another entry": ((COUNTER, "--target", "sbpf-v3", "--entry", "begin"), "no function 'begin'"),
    "wrong flag": ((COUNTER, "--target", "sbpf-v0", "--cflag", "-mcpu=v3"), "leave it out"),
    "missing half": ((SOLANA_ENTRY, "--target", "sbpf-v0"), "'compute', which it does not define"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_built_is_bad_input_in_one_sentence(
    case: str, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words, message = REFUSED[case]
    ending = command("build", *(str(word).replace("{folder}", str(tmp_path)) for word in words))
    assert ending.code == 2
    assert message in ending.err
    assert len(ending.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
