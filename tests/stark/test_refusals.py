"""Everything in a proof and all that it is verified against, changed: always refused, always by name."""

import random
from collections.abc import Callable, Iterator
from dataclasses import fields, replace

import pytest
from small_proofs import Case, fibonacci_case, with_segment

from zisk_py.field.extension import ONE, Element, add
from zisk_py.field.goldilocks import P
from zisk_py.stark import (
    Message,
    ProgramCommitment,
    Proof,
    VerifierError,
    VerifyingKey,
    errors,
    read_proof,
)
from zisk_py.stark.key import Cap
from zisk_py.stark.layout import lay_out
from zisk_py.stark.proof import Body, read_body, write_body, write_proof
from zisk_py.stark.verifier import verify


def refuses(case: Case, proof: Proof | bytes, error: type[VerifierError] = VerifierError) -> None:
    with pytest.raises(error):
        case.verify(proof)


def body_of(case: Case, number: int) -> Body:
    layout = lay_out(case.key.verifying_key, case.program.commitment, case.proof.instances[number])
    return read_body(case.proof.segments[number].body, layout)


def with_body(case: Case, number: int, **changes: object) -> Proof:
    body = replace(body_of(case, number), **changes)  # type: ignore[arg-type]
    return with_segment(case.proof, number, body=write_body(body))


def with_instance(case: Case, segment: int, place: int, **changes: object) -> Proof:
    instances = list(case.proof.instances[segment])
    instances[place] = replace(instances[place], **changes)  # type: ignore[arg-type]
    return with_segment(case.proof, segment, instances=tuple(instances))


# ----- every byte


def test_a_changed_byte_is_refused_anywhere(case: Case) -> None:
    generator = random.Random(1)
    size = len(case.data)
    places = {*range(0, 120), *generator.sample(range(size), 500), *range(size - 40, size)}
    for place in places:
        data = bytearray(case.data)
        data[place] ^= 1 << generator.randrange(8)
        refuses(case, bytes(data))


def test_random_bytes_are_refused(case: Case) -> None:
    generator = random.Random(2)
    for size in (0, 1, 100, 5000):
        refuses(case, generator.randbytes(size), errors.NotAProof)
        refuses(case, case.data[:40] + generator.randbytes(size), errors.MalformedProof)


# ----- every field of a body


def places_of(value: object) -> Iterator[tuple[int, ...]]:
    """The paths to the leaves of nested tuples; elements of K and digests are leaves."""
    if isinstance(value, tuple) and value and not isinstance(value[0], int):
        for index, item in enumerate(value):
            for path in places_of(item):
                yield (index, *path)
    elif value != ():
        yield ()


def changed_at(value: object, path: tuple[int, ...]) -> object:
    if path:
        assert isinstance(value, tuple)
        return (*value[: path[0]], changed_at(value[path[0]], path[1:]), *value[path[0] + 1 :])
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, tuple):
        return add(value, ONE)  # type: ignore[arg-type]
    assert isinstance(value, int)
    return value ^ 1


@pytest.mark.parametrize("name", [field.name for field in fields(Body)])
@pytest.mark.parametrize("number", [0, 1])
def test_every_field_of_a_body_is_checked(case: Case, number: int, name: str) -> None:
    value = getattr(body_of(case, number), name)
    paths = list(places_of(value))
    assert paths
    generator = random.Random(number)
    for path in paths if len(paths) < 60 else [paths[0], paths[-1], *generator.sample(paths, 40)]:
        refuses(case, with_body(case, number, **{name: changed_at(value, path)}))


def resized(value: object) -> Iterator[object]:
    """The value with an item less or more at the end or inside, at every level of nesting."""
    if isinstance(value, bytes):
        yield from (value[:-1], value + b"\0", value[1:], b"")
    if isinstance(value, tuple) and value and not isinstance(value[0], int):
        yield from (value[:-1], (*value, value[-1]), value[1:], ())
        for index, item in enumerate(value):
            if index in (0, len(value) - 1):
                for other in resized(item):
                    yield (*value[:index], other, *value[index + 1 :])


