"""The estimate of a proof, beside the proof."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proven_runs import QUICK, loop_program, prove
from zisk_py.errors import LimitError
from zisk_py.limits import Limits
from zisk_py.stark.proof import read_proof
from zisk_py.statemachines.constraint_system import proving_key
from zisk_py.statemachines.estimate import Estimate

BENCH = Path(__file__).parents[2] / "bench"
LEAST, MOST = 0.9, 1.25  # of the memory that was measured


def cases() -> tuple[Any, ...]:
    """The cases of the benchmark; the quick one is tried always."""
    sys.path.insert(0, str(BENCH))
    try:
        found = runpy.run_path(str(BENCH / "estimate.py"))
    finally:
        sys.path.remove(str(BENCH))
    marks = {case: () if case == found["QUICK"] else (pytest.mark.slow,) for case in found["CASES"]}
    return tuple(pytest.param(case, marks=mark, id="-".join(map(str, case))) for case, mark in marks.items())


@pytest.mark.parametrize("case", cases())
def test_the_memory_of_a_process_is_as_estimated(case: tuple[object, ...]) -> None:
    command = [sys.executable, BENCH / "estimate.py", *map(str, case)]
    # a build for debugging, or sanitizers, would take other memory: the normal build is measured
    plain = {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert LEAST <= found["memory"]["ratio"] <= MOST, found
    assert 0.9 <= found["proof_bytes"]["ratio"] <= 1.1, found


@pytest.mark.parametrize("chunk_size", [64, 1024])
def test_cells_and_segments_are_those_of_the_proof(chunk_size: int) -> None:
    program = loop_program(30)
    told: list[Estimate] = []
    proof = prove(program, chunk_size=chunk_size, estimated=told.append)
    airs = proving_key().verifying_key.system.airs
    instances = [i for segment in read_proof(proof.to_bytes()).instances for i in segment]
    (estimate,) = told
    assert estimate.segments == proof.segments
    assert estimate.cells == sum(len(airs[i.air].columns) << i.log_height for i in instances)
    assert estimate.proof_bytes == pytest.approx(proof.size, rel=0.2)
    assert estimate.seconds > 0


def test_an_estimate_can_be_had_without_a_proof() -> None:
    program = loop_program(30)
    told: list[Estimate] = []
    prove(program, chunk_size=64, estimated=told.append)
    alone = program.estimate(chunk_size=64, **QUICK)
    assert (alone.cells, alone.segments, alone.proof_bytes) == (
        told[0].cells,
        told[0].segments,
        told[0].proof_bytes,
    )


def test_what_does_not_fit_is_refused_with_a_chunk_size_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zisk_py.zkvm.used_memory", lambda: 100 << 20)
    program = loop_program(1500)
    needed = program.estimate(chunk_size=1 << 14, **QUICK).memory
    assert prove(program, chunk_size=1 << 14, limits=Limits(memory=needed)).segments == 2
    limits = Limits(memory=needed - 1)
    with pytest.raises(LimitError) as caught:
        prove(program, chunk_size=1 << 14, limits=limits)
    sentence = str(caught.value)
    assert "segments of 16,384 steps" in sentence
    size = int(sentence.split("--chunk-size ")[1].split()[0])
    assert size == 1 << 13
    assert prove(program, chunk_size=size, limits=limits).segments == 3


def test_where_no_chunk_size_fits_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zisk_py.zkvm.used_memory", lambda: 100 << 20)
    with pytest.raises(LimitError, match=r"and 110\.0 MiB may be used; raise --max-memory"):
        prove(loop_program(1500), limits=Limits(memory=110 << 20))


def test_too_many_segments_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zisk_py.zkvm.MAX_SEGMENTS", 2)
    program = loop_program(30)
    assert prove(program, chunk_size=256).segments == 2
    with pytest.raises(
        LimitError, match=r"has \d segments, and a proof has at most 2; use a larger --chunk-"
    ):
        prove(program, chunk_size=128)


def test_a_check_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zisk_py.zkvm.used_memory", lambda: 100 << 20)
    program = loop_program(1500)
    with pytest.raises(LimitError, match=r"the check needs about [\d.]+ MiB, and 120\.0 MiB may be used"):
        program.check(chunk_size=1 << 14, limits=Limits(memory=120 << 20))
    assert program.check(chunk_size=1 << 14, limits=Limits(memory=1 << 30)).ok
