"""Errors and warnings of the language: where, what was written there, and how the compiler came there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum

from zisk_py.errors import ZiskError
from zisk_py.pil.span import Span


class Code(StrEnum):
    """What kind of thing is wrong: E for errors, W for warnings. The numbers are stable."""

    SYNTAX = "E101"
    UNFINISHED = "E102"  # the text ends too early, a string or a template is not closed
    FILE = "E103"  # a file is missing or cannot be read
    NESTING = "E104"  # too deep, or without end
    UNKNOWN_NAME = "E201"
    UNKNOWN_CALLEE = "E202"
    ALREADY_DECLARED = "E203"
    NO_VALUE = "E204"  # read before it has a value
    CONTAINER = "E205"  # containers, `use`, aliases of them
    TYPE = "E301"
    NOT_CONSTANT = "E302"  # must be known when the file is compiled
    INDEX = "E303"
    ARITHMETIC = "E304"
    ASSIGNMENT = "E305"
    ARGUMENTS = "E306"
    LIMIT = "E307"
    ASSERTION = "E308"  # assert and error() of the program itself
    OUTSIDE = "E401"  # stands where it cannot: a column outside of an air, an air outside of a group
    AIR = "E402"
    COLUMN = "E403"
    FIXED = "E404"  # values of fixed columns
    COMMIT = "E405"
    VALUES = "E406"  # publics, air values, proof values, group values, challenges
    STAGE = "E407"
    NEVER_HOLDS = "E408"
    FOREIGN_COLUMN = "E409"
    DEFERRED = "E410"  # `on final`
    PRAGMA = "E411"
    WIDTH = "E501"  # messages of one bus have one number of values
    SELECTOR = "E502"
    RANGE = "E503"
    BUS = "E504"
    TABLE = "E505"
    CONNECTION = "E506"
    UNPROVABLE = "E601"  # legal, but this prover cannot do it
    NO_EFFECT = "W701"
    UNCONSTRAINED = "W702"
    UNDISCHARGED_RANGE = "W703"
    CONSTANT_SELECTOR = "W704"
    UNUSED_OPID = "W705"
    HIGH_DEGREE = "W706"
    SHADOWED = "W707"
    CONST_CHANGED = "W708"
    ONCE_PER_INSTANCE = "W709"  # a message without columns counts once per instance, not per row
    INTEGER_DIVISION = "W710"  # 1/2 is 0
    PRECEDENCE = "W711"  # the reference compiler groups this in another way
    PADDED = "W712"  # tuples of different widths are equal if the longer one ends in zeros
    UNREAD_FIXED = "W713"
    UNUSED_FILE = "W714"
    UNUSED_PUBLIC = "W715"
    UNMATCHED_OPID = "W718"  # provided and never consumed, or the other way round
    RANGE_ADVICE = "W719"  # a range that costs more than it has to
    PERIODIC = "W720"  # a sequence is shorter than its air: it is repeated
    UNSET = "W721"  # an expr is read before it has a value


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A suggestion: the known name that is close to that one; None if there is none."""
    close = get_close_matches(name, sorted(set(known)), n=1)
    return f"did you mean `{close[0]}`?" if close else None


@dataclass(frozen=True, slots=True)
class Frame:
    """One step on the way to a place: "while expanding airtemplate Main" at its instance."""

    text: str
    span: Span
    parent: "Frame | None"

    def __iter__(self) -> Iterator["Frame"]:
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.parent


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a warning: what, where, how the compiler came there, and what to do.

    repeats  in how many more instances or calls the same is wrong at the same place.
    """

    code: Code
    message: str
    span: Span
    frame: Frame | None = None
    suggestion: str | None = None
    repeats: int = 0

    @property
    def is_error(self) -> bool:
        """Whether nothing can be compiled while it stands."""
        return self.code.startswith("E")

    def __str__(self) -> str:
        lines = [f"{self.span.location}: {self.message} [{self.code}]", self.span.excerpt()]
        lines += [f"help: {self.suggestion}"] if self.suggestion else []
        lines += [f"{frame.text} at {frame.span.location}" for frame in self.frame or ()]
        if self.repeats:
            lines.append(f"and in {self.repeats} more instance{'s' * (self.repeats > 1)}")
        return "\n".join(lines)


def told_once(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By place. Of those with one code at one place only the first is left, with the number of the others."""
    first: dict[tuple[str, int, int, Code], Diagnostic] = {}
    for one in found:
        key = (one.span.file.name, one.span.start, one.span.end, one.code)
        met = first.get(key)
        first[key] = replace(met, repeats=met.repeats + one.repeats + 1) if met else one
    return tuple(first[key] for key in sorted(first))


class PilError(ZiskError):
    """What is wrong in a PIL file. Its text has the place, the line with carets, the chain of expansions.

    warnings  what was found until then that is legal but hardly meant.
    """

    warnings: Sequence[Diagnostic] = ()

    def __init__(
        self,
        message: str,
        span: Span,
        frame: Frame | None = None,
        *,
        code: Code,
        suggestion: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.frame = frame
        self.code = code
        self.suggestion = suggestion

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was found wrong in this run: here, one error."""
        return (Diagnostic(self.code, self.message, self.span, self.frame, self.suggestion),)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.diagnostics))


class PilErrors(PilError):
    """Several errors of one run, by place. As a PilError it is the first of them."""

    def __init__(self, found: Sequence[Diagnostic], warnings: Sequence[Diagnostic] = ()) -> None:
        self.found = told_once(found)
        self.warnings = told_once(warnings)
        first = self.found[0]
        super().__init__(first.message, first.span, first.frame, code=first.code, suggestion=first.suggestion)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was found wrong in this run."""
        return self.found


class TooManyErrors(PilErrors):
    """So many errors, or such a one, that looking for more is of no use."""


class Silenced(PilError):
    """A statement cannot be executed because of an error that was told already: it is not told again."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message, span, code=Code.NO_VALUE)


class PilWarning(UserWarning):
    """Something legal that is hardly meant."""
