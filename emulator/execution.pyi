from collections.abc import Callable

from zisk_py.emulator.records import Chunk, Execution
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim

def execute(
    rom: Rom,
    claim: Claim,
    data: bytes,
    *,
    chunk_size: int,
    max_steps: int = ...,
    max_bytes: int = ...,
    keep_chunks: bool = True,
    progress: Callable[[int], None] | None = None,
    take: Callable[[Chunk], None] | None = None,
) -> Execution: ...
