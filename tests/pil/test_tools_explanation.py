"""Explanations of airs: what was compiled, with added columns, buses and costs."""

import pytest

from zisk_py.errors import InputError
from zisk_py.pil.compiled import Compiled
from zisk_py.pil.compiler import compile_source
from zisk_py.pil.tools.costs import costs
from zisk_py.pil.tools.explanation import explain, lines

SOURCE = """\
airtemplate Power(const int N = 32) {
    col witness x, y, z;
    y === x ** 5;
    z === x'2 + 'x;
    range_check(x, 0, 255);
}
airgroup G { Power(); }
"""


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_source(SOURCE)


def test_added_columns_are_told_with_what_they_are(compiled: Compiled) -> None:
    found = explain(compiled, "Power")
    added = [column for column in found.columns if column.origin.startswith("added: ")]
    given = [column.name for column in found.columns if not column.origin]
    assert given[:3] == ["x", "y", "z"]
    assert len(added) == found.cost.added > 0
    defining = [constraint for constraint in found.constraints if constraint.is_added]
    assert len(defining) == len(added)


def test_constraints_have_their_lines_and_at_most_degree_3(compiled: Compiled) -> None:
    found = explain(compiled, "Power").constraints
    written = {constraint.text: constraint for constraint in found if not constraint.is_added}
    assert written["y === x ** 5"].place == "<text>:3:5"
    assert all(constraint.degree <= 3 for constraint in found)


def test_costs_are_those_of_what_was_written_and_of_what_is_proven(compiled: Compiled) -> None:
    found = costs(compiled)
    power = next(air for air in found.airs if air.name == "Power")
    assert power.rows == 32
    assert power.constraints == {1: 1, 5: 1}
    assert power.offsets == (-1, 0, 2)
    assert power.cells is not None
    assert power.cells % 32 == 0
    assert found.proof_bytes is not None
    assert len(found.airs) == 2  # that of the range, too


def test_messages_stand_by_bus(compiled: Compiled) -> None:
    (bus,) = explain(compiled, "Power").buses
    (message,) = bus.messages
    assert (message.verb, message.values, message.times) == ("assumes", ("x",), "1")
    assert message.place == "<text>:5:5"


def test_the_text_has_all_parts(compiled: Compiled) -> None:
    text = "\n".join(lines(explain(compiled, "Power")))
    for part in ("air Power of airgroup G: 32 rows", "columns", "constraints", "bus ", "added: "):
        assert part in text


def test_a_name_that_no_air_has_is_refused(compiled: Compiled) -> None:
    with pytest.raises(InputError, match="there is no air Powers"):
        explain(compiled, "Powers")


def test_a_system_without_airs_costs_nothing() -> None:
    found = costs(compile_source("const int X = 1;"))
    assert (found.airs, found.proof_bytes) == ((), None)


def test_added_columns_are_told_apart_from_what_they_stand_for() -> None:
    text = "airtemplate A(const int N = 32) { col witness x, y; x * x * y * y === 0; } airgroup G { A(); }"
    found = explain(compile_source(text), "A")

    added = [column for column in found.columns if column.origin]
    assert [(column.name, column.origin) for column in added] == [("[x * x]", "added: x * x")]
    assert [constraint.formula for constraint in found.constraints] == [
        "[x * x] * y * y === 0",
        "[x * x] - x * x === 0",
    ]
