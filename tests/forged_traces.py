"""Lies: the check, the prover, and the verifier of a proof made in spite of both refuse them."""

import warnings
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from reckless_prover import skip_own_checks
from zisk_py import pil, stark
from zisk_py.pil import Trace
from zisk_py.pil.errors import PilWarning
from zisk_py.stark import authored_prover, errors
from zisk_py.stark.public_values import named_publics

HEIGHT = 32
ROWS = list(range(HEIGHT))


def same(value: int) -> list[int]:
    """A column of one value."""
    return [value] * HEIGHT


@dataclass(frozen=True)
class Case:
    """A source, a witness that it accepts, and witnesses that it does not, by what is wrong with them.

    A witness is what `CompiledSystem.trace` takes; one of a lie says only which airs are other ones, None for
    an air that is left out.
    """

    source: str
    honest: dict[str, Any]
    lies: dict[str, dict[str, Any]]
    publics: dict[str, Any] = field(default_factory=dict)
    proof_values: dict[str, Any] = field(default_factory=dict)

    def trace(self, lie: str | None = None) -> Trace:
        """The honest trace, or that of a lie."""
        witness = {**self.honest, **(self.lies[lie] if lie is not None else {})}
        there = {air: columns for air, columns in witness.items() if columns is not None}
        return system(self.source).trace(there, self.publics, proof_values=self.proof_values)


@cache
def system(source: str) -> pil.CompiledSystem:
    """The compiled source; what may be forged is often what the compiler warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PilWarning)
        return pil.compile(source, cache=False)


def verify(trace: Trace, proof: bytes) -> stark.Acceptance:
    """Verify for the public values of the trace."""
    key = trace.system.key
    stated = named_publics(key.system, trace.publics)
    return stark.verify(key, proof, stated, min_bits=0, allow_test_profile=True)


def assert_accepted(trace: Trace) -> None:
    """The check finds nothing, and the proof is accepted."""
    report = pil.check(trace)
    assert report.ok, str(report)
    verify(trace, stark.prove(trace, "test"))


def assert_refused(
    trace: Trace, monkeypatch: pytest.MonkeyPatch, error: type[Exception] = errors.VerifierError
) -> None:
    """Nobody accepts it, the verifier for the reason that is given."""
    assert not pil.check(trace).ok
    with pytest.raises(stark.ProverError):
        stark.prove(trace, "test")
    skip_own_checks(monkeypatch)
    for name in ("check_airs", "check_globals"):
        monkeypatch.setattr(authored_prover, name, lambda *arguments: None)
    proof = stark.prove(trace, "test")
    with pytest.raises(error):
        verify(trace, proof)
