"""Hashes equal hashlib's BLAKE2s; grinding finds the smallest nonce."""

from collections.abc import Iterator, Sequence
from hashlib import blake2s

import numpy as np
import pytest

from kernel_reference import PATHS, random_words, selected
from zisk_py.stark import kernels
from zisk_py.stark.parallel import ParallelKernels

PERSON = b"test\x00\xff\x01\x80"


@pytest.fixture(autouse=True, params=PATHS)
def path(request: pytest.FixtureRequest) -> Iterator[str]:
    with selected(request.param):
        yield request.param


def random_digests(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


@pytest.mark.parametrize(
    "widths", [*((w,) for w in range(18)), (3, 0, 13), (8, 8), (17, 16, 2), (1,) * 9, (100, 5)]
)
@pytest.mark.parametrize("rows", [1, 17])
def test_rows_are_hashed_as_their_concatenated_bytes(rows: int, widths: Sequence[int]) -> None:
    matrices = [random_words(rows + i, rows, width) for i, width in enumerate(widths)]
    digests = kernels.hash_rows(matrices, PERSON)
    for row, digest in enumerate(digests):
        message = b"".join(matrix[row].tobytes() for matrix in matrices)
        assert digest.tobytes() == blake2s(message, person=PERSON).digest()


@pytest.mark.parametrize("rows", [2, 7, 8, 9, 15, 16, 33])
def test_any_number_of_rows_is_hashed(rows: int) -> None:
    matrix = random_words(rows, rows, 9)
    digests = kernels.hash_rows([matrix], PERSON)
    assert [d.tobytes() for d in digests] == [blake2s(r.tobytes(), person=PERSON).digest() for r in matrix]


def test_ranges_of_rows_fill_one_output() -> None:
    matrix = random_words(1, 50, 5)
    out = np.zeros((50, 32), dtype=np.uint8)
    for start, stop in ((0, 3), (3, 20), (20, 50)):
        kernels.hash_rows([matrix], PERSON, out, start, stop)
    assert (out == kernels.hash_rows([matrix], PERSON)).all()


def test_pairs_and_injections_are_hashes_of_two_digests() -> None:
    nodes, digests = random_digests(1, 38), random_digests(2, 19)
    parents = kernels.hash_pairs(nodes, PERSON)
    injected = kernels.hash_inject(parents, digests, PERSON)
    for i in range(19):
        assert parents[i].tobytes() == blake2s(nodes[2 * i : 2 * i + 2].tobytes(), person=PERSON).digest()
        message = parents[i].tobytes() + digests[i].tobytes()
        assert injected[i].tobytes() == blake2s(message, person=PERSON).digest()


@pytest.mark.parametrize("bits", [0, 1, 4, 9])
def test_grinding_finds_the_smallest_nonce(bits: int) -> None:
    seed = bytes(range(bits, bits + 32))

    def works(nonce: int) -> bool:
        digest = blake2s(seed + nonce.to_bytes(8, "little"), person=PERSON).digest()
        return int.from_bytes(digest[:8], "little") < 1 << (64 - bits)

    found = [nonce for nonce in range(1 << 12) if works(nonce)]
    for start in (0, 1, found[0], found[0] + 1, 100, 1000):
        for stop in (start, start + 1, found[0] + 1, found[0] + 3, 1 << 12):
            inside = [nonce for nonce in found if start <= nonce < stop]
            if start <= stop:
                assert kernels.grind(seed, bits, PERSON, start, stop) == (inside[0] if inside else None)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("bits", [0, 9, 17])
def test_threads_find_the_smallest_nonce(bits: int, threads: int) -> None:
    for seed in (bytes([first]) * 32 for first in range(4)):
        with ParallelKernels(threads) as backend:
            assert backend.grind(seed, bits, PERSON) == kernels.grind(seed, bits, PERSON, 0, 1 << 40)
