"""Damaged program files are loaded and checked, or refused with one sentence: no other error, no hang.

`limited_memory` ends the test with a MemoryError where a file makes a loader ask for much more than it has.
"""

import random
import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bpf_programs import difference, run_both, sbpf_file
from deployed.programs import PROGRAMS, program_file
from litesvm_runs import refusal
from program_mutations import Edit, Kind, Seed, damage, random_edits
from zisk_py.errors import InputError
from zisk_py.transpiler.bpf.static_checks import check
from zisk_py.transpiler.bpf.versions import SBPF_VERSIONS
from zisk_py.transpiler.elf import MAX_NAME
from zisk_py.transpiler.front_end import load_program, transpile

ROOT = Path(__file__).parents[2]
SOURCE = """
f: mov r0, 3
exit
entrypoint: call f
syscall sol_log_64_
lddw r1, 0x100000000
lddw r3, 0x1000000e8
jeq r1, 5, +1
callx r3
mov r2, 4
lsh r2, 3
lsh r2, 5
be32 r2
mov r0, 0
exit
"""
CONSTANTS = b"constants" * 3
COUNT, SHARDS, SLICE = 100_000, 20, 1_000
SMALL, MEDIUM = 5_000, 20_000  # bytes of files
ROOM = 1 << 30  # bytes that a loader may ask for beyond what is there
LONGEST = MAX_NAME + 200  # characters of a message
AGREED, AGREED_SHARD, AGREED_SLICE = 20_000, 5_000, 200
EXECUTED = 3
LOWERED = 10  # every so manieth file that is accepted is lowered too


@cache
def own_seeds() -> list[Seed]:
    """A file of each version, all bundled objects and programs."""
    found = [Seed(v.target, sbpf_file(SOURCE, v, CONSTANTS)) for v in SBPF_VERSIONS]
    paths = sorted((ROOT / "tests" / "data").rglob("*.o")) + sorted((ROOT / "examples").rglob("*.so"))
    found += [Seed(path.name, path.read_bytes()) for path in paths]
    return [seed for seed in found if judge(seed.data, lower=False) == ""]  # some objects are to be refused


@cache
def seeds() -> list[Seed]:
    """Those, and all programs that LiteSVM carries."""
    return own_seeds() + [Seed(name, program_file(name)) for name in PROGRAMS]


def choose(rng: random.Random) -> Seed:
    """A seed; large ones take long, so they are rare."""
    most = rng.choices((SMALL, MEDIUM, 1 << 30), weights=(985, 14, 1))[0]
    return rng.choice([seed for seed in seeds() if len(seed.data) <= most])


@contextmanager
def limited_memory() -> Iterator[None]:
    """Let this process have ROOM bytes of addresses more than it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def judge(data: bytes, *, lower: bool, target: str = "auto") -> str:
    """Load and check: the name of the refusal, "" for none. Any other error is a finding."""
    try:
        check(load_program(data, target, None, "prog.so"))
        if lower:
            transpile(data)
    except InputError as error:
        refused = error
    else:
        return ""
    message = str(refused)
    assert message, type(refused)
    assert "\n" not in message, message
    assert len(message) < LONGEST, message
    return type(refused).__name__


def try_many(seed: int, count: int) -> Counter[str]:
    """Verdicts of that many damaged files."""
    rng = random.Random(seed)
    verdicts: Counter[str] = Counter()
    with limited_memory():
        for number in range(count):
            data = damage(choose(rng), random_edits(rng), seeds())
            verdicts[judge(data, lower=number % LOWERED == 0 and len(data) <= MEDIUM)] += 1
    return verdicts


def assert_counts(verdicts: Counter[str], count: int) -> None:
    """All were judged, and they did not all fail at the first thing that is looked at."""
    print(f"\n{count} damaged files: {verdicts.most_common()}")
    assert verdicts.total() == count
    assert count // 20 < verdicts[""] < count
    assert len(verdicts) > 15


def test_a_thousand_damaged_files_are_loaded_or_refused():
    assert_counts(try_many(0, SLICE), SLICE)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_hundred_thousand_damaged_files_are_loaded_or_refused(shard: int):
    assert_counts(try_many(1 + shard, COUNT // SHARDS), COUNT // SHARDS)


# ----- the files that LiteSVM takes


def try_both(seed: int, count: int) -> tuple[Counter[bool], list[str]]:
    """How many damaged sBPF files are accepted here, and how those differ that are not in LiteSVM.

    A file that both accept is run in both, every so manieth time.
    """
    rng, files = random.Random(seed), [seed for seed in own_seeds() if seed.is_linked]
    accepted: Counter[bool] = Counter()
    wrong = []
    for number in range(count):
        data = damage(rng.choice(files), random_edits(rng), files)
        ours, theirs = judge(data, lower=False, target="sbpf"), refusal(data)
        accepted[not ours] += 1
        if bool(ours) != bool(theirs):
            wrong.append(f"file {number}: {ours!r}, LiteSVM says {theirs!r}")
        elif not ours and number % EXECUTED == 0 and (found := difference(*run_both(data))):
            wrong.append(f"file {number}: {found}")
    return accepted, wrong


def test_damaged_files_are_loaded_where_litesvm_loads_them_and_end_the_same():
    accepted, wrong = try_both(0, AGREED_SLICE)
    assert wrong == []
    assert accepted[True] > AGREED_SLICE // 5 < accepted[False]


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(AGREED // AGREED_SHARD))
def test_twenty_thousand_damaged_files_are_loaded_where_litesvm_loads_them(shard: int):
    accepted, wrong = try_both(1 + shard, AGREED_SHARD)
    assert wrong == []
    assert accepted.total() == AGREED_SHARD


# ----- hypothesis

EDITS = st.lists(
    st.builds(Edit, st.sampled_from(Kind), st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 32) - 1)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 100), EDITS)
def test_files_damaged_by_hypothesis_are_loaded_or_refused(number: int, edits: list[Edit]):
    files = own_seeds()
    judge(damage(files[number % len(files)], edits, files), lower=True)
