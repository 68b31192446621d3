import random
from dataclasses import replace

import numpy as np
import pytest
from small_systems import AirBuilder, lookups

from zisk_py.field.extension import ZERO, Element, add, embed, inverse, mul, power, scale, sub
from zisk_py.field.goldilocks import P
from zisk_py.pil.system import Interaction, NodeKind, System
from zisk_py.stark import Message, SystemRefused, reference
from zisk_py.stark.challenges import Challenges
from zisk_py.stark.errors import MessageRefused
from zisk_py.stark.logup import (
    Buses,
    buses_of,
    challenge_vector,
    check_messages,
    message_sum,
    reduce_interactions,
)
from zisk_py.stark.options import MAX_DEGREE
from zisk_py.stark.program import degrees
from zisk_py.stark.stage2 import stage2_columns

ALPHA: Element = (11, 22, 33)
BETA: Element = (44, 55, 66)
CHALLENGES = Challenges(ALPHA, BETA)


def fingerprint(bus: int, values: tuple[int, ...], width: int) -> Element:
    """alpha + (bus + 1)*beta^W - sum beta^k * value_k, by its definition."""
    result = add(ALPHA, scale(power(BETA, width), bus + 1))
    for k, value in enumerate(values):
        result = sub(result, scale(power(BETA, k), value))
    return result


def test_stage_two_holds_the_total_of_all_fractions_of_the_rows() -> None:
    system, generator = lookups(), np.random.default_rng(9)
    buses, air = buses_of(system), system.airs[0]
    trace = generator.integers(0, P, (32, 5), dtype=np.uint64)
    empty = np.zeros((32, 0), dtype=np.uint64)
    none = np.zeros(0, dtype=np.uint64)
    reduction = reduce_interactions(air, buses)
    columns, total = stage2_columns(
        reference, reduction, trace, empty, empty, none, none, challenge_vector(buses, CHALLENGES)
    )
    expected = ZERO
    for live, x, y, z, cube in trace.tolist():
        for sign, m, bus, values in (
            (-1, live, 1, (x, y)),
            (-1, live, 2, (z,)),
            (+1, live, 7, (5, x, cube)),
            (-1, live * live, 1, (x, x * x)),
        ):
            expected = add(expected, scale(inverse(fingerprint(bus, values, buses.width)), sign * m))
    assert total == expected
    assert columns.shape == (32, 3 * reduction.columns)


def test_all_reduced_constraints_have_at_most_degree_three() -> None:
    system = lookups()
    for air in system.airs:
        program = reduce_interactions(air, buses_of(system)).constraints
        degree = degrees(program.nodes)
        assert max(degree[output] for output in program.outputs) <= MAX_DEGREE


def test_two_plain_messages_share_a_column_and_a_wide_one_stands_alone() -> None:
    system = lookups()
    # Use: (1, 2), (3), and the tuple of degree 2 alone
    assert [reduce_interactions(air, buses_of(system)).columns for air in system.airs] == [3, 1, 1, 1]


def air_with(message_degree: int, multiplicity_degree: int = 1) -> System:
    air = AirBuilder("Odd", ["x"])

    def raised(exponent: int) -> int:
        node = air.col("x") if exponent else air.const(1)
        for _ in range(exponent - 1):
            node = air.nodes.mul(node, air.col("x"))
        return node

    air.send(1, 1, raised(multiplicity_degree), raised(message_degree))
    return System((air.build(),))


@pytest.mark.parametrize(("message", "multiplicity"), [(0, 3), (1, 3), (2, 3), (2, 1)])
def test_degrees_that_fit_are_accepted(message: int, multiplicity: int) -> None:
    system = air_with(message, multiplicity)
    assert reduce_interactions(system.airs[0], buses_of(system)).columns == 1


@pytest.mark.parametrize(("message", "multiplicity"), [(3, 1), (1, 4)])
def test_a_message_of_too_high_degree_is_refused(message: int, multiplicity: int) -> None:
    system = air_with(message, multiplicity)
    with pytest.raises(SystemRefused, match="Odd needs a constraint of degree above 3"):
        reduce_interactions(system.airs[0], buses_of(system))


