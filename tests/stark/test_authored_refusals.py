"""Proofs of an author's system that are changed, for something else, or made by a prover that lies."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from authored_systems import fibonacci, key_of, products, shuffle

from authored_traces import AirTrace, AuthoredTrace, Stage2
from proven_runs import ebpf_program
from reckless_prover import skip_own_checks
from zisk_py import stark
from zisk_py.field.goldilocks import P
from zisk_py.stark import VerifierError, VerifyingKey, authored_prover, errors, prover
from zisk_py.stark.authored_statement import MAGIC, write_header
from zisk_py.stark.proof import read_proof, write_proof
from zisk_py.statemachines.statement import StatementError

SHUFFLE = shuffle()
FIBONACCI = fibonacci()
PROOFS = {
    name: stark.prove(trace, "test", threads=1) for name, trace in (("shuffle", SHUFFLE), ("fib", FIBONACCI))
}


@pytest.fixture
def reckless(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prover skips its own checks."""
    skip_own_checks(monkeypatch)
    for name in ("check_airs", "check_globals"):
        monkeypatch.setattr(authored_prover, name, lambda *arguments: None)


def refuses(
    trace: AuthoredTrace,
    proof: bytes,
    error: type[VerifierError] | tuple[type[VerifierError], ...],
    publics: dict[str, object] | None = None,
    message: str | None = None,
) -> None:
    with pytest.raises(error, match=message):
        stark.verify(
            key_of(trace).verifying_key,
            proof,
            trace.stated if publics is None else publics,
            min_bits=0,
            allow_test_profile=True,
        )


def with_header(header: bytes) -> bytes:
    return write_proof(replace(read_proof(PROOFS["shuffle"]), header=header))


# ----- for something else


@pytest.mark.parametrize("name", list(SHUFFLE.stated))
def test_a_proof_for_other_public_values_is_refused_by_their_name(name: str) -> None:
    publics = SHUFFLE.stated | {name: SHUFFLE.stated[name] + 1}
    message = re.escape(f"the public value {name} of the proof: expected")
    refuses(SHUFFLE, PROOFS["shuffle"], errors.PublicValueMismatch, publics, message)


def test_swapped_public_values_are_refused() -> None:
    total, first, second = SHUFFLE.publics[:3]
    assert first != second
    publics: dict[str, object] = {"sum": total, "out": [second, first]}
    refuses(SHUFFLE, PROOFS["shuffle"], errors.PublicValueMismatch, publics)


@pytest.mark.usefixtures("reckless")
def test_swapped_public_values_do_not_hold_where_only_the_header_swaps_them() -> None:
    total, first, second = SHUFFLE.publics[:3]
    lie = replace(SHUFFLE, publics=(total, second, first, total))
    key = key_of(SHUFFLE).verifying_key
    swapped = with_header(write_header(key, lie.publics))
    refuses(SHUFFLE, swapped, errors.VerifierError, dict(lie.stated))


def test_a_proof_of_another_system_is_refused() -> None:
    refuses(FIBONACCI, PROOFS["shuffle"], errors.SystemMismatch)
    renamed = VerifyingKey(replace(FIBONACCI.core, publics=("result",)), ())
    with pytest.raises(errors.SystemMismatch):
        stark.verify(renamed, PROOFS["fib"], {"result": FIBONACCI.publics[0]}, allow_test_profile=True)


def test_proofs_of_runs_and_of_systems_are_not_taken_for_each_other() -> None:
    program = ebpf_program("mov r0, 7\nexit")
    run = program.prove(profile="test")
    refuses(FIBONACCI, run.data, errors.HeaderMalformed, message="one of a program's run")
    with pytest.raises(StatementError):
        replace(run, data=PROOFS["fib"]).verify(program.id, min_bits=0, allow_test_profile=True)


@pytest.mark.parametrize(("profile", "min_bits"), [("test", 0), ("fast", 101)])
def test_a_proof_with_too_few_bits_is_refused(profile: str, min_bits: float) -> None:
    proof = stark.prove(FIBONACCI, profile, threads=1)
    with pytest.raises((errors.ProfileRefused, errors.InsufficientSecurity)):
        stark.verify(key_of(FIBONACCI).verifying_key, proof, FIBONACCI.stated, min_bits=min_bits)


