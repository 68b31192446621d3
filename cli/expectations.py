"""What the caller of `verify` expects a proof to state."""

from pathlib import Path
from typing import TYPE_CHECKING

from zisk_py.cli.endings import ExpectationUnmet
from zisk_py.errors import InputError
from zisk_py.isa.faults import Exit, Fault
from zisk_py.limits import Limits

if TYPE_CHECKING:
    from zisk_py.statemachines.statement import Statement


def check_exit(statement: "Statement", code: int | None) -> None:
    """The run must have exited with that code. Raises ExpectationUnmet."""
    if code is not None and statement.outcome != Exit(code):
        raise ExpectationUnmet(f"the run ended with {statement.outcome}, expected Exit({code})")


def check_fault(statement: "Statement", name: str | None) -> None:
    """The run must have ended with a fault of that name. Raises ExpectationUnmet."""
    outcome = statement.outcome
    if name is not None and not (isinstance(outcome, Fault) and outcome.kind.name == name):
        raise ExpectationUnmet(f"the run ended with {outcome}, expected a fault {name}")


def check_input(statement: "Statement", path: Path | None, limits: Limits) -> None:
    """The proof must state the bytes of that file as its input. Raises ExpectationUnmet."""
    if path is None:
        return
    public = statement.claim.public_input
    if public is None:
        raise ExpectationUnmet(f"the input of the proof is private, so nothing ties it to {path}")
    if public != limits.read_file(path):
        raise ExpectationUnmet(f"the public input of the proof differs from {path}")


def check_environment(statement: "Statement", path: Path | None, limits: Limits) -> None:
    """The proof must state the bytes of that file as its environment. Raises ExpectationUnmet."""
    if path is not None and statement.claim.environment != limits.read_file(path):
        raise ExpectationUnmet(f"the environment of the proof differs from {path}")


def check_outputs(statement: "Statement", text: str | None) -> None:
    """The public outputs must be those bytes. Raises ExpectationUnmet; InputError on bad hexadecimal."""
    if text is None:
        return
    try:
        expected = bytes.fromhex(text)
    except ValueError as error:
        raise InputError(f"--outputs takes hexadecimal digits, not {text!r}") from error
    if statement.outputs != expected:
        raise ExpectationUnmet(
            f"the outputs are {statement.outputs.hex() or 'empty'}, expected {text or 'none'}"
        )
