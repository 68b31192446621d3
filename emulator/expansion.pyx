"""EXPAND: the records of a chunk, from which the machines' witnesses are filled."""

from libc.stdint cimport uint64_t

from zisk_py.emulator.machine cimport pc_of, release, replay, stand, track
from zisk_py.emulator.program cimport LAST_C, UNITS, Program, decode
from zisk_py.emulator.state cimport (
    EXPAND,
    WORDS_PER_STEP,
    CarryRecord,
    Machine,
    NarrowRecord,
    OperandsRecord,
    StepRecord,
    TrapRecord,
)
from zisk_py.emulator.step cimport step

import numpy as np

from zisk_py.emulator.errors import EmulatorError
from zisk_py.emulator.records import Carry, Narrow, Operands, Records, Step, Trap


def expand(rom, regions, chunk, arrivals):
    """Replay a chunk and write down what it did.

    regions   of the run: `rom.rules.start_regions(claim)`
    arrivals  (touched keys,): of the chunk, from `merge`
    Returns   Records
    Raises    EmulatorError if the chunk is not one of a run of this ROM in these regions, or the arrivals are
              not its own.
    """
    cdef Machine m
    cdef Program program = decode(rom)
    cdef list failures = []
    cdef const uint64_t[::1] words = chunk.words
    cdef const uint64_t[::1] times = arrivals
    cdef uint64_t num_steps = chunk.num_steps, num_words = words.shape[0]
    cdef int stream
    # Room for the most there can be, and for a last step that fails; unwritten pages take no memory.
    steps = np.empty((num_steps, len(Step)), dtype=np.uint64)
    narrow = np.empty((min(num_steps, num_words) + 1, len(Narrow)), dtype=np.uint64)
    carry = np.empty((3 * num_steps + num_words + WORDS_PER_STEP, len(Carry)), dtype=np.uint64)
    traps = np.empty((1, len(Trap)), dtype=np.uint64)
    operations = [np.empty((num_steps, len(Operands)), dtype=np.uint64) for _ in program.streams]

    stand(&m, program, failures, regions, chunk.pc, chunk.c, chunk.clk, chunk.units, chunk.registers)
    m.arrivals = first(times)
    m.num_arrivals = times.shape[0]
    m.step = <StepRecord*>table(steps)
    m.narrow = <NarrowRecord*>table(narrow)
    m.carry = <CarryRecord*>table(carry)
    m.trap = <TrapRecord*>table(traps)
    for stream in range(len(operations)):
        m.streams[stream + 1] = <OperandsRecord*>table(operations[stream])
    track(&m, chunk, words)
    try:
        replay(&m, chunk, failures, run)
    finally:
        release(&m)
    if m.num_touched != m.num_arrivals:
        raise EmulatorError(
            f"chunk {chunk.index} touches {m.num_touched} keys and was given {m.num_arrivals} arrivals"
        )
    return Records(
        chunk,
        steps,
        {name: operations[n][: m.counts[n + 1]] for n, name in enumerate(program.streams)},
        narrow[: m.num_narrow],
        carry[: m.num_carry],
        traps[: m.num_traps],
        pc_of(&m),
        m.values[LAST_C],
        m.values[UNITS],
    )


cdef const uint64_t* first(const uint64_t[::1] values) noexcept:
    """Address of the first value, NULL where there is none."""
    return &values[0] if values.shape[0] else NULL


cdef uint64_t* table(uint64_t[:, ::1] values) noexcept:
    """Address of the first value, NULL where there is none."""
    return &values[0, 0] if values.shape[0] else NULL


cdef uint64_t run(Machine* m, uint64_t steps) noexcept nogil:
    """Take steps; return how many, fewer than wanted where the run is over."""
    cdef uint64_t n
    for n in range(steps):
        if m.row < 0:
            return n
        step(m, EXPAND)
    return steps
