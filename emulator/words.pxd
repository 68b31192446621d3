"""Accesses to words: their old values, their times, and the Carry and Narrow rows that follow from them.

EXECUTE keeps memory and logs the old value of every word it reaches; COUNT and EXPAND find these values in
the log, and keep the time of each key's last access.
"""

from libc.stdint cimport uint32_t, uint64_t

from zisk_py.emulator.guest cimport Access, Word
from zisk_py.emulator.program cimport Row
from zisk_py.emulator.state cimport (
    EXECUTE,
    EXPAND,
    MODE_ALIGNED,
    MODE_NARROW,
    MODE_TRAP,
    NO_FAILURE,
    NO_WORD,
    NUM_REGISTERS,
    SHORT_ARRIVALS,
    SHORT_LOG,
    SPAN,
    CarryRecord,
    Failure,
    Machine,
    NarrowRecord,
    Phase,
    TouchRecord,
)


cdef inline void fail(Machine* m, Failure failure) noexcept nogil:
    """Remember the first failure; the step in progress ends the run."""
    if m.failure == NO_FAILURE:
        m.failure = failure
        m.failed_row = m.row


cdef inline uint64_t touch(
    Machine* m, uint64_t place, uint64_t key, uint64_t time, uint64_t old, uint64_t new, uint64_t attribute,
    const Phase phase,
) noexcept nogil:
    """Note an access; return the time it consumes, which is a Carry row's where the rule asks for one."""
    cdef uint32_t number = m.shadow[place]
    cdef TouchRecord* record
    cdef CarryRecord* carry
    cdef uint64_t last = 0, grid
    cdef bint is_carried
    if number == 0:
        if phase == EXPAND:
            if m.num_touched >= m.num_arrivals:
                fail(m, SHORT_ARRIVALS)
                return 0
            last = m.arrivals[m.num_touched]
        record = &m.touched[m.num_touched]
        m.num_touched += 1
        m.shadow[place] = <uint32_t>m.num_touched
        record.key = key
        record.attribute = attribute
        record.first = old
        is_carried = m.is_later or time > SPAN
    else:
        record = &m.touched[number - 1]
        last = record.time
        is_carried = time - last > SPAN
    if is_carried:
        # the largest time start + k * SPAN below this access
        grid = m.start_time + (time - 1 - m.start_time) // SPAN * SPAN
        if phase == EXPAND:
            carry = &m.carry[m.num_carry]
            carry.key = key
            carry.origin = last
            carry.to = grid
            carry.value = old
            carry.attribute = attribute
        m.num_carry += 1
        last = grid
    record.time = time
    record.value = new
    return last


cdef inline uint64_t fetch(Machine* m, const uint64_t* at, const Phase phase) noexcept nogil:
    """The old value of a word: from memory into the log, or from the log."""
    cdef uint64_t old
    if phase == EXECUTE:
        old = at[0]
        m.log[m.num_log] = old
    else:
        if m.num_log >= m.log_limit:
            fail(m, SHORT_LOG)
            return 0
        old = m.log[m.num_log]
    m.num_log += 1
    return old


cdef inline uint64_t hidden_key(Machine* m, uint64_t index) noexcept nogil:
    """Key of the hidden word at an index of Machine.hidden; see memory.hidden_index."""
    if index < m.num_hidden:
        return m.hidden_key + index
    index -= m.num_hidden
    if index < m.num_output:
        return m.hidden_key + m.output_word + index
    return m.hidden_key + m.environment_word + index - m.num_output


cdef inline void fill_hidden(Machine* m, uint64_t index, Word* word) noexcept nogil:
    """Describe a hidden word."""
    word.key = hidden_key(m, index)
    word.place = NUM_REGISTERS + index
    word.attribute = 1
    word.at = m.hidden + index


cdef inline void access_word(
    Machine* m, Word* word, uint64_t time, bint is_store, uint64_t new, const Phase phase
) noexcept nogil:
    """Read a word, or replace it by `new`."""
    word.old = fetch(m, word.at, phase)
    word.new = new if is_store else word.old
    if phase == EXECUTE:
        if is_store:
            word.at[0] = new
    else:
        word.before = touch(m, word.place, word.key, time, word.old, word.new, word.attribute, phase)


cdef inline uint64_t access_guest(
    Machine* m, const Row* row, Access* access, uint64_t time, bint is_store, uint64_t new, const Phase phase
) noexcept nogil:
    """Read or replace the bytes of a guest access; return what was read, or `new`."""
    cdef Word* first = &access.words[0]
    cdef Word* second = &access.words[1]
    cdef uint64_t shift = 8 * access.byte
    cdef uint64_t mask = ~(<uint64_t>0) >> (64 - 8 * row.width)
    cdef uint64_t found
    cdef NarrowRecord* record
    first.old = first.new = fetch(m, first.at, phase)
    if is_store:
        first.new = first.old & ~(mask << shift) | (new & mask) << shift
        if phase == EXECUTE:
            first.at[0] = first.new
    found = first.old >> shift
    if access.is_two:  # then shift > 0
        second.old = second.new = fetch(m, second.at, phase)
        if is_store:
            second.new = second.old & ~(mask >> (64 - shift)) | (new & mask) >> (64 - shift)
            if phase == EXECUTE:
                second.at[0] = second.new
        found |= second.old << (64 - shift)
    found = new if is_store else found & mask
    if phase == EXECUTE:
        return found

    first.before = touch(m, first.place, first.key, time, first.old, first.new, first.attribute, phase)
    if access.is_two:
        second.before = touch(
            m, second.place, second.key, time, second.old, second.new, second.attribute, phase
        )
    if phase == EXPAND:
        m.step.key = first.key
        m.step.byte = access.byte
    if row.width == 8 and access.byte == 0:
        if phase == EXPAND:
            m.step.mode = MODE_ALIGNED
            m.step.attribute = first.attribute
            if is_store:
                m.step.store_before = first.before
                m.step.store_old = first.old
            else:
                m.step.b_before = first.before
        return found
    if phase == EXPAND:
        m.step.mode = MODE_NARROW
        record = &m.narrow[m.num_narrow]
        record.time = time
        record.key = first.key
        record.byte = access.byte
        record.width = row.width
        record.is_store = is_store
        record.value = found
        record.old = first.old
        record.before = first.before
        record.attribute = first.attribute
        record.is_two = access.is_two
        record.key2 = second.key if access.is_two else 0
        record.old2 = second.old if access.is_two else 0
        record.before2 = second.before if access.is_two else 0
        record.attribute2 = second.attribute if access.is_two else 0
    m.num_narrow += 1
    return found


cdef inline void record_trap(Machine* m, const Row* row, uint64_t a, const Phase phase) noexcept nogil:
    """Note an access that lies in no region."""
    if phase == EXPAND:
        m.step.mode = MODE_TRAP
        m.trap.a = a
        m.trap.offset = row.offset
        m.trap.width = row.width
        m.trap.kind = row.kind
    m.num_traps += 1


cdef inline bint find_hidden(Machine* m, const Row* row, uint64_t a, Word* word) noexcept nogil:
    """Find hidden word a0 + offset; 0 if there is none."""
    cdef uint64_t number = (a & 0xFFFFFFFFULL) + row.offset
    if number < m.num_hidden:
        fill_hidden(m, number, word)
    elif number - m.output_word < m.num_output:
        fill_hidden(m, m.num_hidden + number - m.output_word, word)
    elif number - m.environment_word < m.num_environment:
        fill_hidden(m, m.num_hidden + m.num_output + number - m.environment_word, word)
    else:
        fail(m, NO_WORD)
        return 0
    return 1
