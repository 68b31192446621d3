"""Limits of a run, and how it ends."""

from zisk_py.emulator.errors import EmulatorError
from zisk_py.errors import InputError, LimitError
from zisk_py.isa.faults import Exit, Fault, FaultKind, Outcome
from zisk_py.isa.memory_map import EXIT_PC

MAX_STEPS = 1 << 32  # unless the caller allows more
MAX_CLOCK = 1 << 36  # times stay below 2^38, as the machines' range checks need


def check_limits(chunk_size: int, max_steps: int) -> None:
    """Raise InputError unless both are in range."""
    if not 1 <= chunk_size <= MAX_CLOCK:
        raise InputError(f"a chunk of {chunk_size} steps is impossible; give 1 to 2^36")
    if not 0 <= max_steps <= MAX_CLOCK:
        raise InputError(f"a limit of {max_steps} steps is impossible; give 0 to 2^36")


def limit_reached(max_steps: int) -> LimitError:
    """The error of a run that is not over after `max_steps` steps."""
    return LimitError(f"the program did not end within {max_steps} steps; raise --max-steps")


def ended(pc: int, c: int) -> Outcome:
    """The outcome of a run that went to one of the two ends. Raises EmulatorError on an unknown fault."""
    if pc == EXIT_PC:
        return Exit(c)
    if (c >> 32) not in set(FaultKind):
        raise EmulatorError(f"the run ends with fault number {c >> 32}, which does not exist")
    return Fault(FaultKind(c >> 32), (c & 0xFFFFFFFF) // 8)


def out_of_budget(pc: int) -> Outcome:
    """The outcome where an instruction comes up and its compute unit is not left."""
    return Fault(FaultKind.BUDGET_EXCEEDED, pc // 8)


def check_units(units: int, budget: int) -> None:
    """Raise EmulatorError if micro-code charged more than was left: no proof of such a run exists."""
    if units > budget:
        raise EmulatorError(f"the run counts {units} compute units; its budget is {budget}")
