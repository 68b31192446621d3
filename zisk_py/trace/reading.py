"""Reading a trace line by line, and checking it on the way."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn, TypeVar, get_type_hints

from zisk_py.errors import InputError
from zisk_py.trace.codec import from_json
from zisk_py.trace.document import DIGEST, WITNESSES, Head, Tail
from zisk_py.trace.errors import TraceMismatch
from zisk_py.trace.filters import Filter
from zisk_py.trace.run import Ending, Trace
from zisk_py.trace.validation import Validation
from zisk_py.trace.witness import OpcodeWitness, difference

Part = TypeVar("Part", Head, Tail)


def check_file(path: Path, trace: Trace | None = None) -> Tail:
    """Read a trace and validate it, line by line.

    trace    the run that the file must be of; its instructions are compared one by one
    Returns  what stands behind the instructions
    Raises   TraceMismatch with the line and what is wrong there; InputError if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return _Reading(path, file, trace).read()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


class _Reading:
    """A file that is read and checked."""

    def __init__(self, path: Path, file: BinaryIO, trace: Trace | None) -> None:
        self._path, self._file, self._trace = path, file, trace
        self._number = 0
        self._digest = hashlib.blake2s()

    def read(self) -> Tail:
        """All of it."""
        try:
            return self._document()
        except (ValueError, RecursionError) as error:
            self._fail(str(error))

    def _document(self) -> Tail:
        self._expect("{")
        head = self._part(Head)
        validation = head.validation()
        if self._trace is not None:
            self._trace = self._trace.again(constraints=head.has_constraints)
            self._compare(Head.of(self._trace, head.filters), head)
        self._expect(f'"{WITNESSES}": [')
        expected = iter(self._trace) if self._trace is not None else None
        for witness in self._witnesses():
            validation.add(witness)
            self._check(validation)
            if not head.filters.allows(witness):
                raise ValueError(f"step {witness.step_number}: the filters do not keep it")
            if expected is not None:
                self._compare(_next_kept(expected, head.filters), witness, f"step {witness.step_number}")
        tail = self._part(Tail)
        self._check_tail(tail, validation)
        if self._trace is not None and expected is not None:
            if (more := _next_kept(expected, head.filters)) is not None:
                raise ValueError(f"step {more.step_number} of the run is missing")
            ours = Tail.of(self._trace, self._trace.finished(), validation.num_witnesses, validation, None)
            self._compare(
                ours._replace(
                    validation=tail.validation,
                    state_reconstruction_valid=tail.state_reconstruction_valid,
                    mathematical_proof_valid=tail.mathematical_proof_valid,
                ),
                tail,
            )
        digest = self._digest.hexdigest()
        if self._line() != f'"{DIGEST}": "{digest}"':
            raise ValueError(f"the digest is not {digest}: the file was changed after it was written")
        self._expect("}")
        if self._file.read(1):
            raise ValueError("something follows")
        return tail

    def _check_tail(self, tail: Tail, validation: Validation) -> None:
        """Compare the tail with what the instructions gave; where some are left out, only with itself."""
        found = validation.finish(
            tail.final_state, tail.outcome, tail.total_compute_units, tail.total_instructions
        )
        self._check(validation)
        recorded = validation.num_witnesses
        if tail.recorded_instructions != recorded:
            raise ValueError(f"recorded_instructions is {tail.recorded_instructions}, there are {recorded}")
        if not tail.validation.is_valid:
            raise ValueError("the file says itself that its validation failed")
        if not validation.is_complete:  # then the memory of the whole run was followed when it was recorded
            found = found._replace(state_reconstruction=tail.validation.state_reconstruction)
        if difference(found, tail.validation):
            raise ValueError(f"validation{difference(tail.validation, found)}")
        if tail.state_reconstruction_valid != tail.validation.state_reconstruction:
            raise ValueError("state_reconstruction_valid is not what the validation says")
        if tail.mathematical_proof_valid is False:
            raise ValueError("mathematical_proof_valid: the file says itself that its proof is not valid")
        if tail.success != Ending.succeeds(tail.outcome, validation.version):
            raise ValueError(f"success is {tail.success}, and the outcome is {tail.outcome}")

    def _check(self, validation: Validation) -> None:
        for kind, failure in validation.failures.items():
            raise ValueError(f"{failure} ({kind})")

    def _compare(self, ours: object, theirs: object, place: str = "") -> None:
        if found := difference(ours, theirs):
            raise ValueError(f"not of this run: {place}{found}")

    def _part(self, kind: type[Part]) -> Part:
        """One line per field."""
        hints, values = get_type_hints(kind), []
        for name in kind._fields:
            line = self._line()
            key, separator, text = line.partition(": ")
            if key != f'"{name}"' or not separator or not text.endswith(","):
                raise ValueError(f'expected "{name}": and a value, found {line[:60]!r}')
            try:
                values.append(from_json(hints[name], text[:-1]))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        return kind(*values)

    def _witnesses(self) -> Iterator[OpcodeWitness]:
        line = self._line()
        while line != "],":
            yield from_json(OpcodeWitness, line.removesuffix(","))
            following = self._line()
            if line.endswith(",") == (following == "],"):
                raise ValueError("the line before this one lacks its comma, or has one too many")
            line = following

    def _line(self) -> str:
        """The next line, without its end."""
        data = self._file.readline()
        self._number += 1
        if not data.endswith(b"\n"):
            raise ValueError("the file ends here, too early")
        if not data.startswith(f'"{DIGEST}"'.encode()):
            self._digest.update(data)
        return data[:-1].decode()

    def _expect(self, text: str) -> None:
        if (found := self._line()) != text:
            raise ValueError(f"expected {text!r}, found {found[:60]!r}")

    def _fail(self, reason: str) -> NoReturn:
        raise TraceMismatch(f"{self._path}, line {self._number}: {reason}")


def _next_kept(witnesses: Iterator[OpcodeWitness], kept: Filter) -> OpcodeWitness | None:
    """The next instruction that a filter keeps."""
    return next((witness for witness in witnesses if kept.allows(witness)), None)
