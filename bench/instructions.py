"""Instructions of deployed Solana programs, proven: the table of what they take.

python bench/instructions.py [name ...]     names as in tests/deployed/tables.py; the ones below without
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from zisk_py.process import peak_memory
from zisk_py.zkvm import Program

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from deployed.cases import Case
from deployed.comparison import disagreement, input_of, run_here, run_there
from deployed.programs import program
from deployed.tables import CASES, PROVEN
from litesvm_runs import BUDGET

MIB = 1 << 20


@dataclass(frozen=True)
class Measured:
    """One proof: seconds, and the statement's numbers."""

    units: int
    steps: int
    prove_seconds: float
    proof_bytes: int
    verify_seconds: float
    bits: float


def prove(loaded: Program, case: Case) -> Measured:
    """Prove and verify an instruction by a program that is committed."""
    start = time.perf_counter()
    proof = loaded.prove(input_of(case), budget=BUDGET)
    proven = time.perf_counter()
    verification = proof.verify(loaded)
    end = time.perf_counter()
    stated = verification.statement
    return Measured(
        stated.compute_units, stated.steps, proven - start, proof.size, end - proven, verification.bits
    )


def line(name: str, measured: Measured) -> str:
    """A line of the table."""
    return (
        f"{name:36} {measured.units:7,} {measured.steps:8,} {measured.prove_seconds:8.2f} "
        f"{measured.proof_bytes:11,} {measured.verify_seconds:8.2f} {measured.bits:6.1f}"
    )


HEAD = (
    f"{'instruction':36} {'units':>7} {'steps':>8} {'prove s':>8} {'proof bytes':>11} {'verify s':>8}   bits"
)


def main() -> None:
    """Print the table; a line for each program says what it took once."""
    committed: set[str] = set()
    print(HEAD)
    for name in sys.argv[1:] or PROVEN:
        case = CASES[name]
        difference = disagreement(case, run_here(case), run_there(case))
        if difference:
            sys.exit(f"{name} does not end as in LiteSVM: {difference}")
        loaded = program(case.program)
        start = time.perf_counter()
        loaded.id  # noqa: B018 - the program is committed once, before its proofs
        seconds = time.perf_counter() - start
        print(line(name, prove(loaded, case)), flush=True)
        if case.program not in committed:
            committed.add(case.program)
            print(f"    {len(loaded.rom.rows):,} rows of {case.program} committed in {seconds:.2f} s")
    print(f"peak memory {peak_memory() / MIB:,.0f} MiB")


if __name__ == "__main__":
    main()
