"""Estimates of proofs beside what the proofs then take: memory, seconds, bytes; each in a process of its own.

Run it alone: `python bench/estimate.py`; it takes some minutes and up to 6 GiB.
"""

import json
import subprocess
import sys
import time
from typing import Any

import execute
import proof

CASES = (  # program, log2 of the steps, log2 of the chunk size, threads
    ("loop", 10, 10, 2),
    ("loop", 14, 10, 2),
    ("loop", 14, 14, 1),
    ("loop", 14, 14, 2),
    ("mix", 16, 12, 2),
    ("loop", 16, 16, 2),
    ("mix", 18, 16, 1),
    ("mix", 18, 16, 2),
    ("mix", 18, 14, 4),
    ("loop", 18, 16, 8),
    ("loop", 18, 18, 2),
    ("mix", 18, 18, 2),
    ("loop", 20, 18, 2),
    ("loop", 20, 20, 2),
)
QUICK = CASES[3]


def measure(kind: str, log_steps: int, log_chunk: int, threads: int) -> dict[str, Any]:
    """Prove a run in this process: the estimate, what the proof took, and the ratios of the two."""
    from zisk_py.process import peak_memory
    from zisk_py.statemachines.estimate import Estimate
    from zisk_py.transpiler.front_end import transpile
    from zisk_py.zkvm import Program

    if kind == "loop":
        rom = transpile(proof.loop_of(1 << log_steps), target="ebpf")
    else:
        rom = execute.mix((1 << log_steps) // 24)
    program = Program(rom)
    found: list[tuple[Estimate, float]] = []
    made = program.prove(
        chunk_size=1 << log_chunk,
        threads=threads,
        estimated=lambda estimate: found.append((estimate, time.perf_counter())),
    )
    ((estimate, begin),) = found
    pairs = {
        "memory": (estimate.memory, peak_memory()),
        "seconds": (estimate.seconds, time.perf_counter() - begin),
        "proof_bytes": (estimate.proof_bytes, made.size),
    }
    return {name: {"estimated": a, "measured": b, "ratio": a / b} for name, (a, b) in pairs.items()}


def in_own_process(*words: object) -> dict[str, Any]:
    """Run this file with one case in a new process."""
    command = [sys.executable, __file__, *map(str, words)]
    return dict(json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))


def main() -> None:
    if len(sys.argv) == 5:
        kind, *numbers = sys.argv[1:]
        print(json.dumps(measure(kind, *map(int, numbers))))
        return
    for case in CASES:
        kind, log_steps, log_chunk, threads = case
        values = in_own_process(*case)
        texts = (
            f"memory {values['memory']['estimated'] / proof.MIB:,.0f} for "
            f"{values['memory']['measured'] / proof.MIB:,.0f} MiB ({values['memory']['ratio']:.2f})",
            f"{values['seconds']['estimated']:.1f} for {values['seconds']['measured']:.1f} s "
            f"({values['seconds']['ratio']:.2f})",
            f"proof {values['proof_bytes']['ratio']:.2f}",
        )
        name = f"{kind} of 2^{log_steps} steps, segments of 2^{log_chunk}, {threads} thread(s)"
        print(f"{name}: {', '.join(texts)}", flush=True)


if __name__ == "__main__":
    main()
