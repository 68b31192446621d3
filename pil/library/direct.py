"""Direct updates: messages without columns, sent once per instance of the air, or once per proof."""

from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.graph import Leaf, post_order
from zisk_py.pil.expander.values import Array, Value
from zisk_py.pil.library.arguments import ASSUMES, PROVES, Manner, send, surname
from zisk_py.pil.library.constants import BUS_PROD, MODE_ONE_INSTANCE
from zisk_py.pil.library.state import Library, Native
from zisk_py.pil.system import NodeKind


def _update(
    library: Library, arguments: dict[str, Value], node: ast.Call, sign: int, *, is_global: bool
) -> None:
    expander = library.expander
    library.group("a direct update", node.span)
    values = arguments["expressions"]
    assert isinstance(values, Array)
    _check(library, node, [*values.items, arguments["sel"]], is_global=is_global)
    bus_type = library.bus_type(
        expander.to_integer(arguments["bus_type"], node.span), "PIOP_BUS_TYPE", node.span
    )
    manner = Manner(
        surname=surname(library, node, arguments),
        is_product=bus_type == BUS_PROD,
        is_global=is_global,
        is_direct=True,
    )
    times = expander.operand(arguments["sel"], node.span)
    send(library, node, arguments["opid"], values, sign, times, manner)


def _check(library: Library, node: ast.Call, values: list[Value | None], *, is_global: bool) -> None:
    """Raise PilError for a value that has one value per row, or, in a global update, per instance."""
    for value in values:
        operand = library.expander.operand(value, node.span)
        if isinstance(operand, int):
            continue
        if operand.degree > 0:
            raise library.error(
                Code.BUS,
                "a direct update is sent once, this value has another one on each row",
                node.span,
                "put it into an airval, or call a lookup or a permutation",
            )
        leaves = [leaf for leaf in post_order(operand) if isinstance(leaf, Leaf)]
        if is_global and any(leaf.kind in (NodeKind.AIR_VALUE, NodeKind.STAGE2_VALUE) for leaf in leaves):
            raise library.error(
                Code.BUS,
                "a global update is sent once per proof, this value is another one in each instance",
                node.span,
                "take publics and proof values, or call direct_update",
            )


def _sign(library: Library, arguments: dict[str, Value], node: ast.Call) -> int:
    return PROVES if library.expander.to_integer(arguments["proves"], node.span) else ASSUMES


def direct_update(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple sel times, once per instance; with proves: 0 consume it."""
    _update(library, arguments, node, _sign(library, arguments, node), is_global=False)


def direct_update_assumes(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Consume the tuple sel times, once per instance."""
    _update(library, arguments, node, ASSUMES, is_global=False)


def direct_update_proves(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple sel times, once per instance."""
    _update(library, arguments, node, PROVES, is_global=False)


def _global(library: Library, arguments: dict[str, Value], node: ast.Call, sign: int) -> None:
    if library.setting("STD_MODE") == MODE_ONE_INSTANCE:
        raise library.error(
            Code.BUS,
            "with STD_MODE_ONE_INSTANCE every air closes its own bus: there are no global updates",
            node.span,
            "call direct_update, or leave set_std_mode out",
        )
    _update(library, arguments, node, sign, is_global=True)


def direct_global_update(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple sel times, once per proof; with proves: 0 consume it."""
    _global(library, arguments, node, _sign(library, arguments, node))


def direct_global_update_assumes(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Consume the tuple sel times, once per proof."""
    _global(library, arguments, node, ASSUMES)


def direct_global_update_proves(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """Provide the tuple sel times, once per proof."""
    _global(library, arguments, node, PROVES)


NATIVE: dict[str, Native] = {
    "direct_update": direct_update,
    "direct_update_assumes": direct_update_assumes,
    "direct_update_proves": direct_update_proves,
    "direct_global_update": direct_global_update,
    "direct_global_update_assumes": direct_global_update_assumes,
    "direct_global_update_proves": direct_global_update_proves,
}
