"""Setting a Machine up, and turning its failures into errors."""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from zisk_py.emulator.guest cimport MAX_GUEST_REGIONS, Region
from zisk_py.emulator.program cimport AT_EXIT, AT_FAULT, LAST_C, NO_ROW, UNITS, Program, find
from zisk_py.emulator.state cimport (
    FAR_JUMP,
    NO_WORD,
    NUM_REGISTERS,
    RAISED,
    SHORT_ARRIVALS,
    SHORT_LOG,
    WORDS_PER_STEP,
    Machine,
    TouchRecord,
)

from zisk_py.emulator.errors import EmulatorError
from zisk_py.emulator.limits import check_environment
from zisk_py.emulator.memory import NUM_OUTPUT_WORDS, environment_words
from zisk_py.isa import memory_map

cdef enum:
    SLICE = 1 << 22  # steps between looks at signals

cdef dict _REASONS = {
    NO_WORD: "reaches a hidden word that does not exist",
    FAR_JUMP: "jumps to a slot above 2^32",
    SHORT_LOG: "reaches more words than the chunk holds",
    SHORT_ARRIVALS: "touches more words than there are arrivals",
}


cdef int stand(
    Machine* m, Program program, list failures, object regions, uint64_t pc, uint64_t c, uint64_t clk,
    uint64_t units, const uint64_t[::1] registers,
) except -1:
    """Put the machine at a pc with its registers; the caller keeps `program` and `failures` alive."""
    cdef uint64_t n
    memset(m, 0, sizeof(Machine))
    if registers.shape[0] != NUM_REGISTERS:
        raise EmulatorError(f"a chunk has {registers.shape[0]} registers instead of {NUM_REGISTERS}")
    m.table = &program.table
    m.rows = program.table.rows
    m.operations = <void*>program.operations
    m.failures = <void*>failures
    m.register_key = memory_map.REGISTER_KEY
    m.hidden_key = memory_map.HIDDEN_KEY
    m.num_hidden = memory_map.NUM_HIDDEN_WORDS
    m.output_word = memory_map.OUTPUT_WORD
    m.num_output = NUM_OUTPUT_WORDS
    m.environment_word = memory_map.ENVIRONMENT_WORD
    m.num_environment = environment_words(regions)
    check_environment(m.num_environment, program.num_environment)
    m.row = find(m.table, pc)
    m.time = 4 * clk
    m.start_time = m.time
    for n in range(NUM_REGISTERS):
        m.values[n] = registers[n]
    m.values[LAST_C] = c
    m.values[UNITS] = units
    _set_regions(m, memory_map.join_regions(regions))
    return 0


cdef int _set_regions(Machine* m, tuple regions) except -1:
    cdef uint64_t place = NUM_REGISTERS + m.num_hidden + m.num_output + m.num_environment
    cdef Region* found
    if len(regions) > MAX_GUEST_REGIONS:
        raise EmulatorError(f"a run has {len(regions)} guest regions; at most {MAX_GUEST_REGIONS} fit")
    for region in regions:
        found = &m.regions[m.num_regions]
        found.address = region.address
        found.size = region.size
        found.start = region.start
        found.last = region.num_words - 1
        found.whole_attribute = region.whole_attribute
        found.last_attribute = region.last_attribute
        found.writable = region.writable
        found.gapped = region.gapped
        found.place = place
        place += region.num_words
        m.num_regions += 1
    return 0


cdef int attach(Machine* m, object memory) except -1:
    """Let the machine work on a `memory.Memory`, which the caller keeps alive (EXECUTE)."""
    cdef int n
    for n in range(m.num_regions):
        m.regions[n].words = <uint64_t*><uintptr_t>memory.buffers[n].ctypes.data
    m.hidden = <uint64_t*><uintptr_t>memory.hidden.ctypes.data
    return 0


cdef int track(Machine* m, object chunk, const uint64_t[::1] words) except -1:
    """Let the machine find words in a chunk's log and keep times (COUNT, EXPAND); see `release`."""
    cdef uint64_t places = NUM_REGISTERS + m.num_hidden + m.num_output + m.num_environment
    cdef Region* last
    if m.num_regions:
        last = &m.regions[m.num_regions - 1]
        places = last.place + last.last + 1
    m.is_later = chunk.index > 0
    m.log_limit = words.shape[0]
    m.log = <uint64_t*>&words[0] if m.log_limit else NULL
    m.shadow = <uint32_t*>calloc(places, sizeof(uint32_t))
    # room for all and for a last step that fails; unwritten pages take no memory
    m.touched = <TouchRecord*>malloc((NUM_REGISTERS + m.log_limit + WORDS_PER_STEP) * sizeof(TouchRecord))
    if m.shadow == NULL or m.touched == NULL:
        release(m)
        raise MemoryError
    return 0


cdef void release(Machine* m) noexcept:
    """Free what `track` took."""
    free(m.shadow)
    free(m.touched)
    m.shadow = NULL
    m.touched = NULL


cdef int check(Machine* m, list failures) except -1:
    """Raise what ended the steps, if anything did that is no end of the run."""
    if m.failure == RAISED:
        raise failures[0]
    if m.failure in _REASONS:
        raise EmulatorError(f"the row at pc {m.rows[m.failed_row].pc:#x} {_REASONS[m.failure]}")
    return 0


cdef object pc_of(Machine* m):
    """The pc where the machine stands. Raises EmulatorError if the ROM has no row there."""
    if m.row == AT_EXIT:
        return memory_map.EXIT_PC
    if m.row == AT_FAULT:
        return memory_map.FAULT_PC
    if m.row == NO_ROW:
        raise EmulatorError(f"after {m.time // 4} steps the run goes to a pc where the ROM has no row")
    return m.rows[m.row].pc


cdef int replay(Machine* m, object chunk, list failures, Runner run) except -1:
    """Take all steps of a chunk. Raises EmulatorError if they end early or leave words over."""
    cdef uint64_t taken = 0, wanted, num_steps = chunk.num_steps
    while taken < num_steps and m.row >= 0:
        wanted = min(<uint64_t>SLICE, num_steps - taken)
        with nogil:
            taken += run(m, wanted)
        check(m, failures)
        PyErr_CheckSignals()
    if taken != num_steps or m.num_log != m.log_limit:
        raise EmulatorError(
            f"chunk {chunk.index} ends after {taken} of {num_steps} steps and {m.num_log} of {m.log_limit}"
            " words; it is not of this program"
        )
    return 0
