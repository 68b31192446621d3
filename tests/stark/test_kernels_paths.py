"""One path is in use, by name or chosen; all paths give the same bits; bad arrays are refused."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kernel_reference import PATHS, U64, random_words, selected
from zisk_py.stark import kernels


def in_use(setting: str) -> subprocess.CompletedProcess[str]:
    script = "from zisk_py.stark.kernels import kernels_in_use; print(kernels_in_use())"
    environment = os.environ | {"ZISK_KERNELS": setting}
    return subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )


def test_the_environment_chooses_the_path() -> None:
    assert in_use("scalar").stdout == "scalar\n"


def test_an_unknown_path_is_refused_at_import() -> None:
    result = in_use("mmx")
    assert result.returncode != 0
    assert "ZISK_KERNELS is 'mmx': say avx512, avx2 or scalar" in result.stderr


@pytest.mark.parametrize("path", PATHS)
def test_the_selected_path_is_in_use(path: str) -> None:
    with selected(path):
        assert kernels.kernels_in_use() == path


COMPUTATIONS: dict[str, Callable[[], U64]] = {
    "extend": lambda: kernels.low_degree_extend(random_words(1, 1 << 13, 11)),
    "interpolate": lambda: kernels.interpolate_coset(random_words(2, 1 << 13, 11)),
    "evaluate": lambda: kernels.evaluate_coset(random_words(3, 1 << 12, 11)),
    "inverse": lambda: kernels.batch_inverse(random_words(4, 5000, 3) | np.uint64(1)),
    "weights": lambda: kernels.barycentric_weights(12, random_words(5, 3)),
    "evaluate at": lambda: kernels.evaluate_at(random_words(6, 1 << 12, 30), random_words(7, 3)),
    "fold": lambda: kernels.fold(random_words(8, 1 << 13, 3), random_words(9, 3), 3, 7),
    "hash": lambda: kernels.hash_rows([random_words(10, 1000, 37)], b"12345678").view(np.uint64),
}


@pytest.mark.parametrize("name", COMPUTATIONS)
def test_all_paths_give_the_same_bits(name: str) -> None:
    with selected("scalar"):
        expected = COMPUTATIONS[name]()
    for path in ("avx2", "avx512"):
        with selected(path):
            assert (COMPUTATIONS[name]() == expected).all()


def test_threads_share_one_output() -> None:
    columns = random_words(1, 1 << 12, 32)
    out = np.zeros((1 << 13, 32), dtype=np.uint64)
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda first: kernels.low_degree_extend(columns, out, first, first + 8), range(0, 32, 8))
        )
    assert (out == kernels.low_degree_extend(columns)).all()


MATRIX = np.zeros((8, 3), dtype=np.uint64)
NODES = np.zeros((3, 32), dtype=np.uint8)
REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "type": (
        lambda: kernels.low_degree_extend(MATRIX.astype(np.int64)),
        "columns must be a C-contiguous array of uint64",
    ),
    "order in memory": (
        lambda: kernels.low_degree_extend(MATRIX[:, :2]),
        "columns must be a C-contiguous array",
    ),
    "dimensions": (
        lambda: kernels.low_degree_extend(MATRIX[0]),
        r"columns has shape \(3,\), not \(any, any\)",
    ),
    "height": (
        lambda: kernels.low_degree_extend(MATRIX[:7]),
        "columns has 7 rows: the number must be a power of two",
    ),
    "no rows": (lambda: kernels.interpolate_coset(MATRIX[:0]), "values has 0 rows"),
    "output": (lambda: kernels.low_degree_extend(MATRIX, MATRIX), r"out has shape \(8, 3\), not \(16, 3\)"),
    "column range": (
        lambda: kernels.low_degree_extend(MATRIX, None, 2, 4),
        "columns 2 to 4 are not a range within 3",
    ),
    "row range": (lambda: kernels.hash_rows([MATRIX], b"12345678", None, -1, 2), "rows -1 to 2"),
    "shift": (lambda: kernels.interpolate_coset(MATRIX, shift=0), "shift 0 is not a non-zero field element"),
    "person": (lambda: kernels.hash_rows([MATRIX], b"1234567"), "person has 7 bytes"),
    "nothing to hash": (lambda: kernels.hash_rows([], b"12345678"), "matrices is empty"),
    "other heights": (
        lambda: kernels.hash_rows([MATRIX, MATRIX[:4]], b"12345678"),
        r"matrices\[1\] has shape",
    ),
    "odd pairs": (
        lambda: kernels.hash_pairs(NODES, b"12345678"),
        "nodes has 3 rows: pairs need an even number",
    ),
    "seed": (lambda: kernels.grind(b"", 1, b"12345678", 0, 1), "seed and person have 0 and 8 bytes"),
    "bits": (lambda: kernels.grind(bytes(32), 49, b"12345678", 0, 1), "49 bits of grinding"),
    "nonces": (lambda: kernels.grind(bytes(32), 1, b"12345678", 2, 1), "nonces from 2 to 1"),
    "arity": (lambda: kernels.fold(MATRIX, MATRIX[0], 4, 7), "log_arity 4 is not between 1 and 3"),
    "path": (lambda: kernels.select_kernels("sse"), "ZISK_KERNELS is 'sse'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_arguments_are_refused_by_name(name: str) -> None:
    call, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        call()


def test_a_read_only_output_is_refused() -> None:
    out = np.zeros((16, 3), dtype=np.uint64)
    out.setflags(write=False)
    with pytest.raises(ValueError, match="out is read-only"):
        kernels.low_degree_extend(MATRIX, out)
