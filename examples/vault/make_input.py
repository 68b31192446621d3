"""Writes input.bin: one account with a balance of 1,000 and ten steps on it."""

import struct
from pathlib import Path

from zisk_py.transpiler.bpf.input_buffer import InputAccount, serialize

PROGRAM_ID = bytes(range(32))
STEPS = [(0, 500), (1, 250), (0, 7), (1, 1200), (0, 10**12), (1, 57), (0, 0), (1, 10**11), (0, 3), (1, 999)]


def instruction() -> bytes:
    """What the program is asked to do."""
    return b"".join(struct.pack("<BQ", *step) for step in STEPS)


def account_data() -> bytes:
    """The state of the vault before."""
    return struct.pack("<QQ32x", 1000, 0)


if __name__ == "__main__":
    account = InputAccount(b"\x07" * 32, PROGRAM_ID, 10**9, account_data(), is_writable=True)
    data = serialize([account], instruction(), PROGRAM_ID)
    Path(__file__).with_name("input.bin").write_bytes(data)
