"""The kernels, one call at a time: for tests and for tools that print what an operation does."""

from libc.stdint cimport uint64_t


def compute(uint64_t code, uint64_t a, uint64_t b):
    """Return (c, flag) of a native operation; (0, 0) where `code` names none."""
    cdef Result result = dispatch(code, a, b)
    return result.c, result.flag
