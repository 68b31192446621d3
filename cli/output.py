"""What a command prints: rows of results, as aligned text or as one JSON object."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from zisk_py.errors import InputError
from zisk_py.isa.faults import Exit, Outcome
from zisk_py.isa.rules import NO_BUDGET, Claim
from zisk_py.limits import size_text
from zisk_py.process import peak_memory

if TYPE_CHECKING:
    from zisk_py.stark.security import SecurityReport
    from zisk_py.statemachines.estimate import Estimate
    from zisk_py.statemachines.statement import Statement
    from zisk_py.zkvm import Run


class Streams(NamedTuple):
    """Where results go, and where errors and progress go."""

    out: TextIO
    err: TextIO


class Row(NamedTuple):
    """One result: its name in JSON (and, with spaces, in text), its value in JSON, its text."""

    name: str
    value: Any
    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """The streams of a command and the form that its results take: text, json or binary."""

    streams: Streams
    form: str = "text"

    def results(self, rows: Sequence[Row]) -> None:
        """Print rows in the form asked for; nothing for binary."""
        if self.form == "json":
            self.line(json.dumps({row.name: row.value for row in rows}))
        elif self.form == "text":
            width = max(len(row.name) for row in rows) + 2
            for row in rows:
                self.line(f"{row.name.replace('_', ' '):{width}}{row.text}")

    def line(self, text: str) -> None:
        """Print a line to standard output."""
        print(text, file=self.streams.out)

    def binary(self, data: bytes) -> None:
        """Write bytes to standard output. Raises InputError where that takes text only."""
        stream = getattr(self.streams.out, "buffer", None)
        if stream is None:
            raise InputError("standard output takes no bytes here; name a file with -o")
        stream.write(data)
        stream.flush()


def number(name: str, value: int) -> Row:
    """A row with an integer."""
    return Row(name, value, f"{value:,}")


def yes_or_no(name: str, value: bool) -> Row:
    """A row with a truth."""
    return Row(name, value, "yes" if value else "no")


def text(name: str, value: str) -> Row:
    """A row with text."""
    return Row(name, value, value)


def run_rows(run: "Run | Statement") -> list[Row]:
    """What every run has: how it ended, its length, its outputs, its results in the order of their slots."""
    results = [
        f"  {name.replace('_', ' '):24}{_count(value)}" for name, value in run.results._asdict().items()
    ]
    return [
        Row("outcome", outcome_object(run.outcome), str(run.outcome)),
        number("steps", run.steps),
        number("compute_units", run.compute_units),
        Row("outputs", run.outputs.hex(), run.outputs.hex() or "none"),
        Row("results", run.results._asdict(), "\n" + "\n".join(results)),
    ]


def _count(value: int | None) -> str:
    return "none" if value is None else f"{value:,}"


def logs_row(logs: Sequence[str]) -> Row:
    """The lines that a program has logged; a character that would move the cursor is shown as an escape."""
    return Row("logs", list(logs), "".join(f"\n  {_printable(line)}" for line in logs) or "none")


def error_row(error: str) -> Row:
    """What the Solana runtime says of the end of a run; "" for success."""
    return Row("error", error or None, _printable(error) or "none")


def _printable(line: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def claim_rows(claim: Claim) -> list[Row]:
    """The scalars that a proof claims about the start of its run."""
    public = claim.public_input
    return [
        number("input_length", claim.input_length),
        Row(
            "public_input", None if public is None else public.hex(), "no" if public is None else public.hex()
        ),
        Row("environment", claim.environment.hex(), _environment_text(claim.environment)),
        number("instruction_offset", claim.instruction_offset),
        number("heap_size", claim.heap_size),
        Row("budget", claim.budget, "none" if claim.budget == NO_BUDGET else f"{claim.budget:,}"),
    ]


def _environment_text(environment: bytes) -> str:
    if not environment:
        return "none"
    return f"{len(environment):,} bytes, SHA-256 {hashlib.sha256(environment).hexdigest()}"


def security_rows(report: "SecurityReport") -> list[Row]:
    """The bits that are proven, and those of every round in both regimes."""
    regimes = (report.johnson, report.unique)
    rounds = [
        f"  {name:16}" + "".join(f"{regime.regime} {regime.rounds[name]:.1f}  " for regime in regimes)
        for name in report.johnson.rounds
    ]
    weakest = ", ".join(f"{regime.regime} {regime.total:.1f} ({regime.weakest})" for regime in regimes)
    return [
        Row("bits", report.total, f"{report.total:.1f}: {weakest}"),
        Row("rounds", {r.regime: dict(r.rounds) for r in regimes}, "\n" + "\n".join(map(str.rstrip, rounds))),
    ]


def outcome_object(outcome: Outcome) -> dict[str, object]:
    """An outcome in JSON."""
    if isinstance(outcome, Exit):
        return {"kind": "exit", "code": outcome.code}
    return {"kind": "fault", "fault": outcome.kind.name, "pc": outcome.pc}


def seconds_row(seconds: Mapping[str, float]) -> Row:
    """The time of each phase, and their sum."""
    phases = ", ".join(f"{phase} {value:.2f}" for phase, value in seconds.items())
    return Row(
        "seconds",
        {phase: round(value, 6) for phase, value in seconds.items()},
        f"{sum(seconds.values()):.2f} ({phases})",
    )


def memory_row() -> Row:
    """The most memory that this process has used so far, in bytes."""
    peak = peak_memory()
    return Row("peak_memory", peak, f"{peak / 2**20:,.0f} MiB")


def estimate_text(estimate: "Estimate") -> str:
    """What a proof will take, in words."""
    return (
        f"about {size_text(estimate.memory)} of memory, {estimate.seconds:.0f} s, {estimate.segments:,} "
        f"segment(s), {estimate.cells:,} cells, a proof of {size_text(estimate.proof_bytes)}"
    )


def estimate_row(estimate: "Estimate") -> Row:
    """What a proof will take."""
    fields = asdict(estimate) | {"seconds": round(estimate.seconds, 1)}
    return Row("estimate", fields, estimate_text(estimate))


def rate_row(steps: int, seconds: Mapping[str, float]) -> Row:
    """Steps per second over all phases."""
    total = sum(seconds.values())
    return Row("steps_per_second", round(steps / max(total, 1e-9)), rate(steps, total, "steps"))


def file_rows(path: Path | None) -> list[Row]:
    """The file that was written, if one was."""
    return [] if path is None else [text("file", str(path))]


def rate(count: float, seconds: float, unit: str) -> str:
    """Text for a rate: 12.3 M steps/s."""
    per_second = count / max(seconds, 1e-9)
    for factor, prefix in ((1e9, "G "), (1e6, "M "), (1e3, "k ")):
        if per_second >= factor:
            return f"{per_second / factor:.1f} {prefix}{unit}/s"
    return f"{per_second:.1f} {unit}/s"
