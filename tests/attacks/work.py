"""Counts the work of a call, so that bounds on it hold on every machine: no clock is read.

Work is the lines of Python that run, a line once more in every turn of a loop on it. What one line does in C
is bounded by what it is given: by memory, which the caller bounds, and by the size of numbers, bounded here.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from zisk_py.stark.errors import VerifierError

MAX_BITS = 512  # of a number that a function is given: the largest in an honest verification has 193


class Overwork(AssertionError):
    """A call did more than it may."""


def refusal_of(task: Callable[[], object]) -> VerifierError | None:
    """Run a task: the error that refuses a proof, if there is one."""
    try:
        task()
    except VerifierError as error:
        return error
    return None


def metered_refusal_of(task: Callable[[], object], most: int) -> tuple[VerifierError | None, int]:
    """Run a task: the error that refuses a proof, if there is one, and the work.

    Raises Overwork as soon as the work is more than `most`, or a function is given a huge number.
    """
    work = 0

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal work
        work += 1
        if work > most:
            raise Overwork(f"more than {most} lines, the last in {frame.f_code.co_qualname}")
        return count

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        for value in frame.f_locals.values():
            if type(value) is int and value.bit_length() > MAX_BITS:
                raise Overwork(f"{frame.f_code.co_qualname} is given a number of {value.bit_length()} bits")
        return count(frame, event, argument)

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        refusal = refusal_of(task)
    finally:
        sys.settrace(before)
    return refusal, work
