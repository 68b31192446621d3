"""Random systems with challenges, stage 2, tables, totals and messages: honest traces and changed ones."""

import random
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from authored_traces import U64, AuthoredTrace
from random_systems import random_trace
from reckless_prover import skip_own_checks
from zisk_py import stark
from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P
from zisk_py.stark import ProverError, VerifierError, errors, prover, reference
from zisk_py.stark.authored_statement import global_messages, write_header
from zisk_py.stark.options import TEST
from zisk_py.stark.parallel import ParallelKernels

SEEDS = range(60)


def verify(trace: AuthoredTrace, proof: bytes) -> stark.Acceptance:
    key = trace.system.proving_key
    return stark.verify(
        key.verifying_key,
        proof,
        trace.stated,
        min_bits=0,
        program=stark.commit_program(key, trace.program, threads=1).commitment,
        allow_test_profile=True,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_honest_traces_are_proven_and_verified(seed: int) -> None:
    trace = random_trace(seed)
    accepted = verify(trace, stark.prove(trace, "test", threads=1))
    assert accepted.publics == trace.stated
    assert sum(accepted.instances.values()) == len(trace.instances)


def test_the_systems_differ_in_all_that_they_are_for() -> None:
    systems = [random_trace(seed).core for seed in SEEDS]
    airs = [air for system in systems for air in system.airs]
    assert {len(system.challenges) for system in systems} == {0, 1, 2}
    assert {len(air.stage2) for air in airs} == {0, 1, 2}
    assert any(air.stage2 and not air.columns[1:] for air in airs)
    assert any(air.stage2 and air.fixed and air.program for air in airs)
    several = [{one.air for one in random_trace(seed).instances if one.number} for seed in SEEDS]
    repeated = [
        air
        for system, names in zip(systems, several, strict=True)
        for air in system.airs
        if air.name in names
    ]
    assert any(air.fixed for air in repeated)
    assert any(air.program for air in repeated)


def with_changed_cell(trace: AuthoredTrace, draw: random.Random) -> AuthoredTrace:
    """The last column of an instance, which some result or message reads, is changed in one row."""
    place = draw.randrange(len(trace.instances))
    matrix = trace.instances[place].matrix.copy()
    row = draw.randrange(len(matrix))
    matrix[row, -1] = (int(matrix[row, -1]) + draw.choice((1, P - 1))) % P
    instances = list(trace.instances)
    instances[place] = replace(instances[place], matrix=matrix)
    return replace(trace, instances=tuple(instances))


def with_changed_stage2(trace: AuthoredTrace, draw: random.Random) -> AuthoredTrace:
    """One coordinate of one row of stage 2 is changed."""

    def stage2(challenges: tuple[Element, ...]) -> Mapping[int, U64]:
        found = dict(trace.stage2(challenges))
        place = draw.choice(sorted(found))
        matrix = found[place].copy()
        row, column = (draw.randrange(size) for size in matrix.shape)
        matrix[row, column] = (int(matrix[row, column]) + 1) % P
        return found | {place: matrix}

    return replace(trace, stage2=stage2)


def with_changed_value(trace: AuthoredTrace, draw: random.Random) -> AuthoredTrace:
    """The air value that adds to the total is changed; the total is not."""
    place = draw.randrange(len(trace.instances))
    one = trace.instances[place]
    values = ((one.air_values[0] + 1) % P, *one.air_values[1:])
    instances = list(trace.instances)
    instances[place] = replace(one, air_values=values)
    return replace(trace, instances=tuple(instances))


def with_other_total(trace: AuthoredTrace, draw: random.Random) -> AuthoredTrace:
    """The total that the header states is another one."""
    return replace(trace, publics=(*trace.publics[:-1], (trace.publics[-1] + 1 + draw.randrange(5)) % P))


def without_instance(trace: AuthoredTrace, draw: random.Random) -> AuthoredTrace:
    """An instance is left out, though the total counts it."""
    left = len(trace.instances) - 1

    def stage2(challenges: tuple[Element, ...]) -> Mapping[int, U64]:
        return {place: matrix for place, matrix in trace.stage2(challenges).items() if place < left}

    return replace(trace, instances=trace.instances[:left], stage2=stage2)


CHANGES = (with_changed_stage2, with_changed_value, with_other_total, without_instance)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_changed_traces_are_refused_by_prover_and_verifier(
    monkeypatch: pytest.MonkeyPatch, change: object
) -> None:
    assert callable(change)
    refused = 0
    for seed in SEEDS[:20]:
        trace = random_trace(seed)
        if change is with_changed_stage2 and not any(air.stage2 for air in trace.core.airs):
            continue
        if change is without_instance and len(trace.instances) == 1:
            continue
        with pytest.raises(ProverError):
            stark.prove(change(trace, random.Random(seed)), "test", threads=1)
        with monkeypatch.context() as patch:
            skip_own_checks(patch)
            patch.setattr("zisk_py.stark.authored_prover.check_airs", lambda key, airs: None)
            proof = stark.prove(change(trace, random.Random(seed)), "test", threads=1)
        with pytest.raises(VerifierError):
            verify(trace, proof)
        refused += 1
    assert refused >= 10


def test_a_changed_result_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = 0
    for seed in SEEDS[:20]:
        trace = random_trace(seed)
        results = [air.constraints and len(air.constraints) > len(air.stage2) for air in trace.core.airs]
        if not all(results):
            continue
        changed = with_changed_cell(trace, random.Random(seed))
        with monkeypatch.context() as patch:
            skip_own_checks(patch)
            proof = stark.prove(changed, "test", threads=1)
        with pytest.raises(errors.ConstraintMismatch):
            verify(trace, proof)
        refused += 1
    assert refused >= 5


@pytest.mark.parametrize("seed", [s for s in SEEDS if random_trace(s).core.challenges][:4])
def test_kernels_and_their_twins_make_the_same_proof(seed: int) -> None:
    trace = random_trace(seed)
    key, count = trace.system.proving_key, 1 + max(one.number for one in trace.instances)
    segments = [
        lambda number=number: [one for one in trace.instances if one.number == number]
        for number in range(count)
    ]
    proofs = [
        prover.prove(
            key,
            stark.commit_program(key, trace.program, threads=1),
            segments,
            write_header(key.verifying_key, trace.publics),
            global_messages(trace.core, trace.publics),
            TEST,
            publics=trace.publics,
            stage2=lambda challenges: {
                (trace.instances[place].number, trace.instances[place].air): np.ascontiguousarray(matrix)
                for place, matrix in trace.stage2(challenges).items()
            },
            backend=backend,
        )
        for backend in (ParallelKernels(2), reference)
    ]
    assert proofs[0] == proofs[1] == stark.prove(trace, "test", threads=1)
