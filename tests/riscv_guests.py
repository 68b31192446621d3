"""RISC-V guests in C for tests: how they are built, what qemu makes of them, and what they must compute."""

import hashlib
import itertools
import json
import random
import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from zisk_py.isa.faults import Exit
from zisk_py.transpiler.c.program_source import build_program_file
from zisk_py.transpiler.c.riscv_compiler import GCC
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

SOURCES = Path(__file__).parent / "data" / "guests"
LEVELS = ("-O0", "-O2", "-Os")
MACHINES = ("-march=rv64imac", "-march=rv64ima")  # with compressed instructions and without
QEMU = "qemu-riscv64"
NEEDS_GCC = pytest.mark.skipif(shutil.which(GCC) is None, reason=f"needs {GCC} to compile guests")
NEEDS_QEMU = pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"needs {QEMU} to run guests")
MASK = (1 << 64) - 1
SIZE = 12  # of the matrices of matmul


class Ending(NamedTuple):
    """Public output and exit code."""

    outputs: bytes
    code: int


class Case(NamedTuple):
    """A guest, its input, and how it has to end."""

    name: str
    data: bytes
    ending: Ending


@cache
def build(name: str, *flags: str) -> bytes:
    """The ELF file of a guest of the folder."""
    return build_program_file([SOURCES / f"{name}.c"], "riscv", cflags=flags).data


def run_in_qemu(program: bytes, data: bytes, folder: Path) -> Ending:
    """What qemu's processor and Linux's system calls make of a program; a signal is a negative code."""
    path = folder / "guest.elf"
    path.write_bytes(program)
    path.chmod(0o755)
    done = subprocess.run([QEMU, str(path)], input=data, capture_output=True, check=False)
    return Ending(done.stdout, done.returncode)


def run_here(program: bytes, data: bytes) -> Ending:
    """What our own machine makes of it."""
    run = Program(transpile(program)).execute(data)
    assert isinstance(run.outcome, Exit), run.fault_text
    return Ending(run.outputs, run.outcome.code)


def _fibonacci(data: bytes) -> Ending:
    one, other = 0, 1
    for _ in range(int.from_bytes(data[:4], "little")):
        one, other = other, (one + other) & MASK
    return Ending(one.to_bytes(8, "little"), one % 10)


def _sort(data: bytes) -> Ending:
    numbers = sorted(struct.unpack(f"<{len(data) // 4}i", data))
    return Ending(struct.pack(f"<{len(numbers)}i", *numbers), len(numbers) % 256)


def _json(data: bytes) -> Ending:
    try:
        return Ending(json.dumps(json.loads(data), separators=(",", ":")).encode(), 0)
    except ValueError:
        return Ending(b"", 1)


def _regex(data: bytes) -> Ending:
    pattern, *lines = data.removesuffix(b"\n").split(b"\n")
    found = [line for line in lines if re.search(pattern, line)]
    return Ending(b"".join(line + b"\n" for line in found), len(found))


def _matmul(data: bytes) -> Ending:
    values = struct.unpack(f"{2 * SIZE * SIZE}b", data)
    one, other = values[: SIZE * SIZE], values[SIZE * SIZE :]
    whole = _product([value**3 for value in one], [value**3 for value in other])
    real = _product([value / 7 for value in one], [value / 7 for value in other])
    return Ending(struct.pack(f"<{SIZE * SIZE}q", *whole) + struct.pack(f"<{SIZE * SIZE}d", *real), 0)


