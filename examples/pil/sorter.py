"""Prove that numbers are sorted: the witness is made with numpy, the table of the range by the library."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zisk_py import pil, stark

FILE = Path(__file__).with_suffix(".pil")


def witness(numbers: NDArray[np.uint16]) -> dict[str, dict[str, NDArray[np.uint16]]]:
    """Both columns."""
    return {"Sorter": {"x": numbers, "y": np.sort(numbers)}}


def main() -> None:
    """Compile, check, prove, verify."""
    system = pil.compile(FILE)
    numbers = np.random.default_rng(1).integers(0, 2**16, 1024, dtype=np.uint16)
    publics = {"least": numbers.min(), "greatest": numbers.max()}
    trace = system.trace(witness(numbers), publics)
    print(pil.check(trace))
    proof = stark.prove(trace)
    stark.verify(system.key, proof, publics)
    print(f"1024 numbers from {publics['least']} to {publics['greatest']}, proven with {len(proof)} bytes")


if __name__ == "__main__":
    main()