def test_a_constraint_of_degree_four_is_refused() -> None:
    air = AirBuilder("Steep", ["x"])
    square = air.nodes.mul(air.col("x"), air.col("x"))
    air.zero(air.nodes.mul(square, square))
    with pytest.raises(SystemRefused, match="Steep has degree 4"):
        reduce_interactions(air.build(), Buses(()))


def changed(interaction: Interaction, **changes: object) -> System:
    system = lookups()
    airs = list(system.airs)
    airs[0] = replace(airs[0], interactions=(replace(interaction, **changes), *airs[0].interactions[1:]))  # type: ignore[arg-type]
    return System(tuple(airs))


def test_a_bus_with_messages_of_two_widths_is_refused() -> None:
    first = lookups().airs[0].interactions[0]
    with pytest.raises(SystemRefused, match="sends 2 values on bus 1"):
        buses_of(changed(first, values=first.values[:1]))


@pytest.mark.parametrize(("bus", "allowed"), [(P - 2, True), (P - 1, False), (P, False), (-1, False)])
def test_a_bus_number_must_not_wrap(bus: int, allowed: bool) -> None:
    system = changed(lookups().airs[0].interactions[1], bus=bus, values=(0,))
    if allowed:
        assert bus in dict(buses_of(system).widths)
    else:
        with pytest.raises(SystemRefused):
            buses_of(system)


def test_equal_values_on_different_buses_do_not_cancel() -> None:
    buses = Buses(((1, 2), (2, 2), (3, 1)))
    messages = [Message(1, (5, 6), 1), Message(2, (5, 6), -1)]
    assert message_sum(buses, messages, CHALLENGES) != ZERO


def test_no_small_combination_of_messages_on_different_buses_cancels() -> None:
    # 1/d_1, ..., 1/d_n of different tuples are independent over F, so small multiples never add up to zero
    buses = Buses(((0, 1), (1, 2), (2, 2)))
    generator = random.Random(3)
    tuples = [(0, (4,)), (1, (4, 0)), (1, (0, 4)), (2, (4, 0)), (2, (0, 0)), (0, (0,))]
    for _ in range(300):
        weights = [generator.randrange(-2, 3) for _ in tuples]
        messages = [Message(bus, values, m) for (bus, values), m in zip(tuples, weights, strict=True)]
        assert (message_sum(buses, messages, CHALLENGES) == ZERO) == (not any(weights))


def test_multiplicities_of_one_message_add_up() -> None:
    buses = Buses(((1, 2),))
    messages = [Message(1, (5, 6), 2), Message(1, (5, 6), 1), Message(1, (5, 6), -3)]
    assert message_sum(buses, messages, CHALLENGES) == ZERO


def test_the_sum_is_that_of_the_fractions() -> None:
    buses = Buses(((1, 2), (9, 3)))
    messages = [Message(9, (1, 2, 3), 4), Message(1, (5, 6), -7)]
    expected = add(
        mul(embed(4), inverse(fingerprint(9, (1, 2, 3), 3))),
        mul(embed(-7), inverse(fingerprint(1, (5, 6), 3))),
    )
    assert message_sum(buses, messages, CHALLENGES) == expected


@pytest.mark.parametrize(
    "message",
    [
        Message(4, (1,), 1),
        Message(1, (1,), 1),
        Message(1, (1, 2, 3), 1),
        Message(1, (1, P), 1),
        Message(1, (1, -1), 1),
        Message(1, (1, 2), P),
    ],
)
def test_a_message_that_does_not_fit_its_bus_is_refused(message: Message) -> None:
    with pytest.raises(MessageRefused):
        check_messages(Buses(((1, 2), (2, 1))), [Message(1, (1, 2), 1), message])


def test_terms_read_the_multiplicity_with_the_sign_of_the_interaction() -> None:
    proves, assumes = AirBuilder("A", ["x"]), AirBuilder("A", ["x"])
    proves.send(1, +1, proves.const(1), proves.col("x"))
    assumes.send(1, -1, assumes.const(1), assumes.col("x"))
    buses = Buses(((1, 1),))
    kinds = [
        {kind for kind, _, _ in reduce_interactions(a.build(), buses).fractions.nodes}
        for a in (proves, assumes)
    ]
    assert [NodeKind.NEG in found for found in kinds] == [False, True]