# ----- the header


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda key, values: b"", errors.HeaderMalformed),
        (lambda key, values: MAGIC, errors.SystemMismatch),
        (lambda key, values: write_header(key, values)[:-1], errors.HeaderMalformed),
        (lambda key, values: write_header(key, values) + b"\0", errors.HeaderMalformed),
        (lambda key, values: write_header(key, values[:-1]), errors.HeaderMalformed),
        (lambda key, values: write_header(key, (*values, 0)), errors.HeaderMalformed),
        (lambda key, values: write_header(key, (*values[:-1], P)), errors.HeaderMalformed),
        (lambda key, values: write_header(key, (*values[:-1], values[-1] + P)), errors.HeaderMalformed),
        (
            lambda key, values: write_header(key, (*values[:-1], values[-1] + 1)),
            errors.GlobalConstraintMismatch,
        ),
        (lambda key, values: write_header(key, (values[0] + 1, *values[1:])), errors.PublicValueMismatch),
    ],
)
def test_a_changed_header_is_refused(
    change: Callable[[VerifyingKey, tuple[int, ...]], bytes], error: type[VerifierError]
) -> None:
    key = key_of(SHUFFLE).verifying_key
    refuses(SHUFFLE, with_header(change(key, SHUFFLE.publics)), error)


@pytest.mark.parametrize("name", PROOFS)
def test_changed_bytes_are_refused(name: str) -> None:
    trace, draw = {"shuffle": SHUFFLE, "fib": FIBONACCI}[name], random.Random(1)
    proof = PROOFS[name]
    for place in {*range(200), *draw.sample(range(len(proof)), 300), len(proof) - 1}:
        changed = bytearray(proof)
        changed[place] ^= draw.randrange(1, 256)
        refuses(trace, bytes(changed), VerifierError)
    for end in draw.sample(range(len(proof)), 50):
        refuses(trace, proof[:end], VerifierError)
    refuses(trace, proof + b"\0", VerifierError)


# ----- provers that lie


def lie(**changes: object) -> bytes:
    return stark.prove(replace(SHUFFLE, **changes), "test", threads=1)  # type: ignore[arg-type]


def products_of(instances: Sequence[AirTrace]) -> Stage2:
    """Stage 2 of the two shuffles that come first, made for the challenge."""
    return lambda challenges: {n: products(instances[n].matrix, challenges[0]) for n in range(2)}


@pytest.mark.usefixtures("reckless")
def test_a_column_of_stage_2_that_was_made_for_another_challenge_is_refused() -> None:
    chosen = [SHUFFLE.stage2(((3, 1, 4),))]
    refuses(SHUFFLE, lie(stage2=lambda challenges: chosen[0]), errors.ConstraintMismatch, message="Shuffle")


def test_a_prover_that_chooses_the_challenge_itself_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """At minus the first a the product is 0 behind that row, and free behind one with that value as b."""
    table = SHUFFLE.instances[2]
    matrix = SHUFFLE.instances[0].matrix.copy()
    first = int(matrix[0, 0])
    matrix[:, 1] = 0  # no permutation of a
    matrix[-1, 1] = first
    z = np.zeros((len(matrix), 3), dtype=np.uint64)
    z[0, 0] = 1
    shuffles = [replace(SHUFFLE.instances[n], matrix=matrix, air_values=(first,)) for n in range(2)]
    claim = replace(SHUFFLE.instances[-1], matrix=np.full((32, 1), 2 * first, dtype=np.uint64))
    honest, gamma = prover.draw_challenges, (P - first, 0, 0)
    monkeypatch.setattr(
        prover, "draw_challenges", lambda transcript, count: honest(transcript, count)._replace(own=(gamma,))
    )
    publics = (2 * first, 2 * first, 1, 2 * first)
    instances = (*shuffles, table, replace(table, number=1), claim)
    proof = lie(instances=instances, publics=publics, stage2=lambda challenges: {0: z, 1: z})
    stated: dict[str, object] = {"sum": 2 * first, "out": [2 * first, 1]}
    refuses(SHUFFLE, proof, errors.ConstraintMismatch, stated)


@pytest.mark.usefixtures("reckless")
def test_a_shuffle_that_is_none_is_refused() -> None:
    one = SHUFFLE.instances[0]
    matrix = one.matrix.copy()
    matrix[3, 1] = (int(matrix[3, 1]) + 1) % 32
    instances = (replace(one, matrix=matrix), *SHUFFLE.instances[1:])
    refuses(SHUFFLE, lie(instances=instances, stage2=products_of(instances)), errors.ConstraintMismatch)


