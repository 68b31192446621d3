"""Chunks are enough: a fresh process counts and expands them from files, and refuses damaged ones."""

import dataclasses
import hashlib
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zisk_py import emulator
from zisk_py.emulator.errors import EmulatorError
from zisk_py.emulator.records import Chunk

REPLAY = """
import hashlib, sys
from pathlib import Path
import numpy as np
from zisk_py import emulator
from zisk_py.emulator.records import Chunk
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim
folder = Path(sys.argv[1])
rom = Rom.load(folder / "program.zrom")
regions = rom.rules.start_regions(Claim(int(sys.argv[2])))
chunk = Chunk.from_bytes((folder / "chunk").read_bytes())
counts = emulator.count(rom, regions, chunk)
records = emulator.expand(rom, regions, chunk, np.load(folder / "arrivals.npy"))
parts = [counts.touched, records.steps, records.narrow, records.carry, *records.operations.values()]
print(hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest())
"""


@pytest.fixture
def run(long_case: Any) -> tuple[Any, Any, Any]:
    """A run of several chunks, with the arrivals of each."""
    case = long_case(2000)
    execution = emulator.execute(case.rom, case.claim, case.data, chunk_size=1 << 11)
    counts = [emulator.count(case.rom, case.regions, chunk) for chunk in execution.chunks]
    return case, execution, emulator.merge(counts)[0]


def digest(case: Any, chunk: Chunk, arrivals: Any) -> str:
    counts = emulator.count(case.rom, case.regions, chunk)
    records = emulator.expand(case.rom, case.regions, chunk, arrivals)
    parts = [counts.touched, records.steps, records.narrow, records.carry, *records.operations.values()]
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


def test_a_fresh_process_replays_a_chunk_from_disk(run: Any, tmp_path: Path) -> None:
    case, execution, arrivals = run
    case.rom.save(tmp_path / "program.zrom")
    (tmp_path / "chunk").write_bytes(execution.chunks[2].to_bytes())
    np.save(tmp_path / "arrivals.npy", arrivals[2])
    command = [sys.executable, "-P", "-c", REPLAY, str(tmp_path), str(case.claim.input_length)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.strip() == digest(case, execution.chunks[2], arrivals[2])


def test_chunks_replay_alike_in_threads(run: Any) -> None:
    case, execution, arrivals = run
    found: dict[int, str] = {}

    def work(index: int) -> None:
        found[index] = digest(case, execution.chunks[index], arrivals[index])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(execution.chunks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: digest(case, execution.chunks[n], arrivals[n]) for n in range(len(threads))}


def test_a_chunk_starts_where_the_one_before_ends(run: Any) -> None:
    case, execution, arrivals = run
    for chunk, after, times in zip(execution.chunks, execution.chunks[1:], arrivals, strict=False):
        records = emulator.expand(case.rom, case.regions, chunk, times)
        assert (records.end_pc, records.end_c, records.end_units) == (after.pc, after.c, after.units)
        assert chunk.clk + chunk.num_steps == after.clk


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: {"words": c.words[:-1]}, "more words than the chunk holds"),
        (lambda c: {"words": np.append(c.words, np.uint64(0))}, "not of this program"),
        (lambda c: {"words": c.words[:0]}, "more words than the chunk holds"),
        (lambda c: {"pc": 4}, "not of this program"),
        (lambda c: {"num_steps": c.num_steps + 1}, "not of this program|more words"),
        (lambda c: {"registers": c.registers[:-1]}, "63 registers"),
    ],
    ids=["a word less", "a word more", "no words", "no such pc", "a step more", "a register less"],
)
def test_a_damaged_chunk_is_refused(run: Any, change: Any, reason: str) -> None:
    case, execution, arrivals = run
    chunk = dataclasses.replace(execution.chunks[-1], **change(execution.chunks[-1]))
    with pytest.raises(EmulatorError, match=reason):
        emulator.count(case.rom, case.regions, chunk)
    with pytest.raises(EmulatorError, match=reason):
        emulator.expand(case.rom, case.regions, chunk, arrivals[-1])


@pytest.mark.parametrize("change", [slice(0, -1), slice(0, 0)], ids=["one less", "none"])
def test_too_few_arrivals_are_refused(run: Any, change: slice) -> None:
    case, execution, arrivals = run
    with pytest.raises(EmulatorError, match="arrivals"):
        emulator.expand(case.rom, case.regions, execution.chunks[1], arrivals[1][change].copy())


def test_too_many_arrivals_are_refused(run: Any) -> None:
    case, execution, arrivals = run
    with pytest.raises(EmulatorError, match="arrivals"):
        emulator.expand(case.rom, case.regions, execution.chunks[1], np.append(arrivals[1], np.uint64(0)))


def test_chunks_out_of_order_do_not_merge(run: Any) -> None:
    case, execution, _ = run
    counts = [emulator.count(case.rom, case.regions, chunk) for chunk in execution.chunks]
    with pytest.raises(EmulatorError, match="where the one before it ended"):
        emulator.merge(counts[::-1])


def test_nothing_merges_to_nothing() -> None:
    arrivals, ledger = emulator.merge([])
    assert arrivals == ()
    assert ledger.shape == (0, 5)
