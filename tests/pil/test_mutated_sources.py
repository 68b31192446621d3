"""The compiler on damaged files: a system or errors of its own kind, in bounded memory.

An air is made of every template of which the file itself makes none. Loops that damage makes endless are
ended early.
"""

import re
import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from pil_mutations import ROOT, mutated
from zisk_py.pil.compiler import compile_source
from zisk_py.pil.errors import Diagnostic, PilError
from zisk_py.pil.expander import cell_loops, machine
from zisk_py.pil.expander.recovery import MAX_ERRORS
from zisk_py.statemachines.constraint_system import pil_constants

FILES = 10_000
SLICE = 500
MAX_TURNS = 1 << 12  # of a loop
MAX_MEMORY = 3 << 30  # bytes of addresses that a file may take


@contextmanager
def limited_memory() -> Iterator[None]:
    """A file that makes the compiler ask for much more than it has ends with a MemoryError."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MAX_MEMORY, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def templates_without_airs(text: str) -> list[str]:
    """Templates of a file that it makes no air of."""
    names = re.findall(r"^\s*airtemplate (\w+)", text, re.MULTILINE)
    return [name for name in names if len(re.findall(rf"\b{name}\(", text)) == 1]


def outcome(seed: int) -> str:
    """Compile a damaged file; how that ended."""
    path, text = mutated(seed)
    made = "".join(f" {name}();" for name in templates_without_airs(path.read_text()))
    source = f"{text}\nairgroup Damaged {{{made} }}\n"
    found: tuple[Diagnostic, ...] = ()
    try:
        compile_source(source, constants=pil_constants(), include=[path.parent, ROOT / "statemachines"])
    except PilError as error:
        found = error.diagnostics
    assert len(found) <= MAX_ERRORS
    assert all(one.is_error and str(one) for one in found)
    return "refused" if found else "compiled"


def check(seeds: range) -> None:
    with (
        patch.object(cell_loops, "MAX_ITERATIONS", MAX_TURNS),
        patch.object(machine, "MAX_WORK", 10 * machine.STATEMENT_WORK * MAX_TURNS),
        limited_memory(),
    ):
        outcomes = Counter(map(outcome, seeds))

    print(dict(outcomes))
    assert outcomes["refused"] > outcomes["compiled"] > 0


def test_damaged_files_are_compiled_or_refused() -> None:
    check(range(SLICE))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(SLICE, FILES, SLICE))
def test_more_damaged_files_are_compiled_or_refused(first: int) -> None:
    check(range(first, first + SLICE))
