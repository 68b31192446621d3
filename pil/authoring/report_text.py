"""The report as lines of text; their parts have roles, which are colours where there are any."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from zisk_py.pil.authoring.formula import with_offset
from zisk_py.pil.authoring.report_model import (
    ConstraintFinding,
    Excerpt,
    NearestFinding,
    Report,
    RowFinding,
    SenderFinding,
    Step,
    TupleFinding,
    ranges_text,
)
from zisk_py.pil.report import Value, shown

if TYPE_CHECKING:
    from rich.text import Text

Line = tuple[tuple[str, str], ...]  # (text, role)

STYLES = {
    "": "",
    "bad": "bold red",
    "good": "bold green",
    "head": "bold",
    "place": "cyan",
    "mark": "bold red",
    "value": "yellow",
    "differs": "bold yellow",
    "note": "dim",
}


def plain(made: Iterable[Line]) -> str:
    """The text alone."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in made)


def styled(made: Iterable[Line]) -> "Iterator[Text]":
    """The lines for rich."""
    from rich.text import Text

    for line in made:
        yield Text.assemble(*((text, STYLES[role]) for text, role in line), overflow="fold")


def lines(report: Report) -> Iterator[Line]:
    """The whole report."""
    yield from _head(report)
    for names in report.missing:
        yield ()
        yield (("air ", "bad"), (missing_text(names), "head"))
    for constraint in report.constraints:
        yield ()
        yield from _constraint(constraint)
    if report.num_failed > len(report.constraints):
        yield ()
        yield (
            (
                f"and {_count(report.num_failed - len(report.constraints), 'more constraint')} that fail",
                "note",
            ),
        )
    for found in report.tuples:
        yield ()
        yield from _tuple(found)
    if report.num_unmatched > len(report.tuples):
        yield ()
        more = _count(report.num_unmatched - len(report.tuples), "more tuple")
        yield ((f"and {more} without a match", "note"),)


def missing_text(names: tuple[str, ...]) -> str:
    """What is missing of airs of which some must have an instance."""
    return f"{' or '.join(names)} has no instance; a proof needs one, whose columns are to be given"


def headline(report: Report) -> str:
    """What came out, in one sentence."""
    if report.ok:
        return (
            f"all {_count(report.num_constraints, 'constraint')} hold, "
            f"all {_count(report.num_messages, 'message')} match"
        )
    parts = []
    if report.missing:
        verb = "is" if len(report.missing) == 1 else "are"
        parts.append(f"{_count(len(report.missing), 'air')} {verb} missing")
    if report.num_failed:
        verb = "fails" if report.num_failed == 1 else "fail"
        parts.append(f"{report.num_failed} of {_count(report.num_constraints, 'constraint')} {verb}")
    if report.num_unmatched:
        verb = "has" if report.num_unmatched == 1 else "have"
        tuples = _count(report.num_unmatched, "tuple")
        parts.append(f"{tuples} of {_count(report.num_messages, 'message')} {verb} no match")
    return ", ".join(parts)


def _head(report: Report) -> Iterator[Line]:
    yield ((headline(report), "good" if report.ok else "bad"),)


def _constraint(found: ConstraintFinding) -> Iterator[Line]:
    yield (("constraint", "bad"), (f" {constraint_headline(found)}", "head"))
    yield from _excerpt(found.excerpt)
    if found.note:
        yield (("  = ", "place"), (found.note, "note"))
    for row in found.rows:
        yield from _row(row, has_rows=bool(found.label))
    if found.num_rows > len(found.rows):
        yield ((f"  and {_count(found.num_rows - len(found.rows), 'more row')}", "note"),)


def constraint_headline(found: ConstraintFinding) -> str:
    """Where a constraint fails: `of Main fails on 3 rows: 4..6`."""
    if not found.label:
        return "checked once per proof fails"
    rows = ranges_text(found.ranges, found.num_ranges)
    return f"of {found.label} fails on {_count(found.num_rows, 'row')}: {rows}"


