/* Aligned scratch memory; large blocks ask for large pages, which strided passes need. */
#ifndef ZISK_MEMORY_H
#define ZISK_MEMORY_H

#include <stdlib.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#define CACHE_LINE 64
#define LARGE_PAGE ((size_t)1 << 21)

static void *memory_allocate(size_t bytes) {
    size_t unit = bytes >= LARGE_PAGE ? LARGE_PAGE : CACHE_LINE;
    size_t rounded = (bytes + unit - 1) / unit * unit;
    void *memory = aligned_alloc(unit, rounded ? rounded : unit);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (memory && unit == LARGE_PAGE) madvise(memory, rounded, MADV_HUGEPAGE);
#endif
    return memory;
}

static void memory_free(void *memory) { free(memory); }

#endif
