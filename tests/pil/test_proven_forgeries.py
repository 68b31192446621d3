"""Compiled files and provers that lie: what `stark.prove` refuses is proven all the same, and refused."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from reckless_prover import skip_own_checks
from zisk_py import pil, stark
from zisk_py.field import extension
from zisk_py.field.goldilocks import P
from zisk_py.pil import Trace
from zisk_py.stark import authored_prover, errors

ROWS = 32
SOURCE = """
public sum;
proofval offset;
challenge stage(2) gamma;
airtemplate Adder() {
    airgroupval aggregate(sum) total;
    col fixed FIRST = [1, 0...];
    const expr LAST = FIRST';
    col witness x, sorted, run;
    col witness stage(2) z;
    FIRST * (run - x) === 0;
    (1 - LAST) * (run' - run - x') === 0;
    LAST * (run - total) === 0;
    FIRST * (z - 1) === 0;
    z' * (sorted + gamma) === z * (x + gamma);
    lookup_assumes(1, [x]);
}
airtemplate Table(const int N = 32) {
    col fixed X = [0..N-1];
    col witness times;
    lookup_proves(1, [X], times);
}
airtemplate Bound() {
    col witness a;
    a === sum + offset;
}
airgroup G { Adder(); Table(); Bound(); }
G.total === sum + offset;
"""
OFFSET = 7


@cache
def system() -> pil.CompiledSystem:
    return pil.compile(SOURCE)


def products(x: list[int], ordered: list[int], gamma: extension.Element) -> list[extension.Element]:
    """The column z."""
    found = [extension.ONE]
    for value, other in zip(x[:-1], ordered, strict=False):
        above, below = (extension.add(gamma, extension.embed(number)) for number in (value, other))
        found.append(extension.mul(found[-1], extension.mul(above, extension.inverse(below))))
    return found


@cache
def honest() -> Trace:
    """Two adders, whose totals are added up."""
    parts = [[(3 * row + start) % ROWS for row in range(ROWS)] for start in range(2)]
    adders = [{"x": x, "sorted": sorted(x), "run": np.cumsum(x), "total": sum(x)} for x in parts]
    whole = sum(map(sum, parts))
    witness = {"Adder": adders, "Bound": {"a": [whole] * ROWS}}
    return system().trace(
        witness,
        {"sum": whole - OFFSET},
        proof_values={"offset": OFFSET},
        stage2=lambda challenges: {
            "Adder": [{"z": products(x, sorted(x), challenges["gamma"])} for x in parts]
        },
    )


def changed_instance(
    air: str, change: Callable[[np.ndarray], None], values: Callable[[int], int] = int
) -> Trace:
    """The first instance of an air with other cells and air values."""
    instances = list(honest().instances)
    place = next(place for place, one in enumerate(instances) if one.air == air)
    matrix = instances[place].matrix.copy()
    change(matrix)
    air_values = tuple(values(value) % P for value in instances[place].air_values)
    instances[place] = replace(instances[place], matrix=matrix, air_values=air_values)
    return replace(honest(), instances=tuple(instances))


def without(air: str, number: int) -> Trace:
    """One instance is left out."""
    trace = honest()
    kept = [place for place, one in enumerate(trace.instances) if (one.air, one.number) != (air, number)]
    return replace(
        trace,
        instances=tuple(trace.instances[place] for place in kept),
        stage2=lambda challenges: {
            kept.index(place): matrix for place, matrix in trace.stage2(challenges).items() if place in kept
        },
    )


def with_publics(**changes: int) -> Trace:
    names = system().system.publics
    publics = [
        (value + changes.get(name, 0)) % P for name, value in zip(names, honest().publics, strict=True)
    ]
    return replace(honest(), publics=tuple(publics))


def with_total(added: int) -> Trace:
    """All public values fit together; the adders sum up to something else."""
    names = system().system.publics
    total = next(name for name in names if name not in ("sum", "offset"))
    return with_publics(**{total: added, "offset": added})


def cell(column: int, row: int = 3, added: int = 1) -> Callable[[np.ndarray], None]:
    def change(matrix: np.ndarray) -> None:
        matrix[row, column] = (int(matrix[row, column]) + added) % P

    return change


def nothing(matrix: np.ndarray) -> None:
    """Leave the cells."""


def other_stage2(change: Callable[[np.ndarray], np.ndarray]) -> Trace:
    trace = honest()
    return replace(
        trace,
        stage2=lambda challenges: {place: change(m) for place, m in trace.stage2(challenges).items()},
    )


def for_fixed_challenge() -> Trace:
    chosen = honest().stage2(((2, 7, 1),))
    return replace(honest(), stage2=lambda challenges: chosen)


LIES: dict[str, tuple[Callable[[], Trace], type[errors.VerifierError]]] = {
    "x is not what was added": (lambda: changed_instance("Adder", cell(0)), errors.ConstraintMismatch),
    "sorted is no permutation": (lambda: changed_instance("Adder", cell(1)), errors.ConstraintMismatch),
    "a sum that jumps": (lambda: changed_instance("Adder", cell(2)), errors.ConstraintMismatch),
    "an air value that is not the total": (
        lambda: changed_instance("Adder", nothing, lambda value: value + 1),
        errors.ConstraintMismatch,
    ),
    "a table that counts wrong": (lambda: changed_instance("Table", cell(0)), errors.BusUnbalanced),
    "another proof value": (lambda: with_publics(offset=1), errors.GlobalConstraintMismatch),
    "a total that no instance adds": (lambda: with_total(1), errors.ConstraintMismatch),
    "an adder left out": (lambda: without("Adder", 1), errors.BusUnbalanced),
    "the table left out": (lambda: without("Table", 0), errors.BusUnbalanced),
    "what reads public values left out": (lambda: without("Bound", 0), errors.MissingAir),
    "stage 2 of zeros": (lambda: other_stage2(np.zeros_like), errors.ConstraintMismatch),
    "stage 2 without its first row": (
        lambda: other_stage2(lambda matrix: matrix * np.uint64(2)),
        errors.ConstraintMismatch,
    ),
    "stage 2 for another challenge": (for_fixed_challenge, errors.ConstraintMismatch),
}


def verify(proof: bytes, stated: int) -> stark.Acceptance:
    return stark.verify(system().key, proof, {"sum": stated}, min_bits=0, allow_test_profile=True)


def test_the_honest_trace_holds() -> None:
    trace = honest()
    assert pil.check(trace).ok
    assert verify(stark.prove(trace, "test"), trace.public_values[0]).instances["Adder"] == 2


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused_by_prover_and_verifier(monkeypatch: pytest.MonkeyPatch, lie: str) -> None:
    make, error = LIES[lie]
    trace = make()
    with pytest.raises(stark.ProverError):
        stark.prove(trace, "test")
    skip_own_checks(monkeypatch)
    for name in ("check_airs", "check_globals"):
        monkeypatch.setattr(authored_prover, name, lambda *arguments: None)
    proof = stark.prove(trace, "test")
    with pytest.raises(error):
        verify(proof, trace.public_values[0])


def test_another_public_value_is_refused_by_name() -> None:
    proof = stark.prove(honest(), "test")
    with pytest.raises(errors.PublicValueMismatch, match="sum"):
        verify(proof, honest().public_values[0] + 1)
