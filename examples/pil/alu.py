"""Prove a thousand random operations on bytes; the multiplicities of the table are counted for us."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zisk_py import pil, stark

FILE = Path(__file__).with_suffix(".pil")
OPERATIONS = ("is_and", "is_or", "is_xor", "is_add")


def witness(operation: NDArray[Any], a: NDArray[Any], b: NDArray[Any]) -> dict[str, dict[str, Any]]:
    """The columns of the machine; operation is 0 to 3, in the order of OPERATIONS."""
    results = np.stack([a & b, a | b, a ^ b, (a + b) & 0xFF])
    columns = {name: operation == number for number, name in enumerate(OPERATIONS)}
    columns |= {"a": a, "b": b, "c": results[operation, np.arange(len(a))], "both": a & b}
    return {"Alu": columns | {"carry": (operation == 3) & (a + b > 0xFF)}}


def main() -> None:
    """Compile, check, prove, verify."""
    system = pil.compile(FILE)
    random = np.random.default_rng(1)
    operation, a, b = (random.integers(0, limit, 1024) for limit in (4, 256, 256))
    trace = system.trace(witness(operation, a, b))
    print(pil.check(trace))
    proof = stark.prove(trace)
    stark.verify(system.key, proof)
    print(f"1024 operations, proven with {len(proof)} bytes")


if __name__ == "__main__":
    main()
