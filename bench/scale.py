"""All 1,400,000 compute units of a transaction: by a program of over 48 KiB, on an input of over 48 KiB.

python bench/scale.py       several minutes
"""

import sys
import time
from pathlib import Path

from zisk_py.limits import size_text
from zisk_py.process import peak_memory
from zisk_py.stark.parallel import available_threads
from zisk_py.transpiler.claims import DEFAULT_BUDGET
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from large_program import large_file, work_of

PROGRAM_ID = b"\x09" * 32


def main() -> None:
    """Prove and verify the run that needs one unit more than there are."""
    file, data = large_file(), work_of(DEFAULT_BUDGET + 1, PROGRAM_ID).input(PROGRAM_ID)
    start = time.perf_counter()
    program = Program(transpile(file))
    program.id  # noqa: B018 - the program is committed once, before its proofs
    committed = time.perf_counter()
    print(f"program of {len(file):,} bytes, {len(program.rom.rows):,} rows, input of {len(data):,} bytes")
    print(f"transpiled and committed in {committed - start:.2f} s")
    estimates: list[object] = []
    proof = program.prove(data, estimated=estimates.append)
    proven = time.perf_counter()
    memory = peak_memory()
    print(f"estimated: {estimates[0]}")
    print(
        f"proven in {proven - committed:.1f} s with {available_threads()} threads, {proof.segments} segments,"
        f" {size_text(memory)} of memory at most, {proof.size:,} bytes"
    )
    for phase, seconds in proof.seconds.items():
        print(f"    {phase} {seconds:.2f} s")
    verification = proof.verify(program)
    stated = verification.statement
    print(f"verified in {time.perf_counter() - proven:.2f} s with {verification.bits:.1f} bits")
    print(f"{stated.outcome}, {stated.compute_units:,} units, {stated.steps:,} steps")


if __name__ == "__main__":
    main()
