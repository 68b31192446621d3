"""Decodes a ROM once, into an array of C structs."""

import weakref

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from zisk_py.emulator.errors import EmulatorError
from zisk_py.emulator.memory import hidden_index, named_environment_words
from zisk_py.field.goldilocks import P
from zisk_py.isa.operations import COPY, OPERATIONS

include "constants.pxi"

if LAST_C != NUM_REGISTERS:
    raise ImportError(f"the emulator is built for {LAST_C} registers, the map of memory has {NUM_REGISTERS}")

cdef uint64_t MODULUS = P
cdef object _latest = (None, (), None)  # (weak reference to a Rom, operations, its Program)


cdef class Program:
    """The decoded rows. Threads share it: nothing in it changes after decoding."""

    def __dealloc__(self):
        free(self.table.rows)
        free(self.table.row_at_slot)


cdef int32_t find(const Table* table, uint64_t pc) noexcept nogil:
    """Number of the row at pc, or what it is instead."""
    cdef uint64_t low = 0, high = table.num_rows, middle
    if pc == EXIT_PC:
        return AT_EXIT
    if pc == FAULT_PC:
        return AT_FAULT
    if pc % 8 == 0 and pc // 8 < table.num_slots:
        return table.row_at_slot[pc // 8]
    while low < high:
        middle = (low + high) // 2
        if table.rows[middle].pc < pc:
            low = middle + 1
        else:
            high = middle
    return <int32_t>low if low < table.num_rows and table.rows[low].pc == pc else NO_ROW


cdef Program decode(object rom):
    """Decode a ROM; the same one again costs nothing. Raises EmulatorError."""
    global _latest
    cdef tuple operations = tuple(OPERATIONS)
    reference, known, program = _latest
    if reference is None or reference() is not rom or known != operations:
        program = _decode(rom)
        _latest = (weakref.ref(rom), operations, program)
    return program


cdef Program _decode(object rom):
    cdef Program program = Program()
    cdef const uint64_t[:, ::1] table = rom.rows
    cdef int64_t n, num_rows = table.shape[0]
    cdef Row* row
    cdef dict machines = {}
    for operation in OPERATIONS:
        if operation.is_external:
            machines.setdefault(operation.machine, len(machines) + 1)
    if len(machines) >= MAX_STREAMS or num_rows >= 0x7FFFFFFF:
        raise EmulatorError(f"{len(machines)} machines or {num_rows} ROM rows are too many for the emulator")
    program.streams = tuple(machines)
    program.operations = [None] * 256
    for operation in OPERATIONS:
        program.operations[operation.code] = operation
    program.table.rows = <Row*>calloc(num_rows + 1, sizeof(Row))
    if program.table.rows == NULL:
        raise MemoryError
    program.table.num_rows = num_rows
    for n in range(num_rows):
        _decode_row(program, &program.table.rows[n], &table[n, 0], machines)
    program.num_environment = named_environment_words(rom)
    _index_slots(program)
    for n in range(num_rows):
        row = &program.table.rows[n]
        row.next1 = find(&program.table, row.pc + <uint64_t>row.j1)
        row.next2 = find(&program.table, row.pc + <uint64_t>_signed(table[n, 10]))
        if row.special & (LOAD | STORE) and (row.next1 != AT_FAULT or row.special & JUMP):
            raise EmulatorError(f"the guest access at pc {row.pc:#x} does not jump to the fault end")
    return program


cdef int _check_row(const uint64_t* fields, object operation) except -1:
    """Refuse fields that `isa.rom.encode` never writes, where a step would otherwise go wrong silently."""
    cdef uint64_t flags = fields[11]
    cdef uint64_t a = flags & (FLAG_A_IMMEDIATE | FLAG_A_KEYED)
    cdef uint64_t b = flags & (FLAG_B_IMMEDIATE | FLAG_B_KEYED | FLAG_B_INDIRECT | FLAG_B_UNITS)
    cdef uint64_t store = flags & (FLAG_STORE_KEYED | FLAG_STORE_INDIRECT)
    cdef uint64_t indirect = flags & (FLAG_B_INDIRECT | FLAG_STORE_INDIRECT)
    if operation is None:
        raise EmulatorError(f"the row at pc {fields[0]:#x} has operation {fields[1]:#x}; nothing proves it")
    if (
        fields[0] >> 32
        or a & (a - 1) or b & (b - 1) or store & (store - 1) or indirect & (indirect - 1)
        or (flags & FLAG_A_IMMEDIATE and (fields[2] | fields[3]) >> 32)
        or (flags & FLAG_B_IMMEDIATE and (fields[4] | fields[5]) >> 32)
        or (flags & FLAG_EXTERNAL != 0) != operation.is_external
    ):
        raise EmulatorError(f"the row at pc {fields[0]:#x} is not one that a transpiler writes")
    if indirect and (
        operation is not COPY
        or fields[8] not in (1, 2, 4, 8)
        or (fields[8] != 8 and not flags & FLAG_GUEST)
        or not -0x7FFFFFFF <= _signed(fields[7]) <= 0x7FFFFFFF
    ):
        raise EmulatorError(f"the row at pc {fields[0]:#x} makes an access that no machine proves")
    return 0


cdef int _decode_row(Program program, Row* row, const uint64_t* fields, dict machines) except -1:
    cdef uint64_t flags = fields[11]
    operation = program.operations[fields[1]] if fields[1] < 256 else None
    _check_row(fields, operation)
    row.pc = fields[0]
    row.code = fields[1]
    row.stream = machines.get(operation.machine, 0)
    row.cost = 1 if flags & FLAG_COST else 0
    row.j1 = _signed(fields[9])
    row.offset = <uint64_t>_signed(fields[7])
    row.width = fields[8]
    row.a_slot = row.b_slot = LAST_C
    row.store_slot = DISCARD

    if flags & FLAG_A_IMMEDIATE:
        row.a_slot = ZERO
        row.a_immediate = fields[2] | fields[3] << 32
    elif flags & FLAG_A_KEYED:
        _decode_key(row, fields[2], A_WORD, &row.a_slot, &row.a_word)
    if flags & FLAG_B_IMMEDIATE:
        row.b_slot = ZERO
        row.b_immediate = fields[4] | fields[5] << 32
    elif flags & FLAG_B_KEYED:
        _decode_key(row, fields[4], B_WORD, &row.b_slot, &row.b_word)
    elif flags & FLAG_B_UNITS:
        row.b_slot = UNITS
    if flags & FLAG_STORE_KEYED:
        _decode_key(row, fields[6], STORE_WORD, &row.store_slot, &row.store_word)
        row.store_slot = DISCARD if row.special & STORE_WORD else row.store_slot

    if flags & (FLAG_B_INDIRECT | FLAG_STORE_INDIRECT):
        if flags & FLAG_B_INDIRECT:
            row.special |= LOAD if flags & FLAG_GUEST else LOAD_WORD
            row.b_slot = ZERO
            row.kind = FAULT_LOAD_VIOLATION
        else:
            row.special |= STORE if flags & FLAG_GUEST else STORE_TO_WORD
            row.kind = FAULT_STORE_VIOLATION
    if flags & FLAG_SET_PC:
        row.special |= JUMP
    if flags & FLAG_CHARGE:
        row.special |= CHARGED
    if not operation.native:
        row.special |= FOREIGN
    return 0


cdef int _decode_key(Row* row, uint64_t key, uint16_t is_word, uint8_t* slot, uint32_t* word) except -1:
    if REGISTER_KEY <= key < REGISTER_KEY + NUM_REGISTERS:
        slot[0] = <uint8_t>(key - REGISTER_KEY)
        return 0
    index = hidden_index(key)
    if index is None:
        raise EmulatorError(f"the row at pc {row.pc:#x} reaches key {key:#x}, which names no word")
    slot[0] = ZERO
    word[0] = index
    row.special |= is_word
    return 0


cdef int _index_slots(Program program) except -1:
    """Make the table that finds instruction starts, the targets of computed jumps, without a search."""
    cdef uint64_t n, slot, num_slots = 0
    for n in range(program.table.num_rows):
        if program.table.rows[n].pc % 8 == 0 and program.table.rows[n].pc < EXIT_PC:
            num_slots = program.table.rows[n].pc // 8 + 1
    if num_slots > 64 * program.table.num_rows:
        return 0  # few rows far apart: a search is as good
    program.table.row_at_slot = <int32_t*>calloc(num_slots + 1, sizeof(int32_t))
    if program.table.row_at_slot == NULL:
        raise MemoryError
    for slot in range(num_slots):
        program.table.row_at_slot[slot] = NO_ROW
    for n in range(program.table.num_rows):
        if program.table.rows[n].pc % 8 == 0 and program.table.rows[n].pc < EXIT_PC:
            program.table.row_at_slot[program.table.rows[n].pc // 8] = <int32_t>n
    program.table.num_slots = num_slots
    return 0


cdef inline int64_t _signed(uint64_t element) noexcept:
    """The integer that a field element stands for."""
    return <int64_t>(element - MODULUS) if element > MODULUS // 2 else <int64_t>element


cdef int call_semantics(
    void* operations, void* failures, uint64_t code, uint64_t a, uint64_t b, Result* result
) noexcept nogil:
    """Compute an operation that has no kernel. Returns 0 if it raised; the error is then in `failures`."""
    with gil:
        try:
            c, flag = (<list>operations)[code].semantics(a, b)
            result.c = c
            result.flag = flag
            return 1
        except BaseException as error:
            (<list>failures).append(error)
            return 0
