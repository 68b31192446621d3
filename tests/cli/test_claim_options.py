"""--environment and --heap-size: what a run starts with, and who cannot have it."""

from pathlib import Path
from typing import Any

import pytest

from bpf_programs import sbpf_file
from zisk_py.transpiler.bpf.environment import Clock, Environment
from zisk_py.transpiler.bpf.versions import SBPF_V3

SLOT = """
mov r1, r10
add r1, -40
syscall sol_get_clock_sysvar
ldxdw r0, [r10-40]
exit
"""
LAST_HEAP_BYTE = "lddw r1, 0x300000000\nadd r1, 65535\nldxb r0, [r1+0]\nexit"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "slot.so").write_bytes(sbpf_file(SLOT, SBPF_V3))
    (tmp_path / "heap.so").write_bytes(sbpf_file(LAST_HEAP_BYTE, SBPF_V3))
    (tmp_path / "five.bin").write_bytes(bytes.fromhex("b7000000050000009500000000000000"))
    (tmp_path / "environment").write_bytes(Environment(clock=Clock(77)).to_bytes())
    return tmp_path


def test_a_run_reads_the_environment_that_it_is_given(command: Any, files: Path) -> None:
    ending = command("execute", files / "slot.so", "--environment", files / "environment")
    assert "Exit(77)" in ending.out


def test_a_heap_is_as_large_as_asked_for(command: Any, files: Path) -> None:
    assert command("execute", files / "heap.so").code == 3
    assert command("execute", files / "heap.so", "--heap-size", 65536).code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("slot.so", "--heap-size", 1000), "a heap of 1000 bytes is impossible"),
        (("five.bin", "--target", "ebpf", "--heap-size", 32768), "the program has no heap"),
        (
            ("five.bin", "--target", "ebpf", "--environment", "environment"),
            "the program reads no environment",
        ),
        (("heap.so", "--environment", "environment"), "the program reads no environment"),
        (("slot.so", "--environment", "five.bin"), "environment"),
        (("slot.so", "--environment", "missing"), "missing"),
    ],
    ids=["heap", "no heap", "no environment in eBPF", "no environment", "malformed", "no file"],
)
def test_what_the_program_cannot_have_is_bad_input(
    command: Any, files: Path, words: tuple[object, ...], sentence: str
) -> None:
    program, *rest = words
    named = [files / word if isinstance(word, str) and (files / word).exists() else word for word in rest]
    ending = command("execute", files / str(program), *named)
    assert ending.code == 2
    assert sentence in ending.err
