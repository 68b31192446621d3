"""What a program logs is printed: as text without control characters, as JSON unchanged."""

import json
from pathlib import Path
from typing import Any

import pytest

from bpf_programs import sbpf_file
from zisk_py.transpiler.bpf.layout import RODATA_ADDRESS_V3
from zisk_py.transpiler.bpf.versions import SBPF_V3

TEXT = "grüße\x1b[2J\n"


@pytest.fixture(scope="module")
def logging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that logs TEXT, from its constants, and what is left."""
    data = TEXT.encode()
    calls = "syscall sol_log_\nsyscall sol_log_compute_units_"
    source = f"lddw r1, {RODATA_ADDRESS_V3}\nmov r2, {len(data)}\n{calls}\nmov r0, 0\nexit"
    file = tmp_path_factory.mktemp("logging") / "logging.so"
    file.write_bytes(sbpf_file(source, SBPF_V3, data))
    return file


def test_json_has_the_lines_as_they_were_logged(command: Any, logging: Path) -> None:
    ending = command("execute", logging, "--json", "--budget", 1000)
    assert json.loads(ending.out)["logs"] == [
        f"Program log: {TEXT}",
        "Program consumption: 796 units remaining",
    ]


def test_text_has_a_line_for_each_and_no_control_characters(command: Any, logging: Path) -> None:
    out = command("execute", logging, "--budget", 1000).out
    assert "\n  Program log: grüße\\x1b[2J\\n\n  Program consumption: 796 units remaining\n" in out


def test_a_program_without_logs_says_none(command: Any, programs: Path) -> None:
    out = command("execute", programs / "five.bin", "--target", "ebpf").out
    assert "\nlogs " in out
    assert out.split("\nlogs ")[1].split("\n")[0].strip() == "none"
