"""The report as one HTML page, without scripts and without anything from elsewhere; also for Jupyter."""

from collections.abc import Iterable
from html import escape

from zisk_py.pil.authoring.formula import with_offset
from zisk_py.pil.authoring.report_model import (
    ConstraintFinding,
    Excerpt,
    Report,
    RowFinding,
    SenderFinding,
    TupleFinding,
    Window,
)
from zisk_py.pil.authoring.report_text import (
    constraint_headline,
    headline,
    missing_text,
    sender_text,
    times_text,
)
from zisk_py.pil.report import shown

STYLE = """
.pil-report { --text: #1c2026; --soft: #667; --line: #d5d9e0; --paper: #fff; --panel: #f5f6f8;
  --bad: #b3261e; --bad-paper: #fbdad7; --good: #1b6e3c; --read: #fff1c9; --row: #fdf0ef; --link: #2457a6;
  color: var(--text); background: var(--paper); font: 14px/1.5 system-ui, sans-serif; padding: 1em; }
@media (prefers-color-scheme: dark) { .pil-report { --text: #e4e6ea; --soft: #99a; --line: #3a3f48;
  --paper: #16181c; --panel: #1f2228; --bad: #ff8a80; --bad-paper: #6b211c; --good: #7fd6a0; --read: #4f431a;
  --row: #2e1f20; --link: #8ab4f8; } }
.pil-report h1 { font-size: 1.3em; margin: 0 0 .6em; }
.pil-report h2 { font-size: 1.05em; margin: 0 0 .5em; }
.pil-report section { border: 1px solid var(--line); border-radius: 6px; padding: .8em 1em; margin: 1em 0; }
.pil-report .bad { color: var(--bad); }
.pil-report .good { color: var(--good); }
.pil-report .soft { color: var(--soft); }
.pil-report code, .pil-report pre, .pil-report td, .pil-report .mono {
  font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 12.5px; }
.pil-report pre { background: var(--panel); border-radius: 4px; padding: .6em .8em; overflow-x: auto;
  margin: .4em 0; }
.pil-report pre mark { background: none; color: inherit; text-decoration: underline wavy var(--bad); }
.pil-report .wide { overflow-x: auto; }
.pil-report table { border-collapse: collapse; margin: .5em 0; }
.pil-report th, .pil-report td { border: 1px solid var(--line); padding: .15em .6em; text-align: right; }
.pil-report th { background: var(--panel); font-weight: 600; font-size: 12.5px; }
.pil-report td.text, .pil-report th.text { text-align: left; white-space: pre; }
.pil-report .fixed { position: sticky; left: 0; background: var(--panel); }
.pil-report tr.failing td { background: var(--row); }
.pil-report td.read { background: var(--read); }
.pil-report tr.failing td.read, .pil-report td.differs { background: var(--bad-paper); font-weight: 600; }
.pil-report ul { margin: .3em 0; padding-left: 1.4em; }
"""
MAX_OPEN = 12  # cells that are listed without being asked for


