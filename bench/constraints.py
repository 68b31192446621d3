"""Rate of the bytecode: chains of additions, products and a mix, combined into a quotient."""

import random
from collections.abc import Sequence

import numpy as np
from kernel_rates import elements, headline, seconds

from zisk_py.pil.system import Node, NodeKind
from zisk_py.stark import kernels
from zisk_py.stark.kernel_program import CHALLENGE, Program, compile_program

LOG_ROWS = 16
WIDTH = 64
OUTPUTS = 100
LENGTH = 8  # operations per output


def chains(kinds: Sequence[NodeKind], in_extension: bool = False) -> Program:
    """OUTPUTS chains of LENGTH operations on random columns."""
    choose = random.Random(1)
    nodes: list[Node] = [(NodeKind.WITNESS, column, 0) for column in range(WIDTH)]
    outputs = []
    for _ in range(OUTPUTS):
        last = choose.randrange(WIDTH)
        if in_extension:
            nodes.append((CHALLENGE, 0, 0))
            last = len(nodes) - 1
        for _ in range(LENGTH):
            nodes.append((choose.choice(kinds), last, choose.randrange(WIDTH)))
            last = len(nodes) - 1
        outputs.append(last)
    return compile_program(nodes, outputs)


def main() -> None:
    headline("Constraint bytecode")
    rows = 1 << LOG_ROWS
    witness, powers = elements(rows, WIDTH), elements(OUTPUTS, 3)
    none, values = np.zeros((rows, 0), dtype=np.uint64), np.zeros(0, dtype=np.uint64)
    arguments = (witness, none, none, none, values, values, elements(1, 3))
    programs = {
        "products": chains([NodeKind.MUL]),
        "sums": chains([NodeKind.ADD]),
        "mix": chains([NodeKind.ADD, NodeKind.SUB, NodeKind.MUL]),
        "mix in K": chains([NodeKind.ADD, NodeKind.SUB, NodeKind.MUL], in_extension=True),
        "columns only": compile_program(
            [(NodeKind.WITNESS, column, 0) for column in range(WIDTH)], [0] * OUTPUTS
        ),
    }
    out = np.zeros((rows, 3), dtype=np.uint64)
    for name, program in programs.items():
        taken = (
            seconds(lambda program=program: kernels.quotient(program, *arguments, powers, out)) / rows * 1e9
        )
        operations = len(program.code) - OUTPUTS
        print(
            f"  {name}: {taken:6.0f} ns per row ({operations} operations, {OUTPUTS} outputs, {WIDTH} columns)"
        )


if __name__ == "__main__":
    main()
