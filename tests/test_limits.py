"""Limits of the library: what a process may have in memory, what is read of files, sizes of a run."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from zisk_py import Program, process
from zisk_py.errors import InputError, LimitError
from zisk_py.isa.instruction import Instruction, Store, immediate
from zisk_py.isa.memory_map import EXIT_PC, HIDDEN_KEY, OUTPUT_WORD
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Rules
from zisk_py.limits import PIECE, Limits, size_text
from zisk_py.zkvm import Proof

PAGE = os.sysconf("SC_PAGE_SIZE")
PHYSICAL = os.sysconf("SC_PHYS_PAGES") * PAGE
V1, V2 = "sys/fs/cgroup/memory", "sys/fs/cgroup"
TREES: dict[str, tuple[dict[str, str], int]] = {
    "nothing is known": ({}, PHYSICAL),
    "what is free, and what we have": (
        {"proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    3 kB\n", "proc/self/statm": "99 2 1"},
        3 * 1024 + 2 * PAGE,
    ),
    "a group": ({"proc/self/cgroup": "0::/a/b\n", f"{V2}/a/b/memory.max": "7000\n"}, 7000),
    "a group above": (
        {
            "proc/self/cgroup": "0::/a/b\n",
            f"{V2}/a/b/memory.max": "max\n",
            f"{V2}/a/memory.max": "6000\n",
            f"{V2}/memory.max": "8000",
        },
        6000,
    ),
    "a group seen from a container": (
        {"proc/self/cgroup": "0::/far/away\n", f"{V2}/memory.max": "5000\n"},
        5000,
    ),
    "a group of the first version": (
        {
            "proc/self/cgroup": "9:name=systemd:/x\n4:cpu,memory:/a\n0::/\n",
            f"{V1}/a/memory.limit_in_bytes": "4000\n",
        },
        4000,
    ),
    "no limit in the first version": (
        {"proc/self/cgroup": "4:memory:/a\n", f"{V1}/a/memory.limit_in_bytes": "9223372036854771712\n"},
        PHYSICAL,
    ),
    "the least of all": (
        {
            "proc/self/cgroup": "4:memory:/a\n0::/b\n",
            f"{V1}/a/memory.limit_in_bytes": "4000",
            f"{V2}/b/memory.max": "3000",
            "proc/meminfo": "MemAvailable: 100 kB",
            "proc/self/statm": "9 9",
        },
        3000,
    ),
}


@pytest.mark.parametrize(("files", "expected"), TREES.values(), ids=TREES)
def test_the_least_bound_of_memory_counts(
    files: dict[str, str], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(process, "ROOT", tmp_path)
    monkeypatch.setattr(resource, "getrlimit", lambda which: (resource.RLIM_INFINITY,) * 2)
    assert process.available_memory() == expected
    monkeypatch.setattr(resource, "getrlimit", lambda which: (2000, resource.RLIM_INFINITY))
    assert process.available_memory() == 2000


def test_this_process_uses_less_than_it_may_have() -> None:
    assert 1 << 20 < process.used_memory() < process.peak_memory() + (1 << 22)
    assert process.used_memory() < process.available_memory()


def test_the_memory_of_the_process_that_started_this_one_does_not_count() -> None:
    ours = bytearray(os.urandom(PAGE)) * ((256 << 20) // PAGE)
    told = subprocess.run(
        [sys.executable, "-c", "from zisk_py.process import peak_memory; print(peak_memory())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert 1 << 20 < int(told.stdout) < len(ours)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (300 << 20, "300.0 MiB"),
        (5 << 30, "5.0 GiB"),
        (3 << 42, "12,288.0 GiB"),
    ],
)
def test_sizes_as_text(size: int, text: str) -> None:
    assert size_text(size) == text


def pipe_with(data: bytes) -> tuple[int, Path]:
    """The reading end of a pipe that holds the data and is closed."""
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    return reader, Path(f"/dev/fd/{reader}")


READERS: dict[str, Callable[[Limits, Path], bytes]] = {
    "input": lambda limits, path: limits.read_input(path),
    "file": lambda limits, path: limits.read_file(path),
    "proof": lambda limits, path: Proof.load(path, limits=limits).data,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_file_is_read_up_to_its_limit(read: Callable[[Limits, Path], bytes], tmp_path: Path) -> None:
    path = tmp_path / "some"
    path.write_bytes(bytes(100))
    for most in (100, 101):
        assert read(Limits(input_bytes=most, file_bytes=most), path) == bytes(100)
    with pytest.raises(LimitError, match=r"some has 100 bytes, more than 99; raise --max-(input|file)"):
        read(Limits(input_bytes=99, file_bytes=99), path)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_pipe_is_read_no_further_than_needed(read: Callable[[Limits, Path], bytes]) -> None:
    reader, path = pipe_with(bytes(100))
    with pytest.raises(LimitError, match="has more than 10 bytes; raise --max-"):
        read(Limits(input_bytes=10, file_bytes=10), path)
    assert len(os.read(reader, 100)) == 100 - 11
    os.close(reader)
    reader, path = pipe_with(bytes(100))
    assert read(Limits(input_bytes=100, file_bytes=100), path) == bytes(100)
    os.close(reader)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_device_without_an_end_is_refused_early(read: Callable[[Limits, Path], bytes]) -> None:
    with pytest.raises(InputError, match="/dev/zero is a device that does not end"):
        read(Limits(), Path("/dev/zero"))
    with pytest.raises(LimitError, match="/dev/zero has more than 1,000 bytes"):
        read(Limits(input_bytes=1000, file_bytes=1000), Path("/dev/zero"))
    assert read(Limits(), Path("/dev/null")) == b""


@pytest.mark.parametrize("size", [PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_long_files_are_read_whole(size: int, tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(os.urandom(size))
    assert Limits(file_bytes=size).read_file(path) == path.read_bytes()


def test_what_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="cannot read"):
            Limits().read_file(path)
        with pytest.raises(InputError, match="cannot read"):
            Program.load(path)


def with_output() -> Program:
    """A program that puts out 4 bytes."""
    rows = [
        Instruction(0, b=immediate(4), store=Store.KEYED, store_key=HIDDEN_KEY + OUTPUT_WORD, j1=8, j2=8),
        Instruction(8, b=immediate(0), j1=EXIT_PC - 8, j2=EXIT_PC - 8),
    ]
    return Program(Rom.from_instructions(rows, [], Rules("ebpf", 2, 0, (), ())))


@pytest.mark.parametrize("action", ["execute", "check", "estimate"])
def test_outputs_are_as_long_as_allowed(action: str) -> None:
    act = getattr(with_output(), action)
    act(limits=Limits(output_bytes=4))
    with pytest.raises(
        LimitError, match="the output of the run has 4 bytes, more than 3; raise --max-output"
    ):
        act(limits=Limits(output_bytes=3))


@pytest.mark.parametrize("action", ["execute", "check", "estimate", "prove"])
def test_inputs_are_as_long_as_allowed(action: str) -> None:
    act = getattr(with_output(), action)
    with pytest.raises(LimitError, match="the input has 3 bytes, more than 2; raise --max-input"):
        act(b"abc", limits=Limits(input_bytes=2))
    with pytest.raises(InputError, match="0 input regions"):  # long enough, but this program takes none
        act(b"abc", limits=Limits(input_bytes=3))
