"""What compiling tells about places of a file: degrees and rows of constraints, values of fixed columns."""

from collections.abc import Sequence
from dataclasses import dataclass

from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.graph import COLUMN_KINDS, Leaf, Node, post_order
from zisk_py.pil.span import Span

FIRST_VALUES = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence about a place."""

    span: Span
    text: str


def facts(airs: Sequence[AirBuilder]) -> list[Fact]:
    """What is known of the constraints, messages and fixed columns of airs."""
    made: dict[tuple[str, int, int, str], Fact] = {}
    for air in airs:
        for claim in air.claims:
            _add(
                made,
                Fact(claim.span, f"constraint of {air.name}: degree {claim.node.degree}{_rows(claim.nodes)}"),
            )
        for message in air.messages:
            verb = "proves" if message.sign > 0 else "assumes"
            bus = message.bus if isinstance(message.bus, int) else "of an expression"
            text = f"{verb} on bus {bus} in {air.name}: {len(message.values)} values{_rows(message.nodes)}"
            _add(made, Fact(message.span, text))
        for table in air.fixed:
            values = table.values
            if values is not None:
                first = ", ".join(map(str, values[:FIRST_VALUES]))
                more = ", ..." if len(values) > FIRST_VALUES else ""
                _add(
                    made, Fact(table.span, f"{table.name} of {air.name}: {first}{more} ({len(values)} rows)")
                )
    return list(made.values())


def _add(made: dict[tuple[str, int, int, str], Fact], fact: Fact) -> None:
    """Keep a fact once."""
    span = fact.span
    made[(span.file.name, span.start, span.end, fact.text)] = fact


def _rows(nodes: Sequence[Node]) -> str:
    offsets = {
        node.offset for node in post_order(*nodes) if isinstance(node, Leaf) and node.kind in COLUMN_KINDS
    }
    if not offsets - {0}:
        return ""
    return f", reads rows {', '.join(f'{offset:+d}' if offset else '0' for offset in sorted(offsets))}"
