import pytest

from zisk_py.field.extension import Element, add, embed, mul, neg, sub
from zisk_py.pil.system import NodeKind
from zisk_py.stark.program import CHALLENGE, STAGE2, Builder, Point, Program, degrees, evaluate

A: Element = (3, 4, 5)
B: Element = (6, 7, 8)


def point() -> Point:
    return Point(
        columns={
            (NodeKind.WITNESS, 0, 0): A,
            (NodeKind.WITNESS, 0, 1): B,
            (NodeKind.FIXED, 2, 0): (1, 1, 1),
            (NodeKind.PROGRAM, 1, 1): (2, 2, 2),
            (STAGE2, 0, 1): (9, 9, 9),
        },
        first=(10, 0, 1),
        last=(11, 1, 0),
        air_values=[77],
        publics=[88],
        challenges=[(0, 1, 0), (0, 0, 1)],
    )


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ((NodeKind.CONSTANT, 5, 0), embed(5)),
        ((NodeKind.WITNESS, 0, 1), B),
        ((NodeKind.FIXED, 2, 0), (1, 1, 1)),
        ((NodeKind.PROGRAM, 1, 1), (2, 2, 2)),
        ((STAGE2, 0, 1), (9, 9, 9)),
        ((NodeKind.FIRST, 0, 0), (10, 0, 1)),
        ((NodeKind.LAST, 0, 0), (11, 1, 0)),
        ((NodeKind.AIR_VALUE, 0, 0), embed(77)),
        ((NodeKind.PUBLIC, 0, 0), embed(88)),
        ((CHALLENGE, 1, 0), (0, 0, 1)),
    ],
)
def test_a_leaf_reads_its_value(node: tuple[int, int, int], value: Element) -> None:
    assert evaluate(Program((node,), (0,)), point()) == [value]


def test_operations_are_those_of_the_field() -> None:
    b = Builder()
    x, y = b.node(NodeKind.WITNESS, 0, 0), b.node(NodeKind.WITNESS, 0, 1)
    program = b.build([b.add(x, y), b.sub(x, y), b.mul(x, y), b.node(NodeKind.NEG, x)])
    assert evaluate(program, point()) == [add(A, B), sub(A, B), mul(A, B), neg(A)]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kind 99"):
        evaluate(Program(((99, 0, 0),), (0,)), point())


def test_equal_nodes_are_shared_and_unneeded_ones_left_out() -> None:
    b = Builder()
    x = b.node(NodeKind.WITNESS, 0)
    assert b.node(NodeKind.WITNESS, 0) == x
    b.mul(x, b.node(NodeKind.CONSTANT, 12345))
    y = b.add(x, x)
    program = b.build([y, x])
    assert program.nodes == ((NodeKind.WITNESS, 0, 0), (NodeKind.ADD, 0, 0))
    assert program.outputs == (1, 0)


def test_columns_read_are_those_of_the_offset() -> None:
    b = Builder()
    nodes = [b.node(NodeKind.WITNESS, 3, 1), b.node(NodeKind.WITNESS, 1, 1), b.node(NodeKind.WITNESS, 2, 0)]
    program = b.build([b.add(b.add(nodes[0], nodes[1]), nodes[2])])
    assert program.columns_read(NodeKind.WITNESS, 1) == (1, 3)
    assert program.columns_read(NodeKind.WITNESS, 0) == (2,)
    assert program.columns_read(NodeKind.FIXED, 0) == ()


def test_different_programs_are_encoded_differently() -> None:
    one = Program(((NodeKind.WITNESS, 0, 0), (NodeKind.WITNESS, 1, 0)), (0,))
    others = [
        Program(one.nodes, (1,)),
        Program(one.nodes, (0, 1)),
        Program(((NodeKind.WITNESS, 0, 0), (NodeKind.WITNESS, 1, 1)), (0,)),
        Program(one.nodes[:1], (0,)),
    ]
    assert len({program.encode() for program in [one, *others]}) == 5


def test_degrees_count_columns_and_selectors() -> None:
    b = Builder()
    x, first, constant = b.node(NodeKind.WITNESS, 0), b.node(NodeKind.FIRST, 0), b.node(NodeKind.CONSTANT, 2)
    square = b.mul(x, x)
    nodes = [
        b.mul(first, square),
        b.add(square, constant),
        b.mul(constant, constant),
        b.node(NodeKind.NEG, square),
    ]
    assert [degrees(b.nodes)[node] for node in nodes] == [3, 2, 0, 2]
