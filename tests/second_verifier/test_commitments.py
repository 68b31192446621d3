"""The caps that verifiers are given, computed once more from their columns, as docs/security.md says."""

import pytest

from second_verifier.independent.fixed import cap_of, extended, fixed_cap
from second_verifier.proofs import bundled, independent_key, system_file
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.witness import program_matrices


@pytest.mark.slow
def test_the_cap_of_the_fixed_columns_follows_from_their_values() -> None:
    assert fixed_cap(system_file()) == independent_key().system.fixed_cap


def test_the_cap_of_a_program_follows_from_its_rows_and_its_image() -> None:
    program, _ = bundled("packet_filter/packet_filter.o")
    matrices = program_matrices(constraint_system(), program.rom)
    names = [air.name for air in constraint_system().airs if air.program]
    columns = [[extended(list(map(int, column))) for column in matrices[name].T] for name in names]
    assert cap_of(columns) == program.header.cap
