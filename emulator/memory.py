"""The memory of a run: the guest regions as the host keeps them, hidden words, output words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zisk_py.emulator.errors import EmulatorError
from zisk_py.emulator.records import U64Array
from zisk_py.errors import InputError
from zisk_py.isa.memory_map import (
    HIDDEN_KEY,
    MAX_OUTPUT_BYTES,
    NUM_HIDDEN_WORDS,
    OUTPUT_WORD,
    Region,
    RegionKind,
)
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim

NUM_OUTPUT_WORDS = 1 + (MAX_OUTPUT_BYTES + 7) // 8  # the first holds the length in bytes
FRAME_BYTES = 4096  # of a frame, and of the gap after it, in a gapped region


@dataclass(frozen=True)
class Memory:
    """All words but the registers. `buffers[i]` holds the bytes of guest region `regions[i]`, without gaps.

    buffers  uint8 arrays, padded with zeros to whole words
    hidden   (NUM_HIDDEN_WORDS + NUM_OUTPUT_WORDS,): hidden words, then output words
    """

    regions: tuple[Region, ...]
    buffers: tuple[NDArray[np.uint8], ...]
    hidden: U64Array

    def word(self, key: int) -> int:
        """The word with that key. Raises EmulatorError if there is none."""
        words, number = self._find(key)
        return int(words[number])

    def put(self, key: int, value: int) -> None:
        """Replace the word with that key. Raises EmulatorError if there is none."""
        words, number = self._find(key)
        words[number] = value

    def final_bytes(self) -> dict[int, bytes]:
        """The bytes of each guest region by its address."""
        return {
            region.address: buffer[: _num_bytes(region)].tobytes()
            for region, buffer in zip(self.regions, self.buffers, strict=True)
        }

    def outputs(self) -> bytes:
        """The public output. Raises EmulatorError if its length word is above MAX_OUTPUT_BYTES."""
        length, *words = self.hidden[NUM_HIDDEN_WORDS:]
        if length > MAX_OUTPUT_BYTES:
            raise EmulatorError(f"the run left an output of {length} bytes; at most {MAX_OUTPUT_BYTES} fit")
        return np.array(words, dtype="<u8").tobytes()[: int(length)]

    def _find(self, key: int) -> tuple[U64Array, int]:
        if (index := hidden_index(key)) is not None:
            return self.hidden, index
        for region, buffer in zip(self.regions, self.buffers, strict=True):
            if region.start <= key < region.start + region.num_words:
                return buffer.view(np.uint64), _host_offset(region, 8 * (key - region.start)) // 8
        raise EmulatorError(f"there is no word with key {key:#x}; build the program again")


def hidden_index(key: int) -> int | None:
    """Index in `Memory.hidden` of a hidden or output word; None if the key names neither."""
    number = key - HIDDEN_KEY
    if 0 <= number < NUM_HIDDEN_WORDS:
        return number
    if 0 <= number - OUTPUT_WORD < NUM_OUTPUT_WORDS:
        return NUM_HIDDEN_WORDS + number - OUTPUT_WORD
    return None


def initial_memory(rom: Rom, regions: Sequence[Region], claim: Claim, data: bytes) -> Memory:
    """Load image and input; all else is zero.

    Raises InputError if the input is not the claim's, or does not fit its region, or an image segment
    lies in no image region.
    """
    if len(data) != claim.input_length:
        raise InputError(f"the input has {len(data)} bytes, the claim says {claim.input_length}")
    if claim.public_input is not None and claim.public_input != data:
        raise InputError("the input is not the public input of the claim")
    guest = tuple(region for region in regions if region.is_guest)
    buffers = tuple(np.zeros(held_bytes(region), dtype=np.uint8) for region in guest)
    memory = Memory(guest, buffers, np.zeros(NUM_HIDDEN_WORDS + NUM_OUTPUT_WORDS, dtype=np.uint64))
    for segment in rom.image:
        _load(memory, RegionKind.IMAGE, segment.address, segment.data)
    if data:
        inputs = [region.address for region in guest if region.kind is RegionKind.INPUT]
        if len(inputs) != 1:
            raise InputError(f"the program has {len(inputs)} input regions; it cannot take an input")
        _load(memory, RegionKind.INPUT, inputs[0], data)
    return memory


def _load(memory: Memory, kind: RegionKind, address: int, data: bytes) -> None:
    for region, buffer in zip(memory.regions, memory.buffers, strict=True):
        start = address - region.address
        if region.kind is kind and start >= 0 and start + len(data) <= region.size:
            buffer[start : start + len(data)] = np.frombuffer(data, dtype=np.uint8)
            return
    raise InputError(f"{len(data)} bytes at {address:#x} lie in no {kind.name.lower()} region")


def held_bytes(region: Region) -> int:
    """Bytes of a guest region's buffer: whole words, without gaps."""
    return (_num_bytes(region) + 7) // 8 * 8


def _num_bytes(region: Region) -> int:
    if not region.gapped:
        return region.size
    return (region.size + 2 * FRAME_BYTES - 1) // (2 * FRAME_BYTES) * FRAME_BYTES


def _host_offset(region: Region, offset: int) -> int:
    if not region.gapped:
        return offset
    return offset // (2 * FRAME_BYTES) * FRAME_BYTES + offset % FRAME_BYTES
