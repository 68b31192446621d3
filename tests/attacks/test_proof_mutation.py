"""Real proofs of whole runs, changed in every field and list and in many bytes: refused by name, in time."""

import random
import struct
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice

import pytest

from attacks.mutants import (
    Case,
    Mutant,
    case,
    changed_bodies,
    changed_bytes,
    changed_openings,
    header_variants,
    numbers,
    other_values,
    reasons,
    variants,
    with_number,
    with_segment,
)
from attacks.work import Overwork, metered_refusal_of
from zisk_py.field.goldilocks import P
from zisk_py.stark import Proof, errors, read_proof
from zisk_py.stark.layout import Instance
from zisk_py.stark.proof import MAX_HEADER, write_proof

NAMES = ("one segment", "three segments", "public input")
SOME = 60  # changes of a kind in the default run; the slow tests make all
SMALL, MANY = 2_000, 100_000  # changed bytes: in the default run, and all together
PART = 5_000
PLACES = 40  # of a list that are entered where changes are tried at many places


@pytest.mark.parametrize("name", [*NAMES, "fast"])
def test_the_honest_proof_is_accepted(name):
    honest = case(name)
    honest.verify(honest.data)
    honest.verify_stark(honest.data)
    assert write_proof(honest.proof) == honest.data


def test_work_is_counted_to_the_last_turn_of_a_loop_and_ended_where_it_is_too_much():
    honest = case("one segment")
    assert metered_refusal_of(lambda: honest.verify(honest.data), honest.work) == (None, honest.work)
    for task in (lambda: [0 for _ in range(1000)], lambda: sum(0 for _ in range(1000)), lambda: loop(1000)):
        _, work = metered_refusal_of(task, 10_000)
        assert 1000 <= work <= 5000
        with pytest.raises(Overwork, match="more than 999 lines"):
            metered_refusal_of(task, 999)
    with pytest.raises(Overwork, match="is given a number of 1001 bits"):
        metered_refusal_of(lambda: loop(1 << 1000), 1 << 20)


def loop(turns):
    while turns:
        turns -= 1


# ----- bytes


