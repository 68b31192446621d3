"""The one step of the machine, specialised by a literal `phase`: its branches fold away.

EXECUTE runs on memory, COUNT counts the rows of the streams, EXPAND writes them; see words.pxd.
"""

from libc.stdint cimport uint32_t, uint64_t

from zisk_py.emulator.guest cimport Access, Word, reach
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
    NO_ROW,
    STORE,
    STORE_TO_WORD,
    STORE_WORD,
    UNITS,
    Row,
    call_semantics,
    find,
)
from zisk_py.emulator.state cimport (
    EXECUTE,
    EXPAND,
    FAR_JUMP,
    MODE_HIDDEN,
    MODE_NONE,
    NO_FAILURE,
    NUM_REGISTERS,
    RAISED,
    Machine,
    OperandsRecord,
    Phase,
)
from zisk_py.emulator.words cimport (
    access_guest,
    access_word,
    fail,
    fill_hidden,
    find_hidden,
    record_trap,
    touch,
)


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
        m.num_accesses += 1
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
            m.has_trapped = 1
            m.trap_address = a + row.offset
            m.trap_width = row.width
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
            m.charged += result.c & 0xFFFFFFFFULL
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
