"""`zisk-py pil` with columns of stage 2, which a Python file gives."""

import json
from pathlib import Path
from typing import Any

import pytest

SOURCE = """\
challenge stage(2) gamma;
airtemplate A() {
    col fixed FIRST = [1, 0...];
    col witness x, y;
    col witness stage(2) z;
    FIRST * (z - 1) === 0;
    (FIRST' + (1 - FIRST') * z') * (y + gamma) === z * (x + gamma);
}
airgroup G { A(); }
"""
SCRIPT = """\
from zisk_py.field.extension import ONE, add, embed, inverse, mul

X = {x}
Y = range(32)


def stage2(challenges):
    z = [ONE]
    for x, y in zip(X[:-1], Y):
        above, below = (add(challenges["gamma"], embed(n)) for n in (x, y))
        z.append(mul(z[-1], mul(above, inverse(below))))
    return {{"A": {{"z": z}}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """y are the numbers of x in another order; the script makes the running product of both."""
    x = [7 * row % 32 for row in range(32)]
    (tmp_path / "a.pil").write_text(SOURCE)
    (tmp_path / "a.json").write_text(json.dumps({"A": {"x": x, "y": list(range(32))}}))
    (tmp_path / "z.py").write_text(SCRIPT.format(x=x))
    (tmp_path / "wrong.py").write_text(SCRIPT.format(x=[0, *x[1:]][::-1]))
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "broken.py").write_text("1 / 0")
    return tmp_path


def test_a_script_gives_the_columns_of_stage_2(command: Any, folder: Path) -> None:
    file, witness, proof = folder / "a.pil", ("--witness", folder / "a.json"), folder / "a.proof"

    made = command("pil", "prove", file, *witness, "--stage2", folder / "z.py", "-o", proof)
    assert made.code == 0, made.err
    assert command("pil", "verify", proof, "--pil", file).code == 0

    proof.unlink()
    refused = command("pil", "prove", file, *witness, "--stage2", folder / "wrong.py", "-o", proof)
    assert refused.code == 1
    assert "(z - 1)" in refused.out + refused.err or "z * (x + gamma)" in refused.out + refused.err
    assert not proof.exists()


@pytest.mark.parametrize(
    ("script", "text"),
    [("empty.py", "defines no function stage2"), ("broken.py", "cannot be run: ZeroDivisionError")],
)
def test_a_script_that_gives_none_is_refused(command: Any, folder: Path, script: str, text: str) -> None:
    ending = command(
        "pil", "check", folder / "a.pil", "--witness", folder / "a.json", "--stage2", folder / script
    )
    assert ending.code == 2
    assert text in ending.err


def test_a_script_needs_a_witness(command: Any, folder: Path) -> None:
    ending = command("pil", "check", folder / "a.pil", "--stage2", folder / "z.py")
    assert ending.code == 2
    assert "--stage2 needs --witness" in ending.err
