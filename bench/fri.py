"""Rate of the opening: evaluation out of the domain, DEEP combination, quotients and folding."""

import numpy as np
from kernel_rates import elements, headline, seconds

from zisk_py.stark import kernels

LOG_ROWS = 17  # of the extension
WIDTH = 100


def main() -> None:
    headline(f"Opening of {WIDTH} columns")
    rows = 1 << LOG_ROWS
    matrix, coefficients, point = elements(rows, WIDTH), elements(WIDTH, 3), elements(3)
    weights, accumulator = elements(rows // 2, 3), np.zeros((rows, 3), dtype=np.uint64)
    codeword = np.zeros((rows, 3), dtype=np.uint64)
    out = np.zeros((rows >> 3, 3), dtype=np.uint64)
    cells = rows * WIDTH
    steps = {
        "barycentric weights": (
            lambda: kernels.barycentric_weights(LOG_ROWS - 1, point, weights),
            rows // 2,
            "row",
        ),
        "evaluation": (lambda: kernels.combine_rows(matrix, weights), cells // 2, "cell"),
        "combination": (lambda: kernels.accumulate_columns(matrix, coefficients, accumulator), cells, "cell"),
        "quotient": (lambda: kernels.deep_quotient(accumulator, point, point, codeword), rows, "row"),
        "folding by 8": (lambda: kernels.fold(codeword, point, 3, 7, out), rows, "row"),
    }
    for name, (step, count, unit) in steps.items():
        print(f"  {name}: {seconds(step) / count * 1e9:.2f} ns per {unit}")


if __name__ == "__main__":
    main()
