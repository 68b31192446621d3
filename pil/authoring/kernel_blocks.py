"""`Instance.blocks` by the prover's kernels: the values of some nodes on all rows, many times faster."""

from collections.abc import Iterator, Sequence

import numpy as np

from zisk_py.pil.authoring.evaluation import leaves
from zisk_py.pil.system import Node, NodeKind
from zisk_py.pil.trace_evaluation import Instance
from zisk_py.pil.vectors import Vector
from zisk_py.stark import kernel_program
from zisk_py.stark.kernel_program import compile_program
from zisk_py.stark.kernels import run_program, run_program_base

BLOCK_CELLS = 1 << 22  # values that are computed at once
_LATE = {NodeKind.CHALLENGE: kernel_program.CHALLENGE, NodeKind.STAGE2: kernel_program.STAGE2}
_NOTHING: Vector = np.zeros(0, dtype=np.uint64)


def kernel_blocks(instance: Instance, roots: Sequence[int]) -> Iterator[tuple[int, int, Sequence[Vector]]]:
    """All rows, block by block: first row, row after the last, values by node, of the roots alone."""
    nodes = instance.air.nodes
    wanted = list(dict.fromkeys(roots))
    is_late = [any(kind in _LATE for kind, _, _ in leaves(nodes, [root])) for root in wanted]
    early = [root for root, late in zip(wanted, is_late, strict=True) if not late]
    later = [root for root, late in zip(wanted, is_late, strict=True) if late]
    graph: list[Node] = [(int(_LATE.get(NodeKind(kind), kind)), a, b) for kind, a, b in nodes]
    programs = [
        (found, compile_program(graph, found), run)
        for found, run in ((early, run_program_base), (later, run_program))
        if found
    ]
    witness, fixed, program_columns = map(
        np.ascontiguousarray, (instance.matrix, instance.fixed, instance.program)
    )
    stage2 = instance.stage2 if len(instance.stage2) else np.zeros((instance.rows, 0), dtype=np.uint64)
    air_values, publics = (
        np.array(given, dtype=np.uint64) for given in (instance.air_values, instance.publics)
    )
    challenges = np.array(instance.challenges, dtype=np.uint64).reshape(-1, 3)
    step = max(1 << 10, BLOCK_CELLS // max(1, len(wanted)) & -(1 << 10))
    for start in range(0, instance.rows if wanted else 0, step):
        stop = min(start + step, instance.rows)
        values = [_NOTHING] * len(nodes)
        for found, program, run in programs:
            columns = run(
                program,
                witness,
                fixed,
                program_columns,
                np.ascontiguousarray(stage2),
                air_values,
                publics,
                challenges,
                "natural",
                start,
                stop,
            )
            for position, root in enumerate(found):
                values[root] = columns[:, position]
        yield start, stop, values
