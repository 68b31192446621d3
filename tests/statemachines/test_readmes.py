"""Every machine has a README in its folder; the sizes in it are those of the compiled air."""

import re

import pytest

from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.registry import MACHINES

SIZES = re.compile(r"(\d+) columns, (\d+) interactions(?:, (\d+) constraints)?")


@pytest.mark.parametrize(
    "path",
    sorted({machine.pil.with_name("README.md") for machine in MACHINES}),
    ids=lambda path: path.parent.name,
)
def test_the_readme_says_given_and_proves_and_the_right_sizes(path):
    text = path.read_text()
    assert re.search(r"\b[Gg]iven\b", text)
    assert re.search(r"\bproves?\b", text)
    airs = [
        constraint_system().air(machine.template)
        for machine in MACHINES
        if machine.pil.with_name("README.md") == path
    ]
    sizes = [[len(air.columns), len(air.interactions), len(air.constraints)] for air in airs]
    for found in SIZES.finditer(text):
        numbers = [int(number) for number in found.groups() if number]
        assert numbers in [own[: len(numbers)] for own in sizes]
