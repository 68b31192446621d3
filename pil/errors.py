"""Errors and warnings of the language: where, what was written there, and how the compiler came there."""

from collections.abc import Iterator
from dataclasses import dataclass

from zisk_py.errors import ZiskError
from zisk_py.pil.span import Span


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


class PilError(ZiskError):
    """What is wrong in a PIL file. Its text has the place, the line with carets, the chain of expansions."""

    def __init__(self, message: str, span: Span, frame: Frame | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.frame = frame

    def __str__(self) -> str:
        lines = [f"{self.span.location}: {self.message}", self.span.excerpt()]
        lines += [f"{frame.text} at {frame.span.location}" for frame in self.frame or ()]
        return "\n".join(lines)


class PilWarning(UserWarning):
    """Something legal that is hardly meant."""
