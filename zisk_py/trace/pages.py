"""Guest memory as sparse pages: 4096 bytes each from the start of a region on, those left out all zero."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from zisk_py.isa.memory_map import Region
from zisk_py.trace.witness import MemoryData

PAGE = 4096  # also the size of a frame, and of the gap after it, in a gapped region


def sparse_pages(regions: Sequence[Region], content: Mapping[int, bytes]) -> tuple[MemoryData, ...]:
    """The pages that are not all zero, from the bytes of each region, without gaps, by its address."""
    return tuple(
        MemoryData(region.address + number * (1 + region.gapped) * PAGE, page)
        for region in regions
        if region.is_guest
        for number, page in enumerate(_pages(content[region.address]))
        if any(page)
    )


def _pages(data: bytes) -> Iterator[bytes]:
    return (data[start : start + PAGE] for start in range(0, len(data), PAGE))


class PagedMemory:
    """Memory that begins as some pages and is written to."""

    def __init__(self, regions: Iterable[Region], pages: Iterable[MemoryData]) -> None:
        """Start with the pages. Raises ValueError for one that is no page of the regions."""
        self._regions = [region for region in regions if region.is_guest]
        self._pages: dict[int, bytearray] = {}
        for address, data in pages:
            offset = address - self._region(address).address
            if offset % PAGE or not 0 < len(data) <= PAGE:
                raise ValueError(f"the {len(data)} bytes at {address:#x} are no page of a region")
            self.write(address, data)

    def read(self, address: int, size: int) -> bytes:
        """The bytes there; behind a frame of a gapped region they go on behind the gap."""
        parts = [
            bytes(page[start:stop]) if (page := self._pages.get(place)) is not None else bytes(stop - start)
            for place, start, stop in self._spans(address, size)
        ]
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def write(self, address: int, data: bytes) -> None:
        """Replace the bytes there."""
        done = 0
        for place, start, stop in self._spans(address, len(data)):
            page = self._pages.get(place)
            if page is None:
                page = self._pages[place] = bytearray(PAGE)
            page[start:stop] = data[done : done + stop - start]
            done += stop - start

    def pages(self) -> tuple[MemoryData, ...]:
        """The pages that are not all zero, ascending; one at the end of a region may be short."""
        found = []
        for address in sorted(self._pages):
            page = bytes(self._pages[address])
            if any(page):
                region = self._region(address)
                found.append(MemoryData(address, page[: region.address + region.size - address]))
        return tuple(found)

    def _spans(self, address: int, size: int) -> Iterator[tuple[int, int, int]]:
        """Address of a page, and from where to where the bytes lie in it."""
        region = self._region(address)
        offset = address - region.address
        while size:
            start = offset % PAGE
            stop = min(start + size, PAGE)
            yield address - start, start, stop
            step = stop - start + (PAGE if region.gapped and stop == PAGE else 0)
            address, offset, size = address + step, offset + step, size - (stop - start)

    def _region(self, address: int) -> Region:
        for region in self._regions:
            if 0 <= address - region.address < region.size:
                return region
        raise ValueError(f"the address {address:#x} lies in no region")
