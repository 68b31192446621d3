"""Bad usage and bad input: one clear sentence, exit code 2, nothing half-written."""

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from zisk_py.cli.bundled import bundled_programs

EBPF = ("--target", "ebpf")
EM_AARCH64 = 183
OBJECTS = Path(__file__).parent.parent / "data" / "bpf" / "objects"


def with_relocation_type(number: int) -> bytes:
    """An eBPF object whose first relocation has another type."""
    data = (OBJECTS / "tables.clang.o").read_bytes()
    section = next(s for s in ELFFile(io.BytesIO(data)).iter_sections() if s["sh_type"] == "SHT_REL")
    position = section["sh_offset"] + 8  # r_info follows r_offset; its low half is the type
    return data[:position] + number.to_bytes(4, "little") + data[position + 4 :]


@pytest.fixture
def folder(tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: bad files and a good program."""
    program = bundled_programs()[0].program.read_bytes()
    files = {
        "text": b"this is no ELF file, and no .zrom file either\n",
        "empty": b"",
        "truncated.so": program[: len(program) // 2],
        "header.so": program[:60],
        "machine.so": program[:18] + EM_AARCH64.to_bytes(2, "little") + program[20:],
        "random.proof": os.urandom(5000),
        "old.zrom": b"ZROM" + (9999).to_bytes(4, "little") + bytes(64),
        "short.zrom": b"ZROM\1\0",
        "five.bin": (programs / "five.bin").read_bytes(),
        "odd.bin": (programs / "five.bin").read_bytes()[:-1],
        "good.so": program,
        "relocation.o": with_relocation_type(99),
        "map.o": (OBJECTS / "map.o").read_bytes(),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


BAD = {
    "no such file": ("execute nowhere", "'nowhere' does not exist"),
    "not an ELF": ("build text", "text"),
    "an empty file": ("build empty", "empty"),
    "truncated ELF": ("build truncated.so", "truncated.so"),
    "truncated header": ("build header.so", "header.so"),
    "wrong machine": ("build machine.so", "EM_AARCH64"),
    "a host program": (f"build {sys.executable}", "EM_X86_64"),
    "odd length": ("build odd.bin --target ebpf", "8"),
    "unknown relocation": ("build relocation.o", "99"),
    "a map": ("build map.o", "zisk-py has no maps"),
    "missing entry": ("build good.so --entry nowhere", "nowhere"),
    "unknown target": ("build five.bin --target z80", "z80"),
    "no power of two": ("prove five.bin --target ebpf --chunk-size 1000", "1000 is not a power of two"),
    "a small chunk size": (
        "prove five.bin --target ebpf --chunk-size 512",
        "512 is not a power of two from 1024",
    ),
    "a large chunk size": ("prove five.bin --target ebpf --chunk-size 8388608", "to 4194304"),
    "a chunk size in words": ("prove five.bin --chunk-size many", "'many'"),
    "no threads": ("prove five.bin --threads 0", "--threads"),
    "an unknown profile": ("prove five.bin --profile quick", "'quick'"),
    "an output in no folder": (
        "prove five.bin --target ebpf -o nowhere/x.proof",
        "cannot write nowhere/x.proof",
    ),
    "an output that is a folder": ("build five.bin --target ebpf -o folder", "cannot write folder"),
    "an output in a file": ("build five.bin --target ebpf -o text/x", "cannot write text/x"),
    "a negative budget": ("execute five.bin --budget -1", "--budget"),
    "an old .zrom": ("execute old.zrom", "version 9999"),
    "a truncated .zrom": ("execute short.zrom", "short.zrom"),
    "random bytes as proof": ("verify random.proof --program five.bin --target ebpf", "proof"),
    "an empty proof": ("verify empty --program five.bin --target ebpf", "proof"),
    "a program as proof": ("verify good.so --program good.so", "proof"),
    "no program to verify for": ("verify random.proof", "--program"),
    "a bad id": (f"verify random.proof --program {'0' * 63}", "0" * 63),
    "no command": ("conjure five.bin", "'conjure'"),
    "an unknown option": ("prove five.bin --fast", "--fast"),
    "an endless input": (
        "execute five.bin --target ebpf -i /dev/zero",
        "/dev/zero is a device that does not end",
    ),
    "a folder as input": ("execute five.bin --target ebpf -i folder", "folder"),
    "text for bytes": ("build five.bin --target ebpf --output binary", "standard output"),
}


@pytest.mark.parametrize(("words", "sentence"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_in_one_sentence(command: Any, folder: Path, words: str, sentence: str) -> None:
    before = sorted(folder.rglob("*"))
    ending = command(*words.split())
    assert ending.code == 2, ending.err
    assert ending.out == ""
    assert ending.err.startswith("zisk-py: error: ")
    assert ending.err.count("\n") == 1
    assert sentence in ending.err
    assert sorted(folder.rglob("*")) == before


def test_an_input_that_is_too_large_is_refused(
    command: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zisk_py.transpiler.claims.MAX_INPUT_BYTES", 10)
    ending = command("execute", "five.bin", *EBPF, "-i", "text")
    assert ending.code == 2
    assert "at most 10" in ending.err


def test_a_setting_of_the_environment_is_checked_like_a_flag(
    command: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZISK_CHUNK_SIZE", "1000")
    ending = command("prove", "five.bin", *EBPF)
    assert ending.code == 2
    assert "1000 is not a power of two" in ending.err
    assert command("prove", "five.bin", *EBPF, "--chunk-size", 1024, "-o", "x.proof").code == 0


def test_an_unwritable_output_is_refused_before_the_work(
    command: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[object] = []
    monkeypatch.setattr("zisk_py.zkvm.Program.load", lambda *args, **options: worked.append(args))
    assert command("prove", "five.bin", *EBPF, "-o", "nowhere/x").code == 2
    assert worked == []
