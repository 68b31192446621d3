"""Every target of the design, and what this machine reaches now: a table in the end.

python bench/targets.py

The transfer of the old spl_token program is not measured: no package that we may depend on has it.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import execute
import numpy as np
import proof
from kernel_rates import elements, seconds

from zisk_py import emulator
from zisk_py.isa.rules import Claim
from zisk_py.stark import kernels

MILLION_STEPS = 10
STARTS = 5  # of the command, for its fastest


@dataclass(frozen=True)
class Row:
    """A line of the table; `reached` is `unit` of something, which should be above or below `target`."""

    what: str
    reached: float
    relation: str
    target: float
    unit: str

    def __str__(self) -> str:
        """The line."""
        meets = self.reached > self.target if self.relation == ">" else self.reached < self.target
        verdict = "reached" if meets else "missed"
        return (
            f"{self.what:44} {self.reached:10.2f} {self.relation} {self.target:<8g} {self.unit:16} {verdict}"
        )


def emulator_rows() -> list[Row]:
    """EXECUTE, COUNT, EXPAND and the minimal trace, on one core."""
    execute.run(0.1)
    rom, execution = execute.run(MILLION_STEPS)
    regions, chunks = rom.rules.start_regions(Claim(0)), execution.chunks
    again = execute.rate(
        lambda: emulator.execute(rom, Claim(0), b"", chunk_size=execute.CHUNK_SIZE, keep_chunks=False).steps
    )
    counts = [emulator.count(rom, regions, chunk) for chunk in chunks]
    count = execute.rate(
        lambda: sum(emulator.count(rom, regions, chunk).streams["steps"] for chunk in chunks)
    )
    pairs = list(zip(chunks, emulator.merge(counts)[0], strict=True))
    expand = execute.rate(lambda: sum(len(emulator.expand(rom, regions, *pair).steps) for pair in pairs))
    size = sum(len(chunk.to_bytes()) for chunk in chunks) / execution.steps
    return [
        Row("EXECUTE", again, ">", 100, "M steps/s"),
        Row("COUNT, per core", count, ">", 50, "M steps/s"),
        Row("EXPAND, per core", expand, ">", 10, "M steps/s"),
        Row("minimal trace", size, "<", 16, "bytes/step"),
    ]


def kernel_rows() -> list[Row]:
    """Transforms and hashing, on one core."""
    columns = elements(1 << 20, 8)
    extended = np.zeros((1 << 21, 8), dtype=np.uint64)
    transforms = 3 * columns.size / seconds(lambda: kernels.low_degree_extend(columns, extended)) / 1e6
    rows, digests = elements(1 << 17, 32), np.zeros((1 << 17, 32), dtype=np.uint8)
    hashed = rows.nbytes / seconds(lambda: kernels.hash_rows([rows], b"measured", digests)) / 1e9
    return [
        Row("NTT 2^20 x 8 columns, per core", transforms, ">", 90, "M elements/s"),
        Row("leaf hashing, per core", hashed, ">", 2, "GB/s"),
    ]


def proof_rows() -> list[Row]:
    """Whole proofs of the loop of bench/proof.py, each in a process of its own."""
    one, two = (proof.in_own_process(20, threads, 18) for threads in proof.THREADS)
    if one["digest"] != two["digest"]:
        raise SystemExit("the proofs with 1 and 2 threads have different bytes")
    segment = proof.in_own_process(18, 2, 18)
    short, long = (proof.in_own_process(log_steps, 2, 16) for log_steps in (18, 21))
    return [
        Row("prove 2^20 steps, 2 threads", two["steps"] / two["seconds"] / 1e3, ">", 100, "k steps/s"),
        Row("peak memory of it", two["peak_memory"] / proof.MIB / 1024, "<", 8, "GiB"),
        Row("from 1 to 2 threads, same bytes", one["seconds"] / two["seconds"], ">", 1.6, "times as fast"),
        Row("peak memory, 2^21 to 2^18 steps", long["peak_memory"] / short["peak_memory"], "<", 1.3, "times"),
        Row("cells a step", two["cells"] / two["steps"], "<", 100, "cells"),
        Row("verify, one segment of 2^18 steps", segment["verify_seconds"], "<", 1, "s"),
        Row("its proof", segment["proof_bytes"] / proof.MIB, "<", 1.5, "MiB"),
    ]


def command_rows() -> list[Row]:
    """The command, from a cold start."""
    command = [sys.executable, "-P", "-m", "zisk_py.cli"]
    found = []
    for _ in range(STARTS):
        start = time.perf_counter()
        subprocess.run([*command, "--help"], stdout=subprocess.DEVNULL, check=True)
        found.append(time.perf_counter() - start)
    return [
        Row("prove p-token transfer, cold", proof.prove_p_token()["seconds"], "<", 1.5, "s"),
        Row("zisk-py --help", min(found), "<", 0.25, "s"),
    ]


def main() -> None:
    """Measure everything; say what cannot be measured here."""
    print(f"targets of the design, {kernels.kernels_in_use()} kernels")
    parts: tuple[Callable[[], list[Row]], ...] = (emulator_rows, kernel_rows, proof_rows, command_rows)
    for part in parts:
        try:
            rows = part()
        except RuntimeError as error:
            print(f"not measured: {error}")
            continue
        for row in rows:
            print(row, flush=True)


if __name__ == "__main__":
    main()
