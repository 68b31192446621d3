"""The memory of a run: the guest regions as the host keeps them, hidden words, output words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zisk_py.emulator.errors import EmulatorError
from zisk_py.emulator.records import U64Array
from zisk_py.errors import InputError
from zisk_py.isa.instruction import Flag
from zisk_py.isa.memory_map import (
    ENVIRONMENT_WORD,
    HIDDEN_KEY,
    MAX_ENVIRONMENT_BYTES,
    MAX_OUTPUT_BYTES,
    NUM_HIDDEN_WORDS,
    OUTPUT_WORD,
    Region,
    RegionKind,
    join_regions,
)
from zisk_py.isa.rom import ROM_COLUMNS, Rom
from zisk_py.isa.rules import Claim

NUM_OUTPUT_WORDS = 1 + (MAX_OUTPUT_BYTES + 7) // 8  # the first holds the length in bytes
FIRST_OUTPUT = NUM_HIDDEN_WORDS  # index of the first output word in `Memory.hidden`
FIRST_ENVIRONMENT = FIRST_OUTPUT + NUM_OUTPUT_WORDS
FRAME_BYTES = 4096  # of a frame, and of the gap after it, in a gapped region


@dataclass(frozen=True)
class Memory:
    """All words but the registers. `buffers[i]` holds the bytes of guest region `regions[i]`, without gaps.

    buffers  uint8 arrays, padded with zeros to whole words
    hidden   hidden words, output words from FIRST_OUTPUT on, environment words from FIRST_ENVIRONMENT on
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

    def final_bytes(self) -> "GuestBytes":
        """The bytes of each guest region by its address."""
        return GuestBytes(self)

    def outputs(self) -> bytes:
        """The public output. Raises EmulatorError if its length word is above MAX_OUTPUT_BYTES."""
        words = self.hidden[FIRST_OUTPUT:FIRST_ENVIRONMENT]
        length = int(words[0])
        if length > MAX_OUTPUT_BYTES:
            raise EmulatorError(f"the run left an output of {length} bytes; at most {MAX_OUTPUT_BYTES} fit")
        return words[1 : 2 + length // 8].astype("<u8", copy=False).tobytes()[:length]

    def _find(self, key: int) -> tuple[U64Array, int]:
        if (index := hidden_index(key)) is not None and index < len(self.hidden):
            return self.hidden, index
        for region, buffer in zip(self.regions, self.buffers, strict=True):
            if region.start <= key < region.start + region.num_words:
                return buffer.view(np.uint64), _host_offset(region, 8 * (key - region.start)) // 8
        raise EmulatorError(f"there is no word with key {key:#x}; build the program again")


class GuestBytes(Mapping[int, bytes]):
    """The bytes of each guest region by its address; they are copied when they are asked for.

    A region may have hundreds of megabytes that no run has touched, which take no memory until then.
    """

    def __init__(self, memory: Memory) -> None:
        """Of a memory that does not change any more."""
        self._places = {
            region.address: (region, buffer)
            for region, buffer in zip(memory.regions, memory.buffers, strict=True)
        }

    def __getitem__(self, address: int) -> bytes:
        """The bytes of the region at an address."""
        region, buffer = self._places[address]
        return buffer[: _num_bytes(region)].tobytes()

    def __iter__(self) -> Iterator[int]:
        """The addresses, ascending."""
        return iter(self._places)

    def __len__(self) -> int:
        """The number of regions."""
        return len(self._places)


def hidden_index(key: int) -> int | None:
    """Index in `Memory.hidden` of a word beyond the registers; None if the key can name none.

    Of the environment's words a run has only as many as its claim gives.
    """
    number = key - HIDDEN_KEY
    if 0 <= number < NUM_HIDDEN_WORDS:
        return number
    if 0 <= number - OUTPUT_WORD < NUM_OUTPUT_WORDS:
        return FIRST_OUTPUT + number - OUTPUT_WORD
    if 0 <= number - ENVIRONMENT_WORD < MAX_ENVIRONMENT_BYTES // 8:
        return FIRST_ENVIRONMENT + number - ENVIRONMENT_WORD
    return None


def environment_words(regions: Iterable[Region]) -> int:
    """Words of the environment."""
    return sum(region.num_words for region in regions if region.kind is RegionKind.ENVIRONMENT)


def named_environment_words(rom: Rom) -> int:
    """Words of the environment, up to the last that a row names by its key."""
    columns = ((Flag.A_KEYED, "a_lo"), (Flag.B_KEYED, "b_lo"), (Flag.STORE_KEYED, "store_key"))
    rows = {name: rom.rows[:, number] for number, name in enumerate(ROM_COLUMNS)}
    keys = np.concatenate([rows[name][(rows["flags"] & np.uint64(flag)) > 0] for flag, name in columns])
    numbers = keys - np.uint64(HIDDEN_KEY + ENVIRONMENT_WORD)  # those of other keys are too high
    numbers = numbers[numbers < MAX_ENVIRONMENT_BYTES // 8]
    return int(numbers.max()) + 1 if len(numbers) else 0


def initial_memory(rom: Rom, regions: Sequence[Region], claim: Claim, data: bytes) -> Memory:
    """Load image, input and environment; all else is zero.

    Raises InputError if the input is not the claim's, or does not fit its region, or an image segment
    lies in no image region.
    """
    if len(data) != claim.input_length:
        raise InputError(f"the input has {len(data)} bytes, the claim says {claim.input_length}")
    if claim.public_input is not None and claim.public_input != data:
        raise InputError("the input is not the public input of the claim")
    guest = join_regions(regions)
    buffers = tuple(np.zeros(held_bytes(region), dtype=np.uint8) for region in guest)
    hidden = np.zeros(FIRST_ENVIRONMENT + environment_words(regions), dtype=np.uint64)
    hidden[FIRST_ENVIRONMENT:] = np.frombuffer(claim.environment, dtype="<u8")
    memory = Memory(guest, buffers, hidden)
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
