"""Parameters that go by another name in another version of PIL2's library."""

from dataclasses import replace

from zisk_py.pil import ast

# By the name that a call may use: the name that the signature has, the first of them that it has.
ALIASES: dict[str, tuple[str, ...]] = {
    "e": ("expressions", "expression"),
    "expression": ("expressions",),
    "expressions": ("expression",),
    "frame": ("frame_size",),
    "frame_size": ("default_frame_size",),
}


def renamed(node: ast.Call, parameters: ast.Parameters) -> ast.Call:
    """The call with the signature's names of its named arguments."""
    known = {parameter.name for parameter in parameters.items}
    arguments = tuple(
        argument
        if argument.name is None or argument.name in known
        else replace(
            argument,
            name=next((n for n in ALIASES.get(argument.name, ()) if n in known), argument.name),
        )
        for argument in node.arguments
    )
    return node if arguments == node.arguments else replace(node, arguments=arguments)
