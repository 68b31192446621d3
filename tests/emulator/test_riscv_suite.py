"""The suite of RISC-V instructions in the reference, EXECUTE, COUNT, EXPAND, and against all constraints."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from riscv_files import riscv_program
from riscv_suite.program import SuiteProgram, join
from riscv_suite.table import PROGRAMS
from zisk_py import emulator
from zisk_py.emulator import reference
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.claims import make_claim

CHUNK = 1 << 10
SAMPLE = 14  # of so many programs one is used by default


def check(members: Sequence[SuiteProgram], difference: Callable[[Any, Any], str]) -> None:
    """Each program by itself: both emulators do the same in all phases, and no constraint is violated."""
    for member in members:
        program = riscv_program(*join([member]))
        claim = make_claim(program.rom.rules, b"")
        regions = program.rom.rules.start_regions(claim)
        results = []
        for phases in (reference, emulator):
            execution = phases.execute(program.rom, claim, b"", chunk_size=CHUNK)
            assert execution.outcome == Exit(0), member.name
            counts = [phases.count(program.rom, regions, chunk) for chunk in execution.chunks]
            arrivals, ledger = emulator.merge(counts)
            records = [
                phases.expand(program.rom, regions, chunk, times)
                for chunk, times in zip(execution.chunks, arrivals, strict=True)
            ]
            results.append((execution, counts, arrivals, ledger, records))
        assert difference(*results) == "", member.name
        report = program.check(chunk_size=CHUNK)
        assert report.ok, (member.name, str(report))


def test_all_phases_agree_on_some_programs(difference: Callable[[Any, Any], str]) -> None:
    check([*PROGRAMS.values()][::SAMPLE], difference)


@pytest.mark.slow
def test_all_phases_agree_on_every_program(difference: Callable[[Any, Any], str]) -> None:
    check([*PROGRAMS.values()], difference)
