"""Limits as options: at the limit a command is done, one above it ends with exit code 4 and the numbers."""

import json
from pathlib import Path
from typing import Any

import pytest

from zisk_py import Program
from zisk_py.cli.sizes import size_argument
from zisk_py.isa.instruction import Instruction, Store, immediate
from zisk_py.isa.memory_map import EXIT_PC, HIDDEN_KEY, MAX_OUTPUT_BYTES, OUTPUT_WORD, RegionKind
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim, Quantity, RegionRule, Rules

INPUT = b"0123456789"
COMMANDS = ("execute", "verify-constraints", "prove")
LEAST = {"--max-steps": 3, "--max-input": len(INPUT), "--max-output": 4}  # of the program below


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program of 3 steps that takes an input and puts out 4 bytes."""
    output = {"store": Store.KEYED, "j1": 8, "j2": 8}
    rows = [
        Instruction(0, b=immediate(4), store_key=HIDDEN_KEY + OUTPUT_WORD, **output),
        Instruction(8, b=immediate(99), store_key=HIDDEN_KEY + OUTPUT_WORD + 1, **output),
        Instruction(16, b=immediate(0), j1=EXIT_PC - 16, j2=EXIT_PC - 16),
    ]
    regions = (RegionRule(RegionKind.INPUT, 1 << 32, Quantity.INPUT_LENGTH, True),)
    path = tmp_path_factory.mktemp("limits") / "short.zrom"
    Program(Rom.from_instructions(rows, [], Rules("ebpf", 3, 0, regions, ()))).save(path)
    return path


@pytest.fixture(scope="module")
def given(program: Path) -> Path:
    """Its input."""
    path = program.with_name("input.bin")
    path.write_bytes(INPUT)
    return path


def run(command: Any, name: str, program: Path, given: Path, *words: object) -> Any:
    more = () if name == "execute" else ("--chunk-size", 1024)
    more += ("--estimate",) if name == "prove" else ()
    return command(name, program, "-i", given, *more, *words)


def refused(ending: Any, *parts: str) -> None:
    """It ended with exit code 4 and one sentence that has these parts."""
    assert ending.code == 4, ending.err
    assert ending.out == ""
    assert ending.err.startswith("zisk-py: error: ")
    assert ending.err.count("\n") == 1
    for part in parts:
        assert part in ending.err


@pytest.mark.parametrize("option", LEAST)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_limit_is_kept_exactly(command: Any, name: str, option: str, program: Path, given: Path) -> None:
    least = LEAST[option]
    for size in (least, least + 1):
        ending = run(command, name, program, given, option, size)
        assert ending.code == 0, ending.err
    refused(run(command, name, program, given, option, least - 1), f"{least - 1}", f"raise {option}")


@pytest.mark.parametrize("name", [*COMMANDS, "build", "disasm", "info"])
def test_a_program_file_is_as_large_as_allowed(
    command: Any, name: str, program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    size = program.stat().st_size
    more = ("--estimate",) if name == "prove" else ()
    assert command(name, program, *more, "--max-file", size).code == 0
    sentence = f"{program} has {size} bytes, more than {size - 1}; raise --max-file"
    refused(command(name, program, *more, "--max-file", size - 1), sentence)


def test_a_proof_is_as_large_as_allowed(command: Any, proof: Path, programs: Path) -> None:
    size = proof.stat().st_size
    for words in (("verify", proof, "--program", programs / "five.bin", "--target", "ebpf"), ("info", proof)):
        assert command(*words, "--max-file", size).code == 0
        refused(command(*words, "--max-file", size - 1), f"{size:,} bytes", "raise --max-file")


@pytest.mark.parametrize("words", ["verify /dev/zero --program x", "info /dev/zero", "build /dev/zero"])
def test_a_device_is_refused(command: Any, words: str) -> None:
    ending = command(*words.split())
    assert ending.code == 2
    assert "/dev/zero is a device that does not end" in ending.err


def test_an_input_of_verify_is_limited_too(command: Any, proof: Path, programs: Path) -> None:
    words = ("--program", programs / "five.bin", "--target", "ebpf", "--input", "/dev/zero")
    ending = command("verify", proof, *words)
    assert ending.code == 2
    assert "/dev/zero" in ending.err


def test_memory_of_execute_is_kept_exactly(
    command: Any, program: Path, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zisk_py.zkvm.used_memory", lambda: 1000)
    held = 2 * 16  # the words of the input, in the run and at its end
    assert run(command, "execute", program, given, "--max-memory", 1000 + held).code == 0
    ending = run(command, "execute", program, given, "--max-memory", 1000 + held - 1)
    refused(ending, "the memory of the program", "raise --max-memory")


@pytest.mark.parametrize("name", ["verify-constraints", "prove"])
def test_the_words_of_a_long_run_are_limited(command: Any, name: str, programs: Path, tmp_path: Path) -> None:
    words = ("--target", "ebpf", "--max-memory", "1K", "--chunk-size", 1024, "--max-steps", 100_000)
    refused(command(name, programs / "endless.bin", *words), "raise --max-memory")


def test_prove_refuses_before_it_begins(
    command: Any, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zisk_py.zkvm.used_memory", lambda: 100 << 20)
    monkeypatch.chdir(tmp_path)
    words = ("prove", programs / "five.bin", "--target", "ebpf", "--json")
    needed = json.loads(command(*words, "--estimate").out)["estimate"]["memory"]
    refused(command(*words, "--max-memory", needed - 1), "segments of 3 steps", "raise --max-memory")
    assert list(tmp_path.iterdir()) == []
    made = json.loads(command(*words, "--max-memory", needed).out)
    assert made["estimate"]["memory"] == needed
    assert made["estimate"].keys() == {"memory", "seconds", "cells", "segments", "proof_bytes"}


def test_a_setting_of_the_environment_limits_memory(
    command: Any, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZISK_MAX_MEMORY", "1M")
    words = ("execute", programs / "five.bin", "--target", "ebpf")
    refused(command(*words), "raise --max-memory")
    assert command(*words, "--max-memory", "4G").code == 0


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        ("4096", 4096),
        ("3K", 3 << 10),
        ("512M", 512 << 20),
        ("4g", 4 << 30),
        ("2TiB", 2 << 40),
        ("5kB", 5 << 10),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert size_argument(Any, Any, text) == size


BAD = {
    "no size": ("--max-memory lots", "'lots' is no size"),
    "a size of nothing": ("--max-memory 0", "'0' is no size"),
    "a negative size": ("--max-input -5", "'-5' is no size"),
    "a fraction": ("--max-file 1.5G", "'1.5G' is no size"),
    "a strange digit": ("--max-file ²", "'²' is no size"),
    "no steps": ("--max-steps 0", "--max-steps"),
    "an output that is too long": (f"--max-output {MAX_OUTPUT_BYTES + 1}", "--max-output"),
    "no time": ("--timeout 0", "--timeout"),
    "too much time": (f"--timeout {10**12}", "--timeout"),
}


@pytest.mark.parametrize(("words", "sentence"), BAD.values(), ids=BAD)
def test_limits_that_make_no_sense_are_bad_usage(
    command: Any, programs: Path, words: str, sentence: str
) -> None:
    ending = command("execute", programs / "five.bin", "--target", "ebpf", *words.split())
    assert ending.code == 2
    assert sentence in ending.err


def test_the_memory_of_the_words_is_that_of_the_program(program: Path) -> None:
    rules = Program.load(program).rom.rules
    (region,) = (r for r in rules.start_regions(Claim(len(INPUT))) if r.is_guest)
    assert region.num_words == 2
