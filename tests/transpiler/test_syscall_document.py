"""docs/syscalls.md lists every syscall with what the table says of it, and the steps that a call takes."""

import re
import struct
from pathlib import Path

import pytest

from bpf_programs import execute_file, sbpf_file
from syscall_programs import HEAP, ROOM, SLICES, call, put, slices
from zisk_py.transpiler.bpf.environment import SYSVARS
from zisk_py.transpiler.bpf.syscalls import ABSENT, SYSCALLS
from zisk_py.transpiler.bpf.versions import SBPF_V3

TEXT = (Path(__file__).parents[2] / "docs" / "syscalls.md").read_text()
ROWS = [line for line in TEXT.splitlines() if line.startswith("| `")]
LENGTH = 64  # of every slice
RESULT = HEAP + 0x400
SIGNED = put(ROOM, *[5] * 4, *[0x1234567890ABCDEF] * 4)  # by nobody; its first half is the hash too

# Lines before the call, and the call, of those that want other than (a slice, its length).
PREPARED = {
    "sol_alloc_free_": ("", (LENGTH, 0)),
    "sol_create_program_address": (slices((HEAP, LENGTH // 2)), (SLICES, 1, HEAP, RESULT)),
    "sol_get_return_data": (call("sol_set_return_data", HEAP, LENGTH), (ROOM, LENGTH, RESULT)),
    "sol_get_sysvar": (put(HEAP, *struct.unpack("<4Q", SYSVARS[3].key)), (HEAP, ROOM, 8, LENGTH)),
    "sol_memcmp_": ("", (HEAP, ROOM, LENGTH, RESULT)),
    "sol_memcpy_": ("", (HEAP, ROOM, LENGTH)),
    "sol_memmove_": ("", (HEAP, ROOM, LENGTH)),
    "sol_memset_": ("", (HEAP, 1, LENGTH)),
    "sol_secp256k1_recover": (SIGNED, (ROOM, 0, ROOM, RESULT)),
    "sol_try_find_program_address": (
        slices((HEAP, LENGTH // 2)),
        (SLICES, 1, HEAP, RESULT, RESULT + 32),
    ),
    **dict.fromkeys(
        ("sol_sha256", "sol_keccak256", "sol_blake3", "sol_log_data"),
        (slices((HEAP, LENGTH)), (SLICES, 1, RESULT)),
    ),
}


def num_steps(name: str) -> int:
    """Steps of the syscall alone."""
    before, arguments = PREPARED.get(name, ("", (HEAP, LENGTH)))
    source = f"{before}\n{call(name, *arguments)}"
    with_call = execute_file(sbpf_file(f"{source}\nexit", SBPF_V3))
    without = execute_file(sbpf_file(f"{source.removesuffix(f'syscall {name}')}\nexit", SBPF_V3))
    return with_call.steps - without.steps


def rounded(number: int) -> str:
    """Two significant digits."""
    return f"{float(f'{number:.2g}'):,.0f}"


SUPPORTED = [syscall for syscall in SYSCALLS.values() if syscall.is_supported]


def test_the_supported_syscalls_are_those_of_the_table():
    found = [row for row in ROWS if row.count("|") == 5]
    expected = [f"| `{s.name}` | {s.cost} | {rounded(num_steps(s.name))} |" for s in SUPPORTED]
    assert [re.sub(r"[^|]*\|$", "", row) for row in found] == expected


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("zisk-py lacks", [s.name for s in SYSCALLS.values() if not s.is_supported]),
        ("the runtime lacks", list(ABSENT)),
    ],
)
def test_the_syscalls_that_are_missing_are_those_of_the_table(title: str, names: list[str]):
    (section,) = re.findall(rf"^## What {title}\n(.*?)(?:^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert re.findall(r"`(\w+)`", section) == names
