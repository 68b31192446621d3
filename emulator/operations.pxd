"""One kernel per native operation of `isa.operations`, equal to its function in `isa.semantics`."""

from libc.stdint cimport int32_t, int64_t, uint64_t

cdef extern from *:
    ctypedef unsigned long long uint128_t "unsigned __int128"

ctypedef struct Result:
    uint64_t c
    uint64_t flag


cdef inline Result value(uint64_t c) noexcept nogil:
    cdef Result result
    result.c = c
    result.flag = 0
    return result


cdef inline Result condition(bint holds) noexcept nogil:
    cdef Result result
    result.c = result.flag = holds
    return result


cdef inline Result op_copy(uint64_t a, uint64_t b) noexcept nogil:
    return value(b)


cdef inline Result op_add(uint64_t a, uint64_t b) noexcept nogil:
    return value(a + b)


cdef inline Result op_sub(uint64_t a, uint64_t b) noexcept nogil:
    return value(a - b)


cdef inline Result op_add_w(uint64_t a, uint64_t b) noexcept nogil:
    return value(<uint64_t><int64_t><int32_t>(a + b))


cdef inline Result op_sub_w(uint64_t a, uint64_t b) noexcept nogil:
    return value(<uint64_t><int64_t><int32_t>(a - b))


cdef inline Result op_ltu(uint64_t a, uint64_t b) noexcept nogil:
    return condition(a < b)


cdef inline Result op_lt(uint64_t a, uint64_t b) noexcept nogil:
    return condition(<int64_t>a < <int64_t>b)


cdef inline Result op_eq(uint64_t a, uint64_t b) noexcept nogil:
    return condition(a == b)


cdef inline Result op_and(uint64_t a, uint64_t b) noexcept nogil:
    return value(a & b)


cdef inline Result op_or(uint64_t a, uint64_t b) noexcept nogil:
    return value(a | b)


cdef inline Result op_xor(uint64_t a, uint64_t b) noexcept nogil:
    return value(a ^ b)


cdef inline Result op_sll(uint64_t a, uint64_t b) noexcept nogil:
    return value(a << (b & 63))


cdef inline Result op_srl(uint64_t a, uint64_t b) noexcept nogil:
    return value(a >> (b & 63))


cdef inline Result op_sra(uint64_t a, uint64_t b) noexcept nogil:
    return value(<uint64_t>(<int64_t>a >> (b & 63)))


cdef inline Result op_mulu(uint64_t a, uint64_t b) noexcept nogil:
    return value(a * b)


cdef inline Result op_muluh(uint64_t a, uint64_t b) noexcept nogil:
    return value(<uint64_t>((<uint128_t>a * b) >> 64))


cdef inline Result op_divu(uint64_t a, uint64_t b) noexcept nogil:
    cdef Result result = value(a // b if b else ~(<uint64_t>0))
    result.flag = b == 0
    return result


cdef inline Result op_remu(uint64_t a, uint64_t b) noexcept nogil:
    cdef Result result = value(a % b if b else a)
    result.flag = b == 0
    return result


cdef inline Result unknown_operation() noexcept nogil:
    """What `dispatch` falls back to; decoding lets no such operation through."""
    return value(0)


include "dispatch.pxi"