def page(report: Report) -> str:
    """A whole page."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(headline(report))}</title>\n"
        "<style>body { margin: 0; }\n"
        "@media (prefers-color-scheme: dark) { body { background: #16181c; } }</style>\n"
        f"</head>\n<body>\n{fragment(report)}</body>\n</html>\n"
    )


def fragment(report: Report) -> str:
    """The report without a page around it."""
    parts = [f"<style>{STYLE}</style>\n", '<div class="pil-report">\n']
    parts.append(f'<h1 class="{"good" if report.ok else "bad"}">{escape(headline(report))}</h1>\n')
    parts.append(_airs(report))
    for names in report.missing:
        parts.append(f'<p><span class="bad">air</span> {escape(missing_text(names))}</p>\n')
    parts += [_constraint(found) for found in report.constraints]
    if report.num_failed > len(report.constraints):
        parts.append(f"<p>and {report.num_failed - len(report.constraints)} more that fail</p>\n")
    parts += [_tuple(found) for found in report.tuples]
    if report.num_unmatched > len(report.tuples):
        parts.append(f"<p>and {report.num_unmatched - len(report.tuples)} more tuples without a match</p>\n")
    return "".join([*parts, "</div>\n"])


def _airs(report: Report) -> str:
    head = _row(["instance", "rows", "columns", "constraints", "that fail"], "th", classes={0: "text"})
    body = [
        _row(
            [
                air.label + (" (library)" if air.is_library else ""),
                air.rows,
                air.columns,
                air.constraints,
                air.failed,
            ],
            classes={0: "text"},
        )
        for air in report.airs
    ]
    return _table([head, *body])


def _constraint(found: ConstraintFinding) -> str:
    parts = [f'<h2><span class="bad">constraint</span> {escape(constraint_headline(found))}</h2>\n']
    parts.append(_excerpt(found.excerpt))
    if found.note:
        parts.append(f'<p class="soft">{escape(found.note)}</p>\n')
    parts += [_failing_row(row, found) for row in found.rows]
    if found.num_rows > len(found.rows):
        parts.append(f'<p class="soft">and {found.num_rows - len(found.rows)} more rows</p>\n')
    return f"<section>\n{''.join(parts)}</section>\n"


def _excerpt(excerpt: Excerpt) -> str:
    lines = []
    for line in excerpt.lines:
        end = line.start + line.width
        marked = f"<mark>{escape(line.text[line.start : end])}</mark>"
        lines.append(
            f'<span class="soft">{line.number:>5} | </span>'
            f"{escape(line.text[: line.start])}{marked}{escape(line.text[end:])}"
        )
    chain = "".join(f"<li>{escape(step)}</li>" for step in excerpt.expansions)
    return (
        f'<div class="mono soft">{escape(excerpt.place)}</div>\n<pre>' + "\n".join(lines) + "</pre>\n"
    ) + (f'<ul class="soft">{chain}</ul>\n' if chain else "")


def _failing_row(found: RowFinding, constraint: ConstraintFinding) -> str:
    left, right = shown(found.left.value), shown(found.right.value)
    where = f"row {found.row}: " if constraint.label else ""
    parts = [f"<p><b>{where}</b>left side <code>{left}</code>, right side <code>{right}</code></p>\n"]
    if found.window.columns:
        parts.append(_window(found.window))
    offsets = [
        _row(
            [
                with_offset(cell.name, cell.offset),
                "" if cell.row is None else cell.row,
                "" if cell.row is None else _offset(cell.offset),
                shown(cell.value),
            ],
            classes={0: "text", 3: "differs"},
        )
        for cell in found.cells
    ]
    opened = " open" * (len(found.cells) <= MAX_OPEN)
    parts.append(f"<details{opened}><summary>what it reads</summary>\n")
    parts.append(_table([_row(["", "row", "offset", "value"], "th"), *offsets]) + "</details>\n")
    if found.steps:
        steps = [
            _row([f"{'  ' * step.depth}{step.text}", shown(step.value)], classes={0: "text"})
            for step in found.steps
        ]
        parts.append("<details open><summary>its parts</summary>\n" + _table(steps) + "</details>\n")
    return "".join(parts)


def _window(window: Window) -> str:
    rows = [_row(["row", "offset", *window.columns], "th", classes={0: "fixed"})]
    for row in window.rows:
        classes = {2 + i: "read" for i, is_read in enumerate(row.is_read) if is_read}
        rows.append(
            _row(
                [row.number, _offset(row.offset), *map(shown, row.values)],
                classes={0: "fixed", **classes},
                row_class="failing" if row.is_failing else "",
            )
        )
    return _table(rows)


def _offset(offset: int) -> str:
    return f"{offset:+d}" if offset else "0"


def _tuple(found: TupleFinding) -> str:
    parts = [
        f'<h2><span class="bad">bus {escape(found.bus_name)}</span>: assumed {times_text(found.assumed)}, '
        f"proven {times_text(found.proven)}</h2>\n"
    ]
    if found.explanation:
        parts.append(f'<p class="bad">{escape(found.explanation)}</p>\n')
    nearest = found.nearest
    differs = set(nearest.differs) if nearest else set()
    marks = {1 + position: "differs" for position in differs}
    rows = [
        _row(["", *found.names], "th"),
        _row(["the tuple", *map(shown, found.values)], classes={0: "text", **marks}),
    ]
    if nearest is not None:
        rows.append(_row(["the nearest", *map(shown, nearest.values)], classes={0: "text", **marks}))
    parts.append(_table(rows))
    items = [_sender(sender) for sender in found.senders]
    if found.num_senders > len(found.senders):
        items.append(f"and {found.num_senders - len(found.senders)} more messages of it")
    if nearest is not None:
        items.append(f"nearest: {_sender(nearest.sender)}")
    parts.append("<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>\n")
    return f"<section>\n{''.join(parts)}</section>\n"


def _sender(sender: SenderFinding) -> str:
    place = f' <span class="mono soft">{escape(sender.place)}</span>' if sender.place else ""
    text = f" <code>{escape(sender.text)}</code>" if sender.text else ""
    return escape(sender_text(sender)) + place + text


def _table(rows: Iterable[str]) -> str:
    return f'<div class="wide"><table>\n{"".join(rows)}</table></div>\n'


def _row(
    cells: Iterable[object], tag: str = "td", *, classes: dict[int, str] | None = None, row_class: str = ""
) -> str:
    made = []
    for position, cell in enumerate(cells):
        made.append(f"<{tag}{_class((classes or {}).get(position))}>{escape(str(cell))}</{tag}>")
    return f"<tr{_class(row_class)}>{''.join(made)}</tr>\n"


def _class(name: str | None) -> str:
    return f' class="{name}"' if name else ""