def _excerpt(excerpt: Excerpt) -> Iterator[Line]:
    width = max(len(str(line.number)) for line in excerpt.lines)
    bar = (" " * (width + 1) + "| ", "place")
    yield ((" " * width + "--> ", "place"), (excerpt.place, "place"))
    for line in excerpt.lines:
        yield ((f"{line.number:>{width}} | ", "place"), (line.text, ""))
        margin = "".join("\t" if sign == "\t" else " " for sign in line.text[: line.start])
        yield (bar, (margin + "^" * line.width, "mark"))
    for expansion in excerpt.expansions:
        yield (("  = ", "place"), (expansion, "note"))


def _row(found: RowFinding, *, has_rows: bool) -> Iterator[Line]:
    left, right = shown(found.left.value), shown(found.right.value)
    where = f"row {found.row}: " if has_rows else ""
    yield (
        (f"  {where}", "head"),
        ("left side ", ""),
        (left, "value"),
        (", right side ", ""),
        (right, "value"),
    )
    names = [with_offset(cell.name, cell.offset) for cell in found.cells]
    width = min(max(map(len, names), default=0), 32)
    for name, cell in zip(names, found.cells, strict=True):
        row = f"   (row {cell.row})" if cell.row is not None and cell.row != found.row else ""
        yield ((f"      {name:<{width}} = ", ""), (shown(cell.value), "value"), (row, "note"))
    yield from _steps(found.steps)


def _steps(steps: tuple[Step, ...]) -> Iterator[Line]:
    if steps:
        yield (("    of which", "note"),)
    for step in steps:
        yield ((f"      {'  ' * step.depth}{step.text} = ", ""), (shown(step.value), "value"))


def _tuple(found: TupleFinding) -> Iterator[Line]:
    yield (
        ("bus ", "bad"),
        (found.bus_name, "head"),
        (": ", ""),
        *_components(found.names, found.values, range(len(found.values))),
        (f" is assumed {times_text(found.assumed)} and proven {times_text(found.proven)}", "head"),
    )
    if found.explanation:
        yield (("  = ", "place"), (found.explanation, "bad"))
    for sender in found.senders:
        yield (("  ", ""), *_sender(sender))
        if sender.text:
            yield ((f"      {_cut(sender.text)}", "note"),)
    if found.num_senders > len(found.senders):
        yield ((f"  and {_count(found.num_senders - len(found.senders), 'more message')} of it", "note"),)
    if found.nearest is not None:
        yield from _nearest(found, found.nearest)


def _nearest(found: TupleFinding, nearest: NearestFinding) -> Iterator[Line]:
    yield (
        ("  nearest: ", "head"),
        *_components(found.names, nearest.values, nearest.differs),
        (", which ", ""),
        *_sender(nearest.sender),
    )
    for position in nearest.differs:
        yield (
            (f"      {found.names[position]} is ", ""),
            (shown(nearest.values[position]), "differs"),
            (" there and ", ""),
            (shown(found.values[position]), "differs"),
            (" here", ""),
        )


def _components(
    names: tuple[str, ...], values: tuple[Value, ...], marked: Iterable[int]
) -> Iterator[tuple[str, str]]:
    strong = set(marked)
    yield ("(", "")
    for position, (name, value) in enumerate(zip(names, values, strict=True)):
        yield (f"{', ' if position else ''}{_cut(name, 40)} = ", "")
        yield (shown(value), "differs" if position in strong else "value")
    yield (")", "")


def _sender(sender: SenderFinding) -> Iterator[tuple[str, str]]:
    yield (sender_text(sender), "")
    if sender.place:
        yield (f" ({sender.place})", "place")


def sender_text(sender: SenderFinding) -> str:
    """`Main row 3 assumes it once`."""
    who = sender.label or "the verifier"
    row = f" row {sender.row}" if sender.row is not None else ""
    if sender.times == 0:
        return f"{who}{row} offers and nobody looks up"
    return f"{who}{row} {sender.verb} {times_text(sender.times)}"


def times_text(count: int) -> str:
    """`never`, `once`, `twice`, `3 times`."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _cut(text: str, limit: int = 90) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
