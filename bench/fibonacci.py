"""The two-column fibonacci of examples/pil with the profile `fast`: a proof of each height.

python bench/fibonacci.py [LOG_HEIGHT ..]
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from zisk_py import pil, stark
from zisk_py.field.goldilocks import P
from zisk_py.stark.parallel import available_threads

FILE = Path(__file__).parents[1] / "examples" / "pil" / "fibonacci.pil"
LOG_HEIGHTS = (10, 12, 14, 16, 18, 20)
REPEATS = 3
T = TypeVar("T")


def columns(rows: int) -> dict[str, np.ndarray]:
    """The columns a and b."""
    numbers = [1, 1]
    while len(numbers) <= rows:
        numbers.append((numbers[-1] + numbers[-2]) % P)
    found = np.array(numbers, dtype=np.uint64)
    return {"a": found[:rows], "b": found[1 : rows + 1]}


def best(work: Callable[[], T]) -> tuple[float, T]:
    """The least seconds of some repeats, and the result."""
    found = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        result = work()
        found.append(time.perf_counter() - start)
    return min(found), result


def main() -> None:
    """Print a table of all heights."""
    start = time.perf_counter()
    system = pil.compile(FILE)
    key = system.key
    print(f"compiled and set up in {time.perf_counter() - start:.2f} s; {available_threads()} threads")
    print("     rows   trace ms   prove ms      rows/s  verify ms  proof bytes")
    for log_height in map(int, sys.argv[1:] or LOG_HEIGHTS):
        witness = columns(1 << log_height)
        out = int(witness["a"][-1])
        making, trace = best(lambda w=witness, o=out: system.trace({"Fibonacci": w}, publics={"out": o}))
        proving, proof = best(lambda t=trace: stark.prove(t))
        verifying, _ = best(lambda p=proof, o=out: stark.verify(key, p, publics={"out": o}))
        print(
            f"{1 << log_height:>9,} {1000 * making:>10.1f} {1000 * proving:>10.1f} "
            f"{(1 << log_height) / proving:>11,.0f} {1000 * verifying:>10.1f} {len(proof):>12,}"
        )


if __name__ == "__main__":
    main()
