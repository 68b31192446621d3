"""Hashing in guest programs: steps for 64 bytes, rates of execution, and the time of proofs.

python bench/hashing.py [bytes of the message] [hashes]; proofs of 64 KiB take minutes each.
"""

import argparse
import struct
import time

from zisk_py.stark.parallel import available_threads
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.elf_writer import write_v3
from zisk_py.transpiler.bpf.hashes.stream import HASHES
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.bpf.versions import SBPF_V3
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

BLOCK = 64
BUDGET = 1 << 30

# The input is a list of one slice, and behind it the slice.
SOURCE = """
mov r2, 1
mov r3, r10
add r3, -32
syscall sol_{name}
mov r1, r10
add r1, -32
mov r2, 32
syscall sol_set_return_data
mov r0, 0
exit
"""


def hashing_program(name: str) -> Program:
    """A program that returns the digest of the slice in its input."""
    return Program(transpile(write_v3(assemble(SOURCE.format(name=name), SBPF_V3).text)), name)


def message_of(length: int) -> bytes:
    """The input of a message."""
    return struct.pack("<2Q", INPUT_ADDRESS + 16, length) + bytes(i % 251 for i in range(length))


def measure(name: str, length: int) -> str:
    """A line of results."""
    program = hashing_program(name)
    empty = program.execute(message_of(0), budget=BUDGET).steps
    started = time.perf_counter()
    steps = program.execute(message_of(length), budget=BUDGET).steps
    executed = time.perf_counter() - started
    proof = program.prove(message_of(length), budget=BUDGET)
    proven = proof.seconds["prove"]
    return (
        f"{name:10} {(steps - empty) * BLOCK / length:6.0f} steps per block, {steps:9,} steps,"
        f" {steps / executed / 1e6:5.1f} M steps/s, proof of {proof.segments} segments in {proven:6.1f} s,"
        f" {proof.size / 1e6:.1f} MB, {length / proven / 1e3:.2f} kB/s"
    )


def main() -> None:
    """Print a line for each hash."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("length", type=int, nargs="?", default=1 << 16, help="bytes of the message")
    parser.add_argument("names", nargs="*", help="hashes; all by default")
    options = parser.parse_args()
    print(f"Hashing {options.length} bytes, {available_threads()} threads")
    for hash_ in HASHES:
        if hash_.name in (options.names or [hash_.name]):
            print(f"  {measure(hash_.name, options.length)}", flush=True)


if __name__ == "__main__":
    main()
