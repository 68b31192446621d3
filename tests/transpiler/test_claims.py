"""The claim of a run, and the input buffer that it is read from."""

import struct

import pytest

from bpf_programs import sbpf_file
from zisk_py.errors import InputError
from zisk_py.isa.rules import NO_BUDGET
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.input_buffer import (
    InputAccount,
    account_data_offsets,
    instruction_offset,
    serialize,
)
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.bpf.versions import SBPF_V3
from zisk_py.transpiler.claims import DEFAULT_BUDGET, DEFAULT_HEAP_SIZE, make_claim
from zisk_py.transpiler.front_end import transpile

SBPF_RULES = transpile(sbpf_file("mov r0, 0\nexit", SBPF_V3)).rules
EBPF_RULES = transpile(assemble("mov r0, 0\nexit").text, "ebpf").rules
ACCOUNT = InputAccount(b"k" * 32, b"o" * 32, 5, b"some data")
BUFFER = serialize([ACCOUNT, 0, ACCOUNT], b"instruction", b"p" * 32)


def test_a_buffer_has_the_lengths_that_the_runtime_gives_it():
    account = 88 + len(ACCOUNT.data) + 10_240 + 7 + 8
    assert len(BUFFER) == 8 + account + 8 + account + 8 + len(b"instruction") + 32


def test_the_instruction_data_and_the_account_data_are_found():
    offset = instruction_offset(BUFFER)
    assert BUFFER[offset : offset + 11] == b"instruction"
    found = account_data_offsets(BUFFER)
    assert [BUFFER[start : start + length] for start, length in found] == [ACCOUNT.data] * 2


@pytest.mark.parametrize(
    "data",
    [b"", b"short", BUFFER[:-1], BUFFER + b"x", struct.pack("<Q", 1 << 63), struct.pack("<Q", 3), bytes(39)],
    ids=["empty", "short", "cut", "longer", "many accounts", "no accounts", "no program id"],
)
def test_other_bytes_have_no_instruction_data(data: bytes):
    assert instruction_offset(data) == 0


def test_a_buffer_without_accounts_has_its_instruction_data_at_16():
    assert instruction_offset(serialize([], b"abc", bytes(32))) == 16


def test_an_sbpf_run_starts_with_r1_r2_and_r10():
    claim = make_claim(SBPF_RULES, BUFFER)
    registers = SBPF_RULES.start_registers(claim)
    assert (claim.budget, claim.heap_size) == (DEFAULT_BUDGET, DEFAULT_HEAP_SIZE)
    assert registers[1] == INPUT_ADDRESS
    assert registers[2] == INPUT_ADDRESS + instruction_offset(BUFFER)
    assert registers[10] == 0x2_0000_1000
    assert not any(registers[3:10])


def test_an_ebpf_run_has_no_budget_unless_it_is_given_one():
    assert make_claim(EBPF_RULES, b"abc").budget == NO_BUDGET
    assert make_claim(EBPF_RULES, b"abc", budget=7).budget == 7


def test_an_empty_input_has_no_address_in_ebpf():
    assert EBPF_RULES.start_registers(make_claim(EBPF_RULES, b""))[1:3] == (0, 0)
    assert EBPF_RULES.start_registers(make_claim(EBPF_RULES, b"ab"))[2] == 2


def test_only_a_public_input_is_in_the_claim():
    assert make_claim(EBPF_RULES, b"abc").public_input is None
    assert make_claim(EBPF_RULES, b"abc", public=True).public_input == b"abc"


@pytest.mark.parametrize("budget", [-1, 1 << 32])
def test_a_budget_out_of_range_is_refused(budget: int):
    with pytest.raises(InputError, match="budget"):
        make_claim(SBPF_RULES, b"", budget=budget)


def test_too_long_an_input_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("zisk_py.transpiler.claims.MAX_INPUT_BYTES", 10)
    with pytest.raises(InputError, match="11 bytes"):
        make_claim(SBPF_RULES, bytes(11))


@pytest.mark.parametrize("size", [32 * 1024, 33 * 1024, 256 * 1024])
def test_the_heap_has_the_size_that_is_asked_for(size: int):
    claim = make_claim(SBPF_RULES, BUFFER, heap_size=size)
    assert size in [region.size for region in SBPF_RULES.start_regions(claim)]


@pytest.mark.parametrize("size", [-1024, 0, 31 * 1024, 33 * 1024 + 8, 257 * 1024])
def test_a_heap_that_the_runtime_does_not_give_is_refused(size: int):
    with pytest.raises(InputError, match="a heap of"):
        make_claim(SBPF_RULES, BUFFER, heap_size=size)


def test_a_program_without_heap_or_environment_is_given_none():
    with pytest.raises(InputError, match="no heap"):
        make_claim(EBPF_RULES, b"", heap_size=32 * 1024)
    with pytest.raises(InputError, match="no environment"):
        make_claim(EBPF_RULES, b"", environment=bytes(8))
