"""`pil.compile` takes all that the compiler takes, and keeps what can be kept."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zisk_py import pil
from zisk_py.pil.authoring.errors import Unprovable
from zisk_py.pil.errors import Code, PilError, PilWarning

OPEN = """
airtemplate A(const int N = 32) {
    #pragma fixed_external
    col fixed F;
    col witness x;
    x === F;
}
airgroup G { A(); }
"""
FEATURE = """
airtemplate A(const int N = 32) {
    col witness bits(8) x;
    #pragma feature LONG
    x * x === 0;
    x === SIZE;
}
airgroup G { A(); }
"""


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ZISK_PY_CACHE", str(tmp_path))
    return tmp_path


def test_values_of_open_columns_come_from_arrays(cache: Path) -> None:
    values = np.arange(32, dtype=np.uint64)
    system = pil.compile(OPEN, fixed={"A": {"F": values}})

    assert list(system.system.air("A").fixed[0].values) == list(range(32))
    assert pil.check(system.trace({"A": {"x": values}})).ok
    assert not list(cache.rglob("*.compiled"))
    with pytest.raises(PilError, match="nobody gave them"):
        pil.compile(OPEN)


def test_files_may_be_missing(cache: Path) -> None:
    system = pil.compile(OPEN, missing_files=True)

    assert not any(system.system.air("A").fixed[0].values)
    with pytest.raises(Unprovable, match="F, whose values are missing"):
        system.trace({"A": {"x": [0] * 32}})
    assert not list(cache.rglob("*.compiled"))


def test_features_constants_and_silenced_warnings_are_taken(cache: Path) -> None:
    with pytest.warns(PilWarning, match=Code.UNDISCHARGED_RANGE):
        plain = pil.compile(FEATURE, constants={"SIZE": 5})
    options: dict[str, Any] = {"constants": {"SIZE": 5}, "lints_off": [Code.UNDISCHARGED_RANGE]}
    with warnings.catch_warnings():
        warnings.simplefilter("error", PilWarning)
        silent = pil.compile(FEATURE, **options)
        longer = pil.compile(FEATURE, features=["LONG"], **options)

    assert len(plain.system.airs[0].constraints) == len(silent.system.airs[0].constraints) == 1
    assert len(longer.system.airs[0].constraints) == 2
    assert len(list(cache.rglob("*.compiled"))) == 3


def test_what_is_kept_is_found_again_with_its_warnings(cache: Path) -> None:
    for _ in range(2):
        with pytest.warns(PilWarning, match=Code.UNDISCHARGED_RANGE):
            pil.compile(FEATURE, constants={"SIZE": 5})
    assert len(list(cache.rglob("*.compiled"))) == 1

    with pytest.warns(PilWarning, match=Code.UNDISCHARGED_RANGE):
        pil.compile(FEATURE, constants={"SIZE": 6}, cache=False)
    assert len(list(cache.rglob("*.compiled"))) == 1
