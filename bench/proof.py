"""Whole proofs: a loop of 2^14, 2^18, 2^20 steps with 1 and 2 threads; a p-token transfer from a cold start.

Run it alone: `python bench/proof.py`; `--steps 14` for one size. Every proof is made in a process of its own,
so that peak memory is its own.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SIZES = (14, 18, 20)
THREADS = (1, 2)
MIB = 1 << 20
P_TOKEN = Path(__file__).parent.parent / "examples" / "spl_token" / "transfer.py"

# r1 counts down; the loop adds, stores, loads, mixes: the mix of a compiled program
LOOP = (
    "0f12000000000000"  # add r2, r1
    "7b2af8ff00000000"  # stxdw [r10-8], r2
    "79a3f8ff00000000"  # ldxdw r3, [r10-8]
    "af23000000000000"  # xor r3, r2
    "6703000003000000"  # lsh r3, 3
    "2f32000000000000"  # mul r2, r3
    "1701000001000000"  # sub r1, 1
    "5501f8ff00000000"  # jne r1, 0, -8
)
EXIT = "9500000000000000"


def loop_program(turns: int) -> bytes:
    """eBPF bytecode that takes `turns` turns of the loop."""
    return bytes.fromhex("b7010000") + turns.to_bytes(4, "little") + bytes.fromhex(LOOP + EXIT)


def loop_of(steps: int) -> bytes:
    """The loop with as many turns as fit into `steps` steps."""
    from zisk_py.isa.rom import Rom
    from zisk_py.transpiler.front_end import transpile
    from zisk_py.zkvm import Program

    def count(turns: int) -> int:
        rom: Rom = transpile(loop_program(turns), target="ebpf")
        return Program(rom).execute().steps

    once, twice = count(1), count(2)
    return loop_program(max(1, 1 + (steps - once) // (twice - once)))


def prove_loop(log_steps: int, threads: int, log_chunk: int) -> dict[str, Any]:
    """Prove the loop in this process and measure it."""
    from zisk_py.process import peak_memory
    from zisk_py.stark.proof import read_proof
    from zisk_py.statemachines.constraint_system import proving_key
    from zisk_py.transpiler.front_end import transpile
    from zisk_py.zkvm import Program

    program = Program(transpile(loop_of(1 << log_steps), target="ebpf"))
    program.id  # noqa: B018 - the program is committed once, before its proofs
    start = time.perf_counter()
    proof = program.prove(threads=threads, chunk_size=1 << log_chunk)
    proven = time.perf_counter()
    memory = peak_memory()
    verification = proof.verify(program)
    verified = time.perf_counter()
    airs = proving_key().verifying_key.system.airs
    instances = [i for segment in read_proof(proof.to_bytes()).instances for i in segment]
    cells = sum(len(airs[i.air].columns) << i.log_height for i in instances)
    return {
        "steps": proof.statement.steps,
        "segments": proof.segments,
        "seconds": proven - start,
        "phases": proof.seconds,
        "cells": cells,
        "peak_memory": memory,
        "proof_bytes": proof.size,
        "verify_seconds": verified - proven,
        "bits": verification.bits,
        "digest": hashlib.blake2s(proof.to_bytes()).hexdigest(),
    }


def in_own_process(*words: object) -> dict[str, Any]:
    """Run this file with `--one` in a new process."""
    command = [sys.executable, __file__, "--one", *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def report_loop(log_steps: int, log_chunk: int) -> None:
    """Print a line per number of threads, and the speed-up."""
    results = {threads: in_own_process(log_steps, threads, log_chunk) for threads in THREADS}
    for threads, r in results.items():
        seconds, steps, cells = r["seconds"], r["steps"], r["cells"]
        figures = (
            f"{seconds:.2f} s",
            f"{steps / seconds / 1e3:.1f} k steps/s",
            f"{cells / seconds / 1e6:.1f} Mcells/s",
            f"{cells / steps:.0f} cells a step",
            f"{r['segments']} segment(s)",
            f"{r['peak_memory'] / MIB:,.0f} MiB",
            f"{r['proof_bytes']:,} bytes",
            f"verify {r['verify_seconds']:.2f} s",
            f"{r['bits']:.1f} bits",
        )
        print(f"2^{log_steps} steps, {threads} thread(s): {', '.join(figures)}")
        print("    " + ", ".join(f"{phase} {value:.2f} s" for phase, value in r["phases"].items()))
    one, two = (results[threads] for threads in THREADS)
    same = "the same bytes" if one["digest"] == two["digest"] else "DIFFERENT bytes"
    print(f"    from 1 to 2 threads: {one['seconds'] / two['seconds']:.2f} times as fast, {same}")


def prove_p_token() -> dict[str, Any]:
    """Prove a transfer, cold: start of the process to the written proof. Raises RuntimeError."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run(
            [sys.executable, P_TOKEN], cwd=folder, capture_output=True, text=True, check=False
        )
        if made.returncode:
            reason = (made.stderr or made.stdout).strip().splitlines()[-1]
            raise RuntimeError(f"{P_TOKEN.name} failed: {reason}")
        command = [sys.executable, "-P", "-m", "zisk_py.cli"]
        start = time.perf_counter()
        run = subprocess.run(
            [*command, "prove", "p_token.so", "-i", "transfer.bin", "--json"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        subprocess.run(
            [*command, "verify", "p_token.proof", "--program", "p_token.so"],
            cwd=folder,
            capture_output=True,
            check=True,
        )
        verify_seconds = time.perf_counter() - start
    return json.loads(run.stdout) | {"seconds": seconds, "verify_seconds": verify_seconds}


def report_p_token() -> None:
    """Print how long a transfer takes."""
    try:
        r = prove_p_token()
    except RuntimeError as error:
        print(f"p-token: {error}")
        return
    print(
        f"p-token transfer, {r['steps']} steps, cold: prove {r['seconds']:.2f} s, "
        f"verify {r['verify_seconds']:.2f} s, "
        f"{r['proof_bytes']:,} bytes, {r['peak_memory'] / MIB:,.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, action="append", metavar="LOG2", help="log2 of the steps")
    parser.add_argument("--chunk", type=int, default=18, metavar="LOG2", help="log2 of the chunk size")
    parser.add_argument("--one", type=int, nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(prove_loop(*arguments.one)))
        return
    for log_steps in arguments.steps or SIZES:
        report_loop(log_steps, arguments.chunk)
    if not arguments.steps:
        report_p_token()


if __name__ == "__main__":
    main()
