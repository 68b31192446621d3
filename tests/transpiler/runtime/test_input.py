"""What the rows before a program take for a list of accounts, and what they do first."""

import random
import struct
from dataclasses import replace

import pytest
from solders.compute_budget import request_heap_frame

from runtime_runs import EVERYTHING, OTHER, Case, account, run_in_litesvm
from zisk_py.emulator.execution import execute
from zisk_py.isa.faults import Exit, Fault, FaultKind, Outcome
from zisk_py.isa.journal import MAX_JOURNAL_BYTES, Journal, Section
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf.input_buffer import Loader, Place, find_places
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.bpf.runtime.input_limits import UnfitInput, check_input
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime
from zisk_py.transpiler.claims import make_claim

GOOD = Case("", [account(1, 9), account(2, 0, owner=OTHER), 0, account(3, 16, writable=False), 1], b"\7" * 5)
MALFORMED = Fault(FaultKind.MALFORMED_INPUT, 0)
EDGES = (0, 1, 2, 5, 6, 0x7F, 0x80, 0xFE, 0xFF)
REQUEST_UNITS = 150  # what an instruction to the compute budget takes itself
LARGEST = 45_056 * 8  # bytes of accounts, before what is kept of each besides its data


def outcome_on(rom: Rom, data: bytes, **claim: int) -> Outcome:
    return execute(rom, make_claim(rom.rules, data, **claim), data, chunk_size=1 << 24).outcome


def is_list_of_accounts(data: bytes, loader: Loader) -> bool:
    """The slow and obvious twin of the rows."""
    places = find_places(data, loader)
    if places is None:
        return False
    keys, start = [], 8
    for entry in places.accounts:
        if isinstance(entry, int):
            size = 8 if loader is Loader.ALIGNED else 1
            if any(data[start + 1 : start + size]):
                return False
            start += size
            continue
        key = entry.start + (8 if loader is Loader.ALIGNED else 3)
        keys.append(data[key : key + 32])
        flags = data[entry.start + 1 : key]
        if loader is Loader.DEPRECATED:
            flags += data[entry.owner + 32 : entry.owner + 33]
        if set(flags[:3]) - {0, 1} or any(flags[3:]):
            return False
        start = entry.end
    return len(set(keys)) == len(keys)


def heads(case: Case) -> list[int]:
    """Places of all bytes that say how the input is to be read."""
    places = find_places(case.input, case.loader)
    assert places is not None
    found = [*range(8), *range(places.instruction - 8, places.instruction)]
    start = 8
    for entry in places.accounts:
        if isinstance(entry, Place):
            found += [*range(start, start + 8), *range(entry.length, entry.length + 8), entry.owner + 32]
            start = entry.end
        else:
            size = 8 if case.loader is Loader.ALIGNED else 1
            found += range(start, start + size)
            start += size
    return found


@pytest.mark.parametrize("loader", Loader)
def test_a_changed_head_is_refused_where_it_makes_no_list_of_accounts(loader):
    case = replace(GOOD, loader=loader)
    rom, seen = case.rom(()), set()
    for place in heads(case):
        for value in EDGES:
            data = case.input[:place] + bytes([value]) + case.input[place + 1 :]
            good = is_list_of_accounts(data, loader)
            assert outcome_on(rom, data) == (Exit(0) if good else MALFORMED), (place, value)
            seen.add(good)
    assert seen == {True, False}


@pytest.mark.parametrize("loader", Loader)
def test_an_input_of_another_length_is_refused(loader):
    case = replace(GOOD, loader=loader)
    rom, rng = case.rom(()), random.Random(7)
    assert outcome_on(rom, case.input) == Exit(0)
    length = len(case.input)
    for other in (0, 1, 7, 8, 47, 48, 49, length - 1, length + 1, *rng.sample(range(length), 30)):
        assert outcome_on(rom, case.input[:other].ljust(other, b"\0")) == MALFORMED, other


LENGTHS = (1 << 16, 1 << 32, (1 << 63) - 1, 1 << 63, *((1 << 64) - n for n in (1, 8, 88, 10_240, 10_336)))


@pytest.mark.parametrize("loader", Loader)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_length_that_leads_out_of_the_input_is_refused(length, loader):
    case = replace(GOOD, loader=loader)
    places = find_places(case.input, loader)
    assert places is not None
    first = places.accounts[0]
    assert isinstance(first, Place)
    for place in (first.length, places.instruction - 8, 0):
        data = case.input[:place] + struct.pack("<Q", length) + case.input[place + 8 :]
        assert outcome_on(case.rom(()), data) == MALFORMED


@pytest.mark.parametrize("loader", Loader)
def test_an_account_that_is_there_twice_must_be_marked_as_repeated(loader):
    twice = replace(GOOD, accounts=[account(1), account(2), account(1, 5)], loader=loader)
    assert twice.run(()).outcome == MALFORMED
    almost = replace(account(1), key=b"\1" * 31 + b"\2")
    assert replace(twice, accounts=[account(1), almost]).run(()).outcome == Exit(0)


