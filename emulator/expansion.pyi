from collections.abc import Sequence

from zisk_py.emulator.records import Chunk, Records, U64Array
from zisk_py.isa.memory_map import Region
from zisk_py.isa.rom import Rom

def expand(rom: Rom, regions: Sequence[Region], chunk: Chunk, arrivals: U64Array) -> Records: ...