@pytest.mark.usefixtures("reckless")
def test_another_total_is_refused() -> None:
    total, first, second, _ = SHUFFLE.publics
    refuses(SHUFFLE, lie(publics=(total, first, second, total + 1)), errors.GlobalConstraintMismatch)
    publics = (total + 1, total + 1, 1, total + 1)  # all agree with each other, not with the shuffles
    stated: dict[str, object] = {"sum": total + 1, "out": [total + 1, 1]}
    claim = replace(SHUFFLE.instances[-1], matrix=np.full((32, 1), total + 1, dtype=np.uint64))
    proof = lie(publics=publics, instances=(*SHUFFLE.instances[:-1], claim))
    refuses(SHUFFLE, proof, errors.BusUnbalanced, stated)


@pytest.mark.usefixtures("reckless")
def test_an_air_value_that_is_not_the_one_summed_is_refused() -> None:
    """A shuffle adds another value to the total than its first row has."""
    one = SHUFFLE.instances[0]
    other = replace(one, air_values=((one.air_values[0] + 1) % P,))
    proof = lie(instances=(other, *SHUFFLE.instances[1:]))
    refuses(SHUFFLE, proof, (errors.ConstraintMismatch, errors.BusUnbalanced))


def without(*left_out: int) -> dict[str, object]:
    kept = [n for n in range(len(SHUFFLE.instances)) if n not in left_out]

    def stage2(challenges: object) -> dict[int, np.ndarray]:
        found = SHUFFLE.stage2(challenges)  # type: ignore[arg-type]
        return {kept.index(n): matrix for n, matrix in found.items() if n in kept}

    return {"instances": tuple(SHUFFLE.instances[n] for n in kept), "stage2": stage2}


@pytest.mark.usefixtures("reckless")
@pytest.mark.parametrize(
    ("left_out", "error"),
    [
        ((0,), errors.BusUnbalanced),  # a shuffle
        ((1,), errors.BusUnbalanced),
        ((2,), errors.BusUnbalanced),  # a table
        ((1, 3), errors.BusUnbalanced),  # a shuffle with its table: its part of the total is missing
        ((4,), errors.MissingAir),  # what reads public values, and is on no bus
    ],
)
def test_an_instance_that_is_left_out_is_missed(
    left_out: tuple[int, ...], error: type[VerifierError]
) -> None:
    refuses(SHUFFLE, lie(**without(*left_out)), error)


@pytest.mark.usefixtures("reckless")
def test_a_table_that_is_there_twice_does_not_answer_for_more() -> None:
    """Its multiplicities count whatever the segment; a further empty table changes nothing."""
    tables = [one for one in SHUFFLE.instances if one.air == "Table"]
    both = tables[0].matrix + tables[1].matrix
    moved = [replace(tables[0], matrix=both), replace(tables[1], matrix=np.zeros_like(both))]
    doubled = [replace(tables[0], matrix=both), tables[1]]
    for given, error in ((moved, None), (doubled, errors.BusUnbalanced)):
        instances = (*SHUFFLE.instances[:2], *given, SHUFFLE.instances[-1])
        proof = lie(instances=instances)
        if error is None:
            key = key_of(SHUFFLE).verifying_key
            assert stark.verify(key, proof, SHUFFLE.stated, min_bits=0, allow_test_profile=True)
        else:
            refuses(SHUFFLE, proof, error)


@pytest.mark.usefixtures("reckless")
def test_a_value_that_the_table_does_not_have_is_refused() -> None:
    one = SHUFFLE.instances[0]
    matrix = one.matrix.copy()
    matrix[:, :] = 32
    other = replace(one, matrix=matrix, air_values=(32,))
    instances = (other, *SHUFFLE.instances[1:])
    publics = (32 + SHUFFLE.instances[1].air_values[0],) * 2
    claim = replace(SHUFFLE.instances[-1], matrix=np.full((32, 1), publics[0], dtype=np.uint64))
    proof = lie(
        instances=(*instances[:-1], claim),
        publics=(*publics, 1, publics[0]),
        stage2=products_of(instances),
    )
    refuses(SHUFFLE, proof, errors.BusUnbalanced, {"sum": publics[0], "out": [publics[1], 1]})
