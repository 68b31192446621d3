"""Segments can be made by any executor, several machines at a time, with the same cells."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from proven_runs import loop_program
from zisk_py import emulator
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.witness import Witness, program_matrices
from zisk_py.transpiler.claims import make_claim
from zisk_py.zkvm import Program

PROGRAM: Program = loop_program(30)


class Counting(ThreadPoolExecutor):
    """Counts what it is given."""

    given = 0

    def submit(self, *arguments: Any, **more: Any) -> "Future[Any]":
        self.given += 1
        return super().submit(*arguments, **more)


def witness(**more: Any) -> Witness:
    rom, claim = PROGRAM.rom, make_claim(PROGRAM.rom.rules, b"", budget=None, public=False)
    execution = emulator.execute(rom, claim, b"", chunk_size=64)
    system = constraint_system()
    matrices = program_matrices(system, rom)
    return Witness(system, PROGRAM.header, rom, matrices, claim, b"", execution, **more)


@pytest.mark.parametrize("threads", [1, 3])
def test_an_executor_counts_and_fills_and_gives_the_same_cells(threads: int) -> None:
    with Counting(threads) as executor:
        run, plain = witness(executor=executor), witness()
        for index in range(run.num_segments):
            before = executor.given
            traces = run.segment(index)
            assert executor.given - before == 2 * len(traces)
            for trace, expected in zip(traces, plain.segment(index), strict=True):
                assert trace.air == expected.air
                assert np.array_equal(trace.matrix, expected.matrix)
    assert run.statement() == plain.statement()
