"""MurmurHash3, 32 bits, seed 0 (Austin Appleby, public domain): the key of a name or a slot in sBPF."""

import struct

MASK32 = 0xFFFFFFFF


def murmur3(data: bytes) -> int:
    """The hash of `data`."""
    value, whole = 0, len(data) // 4 * 4
    for (block,) in struct.iter_unpack("<I", data[:whole]):
        value = _rotate(value ^ _scramble(block), 13)
        value = (value * 5 + 0xE6546B64) & MASK32
    value ^= _scramble(int.from_bytes(data[whole:], "little")) ^ len(data)
    value = ((value ^ value >> 16) * 0x85EBCA6B) & MASK32
    value = ((value ^ value >> 13) * 0xC2B2AE35) & MASK32
    return value ^ value >> 16


def _scramble(block: int) -> int:
    return _rotate(block * 0xCC9E2D51 & MASK32, 15) * 0x1B873593 & MASK32


def _rotate(value: int, distance: int) -> int:
    return (value << distance | value >> (32 - distance)) & MASK32


def name_key(name: str) -> int:
    """Key of a syscall."""
    return murmur3(name.encode())


def slot_key(slot: int) -> int:
    """Key of a function of the program itself, by its first slot."""
    return murmur3(struct.pack("<Q", slot))
