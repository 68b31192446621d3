"""Compiled programs give what their nodes mean, row by row."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest

from kernel_reference import (
    PATHS,
    U64,
    Cubic,
    add,
    base,
    bit_reverse,
    coset_points,
    cubic,
    multiply,
    negate,
    random_words,
    selected,
)
from zisk_py.field.goldilocks import P, root_of_unity
from zisk_py.pil.system import Node, NodeKind
from zisk_py.stark import kernels
from zisk_py.stark.kernel_program import CHALLENGE, STAGE2, Program, compile_program

Order = Literal["natural", "coset"]
WIDTHS = (10, 2, 9, 12)  # witness, fixed, program, stage 2


@pytest.fixture(autouse=True, params=PATHS)
def path(request: pytest.FixtureRequest) -> Iterator[str]:
    with selected(request.param):
        yield request.param


@dataclass
class Values:
    """What a program reads."""

    matrices: tuple[U64, ...]
    air_values: U64
    publics: U64
    challenges: U64

    @property
    def arguments(self) -> tuple[U64, ...]:
        return (*self.matrices, self.air_values, self.publics, self.challenges)


def random_values(seed: int, rows: int) -> Values:
    matrices = tuple(random_words(seed + i, rows, width) for i, width in enumerate(WIDTHS))
    return Values(matrices, random_words(1, 2), random_words(2, 3), random_words(3, 2, 3))


def random_nodes(seed: int, in_extension: bool) -> tuple[list[Node], list[int]]:
    """Leaves of every kind, and 40 operations on them; seven outputs, perhaps equal ones."""
    choose = random.Random(seed)
    nodes: list[Node] = [(NodeKind.CONSTANT, 5, 0), (NodeKind.CONSTANT, -3, 0)]
    nodes += [(NodeKind.FIRST, 0, 0), (NodeKind.LAST, 0, 0)]
    sizes = {
        NodeKind.AIR_VALUE: 2,
        NodeKind.PUBLIC: 3,
        NodeKind.WITNESS: 10,
        NodeKind.FIXED: 2,
        NodeKind.PROGRAM: 9,
    }
    extension = {CHALLENGE: 2, STAGE2: 4} if in_extension else {}
    for kind, size in (sizes | extension).items():
        for _ in range(3):
            offset = 0 if kind in (NodeKind.AIR_VALUE, NodeKind.PUBLIC, CHALLENGE) else choose.randrange(2)
            nodes.append((kind, choose.randrange(size), offset))
    for _ in range(40):
        kind = choose.choice([NodeKind.ADD, NodeKind.SUB, NodeKind.MUL, NodeKind.MUL, NodeKind.NEG])
        right = 0 if kind == NodeKind.NEG else choose.randrange(len(nodes))
        nodes.append((kind, choose.randrange(len(nodes)), right))
    return nodes, [choose.randrange(len(nodes)) for _ in range(7)]


def selectors(order: str, row: int, rows: int) -> tuple[int, int, int]:
    """The next row, and the values of FIRST and LAST."""
    if order == "natural":
        return (row + 1) % rows, int(row == 0), int(row == rows - 1)
    bits, height = rows.bit_length() - 1, rows // 2
    w, x = root_of_unity(bits - 1), coset_points(bits)[row]
    vanishing = pow(x, height, P) - 1
    first = vanishing * pow(height * (x - 1), P - 2, P) % P
    last = vanishing * pow(height * (w * x - 1), P - 2, P) % P
    return bit_reverse((bit_reverse(row, bits) + 2) % rows, bits), first, last


def evaluate_row(nodes: list[Node], values: Values, order: str, row: int) -> list[Cubic]:
    """Every node on one row, by definition."""
    next_row, first, last = selectors(order, row, len(values.matrices[0]))
    found: list[Cubic] = []
    for kind, left, right in nodes:
        at = next_row if right else row
        match kind:
            case NodeKind.CONSTANT:
                found.append(base(left))
            case NodeKind.WITNESS | NodeKind.FIXED | NodeKind.PROGRAM:
                found.append(base(int(values.matrices[kind - 1][at, left])))
            case NodeKind.FIRST | NodeKind.LAST:
                found.append(base(first if kind == NodeKind.FIRST else last))
            case NodeKind.AIR_VALUE | NodeKind.PUBLIC:
                source = values.air_values if kind == NodeKind.AIR_VALUE else values.publics
                found.append(base(int(source[left])))
            case NodeKind.ADD:
                found.append(add(found[left], found[right]))
            case NodeKind.SUB:
                found.append(add(found[left], negate(found[right])))
            case NodeKind.MUL:
                found.append(multiply(found[left], found[right]))
            case NodeKind.NEG:
                found.append(negate(found[left]))
            case 12:
                found.append(cubic(values.challenges[left]))
            case _:
                found.append(cubic(values.matrices[3][at, 3 * left : 3 * left + 3]))
    return found


def sample(start: int, stop: int, rows: int) -> list[int]:
    wanted = {start, stop - 1, (start + stop) // 2, start + 3, rows // 2 - 1, rows // 2, rows - 2, rows - 1}
    return sorted(row for row in wanted if start <= row < stop)


@pytest.mark.parametrize("order", ["natural", "coset"])
@pytest.mark.parametrize("rows", [2, 4, 16, 128, 512])
@pytest.mark.parametrize("seed", range(3))
def test_outputs_are_the_values_of_their_nodes(seed: int, rows: int, order: Order) -> None:
    nodes, outputs = random_nodes(seed, in_extension=True)
    values = random_values(seed, rows)
    start, stop = (0, rows) if seed == 0 else (rows // 3, rows - rows // 5)
    found = kernels.run_program(compile_program(nodes, outputs), *values.arguments, order, start, stop)
    assert found.shape == (stop - start, 7, 3)
    for row in sample(start, stop, rows):
        expected = evaluate_row(nodes, values, order, row)
        assert [cubic(value) for value in found[row - start]] == [expected[output] for output in outputs]


@pytest.mark.parametrize("rows", [1, 3, 100, 130])
def test_a_trace_may_have_any_number_of_rows(rows: int) -> None:
    nodes, outputs = random_nodes(7, in_extension=True)
    values = random_values(7, rows)
    found = kernels.run_program(compile_program(nodes, outputs), *values.arguments, "natural")
    for row in sample(0, rows, rows):
        expected = evaluate_row(nodes, values, "natural", row)
        assert [cubic(value) for value in found[row]] == [expected[output] for output in outputs]


@pytest.mark.parametrize("order", ["natural", "coset"])
def test_base_outputs_are_the_same_without_their_zeros(order: Order) -> None:
    nodes, outputs = random_nodes(5, in_extension=False)
    arguments = random_values(5, 256).arguments
    program = compile_program(nodes, outputs)
    whole = kernels.run_program(program, *arguments, order, 3, 200)
    assert not whole[:, :, 1:].any()
    assert (kernels.run_program_base(program, *arguments, order, 3, 200) == whole[:, :, 0]).all()


def test_outputs_go_into_the_rows_of_a_given_array() -> None:
    nodes, outputs = random_nodes(2, in_extension=True)
    arguments = random_values(2, 64).arguments
    program = compile_program(nodes, outputs)
    out = np.zeros((64, 7, 3), dtype=np.uint64)
    for start, stop in ((0, 10), (10, 64)):
        kernels.run_program(program, *arguments, "coset", start, stop, out)
    assert (out == kernels.run_program(program, *arguments, "coset")).all()


@pytest.mark.parametrize("rows", [2, 8, 256])
@pytest.mark.parametrize("in_extension", [False, True])
def test_quotient_combines_outputs_and_divides_by_the_vanishing_polynomial(
    rows: int, in_extension: bool
) -> None:
    nodes, outputs = random_nodes(rows, in_extension)
    values = random_values(rows, rows)
    powers = random_words(9, 7, 3)
    program = compile_program(nodes, outputs)
    found = kernels.quotient(program, *values.arguments, powers, None, 0, rows)
    points = coset_points(rows.bit_length() - 1)
    for row in sample(0, rows, rows):
        expected = evaluate_row(nodes, values, "coset", row)
        total = base(0)
        for power, output in zip(powers, outputs, strict=True):
            total = add(total, multiply(cubic(power), expected[output]))
        vanishing = pow(points[row], rows // 2, P) - 1
        assert cubic(found[row]) == multiply(total, base(pow(vanishing, P - 2, P)))


def test_quotient_of_many_outputs_is_the_sum_over_parts() -> None:
    count = 600
    nodes: list[Node] = [(NodeKind.WITNESS, column % 10, 0) for column in range(count)]
    arguments = random_values(1, 128).arguments
    powers = np.full((count, 3), P - 1, dtype=np.uint64)
    whole = kernels.quotient(compile_program(nodes, range(count)), *arguments, powers)
    once = kernels.quotient(compile_program(nodes, range(10)), *arguments, powers[:10].copy())
    assert [cubic(row) for row in whole] == [multiply(cubic(row), base(count // 10)) for row in once]


def test_row_ranges_of_a_quotient_fill_one_output() -> None:
    nodes, outputs = random_nodes(4, in_extension=True)
    arguments = random_values(4, 512).arguments
    powers, program = random_words(9, 7, 3), compile_program(nodes, outputs)
    out = np.zeros((512, 3), dtype=np.uint64)
    for start, stop in ((0, 100), (100, 384), (384, 512)):
        kernels.quotient(program, *arguments, powers, out, start, stop)
    assert (out == kernels.quotient(program, *arguments, powers)).all()


def test_registers_are_reused() -> None:
    nodes: list[Node] = [(NodeKind.WITNESS, 0, 0)]
    nodes += [(NodeKind.MUL, number, 0) for number in range(500)]
    program = compile_program(nodes, [500])
    assert program.num_slots <= 8 + 2


@pytest.mark.parametrize(
    ("nodes", "outputs", "message"),
    [
        ([(99, 0, 0)], [0], "kind 99"),
        ([(NodeKind.NEG, 0, 0)], [0], "does not come before"),
        ([(NodeKind.CONSTANT, 1, 0)], [1], "output 1 is not a node"),
        ([(NodeKind.WITNESS, 0, 2)], [0], "row offset 2"),
        ([(NodeKind.WITNESS, -1, 0)], [0], "index -1"),
    ],
)
def test_a_bad_program_is_refused(nodes: list[Node], outputs: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compile_program(nodes, outputs)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ((NodeKind.WITNESS, 10, 0), "witness has 10 columns, and the program reads 11"),
        ((STAGE2, 4, 1), "stage2 has 12 columns, and the program reads 15"),
        ((NodeKind.PUBLIC, 3, 0), "publics has 3 values, and the program reads 4"),
        ((CHALLENGE, 2, 0), "challenges has 2 values, and the program reads 3"),
    ],
)
def test_a_program_that_reads_behind_its_inputs_is_refused(node: Node, message: str) -> None:
    program: Program = compile_program([node], [0])
    with pytest.raises(ValueError, match=message):
        kernels.run_program(program, *random_values(1, 8).arguments, "coset")
