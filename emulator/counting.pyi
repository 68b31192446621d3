from collections.abc import Sequence

from zisk_py.emulator.records import Chunk, Counts
from zisk_py.isa.memory_map import Region
from zisk_py.isa.rom import Rom

def count(rom: Rom, regions: Sequence[Region], chunk: Chunk) -> Counts: ...
