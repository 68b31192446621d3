"""PIL2's standard library as native functions: the same names and parameters, from `signatures.pil`.

constants, settings     what programs read and set
arguments, direct       lookups, permutations, direct updates: messages on buses
ranges, range_tables    range checks, and the airs of all values of a range
virtual_tables, tables  tables that virtual airs prove, packed into few airs
connections, tools      copy constraints, small helps
"""

from zisk_py.pil.library import arguments, connections, direct, ranges, settings, tools, virtual_tables
from zisk_py.pil.library.aliases import renamed
from zisk_py.pil.library.state import Library, Native

NATIVE: dict[str, Native] = {
    **arguments.NATIVE,
    **direct.NATIVE,
    **ranges.NATIVE,
    **virtual_tables.NATIVE,
    **connections.NATIVE,
    **tools.NATIVE,
    **settings.NATIVE,
}

__all__ = ["NATIVE", "Library", "Native", "renamed"]
