"""The one step of the machine, specialised by a literal `phase`: its branches fold away.

EXECUTE keeps memory and logs the old value of every word it reaches; COUNT and EXPAND find these values in
the log. COUNT counts rows of streams, EXPAND writes them; both keep the time of each key's last access.
"""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

from zisk_py.emulator.guest cimport MAX_GUEST_REGIONS, Access, Region, Word, reach
from zisk_py.emulator.operations cimport Result, dispatch
from zisk_py.emulator.program cimport (
    A_WORD,
    B_WORD,
    CHARGED,
    FOREIGN,
    INDIRECT,
    JUMP,
    LAST_C,
    LOAD,
    LOAD_WORD,
    MAX_STREAMS,
    NO_ROW,
    NUM_VALUES,
    Row,
    STORE,
    STORE_TO_WORD,
    STORE_WORD,
    Table,
    UNITS,
    call_semantics,
    find,
)

cdef enum Phase:
    EXECUTE
    COUNT
    EXPAND

cdef enum Failure:
    NO_FAILURE
    RAISED  # an operation without a kernel; the error is in Machine.failures
    NO_WORD  # a hidden word that does not exist
    FAR_JUMP  # a computed jump above slot 2^32
    SHORT_LOG  # a chunk with fewer words than its steps reach
    SHORT_ARRIVALS  # fewer arrivals than touched keys

cdef enum:
    SPAN = 65536  # an access and the one it consumes are at most this far apart
    NUM_REGISTERS = LAST_C
    WORDS_PER_STEP = 4  # at most: two of a, b and the store keyed, and an access that reaches two words

# The rows of the streams: the enums of records.py as structs, column for column.
ctypedef struct StepRecord:
    uint64_t row, a, b, c, flag, units, a_before, b_before, store_before, store_old
    uint64_t mode, key, byte, attribute

ctypedef struct OperandsRecord:
    uint64_t code, a, b, c, flag

ctypedef struct NarrowRecord:
    uint64_t time, key, byte, width, is_store, value, old, before, attribute
    uint64_t is_two, key2, old2, before2, attribute2

ctypedef struct CarryRecord:
    uint64_t key, origin, to, value, attribute

ctypedef struct TrapRecord:
    uint64_t a, offset, width, kind

ctypedef struct TouchRecord:
    uint64_t key, time, value, attribute, first

cdef enum Mode:
    MODE_NONE
    MODE_ALIGNED
    MODE_NARROW
    MODE_TRAP
    MODE_HIDDEN

ctypedef struct Machine:
    const Row* rows
    int32_t row  # the next one; negative: see program.pxd
    Failure failure
    int32_t failed_row
    int num_regions
    uint64_t time  # 4 * clk
    uint64_t values[NUM_VALUES]
    Region regions[MAX_GUEST_REGIONS]
    const Table* table
    void* operations  # list by code, for those without a kernel
    void* failures  # list of the errors that they raised
    uint64_t register_key
    uint64_t hidden_key  # of hidden word 0
    uint64_t num_hidden
    uint64_t output_word
    uint64_t num_output
    uint64_t* hidden  # EXECUTE only
    uint64_t* log
    uint64_t num_log
    uint64_t log_limit
    # COUNT and EXPAND
    bint is_later  # not the first chunk: first touches are carried
    uint64_t start_time
    uint32_t* shadow  # of each word: 1 + its number in touched; 0: not touched
    TouchRecord* touched
    uint64_t num_touched
    uint64_t num_narrow
    uint64_t num_carry
    uint64_t num_traps
    uint64_t counts[MAX_STREAMS]  # rows per machine; number 0 takes what no machine proves
    # EXPAND only
    const uint64_t* arrivals
    uint64_t num_arrivals
    StepRecord* step
    NarrowRecord* narrow
    CarryRecord* carry
    TrapRecord* trap
    OperandsRecord* streams[MAX_STREAMS]


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
    """Key of the hidden word at an index of Machine.hidden: output words follow the others."""
    return m.hidden_key + (index if index < m.num_hidden else m.output_word + index - m.num_hidden)


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
    if number >= m.num_hidden:
        number -= m.output_word
        if number >= m.num_output:
            fail(m, NO_WORD)
            return 0
        number += m.num_hidden
    fill_hidden(m, number, word)
    return 1


