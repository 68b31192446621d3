"""Random programs with row offsets and degrees: what is proven accepts just what was written.

A program is a nested tuple; `text_of` writes it as PIL, `value` evaluates it on a row with Python's integers.
"""

from random import Random
from typing import Any

import numpy as np
import pytest

from lowered_runs import compiled, holds
from zisk_py.field.goldilocks import P
from zisk_py.pil.system import NodeKind
from zisk_py.stark.program import degrees

N = 32
COLUMNS = ("a", "b")
FIXED = {"F": [(row * row + 1) % 5 for row in range(N)], "L1": [1] + [0] * (N - 1), "LN": [0] * (N - 1) + [1]}
CELLS = (NodeKind.WITNESS, NodeKind.FIXED)
Tree = tuple[Any, ...]
Cells = dict[str, list[int]]


def random_tree(random: Random, depth: int) -> Tree:
    """An expression: ("cell", name, row offset), ("number", value), or an operator with two expressions."""
    if depth == 0 or random.random() < 0.15:
        if random.random() < 0.1:
            return ("number", random.choice((0, 1, 2, P - 1)))
        name = random.choice((*COLUMNS, *COLUMNS, *FIXED))
        return ("cell", name, random.choice((-N - 1, -5, -2, -1, 0, 0, 0, 1, 1, 2, 3, 7, N, N // 2)))
    return (random.choice("++-***"), random_tree(random, depth - 1), random_tree(random, depth - 1))


def text_of(tree: Tree) -> str:
    if tree[0] == "number":
        return str(tree[1])
    if tree[0] == "cell":
        return f"{tree[1]}'({tree[2]})"
    return f"({text_of(tree[1])} {tree[0]} {text_of(tree[2])})"


def value(tree: Tree, cells: Cells, row: int) -> int:
    if tree[0] == "number":
        return int(tree[1])
    if tree[0] == "cell":
        return cells[tree[1]][(row + tree[2]) % N]
    left, right = value(tree[1], cells, row), value(tree[2], cells, row)
    return {"+": left + right, "-": left - right, "*": left * right}[tree[0]] % P


def without_table(tree: Tree) -> Tree:
    """The expression with witness cells for those of F: an air without a height has no tables."""
    if tree[0] == "cell":
        return ("cell", "b" if tree[1] == "F" else tree[1], tree[2])
    return tree if tree[0] == "number" else (tree[0], without_table(tree[1]), without_table(tree[2]))


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("has_height", [True, False])
def test_a_random_program_accepts_just_what_was_written(seed: int, has_height: bool) -> None:
    random = Random(seed)
    rules = [(random_tree(random, random.choice((2, 3, 4))), random.randint(-2, 2)) for _ in range(3)]
    if not has_height:
        rules = [(without_table(tree), shift) for tree, shift in rules]
    table = f"col fixed F = [{', '.join(map(str, FIXED['F']))}];" if has_height else ""
    system = compiled(f"""
        airtemplate A({f"const int N = {N}" if has_height else ""}) {{
            col witness a, b, r[3]; {table} col fixed L1 = [1, 0...]; col fixed LN = [0..., 1];
            {" ".join(f"{text_of(tree)} === r[{i}]'({shift});" for i, (tree, shift) in enumerate(rules))}
        }}
        airgroup G {{ A(); }}""")
    (air,) = system.system.airs
    assert all(degrees(air.nodes)[constraint.node] <= 3 for constraint in air.constraints)
    assert all(offset in (0, 1) for kind, _, offset in air.nodes if kind in CELLS)

    cells: Cells = {**FIXED, **{name: [random.randrange(3) for _ in range(N)] for name in COLUMNS}}
    for i, (tree, shift) in enumerate(rules):
        results = [value(tree, cells, row) for row in range(N)]
        cells[f"r[{i}]"] = [results[(row - shift) % N] for row in range(N)]

    def is_accepted(cells: Cells) -> bool:
        names = [column.name for column in air.columns[:5]]
        given = {name: np.array(cells[name], dtype=np.uint64) for name in names}
        return holds(system.trace({"A": given}))

    def is_right(cells: Cells) -> bool:
        return all(
            value(tree, cells, row) == cells[f"r[{i}]"][(row + shift) % N]
            for i, (tree, shift) in enumerate(rules)
            for row in range(N)
        )

    assert is_right(cells)
    assert is_accepted(cells)
    for _ in range(6):
        name = random.choice(("a", "b", "r[0]", "r[1]", "r[2]"))
        row = random.choice((0, 1, N - 2, N - 1, random.randrange(N)))
        changed = {**cells, name: list(cells[name])}
        changed[name][row] = random.choice((0, 1, P - 1, (changed[name][row] + 1) % P))
        assert is_accepted(changed) == is_right(changed)
