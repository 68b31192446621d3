"""Where the words of an access are: the regions as C structs; bounds, gaps and permissions."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef enum:
    FRAME = 4096  # bytes of a frame, and of the gap after it, in a gapped region
    MAX_GUEST_REGIONS = 16

ctypedef struct Region:
    uint64_t address
    uint64_t size  # bytes
    uint64_t start  # key of the first word
    uint64_t last  # number of the last word
    uint64_t whole_attribute
    uint64_t last_attribute
    uint64_t place  # index of its first word in Machine.shadow
    uint64_t* words  # EXECUTE only: its bytes, without gaps
    bint writable
    bint gapped

ctypedef struct Word:
    uint64_t key
    uint64_t place  # index in Machine.shadow
    uint64_t attribute
    uint64_t* at  # EXECUTE only
    uint64_t old
    uint64_t new
    uint64_t before  # time of the access that this one consumes

ctypedef struct Access:
    bint is_two
    uint64_t byte  # offset in the first word
    Word words[2]


cdef inline bint reach(
    const Region* regions, int num_regions, uint64_t address, uint64_t width, bint is_store, Access* access
) noexcept nogil:
    """Find the words of a guest access; 0 if it must trap. Only its start is tested for lying in a gap."""
    cdef const Region* region = NULL
    cdef uint64_t offset = 0, number, host, skip = 0
    cdef int n
    for n in range(num_regions):
        offset = address - regions[n].address
        if offset < regions[n].size:
            region = &regions[n]
            break
    if region == NULL or (is_store and not region.writable):
        return 0
    host = offset
    if region.gapped:
        if offset & FRAME:
            return 0
        if (offset & (FRAME - 1)) + width > FRAME:
            skip = FRAME  # continues in the next frame
        host = (offset >> 13) << 12 | offset & (FRAME - 1)
    if width + skip > region.size - offset:
        return 0
    access.byte = offset & 7
    access.is_two = access.byte + width > 8
    number = offset >> 3
    fill_word(region, number, host >> 3, &access.words[0])
    if access.is_two:
        fill_word(region, number + 1 + (skip >> 3), (host >> 3) + 1, &access.words[1])
    return 1


cdef inline void fill_word(const Region* region, uint64_t number, uint64_t host, Word* word) noexcept nogil:
    """Describe word `number` of a region, the `host`-th that it keeps."""
    word.key = region.start + number
    word.place = region.place + number
    word.attribute = region.last_attribute if number == region.last else region.whole_attribute
    word.at = region.words + host
