"""What a compilation is made of, in numbers: measured, printed, kept, compared."""

import json
from pathlib import Path
from typing import Any

from zisk_py.pil.compiled import Compiled

HEADS = (
    "air",
    "rows",
    "columns",
    "stage 2",
    "fixed",
    "constraints by degree",
    "messages",
    "rows read",
    "added",
)
LEFT = (0, 5, 7)  # columns of text

Counts = dict[str, dict[str, Any]]  # by air


def counts(compiled: Compiled) -> Counts:
    """What is counted, by air, as written: the added columns and those of the buses stand apart."""
    found = {}
    for air, beside in zip(compiled.system.airs, compiled.airs, strict=True):
        cost = beside.cost
        found[air.name] = {
            "log_rows": air.log_height,
            "columns": {str(stage): number for stage, number in cost.columns.items()},
            "fixed": len(air.fixed),
            "committed": len(air.program),
            "air_values": len(air.air_values),
            "constraints": {str(degree): number for degree, number in cost.constraints.items()},
            "interactions": cost.interactions,
            "offsets": [min(cost.offsets, default=0), max(cost.offsets, default=0), len(cost.offsets)],
            "added": cost.added,
            "bus_columns": cost.stage2,
        }
    return found


def table(found: Counts) -> str:
    """The counts as lines of text."""
    rows = [HEADS]
    for name, air in found.items():
        degrees = " ".join(f"{degree}:{number}" for degree, number in air["constraints"].items())
        low, high, number = air["offsets"]
        rows.append(
            (
                name,
                f"2^{air['log_rows']}",
                str(air["columns"].get("1", 0)),
                str(air["bus_columns"] + air["columns"].get("2", 0)),
                str(air["fixed"] + air["committed"]),
                degrees,
                str(air["interactions"]),
                f"{number} in {low}..{high}",
                str(air["added"]),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(w) if i in LEFT else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def changes(expected: Any, found: Any, where: str = "") -> list[str]:
    """What is not as expected, one line for each number."""
    if isinstance(expected, dict) and isinstance(found, dict):
        lines = []
        for key in sorted(expected.keys() | found.keys(), key=str):
            lines += changes(expected.get(key), found.get(key), f"{where} {key}".strip())
        return lines
    return [] if expected == found else [f"{where}: expected {expected}, found {found}"]


def write(path: Path, found: dict[str, Any]) -> None:
    """Keep what was found, an air or a program in a line."""
    sections = []
    for name, section in found.items():
        lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in section.items()]
        sections.append(f" {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n }")
    path.write_text("{\n" + ",\n".join(sections) + "\n}\n")
