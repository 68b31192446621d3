"""A prover that skips its own checks, so that what it makes reaches the verifier."""

import pytest

from zisk_py.field.extension import ZERO
from zisk_py.stark import fri, prover


class Anything:
    """Equal to everything: takes the place of a value that an honest prover compares with."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def skip_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip those of constraints, of the balance, and of the degree of codewords."""
    monkeypatch.setattr(prover, "holds", lambda *arguments: True)
    monkeypatch.setattr(prover, "add", lambda a, b: ZERO)  # it adds up terminals only
    monkeypatch.setattr(fri, "ZERO", Anything())
