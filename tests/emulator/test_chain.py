"""The CHAIN messages of the records and the ledger cancel: every access finds what the one before it left.

The messages are built here from docs/architecture.md, not by the emulator.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from zisk_py import emulator
from zisk_py.emulator.records import Carry, Mode, Narrow, Records, Step, Touch
from zisk_py.isa.instruction import Source, Store
from zisk_py.isa.memory_map import ENVIRONMENT_WORD, FAULT_PC, HIDDEN_KEY, REGISTER_KEY, guest_key
from zisk_py.isa.rom import Rom

Message = tuple[int, int, int, int]  # key, time, value, attribute
SPAN = 1 << 16


def step_messages(rom: Rom, records: Records) -> Iterator[tuple[Message, Message]]:
    """What Main consumes and produces, access by access."""
    for number, values in enumerate(records.steps.tolist()):
        step = dict(zip(Step, values, strict=True))
        clk = records.chunk.clk + number
        row = rom.instruction(step[Step.ROW])
        in_main = step[Step.MODE] in (Mode.ALIGNED, Mode.HIDDEN)
        key, attribute = step[Step.KEY], step[Step.ATTRIBUTE]
        reads = [(1, row.a, Step.A, Step.A_BEFORE), (2, row.b, Step.B, Step.B_BEFORE)]
        for slot, operand, value, before in reads:
            if operand.source is Source.KEYED:
                yield (
                    (operand.value, step[before], step[value], 1),
                    (operand.value, 4 * clk + slot, step[value], 1),
                )
            elif operand.source is Source.INDIRECT and in_main:
                yield (
                    (key, step[before], step[value], attribute),
                    (key, 4 * clk + slot, step[value], attribute),
                )
        before, old = step[Step.STORE_BEFORE], step[Step.STORE_OLD]
        if row.store is Store.KEYED:
            yield (row.store_key, before, old, 1), (row.store_key, 4 * clk + 3, step[Step.C], 1)
        elif row.store is Store.INDIRECT and in_main:
            yield (key, before, old, attribute), (key, 4 * clk + 3, step[Step.C], attribute)


def narrow_messages(records: Records) -> Iterator[tuple[Message, Message]]:
    """What Narrow consumes and produces, word by word."""
    for values in records.narrow.tolist():
        row = dict(zip(Narrow, values, strict=True))
        old = (row[Narrow.OLD] | row[Narrow.OLD2] << 64).to_bytes(16, "little")
        byte, width = row[Narrow.BYTE], row[Narrow.WIDTH]
        value = row[Narrow.VALUE].to_bytes(8, "little")[:width]
        new = old
        if row[Narrow.IS_STORE]:
            new = old[:byte] + value + old[byte + width :]
        else:
            assert row[Narrow.VALUE] == int.from_bytes(old[byte : byte + width], "little")
        assert row[Narrow.IS_TWO] == (byte + width > 8)
        words = [(Narrow.KEY, Narrow.BEFORE, Narrow.ATTRIBUTE, 0)]
        if row[Narrow.IS_TWO]:
            words.append((Narrow.KEY2, Narrow.BEFORE2, Narrow.ATTRIBUTE2, 8))
        for key, before, attribute, start in words:
            first, second = (int.from_bytes(x[start : start + 8], "little") for x in (old, new))
            yield (
                (row[key], row[before], first, row[attribute]),
                (row[key], row[Narrow.TIME], second, row[attribute]),
            )


def balance(case: Any, chunk_size: int) -> tuple[Counter[Message], int]:
    """The sum of all messages of a run, and how many Carry rows it has. Asserts the rules of time."""
    execution = emulator.execute(case.rom, case.claim, case.data, chunk_size=chunk_size)
    counts = [emulator.count(case.rom, case.regions, chunk) for chunk in execution.chunks]
    arrivals, ledger = emulator.merge(counts)
    total: Counter[Message] = Counter()
    num_carry = 0
    for row in ledger.tolist():
        total[(row[Touch.KEY], 0, row[Touch.FIRST], row[Touch.ATTRIBUTE])] += 1
        total[(row[Touch.KEY], row[Touch.TIME], row[Touch.VALUE], row[Touch.ATTRIBUTE])] -= 1
    for chunk, count, times in zip(execution.chunks, counts, arrivals, strict=True):
        records = emulator.expand(case.rom, case.regions, chunk, times)
        start, end = 4 * chunk.clk, 4 * (chunk.clk + chunk.num_steps)
        for consumed, produced in (*step_messages(case.rom, records), *narrow_messages(records)):
            assert 0 <= produced[1] - consumed[1] - 1 < SPAN
            assert start < produced[1] < end
            total[consumed] -= 1
            total[produced] += 1
        for row in records.carry.tolist():
            key, origin, to, value, attribute = (row[column] for column in Carry)
            assert origin < to < end
            assert (to - start) % SPAN == 0
            assert 0 <= (to - start) // SPAN < SPAN
            total[(key, origin, value, attribute)] -= 1
            total[(key, to, value, attribute)] += 1
        num_carry += len(records.carry)
        for stream, rows in {
            "narrow": records.narrow,
            "carry": records.carry,
            "traps": records.traps,
        }.items():
            assert count.streams[stream] == len(rows)
        assert {name: len(rows) for name, rows in records.operations.items()}.items() <= count.streams.items()
        assert len(records.steps) == count.streams["steps"] == chunk.num_steps
    return Counter({message: n for message, n in total.items() if n}), num_carry


@pytest.mark.parametrize("chunk_size", [3, 16, 1 << 18])
@pytest.mark.parametrize("seed", range(25))
def test_messages_of_a_random_run_cancel(seed: int, chunk_size: int, random_case: Any) -> None:
    rest, _ = balance(random_case(seed, 150, 0.002, charges=False), chunk_size)
    assert rest == {}


@pytest.mark.parametrize("chunk_size", [1 << 20, 1 << 15, 1 << 14])
def test_messages_of_a_run_with_distant_accesses_cancel(chunk_size: int, long_case: Any) -> None:
    rest, found = balance(long_case(9000), chunk_size)
    assert rest == {}
    assert found > 3


@pytest.mark.parametrize("seed", range(10))
def test_first_values_are_those_of_the_start(seed: int, random_case: Any) -> None:
    case = random_case(seed, charges=False)
    execution = emulator.execute(case.rom, case.claim, case.data, chunk_size=16)
    counts = [emulator.count(case.rom, case.regions, chunk) for chunk in execution.chunks]
    _, ledger = emulator.merge(counts)
    image = {
        guest_key(segment.address + at): int.from_bytes(segment.data[at : at + 8], "little")
        for segment in case.rom.image
        for at in range(0, len(segment.data), 8)
    }
    inputs = next(region for region in case.regions if region.kind.name == "INPUT")
    padded = case.data + bytes(7)
    words = {
        inputs.start + n: int.from_bytes(padded[8 * n : 8 * n + 8], "little") for n in range(inputs.num_words)
    }
    registers = {
        REGISTER_KEY + n: value for n, value in enumerate(case.rom.rules.start_registers(case.claim))
    }
    first = HIDDEN_KEY + ENVIRONMENT_WORD
    environment = {
        first + n: int(word) for n, word in enumerate(np.frombuffer(case.claim.environment, dtype="<u8"))
    }
    start = image | words | registers | environment
    assert len(ledger) > 4
    assert (ledger[1:, Touch.KEY] > ledger[:-1, Touch.KEY]).all()
    assert {row[Touch.KEY]: row[Touch.FIRST] for row in ledger.tolist()} == {
        key: start.get(key, 0) for key in ledger[:, Touch.KEY].tolist()
    }


@pytest.mark.parametrize("is_store", [False, True])
def test_a_trap_leaves_one_record_and_no_access(is_store: bool, one_access: Any) -> None:
    case = one_access(5 << 32, 4, is_store)
    execution = emulator.execute(case.rom, case.claim, case.data, chunk_size=16)
    count = emulator.count(case.rom, case.regions, execution.chunks[0])
    arrivals, _ = emulator.merge([count])
    records = emulator.expand(case.rom, case.regions, execution.chunks[0], arrivals[0])
    assert records.traps.tolist() == [[5 << 32, 0, 4, 2 if is_store else 1]]
    assert records.end_pc == FAULT_PC
    assert count.touched[:, Touch.KEY].tolist() == [REGISTER_KEY + (6 if is_store else 5)]