@pytest.mark.parametrize("name", [field.name for field in fields(Body) if field.name != "nonce"])
@pytest.mark.parametrize("number", [0, 1])
def test_every_list_of_a_body_must_have_its_length(case: Case, number: int, name: str) -> None:
    for value in resized(getattr(body_of(case, number), name)):
        refuses(case, with_body(case, number, **{name: value}))


def test_every_node_of_a_stage_one_cap_is_checked(case: Case) -> None:
    for number, segment in enumerate(case.proof.segments):
        for place in (0, 31, 63):
            cap = changed_at(segment.stage1_cap, (place,))
            refuses(case, with_segment(case.proof, number, stage1_cap=cap))


@pytest.mark.parametrize("value", [P, 2**64 - 1])
def test_numbers_not_below_p_are_refused_in_every_part_of_a_body(case: Case, value: int) -> None:
    body = body_of(case, 1)
    bad: Element = (0, value, 0)
    for name in ("bindings", "terminals", "evaluations", "final_polynomials"):
        items = getattr(body, name)
        wrong = (bad, *items[1:]) if name == "terminals" else ((bad, *items[0][1:]), *items[1:])
        refuses(case, with_body(case, 1, **{name: wrong}), errors.NonCanonicalElement)
    openings = value.to_bytes(8, "little") + body.openings[8:]
    refuses(case, with_body(case, 1, openings=openings), errors.NonCanonicalElement)


def test_a_value_plus_p_is_not_taken_for_the_value(case: Case) -> None:
    value = case.proof.instances[0][0].air_values[0]
    refuses(case, with_instance(case, 0, 0, air_values=(value + P,)), errors.NonCanonicalElement)


# ----- named refusals of the parts that have one


def test_each_check_has_its_error(case: Case) -> None:
    body = body_of(case, 1)
    terminals = changed_at(body.terminals, (0,))
    refuses(case, with_body(case, 1, terminals=terminals), errors.ConstraintMismatch)
    evaluations = changed_at(body.evaluations, (0, 0))
    refuses(case, with_body(case, 1, evaluations=evaluations), errors.ConstraintMismatch)
    quotient = changed_at(body.evaluations, (1, len(body.evaluations[1]) - 1))
    refuses(case, with_body(case, 1, evaluations=quotient), errors.ConstraintMismatch)
    openings = bytes([body.openings[0] ^ 1]) + body.openings[1:]
    refuses(case, with_body(case, 1, openings=openings), errors.MerkleMismatch)
    refuses(case, with_body(case, 1, openings=body.openings + b"\0"), errors.TrailingBytes)
    refuses(case, with_body(case, 1, openings=body.openings[:-1]), errors.TruncatedProof)
    nonces = [replace(body, nonce=nonce) for nonce in range(40)]
    seen = set()
    for other in nonces:
        if other.nonce != body.nonce:
            with pytest.raises(VerifierError) as caught:
                case.verify(with_segment(case.proof, 1, body=write_body(other)))
            seen.add(type(caught.value))
    assert errors.GrindingMismatch in seen
    assert len(seen) > 1


# ----- segments and instances


def test_segments_dropped_repeated_or_swapped_are_refused(case: Case) -> None:
    first, second = case.proof.segments
    for segments in ((first,), (second,), (first, first, second), (second, first), (first, second, second)):
        refuses(case, replace(case.proof, segments=segments))


def test_a_segment_of_another_run_is_refused(case: Case) -> None:
    other = read_proof(case.prove(header=b"another"))
    for number in range(2):
        segments = list(case.proof.segments)
        segments[number] = other.segments[number]
        refuses(case, replace(case.proof, segments=tuple(segments)))


def test_instances_out_of_order_or_repeated_are_refused(case: Case) -> None:
    use, sink, squares, codes = case.proof.instances[1]
    for instances in ((sink, use, squares, codes), (use, use, sink, squares, codes)):
        refuses(case, with_segment(case.proof, 1, instances=instances), errors.InstanceOrderMismatch)


