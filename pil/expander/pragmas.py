"""Pragmas: most steer tools; some say where the values of fixed columns come from."""

from zisk_py.pil import ast
from zisk_py.pil.errors import Code, did_you_mean
from zisk_py.pil.expander import fixed_files
from zisk_py.pil.expander.machine import Expander, FixedSource, Signal, executes
from zisk_py.pil.parser import parse_expression

# They steer tools, or how fast the reference compiler is, or where it writes columns to.
_UNUSED = frozenset(
    (
        "message",
        "debug",
        "profile",
        "timer",
        "memory",
        "dump",
        "test",
        "debugger",
        "ignore",
        "transpile",
        "fixed_bytes",
        "fixed_size",
        "output_fixed_file",
    )
)
_USED = ("fixed_tmp", "fixed_external", "fixed_load", "extern_fixed_file", "feature")


@executes(ast.Pragma)
def pragma(expander: Expander, node: ast.Pragma) -> Signal | None:
    """`#pragma name ...`."""
    name, _, rest = node.text.partition(" ")
    if name in _UNUSED:
        return None
    if name == "exit":
        return Signal("exit")
    if name in ("fixed_tmp", "fixed_external"):
        expander.fixed_source = FixedSource(name, "", 0, node.span)
        return None
    if name == "fixed_load":
        file, _, column = _text(expander, node, rest).partition(" ")
        number = int(column) if column.strip().isdecimal() else 0
        expander.fixed_source = FixedSource(name, file, number, node.span)
        return None
    if name == "extern_fixed_file":
        fixed_files.open_file(expander, _text(expander, node, rest), node.span)
        return None
    if name == "feature":
        text = "`#pragma feature name` stands before the statement that it is about"
        raise expander.error(text, node.span, code=Code.PRAGMA)
    close = did_you_mean(name, (*_UNUSED, "exit", *_USED))
    raise expander.error(f"there is no pragma {name}", node.span, code=Code.PRAGMA, suggestion=close)


def _text(expander: Expander, node: ast.Pragma, rest: str) -> str:
    """The rest of the line, a string if it is written as one."""
    rest = rest.strip()
    if rest[:1] not in ("`", '"'):
        return rest
    start = node.span.start + node.span.text.index(rest)
    value = expander.evaluate(parse_expression(node.span.file, start, start + len(rest)))
    assert isinstance(value, str)
    return value