cdef inline void step(Machine* m, const Phase phase) noexcept nogil:
    """Run the row m.row. A failure ends the run: m.row is then NO_ROW."""
    cdef const Row* row = &m.rows[m.row]
    cdef uint32_t special = row.special
    cdef uint64_t units = m.values[UNITS]
    cdef uint64_t a = m.values[row.a_slot] + row.a_immediate
    cdef uint64_t b, before
    cdef bint is_trap = 0
    cdef Access access
    cdef Word word
    cdef Result result
    cdef OperandsRecord* operands

    if phase == EXPAND:
        m.step.row = <uint64_t>m.row
        m.step.units = units
        m.step.a_before = m.step.b_before = m.step.store_before = m.step.store_old = 0
        m.step.mode = MODE_NONE
        m.step.key = m.step.byte = 0
        m.step.attribute = 1

    # a
    if special & A_WORD:
        fill_hidden(m, row.a_word, &word)
        access_word(m, &word, m.time + 1, 0, 0, phase)
        a = word.old
        if phase == EXPAND:
            m.step.a_before = word.before
    elif phase != EXECUTE and row.a_slot < NUM_REGISTERS:
        before = touch(m, row.a_slot, m.register_key + row.a_slot, m.time + 1, a, a, 1, phase)
        if phase == EXPAND:
            m.step.a_before = before

    # b
    b = m.values[row.b_slot] + row.b_immediate
    if special & (LOAD | STORE):
        is_trap = not reach(m.regions, m.num_regions, a + row.offset, row.width, special & STORE, &access)
    if special & LOAD:
        if not is_trap:
            b = access_guest(m, row, &access, m.time + 2, 0, 0, phase)
    elif special & (B_WORD | LOAD_WORD):
        if special & B_WORD:
            fill_hidden(m, row.b_word, &word)
        elif not find_hidden(m, row, a, &word):
            m.row = NO_ROW
            return
        access_word(m, &word, m.time + 2, 0, 0, phase)
        b = word.old
        if phase == EXPAND:
            m.step.b_before = word.before
            if special & LOAD_WORD:
                m.step.mode = MODE_HIDDEN
                m.step.key = word.key
    elif phase != EXECUTE and row.b_slot < NUM_REGISTERS:
        before = touch(m, row.b_slot, m.register_key + row.b_slot, m.time + 2, b, b, 1, phase)
        if phase == EXPAND:
            m.step.b_before = before

    # (c, flag) = op(a, b)
    if special & (INDIRECT | FOREIGN):
        result.c = b
        result.flag = 0
        if is_trap:
            result.c = row.pc | <uint64_t>row.kind << 32
            result.flag = 1
            if phase != EXECUTE:
                record_trap(m, row, a, phase)
        elif special & FOREIGN and not call_semantics(m.operations, m.failures, row.code, a, b, &result):
            fail(m, RAISED)
            m.row = NO_ROW
            return
    else:
        result = dispatch(row.code, a, b)

    # the store
    if special & STORE:
        if not is_trap:
            access_guest(m, row, &access, m.time + 3, 1, result.c, phase)
    elif special & (STORE_WORD | STORE_TO_WORD):
        if special & STORE_WORD:
            fill_hidden(m, row.store_word, &word)
        elif not find_hidden(m, row, a, &word):
            m.row = NO_ROW
            return
        access_word(m, &word, m.time + 3, 1, result.c, phase)
        if phase == EXPAND:
            m.step.store_before = word.before
            m.step.store_old = word.old
            if special & STORE_TO_WORD:
                m.step.mode = MODE_HIDDEN
                m.step.key = word.key
    elif phase != EXECUTE and row.store_slot < NUM_REGISTERS:
        before = touch(
            m, row.store_slot, m.register_key + row.store_slot, m.time + 3,
            m.values[row.store_slot], result.c, 1, phase,
        )
        if phase == EXPAND:
            m.step.store_before = before
            m.step.store_old = m.values[row.store_slot]
    m.values[row.store_slot] = result.c
    m.values[LAST_C] = result.c

    # records
    if phase == EXPAND:
        m.step.a = a
        m.step.b = b
        m.step.c = result.c
        m.step.flag = result.flag
        m.step += 1
        if row.stream:
            operands = &m.streams[row.stream][m.counts[row.stream]]
            operands.code = row.code
            operands.a = a
            operands.b = b
            operands.c = result.c
            operands.flag = result.flag
    if phase != EXECUTE:
        m.counts[row.stream] += 1

    # what is next
    m.values[UNITS] = units + row.cost
    m.time += 4
    if special & (CHARGED | JUMP):
        if special & CHARGED:
            m.values[UNITS] += result.c & 0xFFFFFFFFULL
        if special & JUMP:
            if result.c >> 32:
                fail(m, FAR_JUMP)
                m.row = NO_ROW
                return
            m.row = find(m.table, 8 * result.c + <uint64_t>row.j1)
            return
    if result.flag:
        m.row = row.next1
    else:
        m.row = row.next2
    if phase != EXECUTE and m.failure != NO_FAILURE:
        m.row = NO_ROW
