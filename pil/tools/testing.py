"""Tests of PIL files: what they say is wrong with them, what they assert, and witnesses beside them.

A file of its own is a test if its name begins with `test_`, if it has a mark, or if a witness lies beside it.

marks      a comment at the line where an error or a warning begins. They are all that the file leads to:
           `// error E203: part of the text`, `// warning W702: part of the text`, and behind one of them, or
           on a line of its own below, `// help: part of the suggestion`. A file without marks has no errors.
witnesses  beside `x.pil`: `x.witness.npz` (or .csv, .json) must satisfy it, `x.witness.fails.npz` must not;
           more of them have a name, `x.witness.NAME.csv`, `x.witness.NAME.fails.csv`. Their public values
           stand in `x.publics.json`, or for those with a name in `x.publics.NAME.json`, where there is one.
           In one that must not satisfy it values may be beyond a column's `bits(n)`, which is no rule.
           `// fails NAME` (`// fails` for the one without a name) marks the line of a constraint or of a
           message that must be among those that fail.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zisk_py.pil.authoring.archive import read_publics
from zisk_py.pil.authoring.check import check
from zisk_py.pil.authoring.compiled_system import CompiledSystem
from zisk_py.pil.authoring.errors import TraceError
from zisk_py.pil.authoring.report_model import Report
from zisk_py.pil.compiled import Compiled
from zisk_py.pil.compiler import compile_source
from zisk_py.pil.errors import Diagnostic, PilError

MARK = re.compile(r"// (error|warning|help)(?: ([EW]\d{3}))?: (.*?)(?= // |$)")
FAILS = re.compile(r"// fails(?: (\w+))?[ \t]*(?= // |$)")
FORMATS = ("npz", "csv", "json")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a test ended: `what` names it, `problems` are sentences, none if it passed."""

    what: str
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all is as it should be."""
        return not self.problems


@dataclass(slots=True)
class _Mark:
    """What a file says is wrong in one of its lines."""

    line: int
    kind: str
    code: str
    text: str
    help: str | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {self.kind} {self.code}: {self.text}"


def find_tests(path: Path) -> Iterator[Path]:
    """The file itself, or all tests below a folder, in order."""
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*.pil")):
        text = file.read_text(encoding="utf-8", errors="replace")
        if file.name.startswith("test_") or MARK.search(text) or FAILS.search(text) or any(_witnesses(file)):
            yield file


def run_tests(
    path: Path,
    *,
    constants: Mapping[str, int] | None = None,
    include: Sequence[Path] = (),
    features: Collection[str] = (),
) -> Iterator[Outcome]:
    """The outcomes of a file: of compiling it, then of each witness beside it. Raises OSError."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    compiled: Compiled | None = None
    try:
        compiled = compile_source(path, constants=constants, include=include, features=features)
        found: Sequence[Diagnostic] = compiled.warnings
    except PilError as error:
        found = (*error.diagnostics, *error.warnings)
    yield Outcome(str(path), tuple(_compare(list(_marks(lines)), found, path.name)))
    if compiled is None:
        return
    system = CompiledSystem(compiled)
    for witness in _witnesses(path):
        yield _run_witness(system, path, lines, witness)


def _marks(lines: Sequence[str]) -> Iterator[_Mark]:
    """The marks of a file, by line."""
    last: _Mark | None = None
    for number, line in enumerate(lines, 1):
        for kind, code, text in MARK.findall(line):
            if kind != "help":
                if last is not None:
                    yield last
                last = _Mark(number, kind, code, text)
            elif last is not None:
                last.help = text
    if last is not None:
        yield last


def _compare(marks: list[_Mark], found: Sequence[Diagnostic], name: str) -> Iterator[str]:
    """What is not as marked. Without marks only errors count."""
    missing = list(marks)
    for one in found:
        line = one.span.file.position(one.span.start)[0] if one.span.file.name == name else 0
        match = next((mark for mark in missing if _is_meant(mark, one, line)), None)
        if match is not None:
            missing.remove(match)
        elif marks or one.is_error:
            yield f"not expected: {one}"
    for mark in missing:
        yield f"expected, but not there: {mark}"


def _is_meant(mark: _Mark, found: Diagnostic, line: int) -> bool:
    is_kind = (mark.kind == "error") == found.is_error and mark.code in ("", found.code)
    is_helpful = mark.help is None or mark.help in (found.suggestion or "")
    return is_kind and is_helpful and mark.line == line and mark.text in found.message


def _witnesses(path: Path) -> Iterator[Path]:
    """The witnesses that lie beside a file, by name."""
    start = f"{path.stem}.witness."
    beside = sorted(path.parent.glob(f"{_as_pattern(start)}*"))
    yield from (file for file in beside if file.suffix[1:] in FORMATS)


def _as_pattern(text: str) -> str:
    """The text as a pattern that only it matches."""
    return re.sub(r"([*?[])", r"[\1]", text)


def _run_witness(system: CompiledSystem, path: Path, lines: Sequence[str], witness: Path) -> Outcome:
    words = witness.name.removeprefix(f"{path.stem}.witness.").split(".")[:-1]
    should_fail = words[-1:] == ["fails"]
    name = ".".join(words[:-1] if should_fail else words)
    publics = path.with_name(".".join(filter(None, [path.stem, "publics", name, "json"])))
    what = str(witness)
    try:
        values = read_publics(publics) if publics.is_file() else {}
        # What must fail shall fail by a rule: `bits(n)` is none.
        trace = system.trace(system.read_witness(witness), values, check_bits=not should_fail)
        report = check(trace)
    except TraceError as error:
        return Outcome(what, (str(error),))
    if not should_fail:
        return Outcome(what, () if report.ok else (str(report),))
    if report.ok:
        return Outcome(what, ("nothing fails",))
    expected = {
        i for i, line in enumerate(lines, 1) for mark in FAILS.finditer(line) if (mark[1] or "") == name
    }
    failing = _failing_lines(report, path.name)
    missing = [f"line {line} does not fail, but others do:\n{report}" for line in sorted(expected - failing)]
    return Outcome(what, tuple(missing))


def _failing_lines(report: Report, name: str) -> set[int]:
    """Lines of a file in which a constraint fails, or a message of a tuple without a partner stands."""
    places = [finding.excerpt.place for finding in report.constraints]
    places += [sender.place for finding in report.tuples for sender in finding.senders]
    cut = (place.rsplit(":", 2) for place in places)
    return {int(parts[1]) for parts in cut if len(parts) == 3 and parts[0] == name}
