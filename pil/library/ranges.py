"""Range checks: lookups in tables of all values of a range, which are made at the end of the airgroup."""

from __future__ import annotations

from zisk_py.field.goldilocks import P
from zisk_py.pil import ast
from zisk_py.pil.errors import Code
from zisk_py.pil.expander.graph import Operand, text
from zisk_py.pil.expander.values import Array, Value
from zisk_py.pil.library import range_tables
from zisk_py.pil.library.arguments import ASSUMES, Manner, send
from zisk_py.pil.library.constants import MAX_RANGE, SURNAME_DYNAMIC, U8_OPID, U16_OPID
from zisk_py.pil.library.state import Library, Native, Range
from zisk_py.pil.span import Span

SMALLEST = 8  # values; for fewer a product of differences costs less
U8, U16 = (0, 2**8 - 1), (0, 2**16 - 1)


def _ints(library: Library, arguments: dict[str, Value], node: ast.Call, *names: str) -> list[int]:
    return [library.expander.to_integer(arguments[name], node.span) for name in names]


def find_range(library: Library, minimum: int, maximum: int, predefined: bool, span: Span) -> Range:
    """The range of these bounds, made known where it is new. Raises PilError for bounds that cannot be."""
    _check(library, minimum, maximum, span)
    absorbed = predefined and minimum >= 0 and maximum <= U16[1]
    found = library.ranges.get((minimum, maximum, absorbed))
    if found is not None:
        return found
    if absorbed:
        made = Range(minimum, maximum, *((U8_OPID, "U8") if maximum <= U8[1] else (U16_OPID, "U16")))
    else:
        if predefined:
            library.expander.warn(
                Code.RANGE_ADVICE,
                f"the range from {minimum} to {maximum} is in none of the predefined ones, 0 to {U8[1]} and "
                f"0 to {U16[1]}: it gets values of its own in a table",
                span,
                "leave predefined out",
            )
        made = Range(minimum, maximum, _free_opid(library), "Specified")
    library.ranges[minimum, maximum, absorbed] = made
    return made


def _free_opid(library: Library) -> int:
    taken = {known.opid for known in library.ranges.values()} | {opid for opid, _ in library.owners}
    opid = U16_OPID + 1
    while opid in taken:
        opid += 1
    return opid


def _check(library: Library, minimum: int, maximum: int, span: Span) -> None:
    """Raise PilError, with what to do, for bounds that are no range; warn of a range that is too small."""
    size = maximum - minimum + 1
    found = None
    if minimum > maximum:
        found = (f"min is {minimum} and max is {maximum}", f"swap them: min: {maximum}, max: {minimum}")
    elif minimum == maximum:
        found = (f"the range has one value, {minimum}", f"write a constraint: expression === {minimum}")
    elif maximum >= P:
        found = (f"max is {maximum}, which is no field element", f"take at most {P - 1}")
    elif minimum <= -P:
        found = (f"min is {minimum}, below the least negative field element", f"take at least {1 - P}")
    elif size > MAX_RANGE:
        found = (
            f"the range has {size} values, a range has at most (p - 1) / 2 = {MAX_RANGE}",
            "write the value as limbs, and check each of them",
        )
    if found is not None:
        raise library.error(Code.RANGE, found[0], span, found[1])
    if size < SMALLEST:
        product = " * ".join(_difference(minimum + i) for i in range(size))
        library.expander.warn(
            Code.RANGE_ADVICE,
            f"the range has {size} values only",
            span,
            f"a constraint costs less: {product} === 0",
        )


def _difference(value: int) -> str:
    return "expression" if value == 0 else f"(expression {'-' if value > 0 else '+'} {abs(value)})"


def _use(library: Library, known: Range, span: Span) -> None:
    """Have the table of a range made, and what get_opid asked for discharged."""
    library.pending(known.opid).clear()
    range_tables.ask(library, known, span)


def _send(library: Library, node: ast.Call, known: Range, value: Operand, times: Operand) -> None:
    """Look the value up where `times` is 1."""
    if isinstance(times, int) and times == 0:
        return
    _use(library, known, node.span)
    graph = library.expander.graph
    values = [value]
    if not known.is_exact:
        values = [graph.sub(value, known.minimum), graph.sub(known.maximum, value)]
    for one in values:
        send(library, node, known.opid, Array([one], [text(one)]), ASSUMES, times, Manner(is_range=True))


def range_check(library: Library, arguments: dict[str, Value], node: ast.Call) -> Value:
    """`min <= expression <= max` where sel is 1; that sel is 0 or 1 is the author's business. The opid."""
    minimum, maximum, predefined = _ints(library, arguments, node, "min", "max", "predefined")
    known = find_range(library, minimum, maximum, bool(predefined), node.span)
    value = library.expander.operand(arguments["expression"], node.span)
    _send(library, node, known, value, library.expander.operand(arguments["sel"], node.span))
    return known.opid


def range_check_group(library: Library, arguments: dict[str, Value], node: ast.Call) -> Value:
    """range_check of each of the expressions with its selector. The opid."""
    values, selectors = arguments["expressions"], arguments["sels"]
    assert isinstance(values, Array)
    assert isinstance(selectors, Array)
    if len(values.items) != len(selectors.items):
        raise library.error(
            Code.RANGE,
            f"there are {len(values.items)} expressions and {len(selectors.items)} selectors",
            node.span,
            "give one selector for each expression",
        )
    minimum, maximum, predefined = _ints(library, arguments, node, "min", "max", "predefined")
    known = find_range(library, minimum, maximum, bool(predefined), node.span)
    for value, times in zip(values.items, selectors.items, strict=True):
        operand = library.expander.operand
        _send(library, node, known, operand(value, node.span), operand(times, node.span))
    return known.opid


