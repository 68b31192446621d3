"""A run holds no more bytes than it may: its memory before it starts, its chunks after each of them."""

from types import ModuleType
from typing import Any

import pytest

from zisk_py.emulator.memory import held_bytes
from zisk_py.errors import LimitError
from zisk_py.isa.instruction import Instruction, Store, register
from zisk_py.isa.memory_map import EXIT_PC, HIDDEN_KEY
from zisk_py.isa.operations import COPY

WORDS = [  # each turn keeps the old values of two registers and of a hidden word
    Instruction(0, COPY, register(1), register(2), Store.KEYED, HIDDEN_KEY + 3, cost=True, j1=0, j2=0)
]
END = [Instruction(0, b=register(0), j1=EXIT_PC, j2=EXIT_PC)]


def run(phases: ModuleType, case: Any, max_bytes: int, **options: Any) -> Any:
    return phases.execute(case.rom, case.claim, case.data, chunk_size=16, max_bytes=max_bytes, **options)


def memory_of(case: Any) -> int:
    """What the memory of a program takes, in the run and at its end."""
    return 2 * sum(held_bytes(region) for region in case.regions if region.is_guest)


def test_memory_is_counted_before_the_run(phases: ModuleType, simple_case: Any) -> None:
    case = simple_case(END, b"some input")
    least = memory_of(case)
    assert run(phases, case, least, keep_chunks=False).steps == 1
    with pytest.raises(LimitError, match=r"the memory of the program takes .* raise --max-memory"):
        run(phases, case, least - 1, keep_chunks=False)


def test_chunks_are_counted_as_they_are_made(phases: ModuleType, simple_case: Any) -> None:
    case = simple_case(WORDS, budget=40)
    execution = run(phases, case, 1 << 40)
    sizes = [chunk.words.nbytes + chunk.registers.nbytes for chunk in execution.chunks]
    assert len(sizes) == 3
    exact = memory_of(case) + sum(sizes)
    assert run(phases, case, exact).steps == 40
    with pytest.raises(LimitError, match="after 40 steps the run takes"):
        run(phases, case, exact - 1)
    with pytest.raises(LimitError, match="after 16 steps the run takes"):
        run(phases, case, memory_of(case) + sizes[0] - 1)


def test_chunks_that_are_not_kept_are_not_counted(phases: ModuleType, simple_case: Any) -> None:
    case = simple_case(WORDS, budget=400)
    assert run(phases, case, memory_of(case), keep_chunks=False).steps == 400
