"""The kept inputs of the fuzzers, all seeds, and simple changes of them, in every run of the tests."""

import random
from collections.abc import Iterator

import pytest

from fuzz.registry import CORPUS, corpus
from fuzz.targets import TARGETS

MAX_CORPUS = 100 << 10  # bytes of all kept inputs together
CHANGES = 100


def changed(inputs: list[bytes], seed: int) -> Iterator[bytes]:
    """Bits and bytes changed, pieces cut out, repeated, exchanged with another input."""
    rng = random.Random(seed)
    for _ in range(CHANGES):
        data, other = rng.choice(inputs), rng.choice(inputs)
        for _ in range(rng.choice((1, 1, 2, 5))):
            place, size = rng.randrange(len(data) + 1), rng.choice((1, 2, 8, 30))
            piece = rng.choice(
                (rng.randbytes(size), b"\xff" * size, other[place : place + size], data[:size], b"")
            )
            data = data[:place] + piece + data[place + rng.choice((0, len(piece), size)) :]
        yield data


@pytest.mark.parametrize("name", TARGETS)
def test_only_documented_errors_leave(name):
    target = TARGETS[name]
    seeds = list(target.seeds())
    assert seeds
    kept = corpus(name)
    assert kept, "no input is kept for this target"
    for data in [b"", b"\0", *seeds, *kept, *changed([*seeds, *kept], seed=len(name))]:
        target.run(data)


def test_the_corpus_is_small_and_each_folder_belongs_to_a_target():
    assert {folder.name for folder in CORPUS.iterdir()} == set(TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) <= MAX_CORPUS
