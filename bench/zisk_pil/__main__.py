"""A PIL2 code base of 55,000 lines, ZisK's, compiled and compared with what its own compiler made of it.

python bench/zisk_pil [--cache FOLDER] [--update]

The files come from the crates that ZisK publishes; each is fetched once and checked by its digest. So does
the Rust source that was generated from the original compiler's result: airs, heights, columns with shapes and
bits, air values, numbers of direct messages, publics. All of it must agree with ours. The counts of
expected.json must come out: by air the columns of each stage, constraints by degree, messages, rows that are
read, added columns; so for what there is of PIL in the prover's crates. `--update` writes that file anew.
Exit status 1 unless all holds, in under 4 GiB and 10 minutes of processor time.

The values of three tables, of frequent operations, are not in the crates. They are zeros here, and have the
rows that fill as many columns as the original's have, which decides how all tables are packed. Three of the
prover's fixtures have airs of 8 or 16 rows, which are too few for ours: they are refused with E402.
"""

import argparse
import contextlib
import io
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from comparison import differences
from counts import Counts, changes, counts, table, write
from generated import parse
from programs import Other, others
from sources import SourceError, Sources, fetch

from zisk_py.pil.compiled import Compiled
from zisk_py.pil.compiler import compile_source
from zisk_py.pil.errors import PilError

EXPECTED = Path(__file__).parent / "expected.json"
CACHE = Path.home() / ".cache" / "zisk-py" / "zisk_pil"
MAX_BYTES = 4 << 30
MAX_SECONDS = 600  # of processor time
FREQUENT = "virtual FrequentOps("  # the instances whose values are not there
FREQUENT_ROWS = "N: 2**23, "
NUM_FREQUENT = 3


def main_program(sources: Sources) -> str:
    """ZisK's main file, with heights for the tables that have no values. Raises SourceError."""
    text = sources.main.read_text()
    if text.count(FREQUENT) != NUM_FREQUENT:
        raise SourceError(f"{sources.main} does not have {NUM_FREQUENT} times `{FREQUENT}`")
    return text.replace(FREQUENT, FREQUENT + FREQUENT_ROWS)


def quietly(source: Path | str, include: tuple[Path, ...], constants: dict[str, int]) -> Compiled:
    """Compile without what the program prints."""
    with contextlib.redirect_stderr(io.StringIO()):
        return compile_source(source, include=include, constants=constants, missing_files=True)


def outcome(other: Other) -> Counts | dict[str, list[str]]:
    """The counts of a program by air, or the codes of its errors."""
    try:
        compiled = quietly(other.source, other.include, other.constants)
    except PilError as errors:
        return {"refused": sorted({str(found.code) for found in errors.diagnostics})}
    return counts(compiled)


def summary(found: dict[str, Any]) -> str:
    """What became of a program, in a line."""
    if "refused" in found:
        return "refused: " + ", ".join(found["refused"])
    airs = [
        f"{name} 2^{air['log_rows']}, {air['columns'].get('1', 0)} columns and {air['added']} added, "
        f"{sum(air['constraints'].values())} constraints, {air['interactions']} messages"
        for name, air in found.items()
    ]
    return "; ".join(airs) or "no air"


def lines_of(sources: Sources) -> int:
    """The number of lines of ZisK's own files."""
    files = set(sources.folder.rglob("*.pil")) - set(sources.others)
    return sum(path.read_bytes().count(b"\n") for path in files)


def main() -> int:
    """Compile, print, compare. The result is the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help=f"where the crates are kept (default: {CACHE})"
    )
    parser.add_argument("--update", action="store_true", help="write the counts that are expected")
    arguments = parser.parse_args()
    try:
        sources = fetch(arguments.cache)
        start, processor = time.perf_counter(), time.process_time()
        compiled = quietly(main_program(sources), sources.include, {})
    except (SourceError, PilError) as error:
        print(error)
        return 1
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    lines, airs = lines_of(sources), counts(compiled)
    print(table(airs))
    print(
        f"\n{lines:,} lines, {len(airs)} airs: {seconds:.0f} s, {processor:.0f} s of the processor, "
        f"{peak / 2**30:.2f} GiB; zeros for the tables of frequent operations"
    )
    failures: list[str] = []
    if peak > MAX_BYTES or processor > MAX_SECONDS:
        failures.append(f"more than {MAX_BYTES >> 30} GiB or {MAX_SECONDS} s")
    failures += differences(compiled, parse(sources.generated))
    del compiled
    print("\nPrograms of the prover:")
    programs = {}
    for other in others(sources.folder / "other"):
        programs[other.name] = outcome(other)
        print(f"  {other.name}: {summary(programs[other.name])}")
    found = {"sources": {"lines": lines}, "airs": airs, "programs": programs}
    if arguments.update:
        write(EXPECTED, found)
    failures += changes(json.loads(EXPECTED.read_text()), json.loads(json.dumps(found)))
    print("\n" + ("\n".join(failures) or "all as expected"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
