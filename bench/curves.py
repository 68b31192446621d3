"""Curves in guest programs: steps and rows of the syscalls, and the time of proofs.

python bench/curves.py [syscalls]
"""

import argparse
import struct

from zisk_py.stark.parallel import available_threads
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.curves.secp256k1 import GENERATOR
from zisk_py.transpiler.bpf.elf_writer import write_v3
from zisk_py.transpiler.bpf.layout import INPUT_ADDRESS
from zisk_py.transpiler.bpf.versions import SBPF_V3
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

# The input: a list of one seed, the seed and the program id, which are no point with bump 255.
SEEDS = struct.pack("<2Q32sQ24x", INPUT_ADDRESS + 16, 32, bytes(range(32)), 0)
ADDRESS = """
mov r3, r1
add r3, 48
mov r2, 1
mov r4, r10
add r4, -32
mov r5, r10
add r5, -40
syscall {name}
exit
"""

# The input: a hash and a signature, whose point is the generator.
SIGNATURE = bytes(range(1, 33)) + GENERATOR[0].to_bytes(32, "big") + bytes(range(100, 132))
RECOVERY = """
mov r3, r1
add r3, 32
mov r2, 0
mov r4, r10
add r4, -64
syscall {name}
exit
"""

WORKLOADS = {
    "sol_create_program_address": (ADDRESS, SEEDS),
    "sol_try_find_program_address": (ADDRESS, SEEDS),
    "sol_secp256k1_recover": (RECOVERY, SIGNATURE),
}


def measure(name: str) -> str:
    """A line of results."""
    source, data = WORKLOADS[name]
    program = Program(transpile(write_v3(assemble(source.format(name=name), SBPF_V3).text)), name)
    run = program.execute(data)
    proof = program.prove(data)
    return (
        f"{name:30} {run.outcome}, {run.compute_units:6,} units, {run.steps:8,} steps,"
        f" {len(program.rom.rows):6,} rows,"
        f" proof of {proof.segments} segments in {proof.seconds['prove']:5.1f} s, {proof.size / 1e6:.1f} MB"
    )


def main() -> None:
    """Print a line for each syscall."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="syscalls; all by default")
    names = parser.parse_args().names or list(WORKLOADS)
    print(f"Curves, {available_threads()} threads")
    for name in names:
        print(f"  {measure(name)}", flush=True)


if __name__ == "__main__":
    main()
