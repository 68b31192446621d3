"""The report as JSON. Its form is stable: names are added, never changed or removed.

    format            "zisk-pil-report", version 1
    ok                whether everything holds
    constraints       checked, failed: how many over all instances
    messages          sent, unmatched_tuples: how many on all buses
    instances         label, rows, columns, constraints, failed, is_library
    missing_airs      lists of airs without an instance; a proof needs one of some air of each list
    failures          the first of the constraints that fail:
                      instance ("" for one that is checked once per proof), text, note, place, expansions,
                      source: lines with number, text, start and width of the marked part (start from 0),
                      num_rows, ranges ([first, last] of neighbouring rows), num_ranges,
                      rows: row, left and right (text, value), cells (name, offset, row or null, value),
                      steps (depth, text, value),
                      window: columns, rows (number, offset, is_failing, values, is_read)
    unmatched         the first of the tuples without a match, per bus:
                      bus, bus_name, values (name, value), proven, assumed, explanation,
                      senders (instance, row or null, verb, times, place, text), num_senders,
                      nearest or null: values, differs (positions), sender

Instances are called `Main`, or `Main[1]` where an air has several; the verifier is "". A place is
`file:line:column`. A value is a string, the integer nearest to 0 modulo p, or a list of three for one of K.
Lists are cut as `pil.check` was asked to; every number counts all.
"""

import json
from typing import Any

from zisk_py.pil.authoring.report_model import (
    ConstraintFinding,
    Excerpt,
    NearestFinding,
    Report,
    RowFinding,
    SenderFinding,
    Step,
    TupleFinding,
)
from zisk_py.pil.report import Value, signed

FORMAT = "zisk-pil-report"
VERSION = 1


def to_json(report: Report, indent: int | None = 2) -> str:
    """The report as JSON text."""
    return json.dumps(to_data(report), indent=indent)


def to_data(report: Report) -> dict[str, Any]:
    """The report as dicts and lists."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "ok": report.ok,
        "constraints": {"checked": report.num_constraints, "failed": report.num_failed},
        "messages": {"sent": report.num_messages, "unmatched_tuples": report.num_unmatched},
        "instances": [
            {
                "label": air.label,
                "rows": air.rows,
                "columns": air.columns,
                "constraints": air.constraints,
                "failed": air.failed,
                "is_library": air.is_library,
            }
            for air in report.airs
        ],
        "missing_airs": [list(names) for names in report.missing],
        "failures": [_constraint(found) for found in report.constraints],
        "unmatched": [_tuple(found) for found in report.tuples],
    }


def _value(value: Value) -> str | list[str]:
    return str(signed(value)) if isinstance(value, int) else [str(signed(part)) for part in value]


def _constraint(found: ConstraintFinding) -> dict[str, Any]:
    return {
        "instance": found.label,
        "text": found.text,
        "note": found.note,
        **_excerpt(found.excerpt),
        "num_rows": found.num_rows,
        "ranges": [list(ends) for ends in found.ranges],
        "num_ranges": found.num_ranges,
        "rows": [_row(row) for row in found.rows],
    }


def _excerpt(excerpt: Excerpt) -> dict[str, Any]:
    return {
        "place": excerpt.place,
        "expansions": list(excerpt.expansions),
        "source": [
            {"number": line.number, "text": line.text, "start": line.start, "width": line.width}
            for line in excerpt.lines
        ],
    }


def _step(step: Step) -> dict[str, Any]:
    return {"depth": step.depth, "text": step.text, "value": _value(step.value)}


def _row(found: RowFinding) -> dict[str, Any]:
    return {
        "row": found.row,
        "left": {"text": found.left.text, "value": _value(found.left.value)},
        "right": {"text": found.right.text, "value": _value(found.right.value)},
        "cells": [
            {"name": cell.name, "offset": cell.offset, "row": cell.row, "value": _value(cell.value)}
            for cell in found.cells
        ],
        "steps": [_step(step) for step in found.steps],
        "window": {
            "columns": list(found.window.columns),
            "rows": [
                {
                    "number": row.number,
                    "offset": row.offset,
                    "is_failing": row.is_failing,
                    "values": [_value(value) for value in row.values],
                    "is_read": list(row.is_read),
                }
                for row in found.window.rows
            ],
        },
    }


def _tuple(found: TupleFinding) -> dict[str, Any]:
    return {
        "bus": found.bus,
        "bus_name": found.bus_name,
        "values": [
            {"name": name, "value": _value(value)}
            for name, value in zip(found.names, found.values, strict=True)
        ],
        "proven": found.proven,
        "assumed": found.assumed,
        "explanation": found.explanation,
        "senders": [_sender(sender) for sender in found.senders],
        "num_senders": found.num_senders,
        "nearest": _nearest(found.nearest),
    }


def _sender(sender: SenderFinding) -> dict[str, Any]:
    return {
        "instance": sender.label,
        "row": sender.row,
        "verb": sender.verb,
        "times": sender.times,
        "place": sender.place,
        "text": sender.text,
    }


def _nearest(nearest: NearestFinding | None) -> dict[str, Any] | None:
    if nearest is None:
        return None
    return {
        "values": [_value(value) for value in nearest.values],
        "differs": list(nearest.differs),
        "sender": _sender(nearest.sender),
    }
