"""Rate of a logUp column: fingerprints of tuples, their inverses, running sums; and of counting lookups."""

import numpy as np
from kernel_rates import elements, headline, seconds

from zisk_py.pil.system import Node, NodeKind
from zisk_py.stark import kernels
from zisk_py.stark.kernel_program import CHALLENGE, compile_program

LOG_ROWS = 16
LOOKUPS = 10
TUPLE = 6


def fingerprints() -> tuple[list[Node], list[int]]:
    """alpha - sum_k beta^k value_k, by Horner's rule, for each lookup."""
    nodes: list[Node] = [(CHALLENGE, 0, 0), (CHALLENGE, 1, 0)]
    outputs = []
    for lookup in range(LOOKUPS):
        last = None
        for k in range(TUPLE):
            nodes.append((NodeKind.WITNESS, lookup * TUPLE + k, 0))
            if last is not None:
                nodes.append((NodeKind.MUL, last, 1))
                nodes.append((NodeKind.ADD, len(nodes) - 1, len(nodes) - 2))
            last = len(nodes) - 1
        nodes.append((NodeKind.SUB, 0, len(nodes) - 1))
        outputs.append(len(nodes) - 1)
    return nodes, outputs


def main() -> None:
    headline(f"logUp, {LOOKUPS} lookups of {TUPLE} values per row")
    rows = 1 << LOG_ROWS
    program = compile_program(*fingerprints())
    witness, none = elements(rows, LOOKUPS * TUPLE), np.zeros((rows, 0), dtype=np.uint64)
    values, challenges = np.zeros(0, dtype=np.uint64), elements(2, 3)
    arguments = (witness, none, none, none, values, values, challenges, "natural")
    found = np.zeros((rows, LOOKUPS, 3), dtype=np.uint64)
    terms = found.reshape(-1, 3)
    steps = {
        "fingerprints": lambda: kernels.run_program(program, *arguments, 0, None, found),
        "inverses": lambda: kernels.batch_inverse(terms, terms),
        "running sums": lambda: kernels.prefix_sum(terms),
    }
    for name, step in steps.items():
        taken = seconds(step)
        print(f"  {name}: {taken / rows * 1e9:.0f} ns per row, {taken / len(terms) * 1e9:.1f} per lookup")
    table = np.arange(rows, dtype=np.uint64).reshape(rows, 1)
    queries = elements(4 * rows, 1) % np.uint64(rows)
    weights, counts = np.ones(4 * rows, dtype=np.uint64), np.zeros(rows, dtype=np.uint64)
    index = kernels.TupleTable(table)
    taken = seconds(lambda: index.count(queries, weights, counts))
    print(f"  counting in a table of 2^{LOG_ROWS}: {taken / len(queries) * 1e9:.1f} ns per lookup")


if __name__ == "__main__":
    main()
