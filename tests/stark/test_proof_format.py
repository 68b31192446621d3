from dataclasses import replace

import pytest
from small_proofs import Case

from zisk_py.field.goldilocks import P
from zisk_py.stark import read_proof
from zisk_py.stark.errors import (
    CountOutOfRange,
    MalformedProof,
    NonCanonicalElement,
    NotAProof,
    TrailingBytes,
    TruncatedProof,
    UnsupportedVersion,
)
from zisk_py.stark.layout import lay_out
from zisk_py.stark.proof import MAGIC, Body, Reader, Writer, read_body, write_body, write_proof

COUNTS_START = len(MAGIC) + 2


def body_of(case: Case, number: int) -> Body:
    layout = lay_out(case.key.verifying_key, case.program.commitment, case.proof.instances[number])
    return read_body(case.proof.segments[number].body, layout)


def test_writing_what_was_read_gives_the_same_bytes(case: Case) -> None:
    assert write_proof(read_proof(case.data)) == case.data


@pytest.mark.parametrize("number", [0, 1])
def test_writing_a_body_that_was_read_gives_the_same_bytes(case: Case, number: int) -> None:
    assert write_body(body_of(case, number)) == case.proof.segments[number].body


def test_header_profile_and_instances_are_readable_without_a_key(case: Case) -> None:
    proof = case.proof
    assert (proof.profile, proof.header) == ("test", b"what the caller states")
    assert [[i.air for i in instances] for instances in proof.instances] == [[0], [0, 1, 2, 3]]
    assert [i.log_height for i in proof.instances[1]] == [6, 7, 6, 7]
    assert len(proof.instances[0][0].air_values) == 1


def test_a_proof_cut_anywhere_is_refused_by_name(case: Case) -> None:
    for size in {*range(0, 200), *range(200, len(case.data), 97)}:
        with pytest.raises(NotAProof if size < len(MAGIC) else TruncatedProof):
            read_proof(case.data[:size])


def test_bytes_behind_a_proof_are_refused(case: Case) -> None:
    with pytest.raises(TrailingBytes):
        read_proof(case.data + b"\0")


@pytest.mark.parametrize("data", [b"", b"\x7fELF", bytes(1000), b"zisk-py proog\n" + bytes(50)])
def test_other_files_are_not_proofs(data: bytes) -> None:
    with pytest.raises(NotAProof):
        read_proof(data)


def test_another_version_is_refused(case: Case) -> None:
    with pytest.raises(UnsupportedVersion, match="expected 1, got 2"):
        read_proof(MAGIC + b"\2\0" + case.data[len(MAGIC) + 2 :])


def huge(head: bytes) -> bytes:
    return MAGIC + b"\1\0" + head


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (huge(b"\0"), CountOutOfRange),  # an empty name
        (huge(b"\xff" + b"x" * 255), CountOutOfRange),
        (huge(b"\4test\xff\xff\xff\xff"), CountOutOfRange),  # header
        (huge(b"\4test" + bytes(4) + bytes(4)), CountOutOfRange),  # no segments
        (huge(b"\4test" + bytes(4) + b"\xff\xff\xff\xff"), CountOutOfRange),
        (huge(b"\4test" + bytes(4) + b"\xff\xff\0\0"), TruncatedProof),
        (huge(b"\4test" + bytes(4) + b"\1\0\0\0" + b"\0\0"), CountOutOfRange),  # no instances
        (huge(b"\4test" + bytes(4) + b"\1\0\0\0" + b"\xff\xff"), CountOutOfRange),
        (
            huge(b"\4test" + bytes(4) + b"\1\0\0\0" + b"\1\0" + b"\0\0\5\xff\xff"),
            CountOutOfRange,
        ),  # air values
    ],
)
def test_counts_out_of_range_are_refused_before_anything_is_read(
    data: bytes, error: type[MalformedProof]
) -> None:
    with pytest.raises(error):
        read_proof(data)


def test_an_air_value_that_is_not_below_p_is_refused(case: Case) -> None:
    proof = case.proof
    instance = replace(proof.instances[0][0], air_values=(P,))
    segment = replace(proof.segments[0], instances=(instance,))
    with pytest.raises(NonCanonicalElement):
        read_proof(write_proof(replace(proof, segments=(segment, *proof.segments[1:]))))


@pytest.mark.parametrize("value", [P, P + 1, 2**64 - 1])
def test_numbers_that_are_not_below_p_are_refused(value: int) -> None:
    writer = Writer()
    writer.numbers([1, value, 2])
    with pytest.raises(NonCanonicalElement):
        Reader(writer.getvalue()).numbers(3, "some numbers")


def test_the_largest_number_below_p_is_read() -> None:
    writer = Writer()
    writer.numbers([P - 1])
    assert Reader(writer.getvalue()).numbers(1, "a number") == (P - 1,)
