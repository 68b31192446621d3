"""Columns, values of the air, publics, commits."""

from collections.abc import Callable

from zisk_py.pil import ast
from zisk_py.pil.expander import references
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.assignments import MAX_ELEMENTS
from zisk_py.pil.expander.fixed import FixedTable
from zisk_py.pil.expander.machine import Expander, executes
from zisk_py.pil.expander.sequences import sequence
from zisk_py.pil.expander.values import Array, Value, Variable
from zisk_py.pil.span import Span
from zisk_py.pil.system import Column, NodeKind


@executes(ast.Columns)
def columns(expander: Expander, node: ast.Columns) -> None:
    """`col witness a, b[4];`, `col fixed F = [1,0...];`, `col program pc;`."""
    air = expander.current_air("a column", node.span)
    if node.kind != "fixed" and node.value is not None:
        raise expander.error(f"a {node.kind} column cannot be given values here", node.value.span)
    if node.kind == "witness":
        bits = _witness_bits(expander, node)
        make = _witness(expander, air, bits)
    elif node.kind == "fixed":
        _fixed_features(expander, node)
        make = _fixed(air)
    elif node.kind == air.commit:
        if node.features:
            raise expander.error("columns of a commit have no features here", node.features[0].span)
        make = _program(expander, air)
    else:
        known = f", only witness, fixed{f' and {air.commit}' if air.commit else ''}"
        raise expander.error(f"there are no `{node.kind}` columns in this air{known}", node.span)
    made = [_declare(expander, item, node.kind, make) for item in node.items]
    if node.value is not None:
        value = made[-1]
        if not isinstance(value, FixedTable) or not isinstance(node.value, ast.Sequence):
            raise expander.error("a single fixed column takes a sequence: `[...]`", node.value.span)
        value.assign(sequence(expander, node.value), node.value.span)


def _witness_bits(expander: Expander, node: ast.Columns) -> int:
    bits = 0
    for feature in node.features:
        numbers = [a for a in feature.arguments if not (_is_name(a.value, "signed", "unsigned"))]
        if feature.name not in ("bits", "stage") or len(numbers) != 1:
            raise expander.error(f"witness columns have no feature `{feature.span.text}`", feature.span)
        number = expander.integer(numbers[0].value)
        if feature.name == "stage" and number != 1:
            raise expander.error("witness columns of later stages are made by the prover", feature.span)
        if feature.name == "bits":
            if not 0 < number <= 64:
                raise expander.error(f"a column can have 1 to 64 bits, not {number}", feature.span)
            bits = number
    return bits


def _fixed_features(expander: Expander, node: ast.Columns) -> None:
    for feature in node.features:
        if feature.name != "bits":
            raise expander.error(f"`{feature.name}` of a fixed column is not supported yet", feature.span)


def _is_name(value: ast.Expression, *names: str) -> bool:
    return isinstance(value, ast.Reference) and value.path.span.text in names


def _declare(expander: Expander, item: ast.Declared, kind: str, make: Callable[[str, Span], Value]) -> Value:
    """Bind a name to what `make` makes of it, or to an array of these."""
    scope, name = references.declared_scope(expander, item.path)
    if name in scope.variables:
        raise expander.error(f"`{name}` is declared in this block already", item.span)
    sizes = []
    for size in item.dimensions:
        if size is None:
            raise expander.error(f"`{name}` needs a size", item.span)
        sizes.append(expander.integer(size))
        if not 0 <= sizes[-1] <= MAX_ELEMENTS:
            raise expander.error(f"`{name}` cannot have {sizes[-1]} elements", size.span)
    value = _elements(name, sizes, lambda full: make(full, item.span))
    scope.variables[name] = Variable(kind, value, True)
    return value


def _elements(name: str, sizes: list[int], make: Callable[[str], Value]) -> Value:
    if not sizes:
        return make(name)
    names = [f"{name}[{i}]" for i in range(sizes[0])]
    return Array([_elements(inner, sizes[1:], make) for inner in names], names)


def _witness(expander: Expander, air: AirBuilder, bits: int) -> Callable[[str, Span], Value]:
    def make(name: str, span: Span) -> Value:
        taken = sum(column.name.split("#")[0] == name for column in air.columns)
        name = f"{name}#{taken + 1}" if taken else name
        air.columns.append(Column(name, bits, span.source()))
        return expander.graph.leaf(NodeKind.WITNESS, len(air.columns) - 1, 0, air.serial, name)

    return make


def _fixed(air: AirBuilder) -> Callable[[str, Span], Value]:
    def make(name: str, span: Span) -> Value:
        rows = None if air.log_height is None else 1 << air.log_height
        air.fixed.append(FixedTable(name, len(air.fixed), air.serial, rows, span))
        return air.fixed[-1]

    return make


def _program(expander: Expander, air: AirBuilder) -> Callable[[str, Span], Value]:
    def make(name: str, span: Span) -> Value:
        if name in air.program:
            raise expander.error(f"column `{name}` is committed already", span)
        air.program.append(name)
        return expander.graph.leaf(NodeKind.PROGRAM, len(air.program) - 1, 0, air.serial, name)

    return make


@executes(ast.Commit)
def commit(expander: Expander, node: ast.Commit) -> None:
    """`commit stage(0) program`: the columns that are committed with the program."""
    air = expander.current_air("a commit", node.span)
    if expander.integer(node.stage) != 0 or node.publics:
        raise expander.error("only `commit stage(0) name` is supported", node.span)
    if air.commit is not None:
        raise expander.error(f"air {air.name} has the commit {air.commit} already", node.span)
    air.commit = node.name


@executes(ast.Values)
def values(expander: Expander, node: ast.Values) -> None:
    """`airval x;` and `public y;`. The prover has no use for the others."""
    if node.kind not in ("airval", "public"):
        raise expander.error(f"{node.kind}: this prover has air values and publics only", node.span)
    if node.value is not None or (node.stage is not None and expander.integer(node.stage) != 1):
        raise expander.error(f"a {node.kind} takes neither a value nor a stage", node.span)
    names = expander.publics
    kind, serial = NodeKind.PUBLIC, -1
    if node.kind == "airval":
        air = expander.current_air("an airval", node.span)
        names, kind, serial = air.air_values, NodeKind.AIR_VALUE, air.serial

    def make(name: str, span: Span) -> Value:
        if name in names:
            raise expander.error(f"{node.kind} `{name}` is declared already", span)
        names.append(name)
        return expander.graph.leaf(kind, len(names) - 1, 0, serial, name)

    scope = expander.scope
    if node.kind == "public":
        expander.scope = expander.proof_scope
    try:
        for item in node.items:
            _declare(expander, item, node.kind, make)
    finally:
        expander.scope = scope
