"""Columns: witness, fixed, and those of commits."""

from collections.abc import Callable

from zisk_py.pil import ast
from zisk_py.pil.errors import Code, PilError, did_you_mean
from zisk_py.pil.expander import fixed_files
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.assignments import MAX_ELEMENTS
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.graph import Leaf
from zisk_py.pil.expander.machine import Expander, executes
from zisk_py.pil.expander.paths import declared_scope
from zisk_py.pil.expander.sequences import assign_sequence
from zisk_py.pil.expander.values import Array, Value, Variable, describe
from zisk_py.pil.span import Span
from zisk_py.pil.system import Column, NodeKind


@executes(ast.Columns)
def columns(expander: Expander, node: ast.Columns) -> None:
    """`col witness a, b[4];`, `col fixed F = [1,0...];`, `col program pc;`."""
    air = expander.current_air("a column", node.span)
    if node.kind != "fixed" and node.value is not None:
        text = f"a {node.kind} column cannot be given values here"
        raise expander.error(text, node.value.span, code=Code.COLUMN, suggestion="write a constraint: `===`")
    if node.kind == "witness":
        make = _witness(expander, air, node)
    elif node.kind == "fixed":
        make = _fixed(expander, air, node)
    elif node.kind in air.commits:
        if node.features:
            text = "columns of a commit have no features here"
            raise expander.error(text, node.features[0].span, code=Code.COMMIT)
        make = _program(expander, air)
    else:
        known = ["witness", "fixed", *air.commits]
        text = f"there are no `{node.kind}` columns in this air, only {', '.join(known)}"
        close = did_you_mean(node.kind, known)
        raise expander.error(text, node.span, code=Code.COLUMN, suggestion=close)
    made = [declare_value(expander, item, node.kind, make) for item in node.items]
    expander.fixed_source = None
    if node.value is None:
        return
    value = made[-1]
    if isinstance(value, FixedTable) and isinstance(node.value, ast.Sequence):
        assign_sequence(expander, value, node.value)
    elif isinstance(value, FixedTable) and len(made) == 1:
        _copy(expander, value, node.value)
    else:
        text = "a single fixed column takes a sequence: `[...]`"
        raise expander.error(text, node.value.span, code=Code.FIXED)


def _copy(expander: Expander, table: FixedTable, value: ast.Expression | ast.Sequence) -> None:
    """`col fixed A = B;`: the same values."""
    assert not isinstance(value, ast.Sequence)
    other = expander.evaluate(value)
    if not isinstance(other, FixedTable) or other.values is None or other.rows != table.rows:
        text = "a single fixed column takes a sequence: `[...]`"
        raise expander.error(text, value.span, code=Code.FIXED)
    table.stored = other.values[:]


class _Features:
    """What stands between the kind of a column and its name."""

    def __init__(self, expander: Expander, node: ast.Columns) -> None:
        self.bits, self.stage, self.is_temporary, self.rows = 0, 1, False, 0
        self.is_signed = False
        for feature in node.features:
            numbers = [a.value for a in feature.arguments if not _is_name(a.value, "signed", "unsigned")]
            wanted = (0, 1) if feature.name == "temporal" else (1,)
            known = ("bits", "stage") if node.kind == "witness" else ("bits", "virtual", "temporal")
            if feature.name not in known or len(numbers) not in wanted:
                text = f"{node.kind} columns have no feature `{feature.span.text}`"
                close = did_you_mean(feature.name, known)
                raise expander.error(text, feature.span, code=Code.COLUMN, suggestion=close)
            number = expander.integer(numbers[0]) if numbers else 0
            if feature.name == "bits":
                self.bits = _in_range(expander, number, 64, "bits", feature)
                self.is_signed = any(_is_name(a.value, "signed") for a in feature.arguments)
            elif feature.name == "stage":
                self.stage = _in_range(expander, number, 2, "stages", feature)
            else:
                self.is_temporary = True
                self.rows = _in_range(expander, number, 1 << 24, "rows", feature) if numbers else 0


def _in_range(expander: Expander, number: int, most: int, what: str, feature: ast.Feature) -> int:
    if not 0 < number <= most:
        code = Code.STAGE if what == "stages" else Code.COLUMN
        raise expander.error(f"a column can have 1 to {most} {what}, not {number}", feature.span, code=code)
    return number


