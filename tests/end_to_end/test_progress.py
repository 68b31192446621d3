"""What a caller is told while a run is executed and proven."""

import threading
from itertools import count

import pytest

from proven_runs import loop_program, prove


class Stopped(Exception):
    """What a caller raises in its progress."""


def test_each_phase_is_told_in_steps_up_to_all_of_them():
    program = loop_program(30)
    told: dict[str, list[tuple[int, int]]] = {}
    steps = program.execute().steps
    prove(
        program,
        chunk_size=64,
        progress=lambda phase, done, total: told.setdefault(phase, []).append((done, total)),
    )
    assert list(told) == ["execute", "commit", "prove"]
    for phase, reports in told.items():
        done = [report[0] for report in reports]
        assert done == sorted(done)
        assert reports[-1] == (steps, steps), phase
    assert len(told["commit"]) == 7
    assert len(told["prove"]) == 6 * 7 + 1


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("moment", [0, 1, 5, 12])
def test_what_progress_raises_ends_the_proof(moment: int, threads: int) -> None:
    program = loop_program(30)
    moments = count()
    told: list[str] = []

    def stop(phase: str, done: int, total: int) -> None:
        told.append(phase)
        if next(moments) == moment:
            raise Stopped

    with pytest.raises(Stopped):
        prove(program, chunk_size=64, threads=threads, progress=stop)
    assert len(told) == moment + 1
    assert not [t for t in threading.enumerate() if t.name.startswith("zisk-py-ahead")]