def test_a_missing_or_added_instance_is_refused(case: Case) -> None:
    use, *others = case.proof.instances[1]
    refuses(case, with_segment(case.proof, 1, instances=tuple(others)))
    sink = case.proof.instances[1][1]
    refuses(case, with_segment(case.proof, 0, instances=(case.proof.instances[0][0], sink)))
    refuses(case, with_segment(case.proof, 1, instances=(use,)))


def test_an_unknown_air_is_refused(case: Case) -> None:
    refuses(case, with_instance(case, 1, 3, air=4), errors.UnknownAir)
    refuses(case, with_instance(case, 1, 3, air=65535), errors.UnknownAir)


def test_a_renamed_instance_is_refused(case: Case) -> None:
    refuses(case, with_instance(case, 0, 0, air=1, air_values=()))


@pytest.mark.parametrize("log_height", [0, 4, 25, 64, 255])
def test_heights_out_of_range_are_refused(case: Case, log_height: int) -> None:
    refuses(case, with_instance(case, 0, 0, log_height=log_height), errors.HeightOutOfRange)


@pytest.mark.parametrize("log_height", [5, 6, 8, 24])
def test_another_height_is_refused(case: Case, log_height: int) -> None:
    refuses(case, with_instance(case, 0, 0, log_height=log_height))


def test_heights_of_committed_columns_are_exact(case: Case) -> None:
    refuses(case, with_instance(case, 1, 2, log_height=7), errors.FixedHeightMismatch)
    refuses(case, with_instance(case, 1, 3, log_height=8), errors.ProgramHeightMismatch)


def test_air_values_are_counted_and_bound(case: Case) -> None:
    value = case.proof.instances[0][0].air_values[0]
    refuses(case, with_instance(case, 0, 0, air_values=()), errors.AirValueCountMismatch)
    refuses(case, with_instance(case, 0, 0, air_values=(value, 0)), errors.AirValueCountMismatch)
    refuses(case, with_instance(case, 0, 0, air_values=((value + 1) % P,)), errors.ConstraintMismatch)


# ----- what the proof is verified against


def test_another_header_is_refused(case: Case) -> None:
    for header in (b"", b"what the caller state", b"what the caller states\0"):
        refuses(case, replace(case.proof, header=header))


def test_other_messages_are_refused(case: Case) -> None:
    first, *others = case.messages
    for messages in (
        others,
        [replace(first, multiplicity=first.multiplicity + 1), *others],
        [first, first, *others],
        [*others, first],
        [replace(first, values=(5, 62, 62**3)), *others],
        [Message(1, (1, 1), 1), *case.messages],
    ):
        refuses(replace(case, messages=messages), case.data)


def test_a_multiplicity_of_p_more_is_the_same_message(case: Case) -> None:
    messages = [replace(m, multiplicity=m.multiplicity - P) for m in case.messages if m.multiplicity > 0]
    messages += [m for m in case.messages if m.multiplicity < 0]
    ordered = sorted(messages, key=lambda m: [n.values for n in case.messages].index(m.values))
    assert replace(case, messages=ordered).verify(case.data).profile == "test"


def key_changes(key: VerifyingKey) -> dict[str, VerifyingKey]:
    """Keys that differ in one thing that the digest must bind."""
    airs = key.system.airs
    use = airs[0]
    cap: Cap = (bytes(32), *key.fixed_cap[1:])
    changed_air: dict[str, object] = {
        "name": "Other",
        "columns": (*use.columns, use.columns[0]),
        "air_values": (*use.air_values, "more"),
        "constraints": use.constraints[:-1],
        "interactions": use.interactions[:-1],
        "log_height": 6,
    }
    systems = {
        name: replace(key.system, airs=(replace(use, **{name: value}), *airs[1:]))  # type: ignore[arg-type]
        for name, value in changed_air.items()
    }
    systems["publics"] = replace(key.system, publics=("p",))
    systems["order of airs"] = replace(key.system, airs=(airs[1], airs[0], *airs[2:]))
    systems["fewer airs"] = replace(key.system, airs=airs[:-1])
    keys = {name: VerifyingKey(system, key.fixed_cap) for name, system in systems.items()}
    return keys | {"fixed cap": VerifyingKey(key.system, cap)}


