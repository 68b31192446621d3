"""Limits of a run, and how it ends."""

from collections.abc import Iterable

from zisk_py.emulator.errors import EmulatorError
from zisk_py.emulator.memory import held_bytes
from zisk_py.emulator.records import Chunk
from zisk_py.errors import InputError, LimitError
from zisk_py.isa.faults import Exit, Fault, FaultKind, Outcome
from zisk_py.isa.memory_map import EXIT_PC, Region

MAX_CLOCK = 1 << 36  # times stay below 2^38, as the machines' range checks need
MAX_BYTES = 1 << 62  # that is, no limit


def check_limits(chunk_size: int, max_steps: int) -> None:
    """Raise InputError unless both are in range."""
    if not 1 <= chunk_size <= MAX_CLOCK:
        raise InputError(f"a chunk of {chunk_size} steps is impossible; give 1 to 2^36")
    if not 0 <= max_steps <= MAX_CLOCK:
        raise InputError(f"a limit of {max_steps} steps is impossible; give 0 to 2^36")


def limit_reached(max_steps: int) -> LimitError:
    """The error of a run that is not over after `max_steps` steps."""
    return LimitError(f"the program did not end within {max_steps:,} steps; raise --max-steps")


def check_regions(regions: Iterable[Region], max_bytes: int) -> int:
    """The bytes that the memory of the program takes, in the run and at its end. Raises LimitError."""
    held = 2 * sum(held_bytes(region) for region in regions if region.is_guest)
    if held > max_bytes:
        raise LimitError(
            f"the memory of the program takes {_mib(held)}, and {_mib(max_bytes)} are free for it; "
            "raise --max-memory"
        )
    return held


def check_environment(num_words: int, needed: int) -> None:
    """Raise InputError unless the environment has every word that a row names."""
    if num_words < needed:
        raise InputError(
            f"the environment has {8 * num_words} bytes, and the program reads the first {8 * needed} of it; "
            "give it whole"
        )


def check_chunk(chunk: Chunk, held: int, max_bytes: int) -> int:
    """The bytes that are held with one more chunk. Raises LimitError."""
    held += chunk.words.nbytes + chunk.registers.nbytes
    if held > max_bytes:
        raise LimitError(
            f"after {chunk.clk + chunk.num_steps:,} steps the run takes {_mib(held)}, and {_mib(max_bytes)} "
            "are free for it; raise --max-memory, or give the run a smaller --budget"
        )
    return held


def _mib(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"


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
