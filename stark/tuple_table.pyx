"""Tables of tuples, indexed by value."""

import numpy as _np

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport calloc, free
cimport numpy as cnp

from zisk_py.stark.kernel_arguments import check as _check

cnp.import_array()

cdef extern from "tuples.h" nogil:
    struct tuples:
        const uint64_t *table
        size_t rows
        size_t width
        size_t mask
        unsigned *places

    long long tuples_insert(tuples *)
    long long tuples_find(const tuples *, const uint64_t *, size_t, int64_t *)
    long long tuples_count(const tuples *, const uint64_t *, const uint64_t *, size_t, uint64_t *)


cdef uint64_t *_words(array) noexcept:
    return <uint64_t *> cnp.PyArray_DATA(<cnp.ndarray> array)


cdef class TupleTable:
    """The rows of a table by value: counts how often each is looked up."""

    cdef tuples index
    cdef object table

    def __cinit__(self, table):
        """table (n, w) of distinct rows, n below 2^31. Raises ValueError naming a row that stands twice."""
        cdef long long twice
        _check("table", table, _np.uint64, (None, None))
        if len(table) >= 1 << 31:
            raise ValueError(f"table has {len(table)} rows: at most 2^31 - 1 can be indexed")
        self.table = table.copy()
        self.index.table = _words(self.table)
        self.index.rows, self.index.width = table.shape[0], table.shape[1]
        self.index.mask = (1 << max(1, (2 * len(table)).bit_length())) - 1
        self.index.places = <unsigned *> calloc(self.index.mask + 1, sizeof(unsigned))
        if self.index.places == NULL:
            raise MemoryError("no memory for the index of a table")
        with nogil:
            twice = tuples_insert(&self.index)
        if twice >= 0:
            raise ValueError(f"row {twice} of table equals an earlier one")

    def __dealloc__(self):
        free(self.index.places)

    def count(self, queries, weights, counts):
        """counts[row of query i] += weights[i], modulo p; a query of weight zero need not be in the table.

        queries, weights, counts  (m, w), (m,), (n,).
        Returns the number of the first query that is not in the table (no later one is counted), or -1.
        """
        cdef size_t size
        cdef long long missing
        cdef const uint64_t *wanted
        cdef const uint64_t *factors
        cdef uint64_t *target
        _check("queries", queries, _np.uint64, (None, self.index.width))
        _check("weights", weights, _np.uint64, (len(queries),))
        _check("counts", counts, _np.uint64, (self.index.rows,), True)
        size = len(queries)
        wanted, factors, target = _words(queries), _words(weights), _words(counts)
        with nogil:
            missing = tuples_count(&self.index, wanted, factors, size, target)
        return missing

    def find(self, queries):
        """The row of each query, (m, w) -> (m,) of int64; -1 where it is not in the table."""
        cdef size_t size
        cdef const uint64_t *wanted
        cdef int64_t *target
        _check("queries", queries, _np.uint64, (None, self.index.width))
        size = len(queries)
        found = _np.empty(size, dtype=_np.int64)
        wanted, target = _words(queries), <int64_t *> cnp.PyArray_DATA(<cnp.ndarray> found)
        with nogil:
            tuples_find(&self.index, wanted, size, target)
        return found