@pytest.mark.parametrize("seed", range(4))
def test_changed_bytes_are_refused(seed):
    for name, share in (("one segment", 9), ("three segments", 1)):
        assert_changed_bytes_are_refused(name, SMALL // 4 * share // 10, seed, one_in=5)


def assert_changed_bytes_are_refused(name, count, seed, one_in):
    honest = case(name)
    names = honest.refuses(changed_bytes(honest.data, count, seed), one_in=one_in)
    assert names.total() == count
    print(f"\n{name}: {count} changed bytes, {dict(names.most_common())}")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 100 + MANY // PART))
def test_a_hundred_thousand_changed_bytes_are_refused(seed):
    assert_changed_bytes_are_refused("one segment", PART, seed, one_in=20)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_changed_bytes_of_a_proof_with_security_are_refused(seed):
    assert_changed_bytes_are_refused("fast", 250, seed, one_in=5)


def test_a_proof_that_is_cut_continued_or_foreign_is_refused():
    honest = case("one segment")
    rng, data = random.Random(4), honest.data
    sizes = [*range(0, 300, 7), *rng.sample(range(300, len(data)), 10), len(data) - 1]
    honest.refuses(data[:size] for size in sizes)
    honest.refuses([data + b"\0", data + data, data[::-1], b"\x7fELF" + data, data.hex().encode()])
    honest.refuses(data[: len(data) // 2] + rng.randbytes(size) for size in (1, 100, 10_000, len(data) // 2))


# ----- numbers


def changed_numbers(honest: Case) -> list[bytes]:
    """Every number of the format with every other value."""
    data = honest.data
    return [with_number(data, n, value) for n in numbers(data) for value in other_values(data, n)]


def some(mutants: Iterable[Mutant], seed: int) -> list[Mutant]:
    """Enough for the default run."""
    found = list(mutants)
    return random.Random(seed).sample(found, min(SOME, len(found)))


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_the_format_is_checked(name):
    honest = case(name)
    assert len({number.what for number in numbers(honest.data)}) >= 8
    mutants = changed_numbers(honest)
    honest.refuses(some(mutants, 1))
    honest.refuses(some(mutants, 2), alone=True)


def test_a_huge_count_costs_no_memory():
    """Every count at its largest, in a proof and in what is left of one that ends behind the count."""
    honest = case("one segment")
    mutants = []
    for number in numbers(honest.data):
        data = with_number(honest.data, number, (1 << 8 * number.size) - 1)
        mutants += [data, data[: number.offset + number.size]]
    tracemalloc.start()
    try:
        for data in random.Random(0).sample(mutants, 30):
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            with pytest.raises(errors.VerifierError):
                honest.verify(data)
            assert tracemalloc.get_traced_memory()[1] - before < 4 * len(data) + (1 << 20)
    finally:
        tracemalloc.stop()


def test_the_largest_legal_counts_need_no_more_memory_than_the_file():
    """As many segments, header bytes and instances as the format allows, and no content for them."""
    magic = case("one segment").data[:16]
    for tail in (
        struct.pack("<I", MAX_HEADER),
        struct.pack("<II", 0, 1 << 16),
        struct.pack("<IIH", 0, 1, 1 << 10) + struct.pack("<HBH", 0, 5, 0) * 1023,
        struct.pack("<IIH", 0, 1, 1) + struct.pack("<HBH", 0, 5, 1 << 10),
    ):
        tracemalloc.start()
        try:
            with pytest.raises(errors.TruncatedProof):
                read_proof(magic + b"\4test" + tail)
            assert tracemalloc.get_traced_memory()[1] < 1 << 20
        finally:
            tracemalloc.stop()


# ----- fields and lists


def changed_fronts(honest: Case, most: int = 6) -> list[bytes]:
    """Everything but the bodies and the header: profile, segments, instances, air values, caps."""
    found = []
    for proof in variants(honest.proof, random.Random(7), most):
        assert isinstance(proof, Proof)
        if proof.header == honest.proof.header:
            try:
                found.append(write_proof(proof))
            except (OverflowError, struct.error):  # a number that its bytes do not hold
                continue
    return [data for data in found if data != honest.data]


@pytest.mark.parametrize("name", NAMES)
def test_every_field_and_list_before_the_bodies_is_checked(name):
    honest = case(name)
    mutants = changed_fronts(honest)
    assert len(mutants) > 100
    honest.refuses(some(mutants, 3))
    honest.refuses(some(mutants, 4), alone=True)


@pytest.mark.parametrize("name", NAMES)
def test_every_field_and_list_of_a_body_is_checked(name):
    honest = case(name)
    honest.refuses(some(changed_bodies(honest, random.Random(8), 3), 5))


def changed_instances(honest: Case) -> list[Proof]:
    """Left out, repeated, of another height, of another air, with other air values; in every segment."""
    mutants = []
    for number, segment in enumerate(honest.proof.segments):
        for place, one in enumerate(segment.instances):
            before, after = segment.instances[:place], segment.instances[place + 1 :]
            others = [
                (*before, *after),
                (*before, one, one, *after),
                (*after, one, *before),
                *((*before, replace(one, log_height=n), *after) for n in range(40) if n != one.log_height),
                (*before, replace(one, air_values=(*one.air_values, 0)), *after),
                *((*before, replace(one, air=air), *after) for air in (one.air + 1, 65535)),
                *(
                    (
                        *before,
                        replace(one, air_values=(*one.air_values[:i], value, *one.air_values[i + 1 :])),
                        *after,
                    )
                    for i in range(len(one.air_values))
                    for value in {0, P - 1, (one.air_values[i] + 1) % P} - {one.air_values[i]}
                ),
            ]
            for instances in others:
                if instances != segment.instances:
                    mutants.append(with_segment(honest.proof, number, replace(segment, instances=instances)))
    return mutants


@pytest.mark.parametrize("name", NAMES)
def test_every_instance_is_checked(name):
    honest = case(name)
    mutants = changed_instances(honest)
    honest.refuses(some(mutants, 6))
    honest.refuses(some(mutants, 7), alone=True)


def changed_statements(honest: Case, most: int = 6) -> list[Proof]:
    """Every field and list of the statement and of its program's rules."""
    headers = set(header_variants(honest.proof.header, random.Random(6), most)) - {honest.proof.header}
    return [replace(honest.proof, header=header) for header in sorted(headers)]


@pytest.mark.parametrize("name", ["one segment", "public input"])
def test_every_field_of_the_statement_is_checked(name):
    honest = case(name)
    mutants = changed_statements(honest)
    assert len(mutants) > 50
    assert {"ProgramMismatch", "StatementError"} <= set(honest.refuses(some(mutants, 8)))


def test_a_changed_byte_of_the_header_is_refused():
    honest = case("one segment")
    header = honest.proof.header
    honest.refuses(
        replace(honest.proof, header=header[:i] + bytes([header[i] ^ 1]) + header[i + 1 :])
        for i in range(0, len(header), 17)
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_row_and_node_that_is_opened_is_checked(name):
    honest = case(name)
    names = honest.refuses(some(changed_openings(honest, random.Random(9), 40), 9))
    assert set(names) <= {"MerkleMismatch", "TruncatedProof", "TrailingBytes", "NonCanonicalElement"}


# ----- all of these, at many places

# What is changed, whether the statement's checks are also left out, and into how many tests it is split.
KINDS: dict[str, tuple[Callable[[Case], Iterable[Mutant]], bool, int]] = {
    "numbers": (changed_numbers, True, 1),
    "fronts": (lambda honest: changed_fronts(honest, PLACES), True, 1),
    "instances": (changed_instances, True, 1),
    "statements": (lambda honest: changed_statements(honest, PLACES), False, 1),
    "bodies": (lambda honest: changed_bodies(honest, random.Random(8), PLACES), False, 4),
    "openings": (lambda honest: changed_openings(honest, random.Random(9), PLACES), False, 1),
}
PARTS = [(kind, part) for kind, (_, _, parts) in KINDS.items() for part in range(parts)]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "part"), PARTS)
@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_change_is_tried_at_many_places(name, kind, part):
    honest, (changes, is_alone_too, parts) = case(name), KINDS[kind]
    tried: Counter[str] = Counter()
    for alone in (False, True) if is_alone_too else (False,):
        mutants = list(islice(changes(honest), part, None, parts))
        assert len(mutants) > 100
        found = honest.refuses(mutants, alone=alone, one_in=10)
        assert found.total() == len(mutants)
        tried += found
    print(f"\n{name}, {kind}: {tried.total()} changes, {dict(tried.most_common())}")


# ----- errors


CALLERS = {
    errors.CommitmentMismatch: "its cap is in the statement, which the program's id fixes",
    errors.PublicCountMismatch: "the system has no public values",
    errors.MessageRefused: "the messages are made from the statement, all of the right form",
    errors.BusUnbalanced: "only a prover that proves a false statement gets there: test_forged_proofs",
    errors.FinalPolynomialMismatch: "what is opened was committed to before: as above",
    errors.InsufficientSecurity: "depends on what the caller asks for: the test below",
    errors.HeaderMalformed: "of proofs of PIL files, as are those below: stark/test_authored_refusals.py",
    errors.SystemMismatch: "as above",
    errors.PublicValueMismatch: "as above",
    errors.MissingAir: "as above",
    errors.GlobalConstraintMismatch: "as above",
}


def test_together_the_changes_meet_every_reason_that_a_proof_can_give():
    honest = case("three segments")
    proof, first, last = honest.proof, honest.proof.segments[0], honest.proof.segments[-1]
    airs = {one.air for one in first.instances}
    both = sorted((*first.instances, *(one for one in last.instances if one.air not in airs)), key=by_air)
    repeated = replace(proof, segments=(replace(first, instances=tuple(both)), *proof.segments[1:]))
    profile = (replace(proof, profile=name) for name in ("fast", "none"))
    front = [honest.data[:i] + b"x" + honest.data[i + 1 :] for i in range(20)]
    names = honest.refuses(
        [
            *profile,
            *front,
            *some(changed_statements(honest), 5),
            *some(changed_bodies(honest, random.Random(1), 2), 1),
        ]
    )
    large = replace(first.instances[0], air_values=(P,) * len(first.instances[0].air_values))
    names += honest.refuses([with_segment(proof, 0, replace(first, instances=(large, *first.instances[1:])))])
    fronts = [*changed_fronts(honest, 4), *changed_numbers(honest), *changed_instances(honest)]
    names += honest.refuses(random.Random(2).sample(fronts, 200))
    names += honest.refuses([repeated, *random.Random(3).sample(fronts, 200)], alone=True)
    assert {error.__name__ for error in reasons() - set(CALLERS)} <= set(names)


def by_air(instance: Instance) -> int:
    return instance.air


def test_a_proof_of_the_test_profile_never_passes_for_one_with_security():
    honest = case("one segment")
    with pytest.raises(errors.InsufficientSecurity):
        replace(honest, min_bits=100).verify(honest.data)
    names = honest.refuses(replace(honest.proof, profile=name) for name in ("fast", "secure"))
    assert "ProfileRefused" not in names
    names = honest.refuses(replace(honest.proof, profile=name) for name in ("t", "TEST", "none"))
    assert set(names) == {"ProfileRefused"}