@pytest.mark.parametrize("loader", Loader)
def test_what_the_runtime_always_writes_is_written_whatever_the_input_has(loader):
    case = replace(GOOD, loader=loader)
    data = bytearray(case.input)
    places = find_places(case.input, loader)
    assert places is not None
    for entry in places.accounts:
        if isinstance(entry, Place):
            data[entry.end - 8 : entry.end] = b"\x11" * 8
            if loader is Loader.ALIGNED:
                start = entry.data + entry.size
                data[start : entry.end - 8] = b"\x22" * (entry.end - 8 - start)
    rom = case.rom(())
    run = execute(rom, make_claim(rom.rules, bytes(data)), bytes(data), chunk_size=1 << 24)
    assert bytes(data) != case.input
    assert run.memory[INPUT_ADDRESS] == case.input


def test_255_accounts_are_as_many_as_there_are():
    rng = random.Random(255)
    accounts = [replace(account(1), key=rng.randbytes(32)) for _ in range(40)] + [3] * 215
    case = Case("", accounts)
    run = case.run(EVERYTHING - {Section.PRE_HASHES, Section.POST_HASHES})
    assert run.outcome == Exit(0)
    assert len(Journal.from_bytes(run.outputs).account_metas) == 255
    assert replace(case, accounts=[*accounts, 3]).run(()).outcome == MALFORMED


def test_accounts_fill_the_words_that_there_are_for_them():
    def fits(size: int) -> bool:
        case = Case("", [account(1, 5), account(2, size, data=bytes(size))])
        runtime, found = SolanaRuntime(), case.run(()).outcome
        if found == Exit(0):
            check_input(runtime, case.input)
        else:
            assert found == MALFORMED
            with pytest.raises(UnfitInput, match=f"{size + 5} bytes of data"):
                check_input(runtime, case.input)
        return found == Exit(0)

    low, high = LARGEST - 4096, LARGEST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    assert LARGEST - 8 * (255 + 5 + 2 * 18 + 1) - 8 < low <= LARGEST


PUBLISHED = frozenset({Section.PRE_ACCOUNTS})


def test_the_journal_is_filled_to_its_end_and_no_further():
    most = MAX_JOURNAL_BYTES - 8 - 8 - 80
    for size, outcome in ((most, Exit(0)), (most + 1, MALFORMED)):
        case = Case("", [account(1, data=bytes(size))])
        run = case.run(PUBLISHED)
        assert run.outcome == outcome
        assert len(run.outputs) == (MAX_JOURNAL_BYTES if outcome == Exit(0) else 8)


def test_a_journal_that_is_full_after_the_run_keeps_what_was_before_it():
    case = Case("mov r1, 0", [account(1, data=bytes(40_000))])
    run = case.run(PUBLISHED | {Section.POST_ACCOUNTS})
    assert run.outcome == Fault(FaultKind.MALFORMED_INPUT, 2)
    journal = Journal.from_bytes(run.outputs)
    assert [tag for tag, _ in journal.sections] == [Section.PRE_ACCOUNTS]
    with pytest.raises(UnfitInput, match="publish hashes"):
        check_input(SolanaRuntime(PUBLISHED | {Section.POST_ACCOUNTS}), case.input)


def test_an_input_that_is_no_list_is_refused_in_a_sentence():
    with pytest.raises(UnfitInput, match="no list of accounts"):
        check_input(SolanaRuntime(), b"abc")
    check_input(SolanaRuntime(EVERYTHING), GOOD.input)


def test_a_fault_of_the_program_leaves_what_was_published_before():
    case = replace(GOOD, body="mov r1, 0\nldxdw r1, [r1+0]")
    run = case.run()
    assert run.outcome == Fault(FaultKind.LOAD_VIOLATION, 1)
    journal = Journal.from_bytes(run.outputs)
    assert {tag for tag, _ in journal.sections} == {tag for tag in Section if tag <= Section.PRE_HASHES}
    assert journal.accounts_modified == 0


@pytest.mark.parametrize("kib", [32, 33, 64, 65, 96, 256])
def test_the_heap_costs_what_it_costs_in_litesvm(kib):
    case = Case("mov r1, 0", [])
    run = case.run((), heap_size=kib * 1024)
    end = run_in_litesvm(case, request_heap_frame(kib * 1024))
    assert run.compute_units == end.units - REQUEST_UNITS


def test_a_heap_that_costs_more_than_there_is_ends_the_run_before_it_starts():
    run = Case("mov r1, 0", []).run((), heap_size=64 * 1024, budget=7)
    assert (run.outcome, run.compute_units) == (Fault(FaultKind.SYSCALL_BUDGET_EXCEEDED, 0), 7)
    run = Case("mov r1, 0", []).run((), heap_size=64 * 1024, budget=11)
    assert (run.outcome, run.compute_units) == (Exit(0), 11)
