"""The honest proofs together take every path of the document's sections 6 to 9 that a run can take."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import pytest

from second_verifier.independent.messages import GUEST_KEY, HOLE_BUS, LOAD, REGION_BUS, STORE, messages
from second_verifier.independent.proof_file import PROFILES, ProofFile, read_proof
from second_verifier.independent.statement import IMAGE, INPUT, SCALARS, Quantity, Statement, read_statement
from second_verifier.proofs import MAKERS, honest, independent_key
from zisk_py.isa.faults import FaultKind


class Vector(NamedTuple):
    """What an accepted proof says, and the messages of the verifier on a bus that count."""

    file: ProofFile
    statement: Statement
    regions: list[tuple[int, ...]]
    holes: list[tuple[int, ...]]

    def touches(self, **fields: object) -> bool:
        """Whether the run touches a region whose rule has these values."""
        starts = {values[1] for values in self.regions}
        return any(
            GUEST_KEY + rule.address // 8 in starts
            and all(getattr(rule, name) == value for name, value in fields.items())
            for rule in self.statement.rules.regions
        )

    def faults_in(self, kind: int, gap: int) -> bool:
        """Whether a load (1) or a store (2) faults in a gap of a region, or in a hole between regions."""
        return any(values[:2] == (kind, gap) for values in self.holes)

    def quantities(self) -> set[Quantity]:
        """The quantities of the rules: numbers, and names of scalars of the claim."""
        rules = self.statement.rules
        return {rule.quantity for rule in rules.registers} | {rule.size for rule in rules.regions}


Property = Callable[[Vector], bool]
PROPERTIES: dict[str, Property] = {
    "outputs": lambda vector: bool(vector.statement.outputs),
    "outputs that end within a word": lambda vector: len(vector.statement.outputs) % 8 > 0,
    "a region that ends within a word": lambda vector: any(values[4] >= 8 for values in vector.regions),
    "a gapped region": lambda vector: vector.touches(gapped=True),
    "a read-only region": lambda vector: vector.touches(writable=False),
    "an image": lambda vector: vector.touches(kind=IMAGE),
    "a private input": lambda vector: vector.statement.public_input is None and vector.touches(kind=INPUT),
    "a public input beside an image": lambda vector: (
        vector.statement.public_input is not None
        and vector.touches(kind=INPUT)
        and vector.touches(kind=IMAGE)
    ),
    "an empty input": lambda vector: vector.statement.scalars["input_length"] == 0,
    "an entry other than 0": lambda vector: vector.statement.rules.entry > 0,
    "a load in a hole": lambda vector: vector.faults_in(LOAD, 0),
    "a load in a gap": lambda vector: vector.faults_in(LOAD, 1),
    "a store in a hole": lambda vector: vector.faults_in(STORE, 0),
    "a store in a gap": lambda vector: vector.faults_in(STORE, 1),
    "several segments": lambda vector: len(vector.file.fronts) > 1,
}
OUTCOMES = (
    0,
    FaultKind.LOAD_VIOLATION,
    FaultKind.STORE_VIOLATION,
    FaultKind.DIVIDE_BY_ZERO,
    FaultKind.BUDGET_EXCEEDED,
)


@cache
def vectors() -> list[Vector]:
    """What the honest proofs say."""
    found = []
    for name in MAKERS:
        file = read_proof(honest(name).data)
        statement = read_statement(file.header)
        sent = messages(statement)
        regions, holes = ([one.values for one in sent if one.bus == bus] for bus in (REGION_BUS, HOLE_BUS))
        found.append(Vector(file, statement, regions, holes))
    return found


@pytest.mark.parametrize("name", PROPERTIES)
def test_some_honest_proof_has(name: str) -> None:
    assert any(map(PROPERTIES[name], vectors()))


def test_there_is_an_honest_proof_of_each_profile_air_outcome_and_scalar_that_rules_name() -> None:
    profiles = {vector.file.profile.name for vector in vectors()}
    fronts = [front for vector in vectors() for front in vector.file.fronts]
    airs = {instance.air for front in fronts for instance in front.instances}
    quantities = set().union(*(vector.quantities() for vector in vectors()))
    assert profiles == set(PROFILES)
    assert airs == {shape.number for shape in independent_key().shapes}
    assert {vector.statement.outcome[0] for vector in vectors()} == set(OUTCOMES)
    assert quantities >= set(SCALARS)
