"""The examples of constraint files: they compile without a warning, prove, and refuse what is wrong."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zisk_py import pil, stark
from zisk_py.pil.authoring.compiled_system import CompiledSystem
from zisk_py.stark.errors import VerifierError

FOLDER = Path(__file__).parent.parent.parent / "examples" / "pil"
SCRIPTS = sorted(FOLDER.glob("*.py"))


def script(name: str) -> dict[str, Any]:
    """What a script defines."""
    return runpy.run_path(str(FOLDER / f"{name}.py"))


def system(name: str) -> CompiledSystem:
    return pil.compile(FOLDER / f"{name}.pil")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_proves_its_file(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(path), run_name="__main__")

    check, proven = capsys.readouterr().out.splitlines()
    assert check.startswith("all ")
    assert "proven with" in proven


def test_every_file_has_a_script() -> None:
    assert [path.stem for path in SCRIPTS] == [path.stem for path in sorted(FOLDER.glob("*.pil"))]


def test_another_number_of_fibonacci_is_refused() -> None:
    compiled, columns = system("fibonacci"), script("fibonacci")["witness"](32)
    out = columns["Fibonacci"]["a"][-1]
    proof = stark.prove(compiled.trace(columns, publics={"out": out}))

    assert out == 2178309
    assert not pil.check(compiled.trace(columns, publics={"out": out + 1})).ok
    with pytest.raises(VerifierError):
        stark.verify(compiled.key, proof, publics={"out": out + 1})


SORTED = np.array([3] * 30 + [7, 9], dtype=np.uint16)
LIES = {
    "not sorted": {"y": SORTED[::-1]},
    "another number": {"y": np.array([3] * 30 + [8, 9])},
    "a number twice": {"y": np.array([3] * 29 + [7, 7, 9])},
    "beyond the range": {"x": SORTED.astype(int) + 2**16, "y": SORTED.astype(int) + 2**16},
}


@pytest.mark.parametrize("lie", LIES)
def test_the_sorter_refuses_a_lie(lie: str) -> None:
    columns = {"Sorter": {"x": SORTED, "y": SORTED} | LIES[lie]}
    y = columns["Sorter"]["y"]
    compiled = system("sorter")

    assert pil.check(
        compiled.trace({"Sorter": {"x": SORTED[::-1], "y": SORTED}}, {"least": 3, "greatest": 9})
    ).ok
    trace = compiled.trace(columns, {"least": int(y[0]), "greatest": int(y[-1])}, check_bits=False)
    assert not pil.check(trace).ok


@pytest.mark.parametrize("column", ["a", "b", "c", "both", "carry", "is_and", "is_or", "is_xor", "is_add"])
def test_the_alu_refuses_any_other_value(column: str) -> None:
    compiled = system("alu")
    operation, a, b = np.arange(32) % 4, np.arange(32) * 8 + 1, 255 - np.arange(32) * 4  # all odd
    columns = script("alu")["witness"](operation, a, b)["Alu"]

    assert pil.check(compiled.trace({"Alu": columns})).ok
    for row in range(4):
        changed = np.array(columns[column], dtype=int)
        changed[row] ^= 1
        trace = compiled.trace({"Alu": columns | {column: changed}})
        assert not pil.check(trace).ok


@pytest.mark.parametrize(
    ("a", "b", "gcd"), [(46368, 28656, 144), (46368, 28657, 1), (5, 0, 5), (0, 5, 5), (65535, 65535, 65535)]
)
def test_two_machines_find_the_divisor_and_no_other(a: int, b: int, gcd: int) -> None:
    compiled, columns = system("two_machines"), script("two_machines")["witness"](a, b)

    assert pil.check(compiled.trace(columns, {"a": a, "b": b, "gcd": gcd})).ok
    assert not pil.check(compiled.trace(columns, {"a": a, "b": b, "gcd": gcd + 1})).ok
    assert columns["Divide"]["used"].count(1) == columns["Euclid"]["live"].count(1)