def _refuse_predefined(library: Library, arguments: dict[str, Value], node: ast.Call, what: str) -> None:
    if library.expander.to_integer(arguments["predefined"], node.span):
        raise library.error(Code.RANGE, f"{what} has no predefined ranges", node.span, "leave predefined out")


def _send_dynamic(
    library: Library, node: ast.Call, ranges: list[Range], bus: Operand, value: Operand, times: Operand
) -> None:
    for known in ranges:
        _use(library, known, node.span)
    opids = tuple(sorted({known.opid for known in ranges}))
    manner = Manner(opids=opids, surname=SURNAME_DYNAMIC, is_range=True)
    send(library, node, bus, Array([value], [text(value)]), ASSUMES, times, manner)


def multi_range_check(library: Library, arguments: dict[str, Value], node: ast.Call) -> Value:
    """In the first range where range_sel is 1, in the second where it is 0. Both opids."""
    expander, graph = library.expander, library.expander.graph
    _refuse_predefined(library, arguments, node, "multi_range_check")
    bounds = _ints(library, arguments, node, "min1", "max1", "min2", "max2")
    if bounds[:2] == bounds[2:]:
        raise library.error(
            Code.RANGE,
            f"both ranges go from {bounds[0]} to {bounds[1]}",
            node.span,
            "call range_check, or give the second range its own bounds",
        )
    first = find_range(library, bounds[0], bounds[1], False, node.span)
    second = find_range(library, bounds[2], bounds[3], False, node.span)
    chosen = expander.operand(arguments["range_sel"], node.span)
    bus = graph.add(graph.mul(chosen, first.opid - second.opid), second.opid)
    value = expander.operand(arguments["expression"], node.span)
    times = expander.operand(arguments["sel"], node.span)
    _send_dynamic(library, node, [first, second], bus, value, times)
    return Array([first.opid, second.opid])


def dynamic_range_check_id(library: Library, arguments: dict[str, Value], node: ast.Call) -> Value:
    """The opid of a range, of which the program makes the `range_sel` of a dynamic_range_check."""
    _refuse_predefined(library, arguments, node, "dynamic_range_check_id")
    minimum, maximum = _ints(library, arguments, node, "min", "max")
    known = find_range(library, minimum, maximum, False, node.span)
    dynamic = library.dynamic_ranges(node.span)
    dynamic.ranges[known.opid] = known
    if dynamic.first is None:
        dynamic.first = node.span

        def check() -> None:
            if not dynamic.is_used:
                raise library.error(
                    Code.RANGE,
                    f"dynamic_range_check_id gave opid {known.opid}, and there is no dynamic_range_check",
                    node.span,
                    "call dynamic_range_check(expression, range_sel), or leave the id out",
                )

        library.expander.at_end_of_air(check, node.span)
    return known.opid


def dynamic_range_check(library: Library, arguments: dict[str, Value], node: ast.Call) -> None:
    """In the range whose opid range_sel is, of those that dynamic_range_check_id gave in this air."""
    expander = library.expander
    dynamic = library.dynamic_ranges(node.span)
    if not dynamic.ranges:
        raise library.error(
            Code.RANGE,
            "this air has no range to check dynamically",
            node.span,
            "make range_sel of the results of dynamic_range_check_id(min, max)",
        )
    dynamic.is_used = True
    bus = expander.operand(arguments["range_sel"], node.span)
    value = expander.operand(arguments["expression"], node.span)
    times = expander.operand(arguments["sel"], node.span)
    _send_dynamic(library, node, list(dynamic.ranges.values()), bus, value, times)


def get_opid(library: Library, arguments: dict[str, Value], node: ast.Call) -> Value:
    """The opid of a range that this air must check; with query_only -1 for one that is not known."""
    minimum, maximum, predefined, query = _ints(
        library, arguments, node, "min", "max", "predefined", "query_only"
    )
    if query:
        _check(library, minimum, maximum, node.span)
        absorbed = bool(predefined) and minimum >= 0 and maximum <= U16[1]
        found = library.ranges.get((minimum, maximum, absorbed))
        return -1 if found is None else found.opid
    known = find_range(library, minimum, maximum, bool(predefined), node.span)
    pending = library.pending(known.opid)
    if not pending:
        pending.append(known)

        def check() -> None:
            if pending:
                raise library.error(
                    Code.RANGE,
                    f"get_opid gave opid {known.opid} of the range from {minimum} to {maximum}, "
                    "and nothing is checked to be in it",
                    node.span,
                    "call range_check with these bounds, or ask with query_only: 1",
                )

        library.expander.at_end_of_air(check, node.span)
    return known.opid


NATIVE: dict[str, Native] = {
    "range_check": range_check,
    "range_check_group": range_check_group,
    "multi_range_check": multi_range_check,
    "dynamic_range_check_id": dynamic_range_check_id,
    "dynamic_range_check": dynamic_range_check,
    "get_opid": get_opid,
}
