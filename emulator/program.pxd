"""A ROM made ready for the steps: registers as indices, jumps as row numbers, places of hidden words."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from zisk_py.emulator.operations cimport Result

cdef enum:  # indices in Machine.values; registers come first
    LAST_C = 64
    ZERO = 65  # always 0: the source of an immediate is values[ZERO] + immediate
    UNITS = 66
    DISCARD = 67  # where a c goes that is not stored
    NUM_VALUES = 68

cdef enum:  # what makes a row more than an operation on registers; bits of Row.special
    A_WORD = 1  # a is a hidden word
    B_WORD = 2
    STORE_WORD = 4
    LOAD = 8  # b is guest memory
    STORE = 16  # c goes to guest memory
    LOAD_WORD = 32  # b is hidden word a0 + offset
    STORE_TO_WORD = 64  # c goes to hidden word a0 + offset
    JUMP = 128
    CHARGED = 256
    FOREIGN = 512  # the operation has no kernel
    INDIRECT = 120  # LOAD, STORE, LOAD_WORD, STORE_TO_WORD

cdef enum:  # row numbers that are no rows
    AT_EXIT = -1
    AT_FAULT = -2
    NO_ROW = -3

cdef enum:
    MAX_STREAMS = 64

ctypedef struct Row:
    uint64_t a_immediate
    uint64_t b_immediate
    uint64_t offset
    uint64_t pc
    int64_t j1
    uint32_t a_word  # index of a hidden word; see memory.Memory.hidden
    uint32_t b_word
    uint32_t store_word
    int32_t next1  # row after flag 1
    int32_t next2
    uint16_t special
    uint8_t a_slot
    uint8_t b_slot
    uint8_t store_slot
    uint8_t code
    uint8_t width
    uint8_t cost
    uint8_t stream  # number of the machine that proves the operation; 0: none
    uint8_t kind  # FaultKind if the access traps


ctypedef struct Table:
    Row* rows
    int32_t* row_at_slot
    uint64_t num_rows
    uint64_t num_slots  # length of row_at_slot


cdef class Program:
    cdef Table table
    cdef readonly tuple streams  # names of the machines; number 1 is streams[0]
    cdef list operations  # by code
    cdef uint64_t num_environment  # see memory.named_environment_words


cdef Program decode(object rom)
cdef int32_t find(const Table* table, uint64_t pc) noexcept nogil
cdef int call_semantics(
    void* operations, void* failures, uint64_t code, uint64_t a, uint64_t b, Result* result
) noexcept nogil
