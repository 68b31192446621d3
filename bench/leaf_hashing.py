"""Rate of BLAKE2s over rows of committed matrices, over pairs of nodes, and of grinding."""

import numpy as np
from kernel_rates import elements, headline, seconds

from zisk_py.stark import kernels

LOG_ROWS = 17
PERSON = b"measured"


def main() -> None:
    headline("BLAKE2s")
    rows = 1 << LOG_ROWS
    out = np.zeros((rows, 32), dtype=np.uint8)
    for widths in ((8,), (32,), (100,), (128,), (60, 3, 37)):
        matrices = [elements(rows, width) for width in widths]
        taken = seconds(lambda matrices=matrices: kernels.hash_rows(matrices, PERSON, out))
        size = sum(matrix.nbytes for matrix in matrices)
        print(f"  rows of {widths}: {size / taken / 1e9:.2f} GB/s, {taken / rows * 1e9:.0f} ns per row")
    nodes = elements(2 * rows, 4).view(np.uint8)
    taken = seconds(lambda: kernels.hash_pairs(nodes, PERSON, out))
    print(f"  pairs of nodes: {taken / rows * 1e9:.1f} ns per pair")
    bits = 18
    tries = sum(kernels.grind(bytes([i]) * 32, bits, PERSON, 0, 1 << 62) + 1 for i in range(4))
    taken = seconds(lambda: [kernels.grind(bytes([i]) * 32, bits, PERSON, 0, 1 << 62) for i in range(4)])
    print(f"  grinding: {tries / taken / 1e6:.1f} M nonces/s")


if __name__ == "__main__":
    main()
