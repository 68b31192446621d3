"""Rate of the trace recorder, and the memory that it takes: a loop of ALU, loads, stores and branches.

python bench/trace.py [million instructions]
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from zisk_py import Program
from zisk_py.process import peak_memory
from zisk_py.trace import Filter, Trace, check_file, write_file
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.front_end import transpile

INSTRUCTIONS_PER_TRIP = 10
SOURCE = """
    lddw r1, {trips}
    mov r2, 0x1234567
    mov r6, r10
    add r6, -64
loop:
    mul r2, 1103515245
    add r2, 12345
    stxdw [r6+8], r2
    ldxw r3, [r6+10]
    xor r3, r2
    stxh [r6+17], r3
    rsh32 r3, 5
    add r4, r3
    sub r1, 1
    jne r1, 0, loop
    mov r0, r4
    exit
"""


def main() -> None:
    """Print the rates of recording, of recording a part of it, and of checking."""
    million = float(sys.argv[1]) if len(sys.argv) > 1 else 1
    text = assemble(SOURCE.format(trips=int(million * 1e6) // INSTRUCTIONS_PER_TRIP)).text
    trace = Trace(Program(transpile(text, "ebpf")))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "execution_trace.json"
        for what, kept in (("a file", Filter()), ("a file of one opcode", Filter(opcodes=("xor",)))):
            start = time.perf_counter()
            tail = write_file(trace, path, kept=kept)
            _print(f"record to {what}", tail.total_instructions, start)
            print(f"  {os.path.getsize(path) / tail.recorded_instructions:.0f} bytes per instruction")
            start = time.perf_counter()
            check_file(path)
            _print(f"check {what}", tail.recorded_instructions, start)


def _print(what: str, instructions: int, start: float) -> None:
    seconds = time.perf_counter() - start
    peak = peak_memory() / 2**20
    print(
        f"{what}: {instructions / seconds / 1e3:.0f} k instructions/s ({seconds:.1f} s), peak {peak:.0f} MiB"
    )


if __name__ == "__main__":
    main()
