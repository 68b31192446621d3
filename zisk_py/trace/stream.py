"""EXECUTE as an iterator: each chunk is handed on and forgotten."""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from queue import Empty, Queue
from threading import Event, Thread

from zisk_py import emulator
from zisk_py.emulator.records import Chunk, Execution
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim
from zisk_py.limits import Limits
from zisk_py.process import used_memory

WAITING_CHUNKS = 2  # that EXECUTE may be ahead


class _Abandoned(Exception):
    """Nobody takes the chunks any more."""


def stream_chunks(
    rom: Rom, claim: Claim, data: bytes, chunk_size: int, limits: Limits
) -> Generator[Chunk, None, Execution]:
    """The chunks of a run, while it goes on in a thread; then, as the generator's value, the execution.

    Raises what EXECUTE raises.
    """
    found: Queue[Chunk | Execution | BaseException] = Queue(WAITING_CHUNKS)
    is_abandoned = Event()
    max_bytes = max(0, limits.memory_bytes - used_memory())

    def take(chunk: Chunk) -> None:
        if is_abandoned.is_set():
            raise _Abandoned
        found.put(chunk)

    def run() -> None:
        try:
            found.put(
                emulator.execute(
                    rom,
                    claim,
                    data,
                    chunk_size=chunk_size,
                    max_steps=limits.steps,
                    max_bytes=max_bytes,
                    keep_chunks=False,
                    take=take,
                )
            )
        except BaseException as error:  # goes to the consumer, whatever it is
            found.put(error)

    thread = Thread(target=run, name="zisk-py-execute", daemon=True)
    thread.start()
    try:
        for index in count():
            item = found.get()
            if isinstance(item, Chunk):
                yield replace(item, index=index)
            elif isinstance(item, Execution):
                return item
            else:
                raise item
    finally:
        is_abandoned.set()
        while thread.is_alive():
            with suppress(Empty):
                found.get(timeout=0.01)
    raise AssertionError("the count of chunks has no end")