def test_every_part_of_the_key_changes_its_digest_and_is_refused(case: Case) -> None:
    key = case.key.verifying_key
    digests = {key.digest}
    for other in key_changes(key).values():
        digests.add(other.digest)
        with pytest.raises(VerifierError):
            verify(
                other, case.program.commitment, case.data, case.messages, min_bits=0, allow_test_profile=True
            )
    assert len(digests) == 1 + len(key_changes(key))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: ProgramCommitment((bytes(32), *c.cap[1:]), c.log_heights),
        lambda c: ProgramCommitment(tuple(reversed(c.cap)), c.log_heights),
        lambda c: ProgramCommitment(c.cap, {"Codes": 8}),
        lambda c: ProgramCommitment(c.cap, {"Codes": 4}),
        lambda c: ProgramCommitment(c.cap, {"Codes": 7, "Use": 7}),
        lambda c: ProgramCommitment(c.cap, {}),
        lambda c: ProgramCommitment(c.cap[:-1], c.log_heights),
        lambda c: ProgramCommitment((), c.log_heights),
        lambda c: ProgramCommitment((*c.cap[:-1], b"short"), c.log_heights),
    ],
)
def test_another_program_is_refused(
    case: Case, change: Callable[[ProgramCommitment], ProgramCommitment]
) -> None:
    program = change(case.program.commitment)
    with pytest.raises(VerifierError):
        verify(case.key.verifying_key, program, case.data, case.messages, min_bits=0, allow_test_profile=True)


def test_a_key_without_its_fixed_commitment_is_refused(case: Case) -> None:
    key = case.key.verifying_key
    for cap in ((), key.fixed_cap[:-1], (*key.fixed_cap, bytes(32))):
        with pytest.raises(errors.CommitmentMismatch):
            VerifyingKey(key.system, cap)


def test_public_values_are_counted(case: Case) -> None:
    with pytest.raises(errors.PublicCountMismatch):
        verify(
            case.key.verifying_key,
            case.program.commitment,
            case.data,
            case.messages,
            publics=[1],
            min_bits=0,
            allow_test_profile=True,
        )


# ----- profiles


def test_the_test_profile_must_be_allowed_by_name(case: Case) -> None:
    with pytest.raises(errors.ProfileRefused):
        verify(case.key.verifying_key, case.program.commitment, case.data, case.messages, min_bits=0)


def test_the_bits_are_checked_even_where_the_profile_is_allowed(case: Case) -> None:
    with pytest.raises(errors.InsufficientSecurity):
        case.verify(case.data, min_bits=100)


@pytest.mark.parametrize("name", ["fast", "secure"])
def test_a_proof_renamed_to_another_profile_is_refused(case: Case, name: str) -> None:
    refuses(case, replace(case.proof, profile=name))


@pytest.mark.parametrize("name", ["fast2", "TEST", "x", "\x7f"])
def test_an_unknown_profile_is_refused(case: Case, name: str) -> None:
    refuses(case, replace(case.proof, profile=name), errors.ProfileRefused)


def test_a_name_that_is_not_ascii_is_refused(case: Case) -> None:
    data = write_proof(case.proof).replace(b"\x04test", b"\x04t\xff\xfet", 1)
    refuses(case, data, errors.ProfileRefused)


def test_refusals_tell_what_was_expected_and_what_was_found(case: Case) -> None:
    with pytest.raises(
        errors.HeightOutOfRange, match="air Use in segment 0: expected 5 to 24, got 25"
    ) as caught:
        case.verify(with_instance(case, 0, 0, log_height=25))
    assert (caught.value.expected, caught.value.got) == ("5 to 24", 25)


def test_a_proof_of_another_system_is_refused(case: Case) -> None:
    other = fibonacci_case(5)
    with pytest.raises(VerifierError):
        verify(
            case.key.verifying_key,
            case.program.commitment,
            other.data,
            min_bits=0,
            allow_test_profile=True,
        )
