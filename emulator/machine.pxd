"""Setting a Machine up, and turning its failures into errors."""

from libc.stdint cimport uint64_t

from zisk_py.emulator.program cimport Program
from zisk_py.emulator.state cimport Machine

cdef int stand(
    Machine* m, Program program, list failures, object regions, uint64_t pc, uint64_t c, uint64_t clk,
    uint64_t units, const uint64_t[::1] registers,
) except -1
cdef int attach(Machine* m, object memory) except -1
cdef int track(Machine* m, object chunk, const uint64_t[::1] words) except -1
cdef void release(Machine* m) noexcept
cdef int check(Machine* m, list failures) except -1
cdef object pc_of(Machine* m)

ctypedef uint64_t (*Runner)(Machine* m, uint64_t steps) noexcept nogil

cdef int replay(Machine* m, object chunk, list failures, Runner run) except -1
