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
    struct lookups:
        const uint64_t *queries
        const uint64_t *weights
        size_t query_pitch
        size_t weight_pitch
        size_t count

    long long tuples_count(const tuples *, const lookups *, uint64_t *)


cdef uint64_t *_words(array) noexcept:
    return <uint64_t *> cnp.PyArray_DATA(<cnp.ndarray> array)


cdef size_t _pitch(str name, array, size_t words) except? 0:
    """Words from one row of a column or a part of a matrix to the next."""
    fits = isinstance(array, _np.ndarray) and array.dtype == _np.uint64 and array.ndim in (1, 2)
    fits = fits and (array.ndim == 1 or array.shape[1] == words)
    if fits and len(array) > 0:  # the strides of nothing mean nothing
        fits = array.strides[0] >= 0 and array.strides[0] % 8 == 0
        fits = fits and (words <= 1 or array.ndim == 1 or array.strides[1] == 8)
    if not fits:
        raise ValueError(f"{name} must be neighbouring columns of a matrix of uint64, {words} of them")
    return max(0, array.strides[0]) // 8


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

        queries, weights  (m, w), (m,): both may be columns of a larger matrix. counts (n,).
        Returns the number of the first query that is not in the table (no later one is counted), or -1.
        """
        cdef long long missing
        cdef lookups asked
        cdef uint64_t *target
        asked.query_pitch = _pitch("queries", queries, self.index.width)
        asked.weight_pitch = _pitch("weights", weights, 1)
        if weights.ndim != 1 or queries.ndim != 2 or len(weights) != len(queries):
            raise ValueError(f"there are {len(weights)} weights for {len(queries)} queries")
        _check("counts", counts, _np.uint64, (self.index.rows,), True)
        asked.queries, asked.weights, asked.count = _words(queries), _words(weights), len(queries)
        target = _words(counts)
        with nogil:
            missing = tuples_count(&self.index, &asked, target)
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
