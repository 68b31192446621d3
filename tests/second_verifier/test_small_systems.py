"""Both verifiers on a system that is not the zkVM's, for what no proof of a run can show.

The last segment of a run has every table, so no tree is taller than the tallest instance of its segment. Here
short tables stand in another segment than tall ones of the same tree.
"""

import json
import zlib
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from second_verifier.independent.layout import FIXED_ROUND, PROGRAM_ROUND, Layout, layouts_of
from second_verifier.independent.proof_file import ProofFile
from second_verifier.independent.proof_file import read_proof as read_independently
from second_verifier.independent.refusal import Refused
from second_verifier.independent.verifier import Given, Key, check_argument, read_key
from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.system_file import to_json
from zisk_py.stark import TEST, ProgramData, ProvingKey, commit_program, read_proof, setup
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.proof import write_proof
from zisk_py.stark.prover import prove
from zisk_py.stark.verifier import verify

BUSES = {"SHORT": 1, "TALL": 2, "FEW": 3, "MANY": 4}
SOURCE = """
airtemplate Use() {
    col witness x, live;
    lookup_assumes(SHORT, [x], live);
    lookup_assumes(TALL, [x], live);
    lookup_assumes(FEW, [x], live);
    lookup_assumes(MANY, [x], live);
}
airtemplate Table(const int BUS, const int N) {
    col fixed X = [0..N-1];
    col witness count;
    lookup_proves(BUS, [X], count);
}
airtemplate Given(const int BUS) {
    commit stage(0) program;
    col program x;
    col witness count;
    lookup_proves(BUS, [x], count);
}
airgroup G {
    Use();
    Table(SHORT, 32) alias Short;
    Table(TALL, 512) alias Tall;
    Given(FEW) alias Few;
    Given(MANY) alias Many;
}
"""
HEIGHTS = {"Use": 32, "Short": 32, "Tall": 512, "Few": 32, "Many": 256}
SEGMENTS = (("Use", "Short", "Few"), ("Tall", "Many"))
USED = 7  # so many rows of Use are live, and have this x


class SmallTrace(NamedTuple):
    """What `prove` takes."""

    air: str
    matrix: NDArray[np.uint64]
    air_values: tuple[int, ...] = ()


def trace(air: str) -> SmallTrace:
    """Row 7 of each table is used by the first 7 rows of Use."""
    matrix = np.zeros((HEIGHTS[air], 2 if air == "Use" else 1), dtype=np.uint64)
    if air == "Use":
        matrix[:USED] = (USED, 1)
    else:
        matrix[USED] = USED
    return SmallTrace(air, matrix)


class Proven(NamedTuple):
    """A proof, and what each verifier wants besides."""

    data: bytes
    key: ProvingKey
    program: ProgramData
    independent_key: Key
    given: Given


@cache
def proven() -> Proven:
    system = compile_pil(SOURCE, constants=BUSES)
    key = setup(system, threads=1)
    codes = {air: np.arange(HEIGHTS[air], dtype=np.uint64)[:, None].copy() for air in ("Few", "Many")}
    program = commit_program(key, codes, threads=1)
    segments = [lambda airs=airs: list(map(trace, airs)) for airs in SEGMENTS]
    data = prove(key, program, segments, b"a header", (), TEST, threads=1)
    cap = [node.hex() for node in key.verifying_key.fixed_cap]
    shipped = zlib.compress(json.dumps({"system": to_json(system), "fixed_cap": cap}).encode())
    commitment = program.commitment
    given = Given(tuple(commitment.cap), tuple(sorted(commitment.log_heights.items())))
    return Proven(data, key, program, read_key(shipped), given)


def layouts(parts: ProofFile) -> list[Layout]:
    return layouts_of(proven().independent_key.shapes, dict(proven().given.log_heights), parts.fronts)


def accepted(data: bytes) -> tuple[bool, bool]:
    """Whether the package and the independent verifier accept."""
    _, key, program, independent_key, given = proven()
    try:
        verify(key.verifying_key, program.commitment, data, min_bits=0, allow_test_profile=True)
        first = True
    except VerifierError:
        first = False
    try:
        parts = read_independently(data)
        check_argument(independent_key, parts, given, layouts(parts), [])
        second = True
    except Refused:
        second = False
    return first, second


@pytest.mark.parametrize("which", [FIXED_ROUND, PROGRAM_ROUND])
def test_a_tree_is_taller_than_the_instances_beside_it(which: int) -> None:
    short, _ = layouts(read_independently(proven().data))
    assert max(matrix.log_size for matrix in short.trees[which]) > short.classes[0]


def test_both_read_the_same_key() -> None:
    assert proven().independent_key.digest == proven().key.verifying_key.digest


def test_both_accept_the_proof() -> None:
    assert accepted(proven().data) == (True, True)


@pytest.mark.parametrize("number", range(len(SEGMENTS)))
def test_both_refuse_a_changed_byte_in_the_second_half_of_a_body(number: int) -> None:
    proof = read_proof(proven().data)
    segment = proof.segments[number]
    size = len(segment.body)
    for place in range(size - 1, size // 2, -size // 60):
        changed = bytearray(segment.body)
        changed[place] ^= 1
        segments = list(proof.segments)
        segments[number] = replace(segment, body=bytes(changed))
        assert accepted(write_proof(replace(proof, segments=tuple(segments)))) == (False, False)
