"""EXECUTE: run a program once and keep one minimal trace per chunk."""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

from zisk_py.emulator.machine cimport attach, check, pc_of, stand
from zisk_py.emulator.program cimport LAST_C, UNITS, Program, decode
from zisk_py.emulator.state cimport EXECUTE, NUM_REGISTERS, WORDS_PER_STEP, Machine
from zisk_py.emulator.step cimport step

import numpy as np

from zisk_py.emulator.limits import (
    MAX_BYTES,
    MAX_CLOCK,
    check_chunk,
    check_limits,
    check_regions,
    check_units,
    ended,
    limit_reached,
    out_of_budget,
)
from zisk_py.emulator.memory import initial_memory
from zisk_py.emulator.records import Chunk, Execution
from zisk_py.isa.memory_map import NUM_HIDDEN_WORDS

cdef enum:
    SLICE = 1 << 16  # steps between looks at signals and at the room in the log


def execute(
    rom, claim, bytes data, *, uint64_t chunk_size, uint64_t max_steps=MAX_CLOCK,
    uint64_t max_bytes=MAX_BYTES, bint keep_chunks=True, progress=None, take=None,
):
    """Run a program on an input.

    rom, claim   what runs, and the scalars from which registers and regions follow
    data         the input, claim.input_length bytes
    chunk_size   steps per chunk; the last chunk may be shorter, and there is always one
    max_steps    refuse to run longer
    max_bytes    refuse to hold more of memory and chunks, looked at after each chunk
    keep_chunks  False: `Execution.chunks` is empty
    progress     called with the number of steps so far, after each chunk
    take         called with each chunk, also where none is kept
    Returns      Execution
    Raises       InputError for an input that is not the claim's; LimitError; EmulatorError for a ROM that no
                 transpiler makes; whatever an operation without a kernel raises.
    """
    check_limits(chunk_size, max_steps)
    cdef Machine m
    cdef Program program = decode(rom)
    cdef list failures = [], chunks = []
    cdef uint64_t budget = claim.budget
    regions = rom.rules.start_regions(claim)
    held = check_regions(regions, max_bytes)
    memory = initial_memory(rom, regions, claim, data)
    registers = np.zeros(NUM_REGISTERS, dtype=np.uint64)
    start = rom.rules.start_registers(claim)
    registers[: len(start)] = start
    stand(&m, program, failures, regions, rom.rules.entry, 0, 0, 0, registers)
    attach(&m, memory)
    try:
        while True:
            chunk = _run_chunk(&m, len(chunks), chunk_size, max_steps, budget, failures)
            if keep_chunks or not chunks:
                chunks.append(chunk)
            if keep_chunks:
                held = check_chunk(chunk, held, max_bytes)
            if take is not None:
                take(chunk)
            if progress is not None:
                progress(m.time // 4)
            if is_over(&m, budget):
                break
    finally:
        free(m.log)
    pc, c, units = pc_of(&m), m.values[LAST_C], m.values[UNITS]
    check_units(units, budget)
    outcome = ended(pc, c) if m.row < 0 else out_of_budget(pc)
    return Execution(
        outcome, m.time // 4, units, units - m.charged, m.num_accesses, memory.outputs(),
        tuple(chunks) if keep_chunks else (), memory.final_bytes(), pc, c, memory.hidden[:NUM_HIDDEN_WORDS],
        np.array(<uint64_t[:NUM_REGISTERS]>m.values),
        (m.trap_address, m.trap_width) if m.has_trapped else None,
    )


cdef object _run_chunk(
    Machine* m, uint64_t index, uint64_t chunk_size, uint64_t max_steps, uint64_t budget, list failures
):
    """Run to the end of a chunk or of the run."""
    cdef uint64_t clk = m.time // 4, steps = 0, wanted
    cdef uint64_t[::1] view
    pc, c, units = pc_of(m), m.values[LAST_C], m.values[UNITS]
    registers = np.array(<uint64_t[:NUM_REGISTERS]>m.values)
    m.num_log = 0
    while steps < chunk_size and not is_over(m, budget):
        wanted = min(chunk_size - steps, <uint64_t>SLICE, max_steps - clk - steps)
        if wanted == 0:
            raise limit_reached(max_steps)
        if m.num_log + WORDS_PER_STEP * wanted > m.log_limit:
            _grow(m, m.num_log + WORDS_PER_STEP * wanted)
        with nogil:
            steps += run(m, wanted, budget)
        check(m, failures)
        PyErr_CheckSignals()
    words = np.empty(m.num_log, dtype=np.uint64)
    if m.num_log:
        view = words
        memcpy(&view[0], m.log, 8 * m.num_log)
    return Chunk(index, pc, c, clk, units, steps, registers, words)


cdef int _grow(Machine* m, uint64_t needed) except -1:
    """Make room for words in the log."""
    cdef uint64_t room = max(needed, 2 * m.log_limit)
    cdef uint64_t* log = <uint64_t*>realloc(m.log, 8 * room)
    if log == NULL:
        raise MemoryError
    m.log = log
    m.log_limit = room
    return 0


cdef inline bint is_over(Machine* m, uint64_t budget) noexcept nogil:
    """Whether the run is at one of its ends, or at an instruction for which no compute unit is left."""
    return m.row < 0 or m.values[UNITS] + m.rows[m.row].cost > budget


cdef uint64_t run(Machine* m, uint64_t steps, uint64_t budget) noexcept nogil:
    """Take steps; return how many, fewer than wanted where the run is over."""
    cdef uint64_t n
    for n in range(steps):
        if is_over(m, budget):
            return n
        step(m, EXECUTE)
    return steps
