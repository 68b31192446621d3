"""COUNT: how many rows a chunk needs in each stream, and which words it touches."""

from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from zisk_py.emulator.machine cimport release, replay, stand, track
from zisk_py.emulator.program cimport Program, decode

from zisk_py.emulator.state cimport COUNT, Machine
from zisk_py.emulator.step cimport step

import numpy as np

from zisk_py.emulator.records import Counts, Touch


def count(rom, regions, chunk):
    """Replay a chunk and count.

    regions  of the run: `rom.rules.start_regions(claim)`
    Returns  Counts
    Raises   EmulatorError if the chunk is not one of a run of this ROM in these regions.
    """
    cdef Machine m
    cdef Program program = decode(rom)
    cdef list failures = []
    cdef const uint64_t[::1] words = chunk.words
    cdef uint64_t[:, ::1] view
    cdef int stream
    stand(
        &m, program, failures, regions, chunk.pc, chunk.c, chunk.clk, chunk.units, chunk.registers
    )
    track(&m, chunk, words)
    try:
        replay(&m, chunk, failures, run)
        touched = np.empty((m.num_touched, len(Touch)), dtype=np.uint64)
        if m.num_touched:
            view = touched
            memcpy(&view[0, 0], m.touched, touched.nbytes)
    finally:
        release(&m)
    streams = {
        "steps": chunk.num_steps, "narrow": m.num_narrow, "carry": m.num_carry, "traps": m.num_traps
    }
    for stream, name in enumerate(program.streams, 1):
        streams[name] = m.counts[stream]
    return Counts(streams, touched)


cdef uint64_t run(Machine* m, uint64_t steps) noexcept nogil:
    """Take steps; return how many, fewer than wanted where the run is over."""
    cdef uint64_t n
    for n in range(steps):
        if m.row < 0:
            return n
        step(m, COUNT)
    return steps
