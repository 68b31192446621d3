"""The caps that verifiers are given, computed once more from their columns, as docs/security.md says."""

import base64
import zlib

import pytest

from second_verifier.commitment import cap_of_columns
from second_verifier.proofs import bundled, second_key
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.witness import program_matrices
from zisk_py.zkvm import Program


def words(text: str) -> list[int]:
    data = zlib.decompress(base64.b64decode(text))
    return [int.from_bytes(data[i : i + 8], "little") for i in range(0, len(data), 8)]


@pytest.mark.slow
def test_the_cap_of_the_fixed_columns_follows_from_their_values():
    airs = [air for air in second_key()["airs"] if air["fixed"]]
    matrices = [[words(text) for _, text in air["fixed"]] for air in airs]
    assert [len(columns[0]) for columns in matrices] == [1 << air["log_height"] for air in airs]
    assert cap_of_columns(matrices) == second_key()["cap"]


def columns_of(program: Program) -> list[list[list[int]]]:
    matrices = program_matrices(constraint_system(), program.rom)
    names = [air.name for air in constraint_system().airs if air.program]
    return [[list(map(int, column)) for column in matrices[name].T] for name in names]


def test_the_cap_of_a_program_follows_from_its_rows_and_its_image():
    program, _ = bundled("packet_filter/packet_filter.o")
    assert cap_of_columns(columns_of(program)) == list(program.header.cap)