def _product(one: list[float], other: list[float]) -> list[float]:
    product = [one[0] * 0] * (SIZE * SIZE)  # sums of floats are added up in the guest's order
    for place in range(SIZE * SIZE):
        for at in range(SIZE):
            product[place] += one[place // SIZE * SIZE + at] * other[at * SIZE + place % SIZE]
    return product


def _unaligned(data: bytes) -> Ending:
    source, target, total = data.ljust(96, b"\0"), bytearray(96), 0

    def copy(to: int, from_: int, length: int) -> None:
        target[to : to + length] = source[from_ : from_ + length]

    def add(start: int, width: int, signed: bool = False) -> None:
        nonlocal total
        value = int.from_bytes(target[start : start + width], "little", signed=signed)
        total = (total * 31 + value) & MASK

    for start in range(9):
        for to in range(9):
            copy(24 + to, start, 20)
            target[to : to + 41] = target[20 + start : 61 + start]
            copy(to, start + 1, 8)
            copy(16 + to, start + 3, 4)
            copy(32 + to, start + 5, 2)
            add(to, 8)
            add(start, 4, signed=True)
            add(to + start, 2, signed=True)
            add(to + 2 * start, 2)
    return Ending(bytes(target) + total.to_bytes(8, "little"), 0)


def _recursion(data: bytes) -> Ending:
    number, disks, even = data

    def move(count: int, start: int, to: int, free: int) -> int:
        if count == 0:
            return 0
        return move(count - 1, start, free, to) * 3 + start + 4 * to + move(count - 1, free, to, start)

    sums = list(itertools.accumulate(range(even * 10, -1, -1), initial=1))
    depth = sums[-1] + sum(value % 7 for value in sums[1:-1])
    results = (2 * number + 3, move(disks, 1, 2, 3) & MASK, even % 2 == 0, depth)
    return Ending(struct.pack("<4Q", *results), disks)


def _heap(data: bytes) -> Ending:
    lengths, marks = [0] * 16, [0] * 16
    for which, order in zip(data[::2], data[1::2], strict=False):
        block = which % 16
        lengths[block] = 0 if order % 3 == 0 else order * (which // 16) + 1
        marks[block] = order
    lines = [f"{i:2} {lengths[i]:5} {lengths[i] * marks[i]:8}\n" for i in range(16)]
    return Ending("".join(lines).encode(), 1)


def _random_bytes(length: int) -> bytes:
    return random.Random(length).randbytes(length)


REFERENCES: dict[str, Callable[[bytes], Ending]] = {
    "crc32": lambda data: Ending(zlib.crc32(data).to_bytes(4, "little"), 0),
    "fibonacci": _fibonacci,
    "heap": _heap,
    "json": _json,
    "keccak": lambda data: Ending(hashlib.sha3_256(data).digest(), 0),
    "matmul": _matmul,
    "recursion": _recursion,
    "regex": _regex,
    "sha256": lambda data: Ending(hashlib.sha256(data).digest(), 0),
    "sort": _sort,
    "unaligned": _unaligned,
}
# By guest: the last one is also what runs by default, so it is short.
INPUTS: dict[str, tuple[bytes, ...]] = {
    "crc32": (b"", _random_bytes(1000), b"123456789"),
    "fibonacci": (b"\0\0\0\0", b"\x10\x27\0\0", b"\x5d\0\0\0"),
    "heap": (b"", _random_bytes(600), _random_bytes(60)),
    "json": (
        b"[1, 2, ]",
        b'{"a" 1}',
        b'"open',
        b" [ ] ",
        b'{"name": "a \\"quoted\\" \\\\ word", "list": [1, -2.5, [[]], {}], "x": {"y": [true, false, null]}}',
    ),
    "keccak": (b"", _random_bytes(135), _random_bytes(136), _random_bytes(300), b"abc"),
    "matmul": (_random_bytes(288),),
    "recursion": (bytes((5, 7, 255)), bytes((2, 3, 9))),
    "regex": (
        b"^(ab|c)*[^x-z]?d+$\nabcd\nccd\nabxd\nd\n\nabcabdddd\nxabcd\nab d",
        b"a.*b.*c\nabc\naxxbyyc\nacb\n" + b"ab" * 50 + b"c",
        b"[a-c]+x\nabx\nx\ncab\n",
    ),
    "sha256": (b"", _random_bytes(55), _random_bytes(56), _random_bytes(64), _random_bytes(200), b"abc"),
    "sort": (b"", _random_bytes(4000), _random_bytes(80)),
    "unaligned": (_random_bytes(64),),
}
CASES = [Case(name, data, REFERENCES[name](data)) for name, inputs in INPUTS.items() for data in inputs]
QUICK_CASES = [case for case in CASES if case.data == INPUTS[case.name][-1]]
