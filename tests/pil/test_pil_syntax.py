"""Parsing: every construct has a node with a span."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from zisk_py.pil import ast
from zisk_py.pil.parser import parse, parse_expression
from zisk_py.pil.span import SourceFile

EVERY = Path(__file__).parents[1] / "data" / "pil" / "every_construct.pil"
NODES = [
    kind
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.Node) and not kind.__subclasses__()
]


def nodes_below(value: object) -> Iterator[ast.Node]:
    if isinstance(value, ast.Node):
        yield value
        for field in dataclasses.fields(value):
            yield from nodes_below(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from nodes_below(item)


@pytest.fixture(scope="module")
def program() -> ast.Program:
    return parse(SourceFile(EVERY.name, EVERY.read_text()))


@pytest.mark.parametrize("kind", NODES, ids=lambda kind: kind.__name__)
def test_the_file_with_every_construct_has_each_node(program: ast.Program, kind: type[ast.Node]) -> None:
    found = [node for node in nodes_below(program) if isinstance(node, kind)]

    assert found
    assert all(0 <= node.span.start <= node.span.end <= len(node.span.file.text) for node in found)


def test_the_span_of_a_node_is_its_text(program: ast.Program) -> None:
    constraints = [node for node in nodes_below(program) if isinstance(node, ast.Constraint)]

    assert constraints[-1].span.text == "w === 0"
    assert constraints[-1].left.span.text == "w"


def test_precedence_is_in_the_tree() -> None:
    text = "a + b * -c ** 2"
    tree = parse_expression(SourceFile("t", text), 0, len(text))

    assert isinstance(tree, ast.Binary)
    assert isinstance(tree.right, ast.Binary)
    assert (tree.operator, tree.right.operator, tree.right.right.span.text) == ("+", "*", "-c ** 2")


def test_offsets_before_and_behind_a_name_differ() -> None:
    offsets = []
    for text in ("a'", "a'2", "'a", "3'a"):
        tree = parse_expression(SourceFile("t", text), 0, len(text))
        assert isinstance(tree, ast.Reference)
        assert tree.offset is not None
        rows = tree.offset.rows
        offsets.append((tree.offset.is_later, rows.value if isinstance(rows, ast.Number) else None))

    assert offsets == [(True, None), (True, 2), (False, None), (False, 3)]


def test_the_place_of_an_expression_has_its_parentheses() -> None:
    text = "2 * (a - (b + 1))"
    tree = parse_expression(SourceFile("t", text), 0, len(text))

    assert isinstance(tree, ast.Binary)
    assert (tree.span.text, tree.right.span.text) == (text, "(a - (b + 1))")
