"""`zisk-py pil test`: files that say what is wrong with them, that check themselves, and their witnesses."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zisk_py.cli.endings import DONE, REFUSED
from zisk_py.cli.options import output_options
from zisk_py.cli.output import Output
from zisk_py.cli.pil_source import SourceOf, source_options
from zisk_py.errors import InputError

if TYPE_CHECKING:
    from zisk_py.pil.tools.testing import Outcome


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@source_options
@output_options()
def command(output: Output, paths: Sequence[Path], source_of: SourceOf) -> int:
    """Test PIL files, or all tests below folders [default: this folder].

    A file is a test if its name begins with test_, if it has a comment such as `// error E203: text` or
    `// warning W702: text` at the line where that begins, or if a witness lies beside it: x.witness.npz must
    satisfy x.pil, x.witness.fails.npz must not (also .csv and .json, and x.witness.NAME.fails.csv; public
    values in x.publics.json, x.publics.NAME.json). `// fails NAME` marks a line that must be among those that
    fail. Otherwise a file must compile: it checks itself with assert_eq. The exit code is 1 if a test fails.
    """
    from zisk_py.pil.tools.testing import find_tests, run_tests

    outcomes: list[Outcome] = []
    files = dict.fromkeys(file for path in paths or (Path(),) for file in find_tests(path))
    for file in files:
        for outcome in run_tests(file, **source_of(file).arguments()):
            outcomes.append(outcome)
            if output.form != "json":
                _print(output, outcome)
    if not outcomes:
        raise InputError("there is no test here; see `zisk-py pil test --help` for what is one")
    failed = sum(not outcome.passed for outcome in outcomes)
    if output.form == "json":
        tests = [{"test": one.what, "passed": one.passed, "problems": one.problems} for one in outcomes]
        output.line(json.dumps({"passed": len(outcomes) - failed, "failed": failed, "tests": tests}))
    else:
        output.line(f"{len(outcomes) - failed} passed, {failed} failed")
    return REFUSED if failed else DONE


def _print(output: Output, outcome: "Outcome") -> None:
    output.line(f"{'ok    ' if outcome.passed else 'FAILED'}  {outcome.what}")
    for problem in outcome.problems:
        output.line("\n".join(f"        {line}" for line in problem.splitlines()))
