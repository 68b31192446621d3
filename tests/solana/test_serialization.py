"""The input buffer is, byte for byte, what the runtime hands to a program of either loader."""

import hashlib
import random

import pytest

from bpf_programs import sbpf_file
from litesvm_runs import PROGRAM_OF_LOADER, run_on_input
from zisk_py.transpiler.bpf.input_buffer import (
    InputAccount,
    Loader,
    Place,
    find_places,
    instruction_offset,
    serialize,
)
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.bpf.versions import SBPF_V0

# Logs the sha256 of that many bytes at r1, and r2; then reads the byte behind them.
HASH_INPUT = """
mov r6, r1
mov r5, r2
lddw r1, {length}
stxdw [r10-8], r1
stxdw [r10-16], r6
mov r1, r10
add r1, -16
mov r2, 1
mov r3, r10
add r3, -64
syscall sol_sha256
ldxdw r1, [r10-64]
ldxdw r2, [r10-56]
ldxdw r3, [r10-48]
ldxdw r4, [r10-40]
syscall sol_log_64_
lddw r1, {length}
add r6, r1
ldxb r0, [r6+0]
exit
"""


def random_accounts(rng: random.Random) -> list[InputAccount | int]:
    """Accounts of random sizes and flags; some repeat an earlier one."""
    found: list[InputAccount | int] = []
    for number in range(rng.choice((0, 1, 2, 5, 12))):
        new = [i for i, account in enumerate(found) if not isinstance(account, int)]
        if new and rng.random() < 0.3:
            found.append(rng.choice(new))
            continue
        found.append(
            InputAccount(
                bytes([number + 1]) + rng.randbytes(31),
                rng.randbytes(32),
                rng.randrange(10**9, 10**12),
                rng.randbytes(rng.choice((0, 1, 7, 8, 9, 165, rng.randrange(600)))),
                is_signer=rng.random() < 0.3,
                is_writable=rng.random() < 0.5,
            )
        )
    return found


@pytest.mark.parametrize("loader", Loader, ids=lambda loader: loader.value)
@pytest.mark.parametrize("seed", range(12))
def test_the_buffer_is_that_of_the_runtime(seed: int, loader: Loader) -> None:
    rng = random.Random(seed)
    accounts, instruction = random_accounts(rng), rng.randbytes(rng.choice((0, 1, 8, 100)))
    data = serialize(accounts, instruction, PROGRAM_OF_LOADER, loader)
    file = sbpf_file(HASH_INPUT.format(length=len(data)), SBPF_V0)
    theirs = run_on_input(file, accounts, instruction, loader)
    digest = hashlib.sha256(data).digest()
    words = [int.from_bytes(digest[start : start + 8], "little") for start in range(0, 32, 8)]
    values = [*words, INPUT_ADDRESS + instruction_offset(data, loader)]
    assert f"Program log: {', '.join(map(hex, values))}" in theirs.logs
    end = INPUT_ADDRESS + len(data)
    assert theirs.failure == f"Access violation in input section at address {end:#x} of size 1"


@pytest.mark.parametrize("loader", Loader, ids=lambda loader: loader.value)
@pytest.mark.parametrize("seed", range(20))
def test_what_was_serialized_is_found_again(seed: int, loader: Loader) -> None:
    rng = random.Random(seed)
    accounts, instruction = random_accounts(rng), rng.randbytes(9)
    data = serialize(accounts, instruction, PROGRAM_OF_LOADER, loader)
    places = find_places(data, loader)
    assert places is not None
    assert data[places.instruction : places.instruction + places.instruction_length] == instruction
    for place, account in zip(places.accounts, accounts, strict=True):
        if isinstance(account, int) or not isinstance(place, Place):
            assert place == account
            continue
        assert data[place.owner : place.owner + 32] == account.owner
        assert int.from_bytes(data[place.lamports : place.lamports + 8], "little") == account.lamports
        assert data[place.data : place.data + place.size] == account.data


@pytest.mark.parametrize("loader", Loader, ids=lambda loader: loader.value)
def test_a_buffer_cut_anywhere_is_none(loader: Loader) -> None:
    accounts = [InputAccount(b"k" * 32, b"o" * 32, 5, b"some data"), 0]
    data = serialize(accounts, b"instruction", bytes(32), loader)
    assert find_places(data, loader) is not None
    cuts = {*range(0, len(data), 97), *range(100), *range(len(data) - 100, len(data))}
    assert [size for size in sorted(cuts) if find_places(data[:size], loader) is not None] == []


@pytest.mark.parametrize("position", [1, 2, 200])
def test_an_account_repeats_only_an_earlier_one_that_is_no_duplicate(position: int) -> None:
    account = InputAccount(b"k" * 32, b"o" * 32, 5, b"")
    assert find_places(serialize([account, position], b"", bytes(32))) is None
    assert find_places(serialize([account, 0, 0], b"", bytes(32))) is not None
    assert find_places(serialize([account, 0, 1], b"", bytes(32))) is None
