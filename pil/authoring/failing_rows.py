"""A failing row in detail: both sides, what the constraint reads, its parts, and the rows around."""

from collections.abc import Iterator
from operator import itemgetter

from zisk_py.pil.authoring.formula import Formula, Term, leaf_value
from zisk_py.pil.authoring.report_model import Cell, RowFinding, Step, Window, WindowRow
from zisk_py.pil.report import Value
from zisk_py.pil.system import NodeKind
from zisk_py.pil.trace_evaluation import Instance

MAX_STEPS = 24
MAX_PARTS = 12  # terms of a sum, factors of a product
MAX_CELLS = 64
MAX_COLUMNS = 24  # of the neighbourhood
MAX_WINDOW = 24  # its rows
AROUND = 2  # rows before and behind those that are read
_SUMS = (NodeKind.ADD, NodeKind.SUB)


def row_finding(formula: Formula, instance: Instance, row: int) -> RowFinding:
    """What there is to see on a row on which a constraint fails."""
    values, texts = formula.values(instance, row), formula.texts()
    leaves = [formula.terms[number] for number in formula.leaves()]
    cells = [
        Cell(
            term.name,
            term.offset,
            (row + term.offset) % instance.rows if _has_row(term) else None,
            leaf_value(term, instance, row),
        )
        for term in leaves[:MAX_CELLS]
    ]
    whole = len(formula.terms) - 1
    root = formula.terms[whole]
    if root.kind == NodeKind.SUB:
        sides = [root.left, root.right]
        left, right = (Step(0, texts[side], values[side]) for side in sides)
    else:
        sides = [whole]
        left, right = Step(0, texts[whole], values[whole]), Step(0, "0", _zero(values[whole]))
    steps: list[Step] = []
    for side in sides:
        if not formula.terms[side].is_leaf:
            _add_steps(formula, values, texts, side, 0, steps)
    return RowFinding(row, left, right, tuple(cells), tuple(steps), _window(leaves, instance, row))


def _zero(value: Value) -> Value:
    return 0 if isinstance(value, int) else (0, 0, 0)


def _has_row(term: Term) -> bool:
    return term.is_column or term.kind in (NodeKind.FIRST, NodeKind.LAST)


def _add_steps(
    formula: Formula, values: list[Value], texts: list[str], number: int, depth: int, steps: list[Step]
) -> None:
    """The parts of a sum or product that are no leaves, and theirs; what is zero is not looked into."""
    for part in list(_parts(formula, number))[:MAX_PARTS]:
        if formula.terms[part].is_leaf or len(steps) >= MAX_STEPS:
            continue
        step = Step(depth, texts[part], values[part])
        if step in steps:
            continue
        steps.append(step)
        if values[part] != _zero(values[part]) and depth < 4:
            _add_steps(formula, values, texts, part, depth + 1, steps)


def _parts(formula: Formula, number: int) -> Iterator[int]:
    """The terms of a sum, or the factors of a product, from left to right."""
    kind = formula.terms[number].kind
    chain = _SUMS if kind in _SUMS else (kind,)
    stack = [number]
    while stack:
        current = stack.pop()
        term = formula.terms[current]
        if term.is_leaf or term.kind not in chain:
            yield current
        elif term.kind == NodeKind.NEG:
            yield term.left
        else:
            stack += [term.right, term.left]


def _window(leaves: list[Term], instance: Instance, row: int) -> Window:
    """The rows around, in the columns that the constraint reads."""
    columns: dict[tuple[NodeKind, int], Term] = {}
    for term in leaves:
        if term.is_column:
            columns.setdefault((term.kind, term.index), term)
    shown = list(columns.items())[:MAX_COLUMNS]
    read = {(term.kind, term.index, (row + term.offset) % instance.rows) for term in leaves}
    offsets = [term.offset for term in leaves if term.is_column] or [0]
    first, last = min(offsets) - AROUND, max(offsets) + AROUND
    if last - first >= MAX_WINDOW:
        wanted = sorted({offset + near for offset in [*offsets, 0] for near in (-1, 0, 1)})[:MAX_WINDOW]
    else:
        wanted = list(range(first, last + 1))
    around: dict[int, int] = {}  # by row its offset; in an air of few rows one is met again
    for offset in sorted(wanted, key=abs):
        around.setdefault((row + offset) % instance.rows, offset)
    rows = tuple(
        WindowRow(
            number,
            offset,
            number == row,
            tuple(leaf_value(_at(term, offset), instance, row) for _, term in shown),
            tuple((kind, index, number) in read for (kind, index), _ in shown),
        )
        for number, offset in sorted(around.items(), key=itemgetter(1))
    )
    return Window(tuple(term.name for _, term in shown), rows)


def _at(term: Term, offset: int) -> Term:
    return Term(term.kind, name=term.name, index=term.index, offset=offset)
