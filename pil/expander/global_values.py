"""Values that are the same on all rows: of the air, of the airgroup, of the proof; publics, challenges."""

from collections.abc import Callable

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.air import Claim, HintData
from zisk_py.pil.expander.declarations import declare_value, declared_already
from zisk_py.pil.expander.machine import Expander, GroupValue, executes
from zisk_py.pil.expander.paths import declared_scope
from zisk_py.pil.expander.scopes import Scope
from zisk_py.pil.expander.values import Value
from zisk_py.pil.span import Span
from zisk_py.pil.system import NodeKind

_AGGREGATES = {"sum": False, "prod": True}


@executes(ast.Values)
def values(expander: Expander, node: ast.Values) -> None:
    """`airval x;`, `public y;`, `proofval z;`, `challenge stage(2) c;`, `airgroupval aggregate(sum) g;`."""
    stage = _stage(expander, node)
    scope, make = _MAKERS[node.kind](expander, node, stage)
    outer, expander.scope = expander.scope, scope
    try:
        made = [declare_value(expander, item, node.kind, make) for item in node.items]
    finally:
        expander.scope = outer
    if node.value is not None:
        _give(expander, node, made)


def _stage(expander: Expander, node: ast.Values) -> int:
    usual = 2 if node.kind == "challenge" else 1
    if node.stage is None:
        return usual
    stage = expander.integer(node.stage)
    allowed = {"challenge": (2,), "proofval": (1,), "public": (1,)}.get(node.kind, (1, 2))
    if stage not in allowed:
        text = f"a {node.kind} can be of stage {' or '.join(map(str, allowed))}, not {stage}"
        raise expander.error(text, node.stage.span, code=Code.STAGE)
    return stage


def _give(expander: Expander, node: ast.Values, made: list[Value]) -> None:
    """`public x = value;`: it has that value, in every proof."""
    assert node.value is not None
    if len(made) != 1:
        text = "only one public can be declared with a value; split the declaration"
        raise expander.error(text, node.value.span, code=Code.VALUES)
    left = expander.operand(made[0], node.span)
    right = expander.operand(expander.evaluate(node.value), node.value.span)
    zero = expander.graph.node(expander.graph.sub(left, right))
    expander.claims.append(Claim(zero, node.span, expander.frame))


_Maker = tuple[Scope, Callable[[str, Span], Value]]


def _of_air(expander: Expander, node: ast.Values, stage: int) -> _Maker:
    air = expander.current_air("an airval", node.span)
    names, kind = air.air_values, NodeKind.AIR_VALUE
    if stage == 2:
        names, kind = air.stage2_values, NodeKind.STAGE2_VALUE
    return expander.scope, _listed(expander, node, names, kind, air.serial)


def _listed(
    expander: Expander, node: ast.Values, names: list[str], kind: NodeKind, serial: int = -1
) -> Callable[[str, Span], Value]:
    """Makes a value that is one more of a list."""

    def make(name: str, span: Span) -> Value:
        if name in names:
            text = f"{node.kind} `{name}` is declared already"
            raise expander.error(text, span, code=Code.ALREADY_DECLARED)
        names.append(name)
        return expander.graph.leaf(kind, len(names) - 1, 0, serial, name)

    return make


def _of_group(expander: Expander, node: ast.Values, stage: int) -> _Maker:
    """A value of the airgroup. An air that is made again declares the same one."""
    if expander.airgroup is None:
        text = "an airgroupval stands outside of an airgroup"
        raise expander.error(text, node.span, code=Code.OUTSIDE)
    if node.aggregate not in _AGGREGATES:
        text = "an airgroupval needs aggregate(sum) or aggregate(prod)"
        raise expander.error(text, node.span, code=Code.VALUES)
    group, scope = expander.airgroup, expander.airgroup_scope(expander.airgroup)
    is_product = _AGGREGATES[node.aggregate]
    default = int(is_product) if node.default is None else expander.integer(node.default)
    for item in node.items:
        _, name = declared_scope(expander, item.path)
        known = scope.variables.get(name)
        if known is not None and known.type == node.kind:
            del scope.variables[name]  # declared once more below, as the same value

    def make(name: str, span: Span) -> Value:
        wanted = GroupValue(name, group, is_product, stage, default, span)
        for index, known in enumerate(expander.group_values):
            if (known.name, known.airgroup) == (name, group):
                if (known.is_product, known.stage, known.default) != (is_product, stage, default):
                    raise declared_already(expander, name, span)
                return expander.graph.leaf(NodeKind.GROUP_VALUE, index, 0, -1, f"{group}.{name}")
        expander.group_values.append(wanted)
        index = len(expander.group_values) - 1
        return expander.graph.leaf(NodeKind.GROUP_VALUE, index, 0, -1, f"{group}.{name}")

    return scope, make


def _of_proof(expander: Expander, node: ast.Values, stage: int) -> _Maker:
    lists = {
        "public": (expander.publics, NodeKind.PUBLIC),
        "proofval": (expander.proof_values, NodeKind.PROOF_VALUE),
        "challenge": (expander.challenges, NodeKind.CHALLENGE),
    }
    names, kind = lists[node.kind]
    return expander.proof_scope, _listed(expander, node, names, kind)


_MAKERS: dict[str, Callable[[Expander, ast.Values, int], _Maker]] = {
    "airval": _of_air,
    "airgroupval": _of_group,
    "public": _of_proof,
    "proofval": _of_proof,
    "challenge": _of_proof,
}


@executes(ast.PublicTable)
def public_table(expander: Expander, node: ast.PublicTable) -> None:
    """`publictable aggregate(sum, hash) t[columns][rows];`: publics `t[column][row]`.

    How parts of a table were to be joined is kept as a hint: whoever verifies gives the whole table.
    """
    if len(node.item.dimensions) != 2:
        text = f"table {node.item.path.span.one_line} needs two sizes: `[columns][rows]`"
        raise expander.error(text, node.item.span, code=Code.VALUES)
    joined = [argument.value.span.one_line for argument in node.arguments]
    if not joined or joined[0] not in _AGGREGATES:
        text = f"parts of a table of publics are joined by {' or '.join(_AGGREGATES)}"
        raise expander.error(text, node.span, code=Code.VALUES)
    values(expander, ast.Values(node.span, "public", None, (node.item,), None, None, None))
    told = {"name": node.item.path.span.one_line, "aggregate": joined}
    expander.hints.append(HintData("publictable", told, node.span))
