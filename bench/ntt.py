"""Rate of low-degree extension: one inverse and two forward transforms of N rows per column.

python bench/ntt.py [largest log2 of N]
"""

import sys

import numpy as np
from kernel_rates import elements, headline, seconds

from zisk_py.stark import kernels


def main() -> None:
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    headline("Low-degree extension")
    for log_rows, width in ((10, 8), (14, 8), (16, 8), (16, 100), (18, 8), (18, 32), (20, 8)):
        if log_rows > largest:
            continue
        columns = elements(1 << log_rows, width)
        out = np.zeros((2 << log_rows, width), dtype=np.uint64)
        taken = seconds(lambda columns=columns, out=out: kernels.low_degree_extend(columns, out))
        rate = 3 * columns.size / taken / 1e6
        print(f"  2^{log_rows} x {width:3}: {taken * 1e3:8.2f} ms, {rate:6.1f} M elements/s of transform")


if __name__ == "__main__":
    main()
