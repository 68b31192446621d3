"""Reads the cases of tests/data/ebpf: programs, their memory, and what must come of them.

The files have the grammar of the data files of bpf_conformance, many cases to a file: `-- case NAME` starts
one, and its sections are `-- asm` or `-- raw` (one 64-bit number per slot), `-- mem` (hex bytes), and one of
`-- result` (r0), `-- error` (the message of the refusal) and, which is ours, `-- fault` (kind and slot).
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zisk_py.isa.faults import Exit, Fault, FaultKind, Outcome
from zisk_py.transpiler.bpf.assembler import assemble

FOLDER = Path(__file__).parent / "data" / "ebpf"
SECTIONS = {"asm", "raw", "mem", "result", "error", "fault"}
ENDS = {"result", "error", "fault"}
FAULT = re.compile(r"(\w+) at slot (\d+)")


@dataclass(frozen=True)
class Case:
    """One case: exactly one of `outcome` and `error` says something."""

    name: str
    text: bytes
    mem: bytes
    outcome: Outcome | None
    error: str


def read_cases() -> Iterator[Case]:
    """The cases of all files. Raises ValueError on what is no case."""
    for path in sorted(FOLDER.glob("*.data")):
        before, *parts = re.split(r"^-- case ", path.read_text(), flags=re.MULTILINE)
        if _without_comments(before):
            raise ValueError(f"{path.name} has {before!r} before its first case")
        for part in parts:
            yield read_case(part, path.stem)


def read_case(text: str, group: str) -> Case:
    """One case from its name and its sections."""
    name, *sections = re.split(r"^-- ", text, flags=re.MULTILINE)
    fields = {title.strip(): _without_comments(body) for title, _, body in map(_partition, sections)}
    name = f"{group}: {name.strip()}"
    ends, programs = fields.keys() & ENDS, fields.keys() & {"asm", "raw"}
    if len(fields) != len(sections) or fields.keys() - SECTIONS or len(ends) != 1 or len(programs) != 1:
        raise ValueError(f"case {name!r} has the sections {', '.join(fields)}")
    if "asm" in fields:
        program = assemble(fields["asm"]).text
    else:
        program = b"".join(struct.pack("<Q", int(line, 0)) for line in fields["raw"].split())
    return Case(
        name, program, bytes.fromhex(fields.get("mem", "")), _outcome(fields), fields.get("error", "")
    )


def _partition(section: str) -> tuple[str, str, str]:
    return section.partition("\n")


def _without_comments(text: str) -> str:
    return re.sub("#.*", "", text).strip()


def _outcome(fields: dict[str, str]) -> Outcome | None:
    if "result" in fields:
        return Exit(int(fields["result"], 0))
    if "error" in fields:
        return None
    match = FAULT.fullmatch(fields["fault"])
    if match is None:
        raise ValueError(f"{fields['fault']!r} is no fault and its slot")
    return Fault(FaultKind[match[1]], int(match[2]))


CASES = tuple(read_cases())
RUNS = tuple(case for case in CASES if case.outcome is not None)
ERRORS = tuple(case for case in CASES if case.outcome is None)
