"""Hints: kept as they are written, with the values of their expressions, for tools."""

from zisk_py.pil import ast
from zisk_py.pil.expander.air import HintData
from zisk_py.pil.expander.machine import Expander, executes


@executes(ast.Hint)
def hint(expander: Expander, node: ast.Hint) -> None:
    """`@name {a: 1}`: of the air that is built, or of the proof."""
    hints = expander.hints if expander.air is None else expander.air.hints
    hints.append(HintData(node.name, _data(expander, node.data), node.span))


def _data(expander: Expander, data: ast.HintValue) -> object:
    if isinstance(data, ast.HintList):
        return [_data(expander, item) for item in data.items]
    if isinstance(data, ast.HintRecord):
        return {name: _data(expander, value) for name, value in data.pairs}
    return expander.evaluate(data)
