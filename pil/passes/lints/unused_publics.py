"""Lint: public values that nothing is proven about."""

from collections.abc import Iterator

from zisk_py.pil.errors import Code, Diagnostic
from zisk_py.pil.expander.air import Claim, Message
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lints.uses import leaves, roots
from zisk_py.pil.system import NodeKind


def find(expander: Expander) -> Iterator[Diagnostic]:
    """Those that no constraint and no message reads, and that are no root of a commit."""
    parts: list[Claim | Message] = [*expander.claims, *expander.messages]
    for air in expander.airs:
        parts += [*air.claims, *air.messages]
    read = {leaf.index for leaf in leaves(roots(parts)) if leaf.kind == NodeKind.PUBLIC}
    for air in expander.airs:
        read.update(leaf.index for publics in air.commits.values() for leaf in publics)
    free: dict[str, int] = {}
    for index, name in enumerate(expander.publics):
        if index not in read:
            free.setdefault(name.split("[")[0], index)
    for name, index in free.items():
        variable = expander.proof_scope.variables.get(name)
        if variable is not None and variable.span is not None:
            yield Diagnostic(
                Code.UNUSED_PUBLIC,
                f"public {expander.publics[index]} is in no constraint: any value can be claimed",
                variable.span,
                suggestion="constrain it, or leave it out",
            )
