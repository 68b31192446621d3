"""Rows for what an instruction did: its error, its changes, its journal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zisk_py.cli.output import Row
from zisk_py.transpiler.bpf import base58

if TYPE_CHECKING:
    from zisk_py.solana.accounts import Change
    from zisk_py.solana.report import Violation

SHOWN_BYTES = 64  # of a value in text; JSON has all of them


def violation_row(violation: "Violation | None") -> Row:
    """What the runtime refuses of what the program did to the accounts."""
    if violation is None:
        return Row("violation", None, "none")
    key = None if violation.key is None else base58.encode(violation.key)
    return Row("violation", {"kind": violation.kind.name, "key": key}, str(violation))


def data_row(name: str, data: bytes) -> Row:
    """Bytes in hexadecimal."""
    return Row(name, data.hex(), _shown(data))


def change_row(changes: "Sequence[Change]") -> Row:
    """Account, field, before and after."""
    values = [
        {
            "key": base58.encode(change.key),
            "field": change.field,
            "before": _value(change.field, change.before),
            "after": _value(change.field, change.after),
        }
        for change in changes
    ]
    lines = [f"\n  {base58.encode(change.key)} {_change(change)}" for change in changes]
    return Row("changes", values, "".join(lines) or "none")


def journal_row(outputs: bytes) -> Row:
    """What the run makes public: the sections of its journal."""
    from zisk_py.isa.journal import Journal, Section

    journal = Journal.from_bytes(outputs)
    keys = {Section.PROGRAM_ID: base58.encode}
    sections = [
        {"section": section.name.lower(), "value": keys.get(section, bytes.hex)(content)}
        for section, content in journal.sections
    ]
    value = {"accounts_modified": journal.accounts_modified, "sections": sections}
    lines = [f"\n  {section['section']:17} {_cut(section['value'])}" for section in sections]
    return Row("journal", value, f"{journal.accounts_modified} accounts modified" + "".join(lines))


def _change(change: "Change") -> str:
    if isinstance(change.before, int) or isinstance(change.after, int) or change.field == "owner":
        before, after = (_value(change.field, value) for value in (change.before, change.after))
        return f"{change.field}: {before} -> {after}"
    if len(change.before) != len(change.after):
        before, after = (f"{len(data)} bytes {_shown(data)}" for data in (change.before, change.after))
        return f"data: {before} -> {after}"
    places = [i for i, pair in enumerate(zip(change.before, change.after, strict=True)) if pair[0] != pair[1]]
    first, last = places[0], places[-1] + 1
    return f"data[{first}:{last}]: {_shown(change.before[first:last])} -> {_shown(change.after[first:last])}"


def _value(field: str, value: int | bytes) -> Any:
    if isinstance(value, int):
        return value
    return base58.encode(value) if field == "owner" else value.hex()


def _shown(data: bytes) -> str:
    return _cut(data.hex()) or "none"


def _cut(text: str) -> str:
    return text if len(text) <= 2 * SHOWN_BYTES else f"{text[: 2 * SHOWN_BYTES]}..."
