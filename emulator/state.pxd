"""The state of a machine in one of the three phases, and the rows that it writes."""

from libc.stdint cimport int32_t, uint32_t, uint64_t

from zisk_py.emulator.guest cimport MAX_GUEST_REGIONS, Region
from zisk_py.emulator.program cimport LAST_C, MAX_STREAMS, NUM_VALUES, Row, Table

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
    uint64_t charged  # compute units that are not of the start of an instruction
    uint64_t num_accesses  # to guest memory
    Region regions[MAX_GUEST_REGIONS]
    const Table* table
    void* operations  # list by code, for those without a kernel
    void* failures  # list of the errors that they raised
    uint64_t register_key
    uint64_t hidden_key  # of hidden word 0
    uint64_t num_hidden
    uint64_t output_word
    uint64_t num_output
    bint has_trapped
    uint64_t trap_address  # of the guest access that trapped
    uint64_t trap_width
    uint64_t environment_word
    uint64_t num_environment
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
