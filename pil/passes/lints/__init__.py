"""Lints: what is legal but hardly meant. One file each; the table has them by the code that they tell.

A comment `// lint: off W702` in the line where a warning begins keeps it silent, several codes with commas
between them; so does the option `lints_off` of the compiler, everywhere.
"""

from collections.abc import Callable, Iterator

from zisk_py.pil.errors import Code, Diagnostic
from zisk_py.pil.expander.machine import Expander
from zisk_py.pil.passes.lints import (
    constant_selectors,
    padded_tuples,
    precedence,
    unconstrained,
    undischarged_ranges,
    unmatched_opids,
    unread_fixed,
    unused_files,
    unused_opids,
    unused_publics,
)

Lint = Callable[[Expander], Iterator[Diagnostic]]

# Other warnings are told while a program is expanded or lowered: these need all of it.
LINTS: dict[Code, Lint] = {
    Code.UNCONSTRAINED: unconstrained.find,
    Code.UNDISCHARGED_RANGE: undischarged_ranges.find,
    Code.CONSTANT_SELECTOR: constant_selectors.find,
    Code.UNUSED_OPID: unused_opids.find,
    Code.UNMATCHED_OPID: unmatched_opids.find,
    Code.PRECEDENCE: precedence.find,
    Code.PADDED: padded_tuples.find,
    Code.UNREAD_FIXED: unread_fixed.find,
    Code.UNUSED_FILE: unused_files.find,
    Code.UNUSED_PUBLIC: unused_publics.find,
}


def check(expander: Expander) -> None:
    """Add the warnings of all lints; nothing if there are errors, because something may be missing."""
    if not expander.errors:
        for find in LINTS.values():
            expander.warnings += find(expander)