def _is_name(value: ast.Expression, *names: str) -> bool:
    return isinstance(value, ast.Reference) and value.path.span.text in names


def declared_already(expander: Expander, name: str, span: Span) -> PilError:
    """The error that a block has that name."""
    text = f"`{name}` is declared in this block already"
    return expander.error(text, span, code=Code.ALREADY_DECLARED)


def declare_value(
    expander: Expander, item: ast.Declared, kind: str, make: Callable[[str, Span], Value]
) -> Value:
    """Bind a name to what `make` makes of it, or to an array of these."""
    scope, name = declared_scope(expander, item.path)
    if name in scope.variables:
        raise declared_already(expander, name, item.span)
    sizes = []
    for size in item.dimensions:
        if size is None:
            raise expander.error(f"`{name}` needs a size", item.span, code=Code.COLUMN)
        sizes.append(expander.integer(size))
        if not 0 <= sizes[-1] <= MAX_ELEMENTS:
            text = f"`{name}` cannot have {sizes[-1]} elements"
            raise expander.error(text, size.span, code=Code.LIMIT)
    value = _elements(name, sizes, lambda full: make(full, item.span))
    scope.variables[name] = Variable(kind, value, True, item.span)
    return value


def _elements(name: str, sizes: list[int], make: Callable[[str], Value]) -> Value:
    if not sizes:
        return make(name)
    names = [f"{name}[{i}]" for i in range(sizes[0])]
    return Array([_elements(inner, sizes[1:], make) for inner in names], names)


def _witness(expander: Expander, air: AirBuilder, node: ast.Columns) -> Callable[[str, Span], Value]:
    features = _Features(expander, node)
    columns, kind = air.columns, NodeKind.WITNESS
    if features.stage == 2:
        columns, kind = air.stage2, NodeKind.STAGE2

    def make(name: str, span: Span) -> Value:
        name = _told_apart(name, [column.name for column in (*air.columns, *air.stage2)])
        columns.append(Column(name, features.bits, span.source(), features.is_signed))
        return expander.graph.leaf(kind, len(columns) - 1, 0, air.serial, name)

    return make


def _told_apart(name: str, taken: list[str]) -> str:
    """`x#2` for a second x: a column that is declared in a loop."""
    count = sum(other.split("#")[0] == name for other in taken)
    return f"{name}#{count + 1}" if count else name


def _fixed(expander: Expander, air: AirBuilder, node: ast.Columns) -> Callable[[str, Span], Value]:
    features, source = _Features(expander, node), expander.fixed_source

    def make(name: str, span: Span) -> Value:
        table = FixedTable(name, len(air.fixed), air.serial, features.rows or air.rows, span)
        air.fixed.append(table)
        table.is_temporary = features.is_temporary
        if node.value is None:
            fixed_files.supply(expander, table, source, span)
        return table

    return make


def _program(expander: Expander, air: AirBuilder) -> Callable[[str, Span], Value]:
    def make(name: str, span: Span) -> Value:
        if name in air.program:
            raise expander.error(f"column `{name}` is committed already", span, code=Code.COMMIT)
        air.program.append(name)
        return expander.graph.leaf(NodeKind.PROGRAM, len(air.program) - 1, 0, air.serial, name)

    return make


@executes(ast.Commit)
def commit(expander: Expander, node: ast.Commit) -> None:
    """`commit stage(0) public(root) program`: columns that are committed apart; their root is public."""
    air = expander.current_air("a commit", node.span)
    if expander.integer(node.stage) != 0:
        text = "a commit is of stage 0: its columns are there before the witness"
        raise expander.error(text, node.stage.span, code=Code.STAGE)
    if node.name in air.commits or node.name in ("witness", "fixed"):
        text = f"air {air.name} has `{node.name}` columns already"
        raise expander.error(text, node.span, code=Code.COMMIT)
    leaves: list[Leaf] = []
    for reference in node.publics:
        value = expander.evaluate(reference)
        for item in value.items if isinstance(value, Array) else [value]:
            if not isinstance(item, Leaf) or item.kind != NodeKind.PUBLIC:
                text = (
                    f"`{reference.span.one_line}` is {describe(item)}: the root of a commit stands in publics"
                )
                raise expander.error(text, reference.span, code=Code.COMMIT)
            leaves.append(item)
    air.commits[node.name] = tuple(leaves)
