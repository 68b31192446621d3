"""The table of what is fuzzed: one function per reader of foreign bytes. Only documented errors may leave it.

Every function takes any bytes and returns; an exception from it is a finding. `seeds` are good inputs to
start from, made by the package or kept in the tree.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Target:
    """A function that takes any bytes, and where to start."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]


TARGETS: dict[str, Target] = {}


def target(seeds: Callable[[], Iterable[bytes]]) -> Callable[[Callable[[bytes], None]], Callable[..., None]]:
    """Add a function to TARGETS under its name."""

    def add(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
        TARGETS[run.__name__] = Target(run, seeds)
        return run

    return add


def corpus(name: str) -> list[bytes]:
    """The inputs that are kept for a target."""
    return [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]
