"""Stage 2: the columns of the buses, computed from an instance's traces after alpha and beta are known."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.extension import DEGREE, Element, scale
from zisk_py.field.goldilocks import P, inverse
from zisk_py.stark.arrays import element_array, elements_of, one_element, subtract
from zisk_py.stark.backend import Backend
from zisk_py.stark.logup import Reduction

U64 = NDArray[np.uint64]


def stage2_columns(
    backend: Backend,
    reduction: Reduction,
    witness: U64,
    fixed: U64,
    program_columns: U64,
    air_values: U64,
    publics: U64,
    challenges: Sequence[Element],
) -> tuple[U64, Element]:
    """(N, 3*columns) base columns, and the total of the instance. `zisk_py.stark.logup` says what they mean.

    Raises ZeroDivisionError if a fingerprint is zero on some row.
    """
    height, columns = len(witness), reduction.columns
    vector = element_array(challenges)
    nothing = np.zeros((height, 0), dtype=np.uint64)
    denominators = backend.run_program(
        reduction.denominators,
        witness,
        fixed,
        program_columns,
        nothing,
        air_values,
        publics,
        vector,
        "natural",
    )
    inverses = backend.batch_inverse(denominators.reshape(-1, DEGREE)).reshape(height, -1)
    del denominators  # as large as what follows
    fractions = backend.run_program(
        reduction.fractions, witness, fixed, program_columns, inverses, air_values, publics, vector, "natural"
    )
    # acc' - acc = (sum of the row's fractions) - T/N
    rows = np.ascontiguousarray(fractions[:, columns - 1])
    terminal = elements_of(backend.prefix_sum(rows)[1][None, :])[0]
    share = scale(terminal, inverse(height % P))
    fractions[:, columns - 1] = backend.prefix_sum(subtract(rows, one_element(share)))[0]
    return fractions.reshape(height, columns * DEGREE), terminal
