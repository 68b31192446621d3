"""The three hash functions in plain Python, slow and obvious: what the micro-code is compared with."""

import hashlib
from collections.abc import Callable, Sequence

MASK32, MASK64 = (1 << 32) - 1, (1 << 64) - 1


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


# ---- Keccak


def keccak256(data: bytes, padding: int = 0x01) -> bytes:
    """Keccak-256; with padding 0x06 it is SHA3-256, which Python has too."""
    rate = 136
    padded = bytearray(data + bytes(rate - len(data) % rate))
    padded[len(data)] ^= padding
    padded[-1] ^= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), rate):
        for i in range(rate // 8):
            lanes[i % 5][i // 5] ^= int.from_bytes(padded[start + 8 * i : start + 8 * i + 8], "little")
        lanes = _keccak_f(lanes)
    return b"".join(lanes[x][0].to_bytes(8, "little") for x in range(4))


def _rotate64(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & MASK64 if bits else value


def _keccak_f(a: list[list[int]]) -> list[list[int]]:
    """24 rounds on lanes [x][y]."""
    shift_register = 1
    for _ in range(24):
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[(x + 4) % 5] ^ _rotate64(c[(x + 1) % 5], 1) for x in range(5)]
        a = [[a[x][y] ^ d[x] for y in range(5)] for x in range(5)]
        x, y, current = 1, 0, a[1][0]
        for t in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, a[x][y] = a[x][y], _rotate64(current, (t + 1) * (t + 2) // 2 % 64)
        a = [[a[x][y] ^ (~a[(x + 1) % 5][y] & a[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
        for j in range(7):
            shift_register = (shift_register << 1 ^ (shift_register >> 7) * 0x71) % 256
            if shift_register & 2:
                a[0][0] ^= 1 << ((1 << j) - 1)
    return a


# ---- BLAKE3

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)


def blake3(data: bytes) -> bytes:
    """BLAKE3 of 32 bytes, as a recursion over the tree."""
    return _words_to_bytes(_subtree(data, 0, is_root=True))


def _subtree(data: bytes, first_chunk: int, is_root: bool) -> list[int]:
    if len(data) <= 1024:
        return _chunk(data, first_chunk, is_root)
    left = 1024 << ((len(data) - 1) // 1024).bit_length() - 1
    children = _subtree(data[:left], first_chunk, False) + _subtree(
        data[left:], first_chunk + left // 1024, False
    )
    return _compress(IV, children, 0, 64, 4 | (8 if is_root else 0))


def _chunk(data: bytes, number: int, is_root: bool) -> list[int]:
    chain: Sequence[int] = IV
    starts = range(0, max(1, len(data)), 64)
    for start in starts:
        block = data[start : start + 64]
        is_last = start == starts[-1]
        flags = (1 if start == 0 else 0) | (2 if is_last else 0) | (8 if is_last and is_root else 0)
        words = [int.from_bytes(block.ljust(64, b"\0")[i : i + 4], "little") for i in range(0, 64, 4)]
        chain = _compress(chain, words, number, len(block), flags)
    return list(chain)


def _compress(chain: Sequence[int], words: list[int], counter: int, length: int, flags: int) -> list[int]:
    v = [*chain, *IV[:4], counter & MASK32, counter >> 32, length, flags]

    def mix(a: int, b: int, c: int, d: int, x: int, y: int) -> None:
        for word, of_d, of_b in ((x, 16, 12), (y, 8, 7)):
            v[a] = (v[a] + v[b] + word) & MASK32
            v[d] = _rotate32(v[d] ^ v[a], of_d)
            v[c] = (v[c] + v[d]) & MASK32
            v[b] = _rotate32(v[b] ^ v[c], of_b)

    for _ in range(7):
        for i in range(4):
            mix(i, i + 4, i + 8, i + 12, words[2 * i], words[2 * i + 1])
        for i in range(4):
            mix(i, (i + 1) % 4 + 4, (i + 2) % 4 + 8, (i + 3) % 4 + 12, words[2 * i + 8], words[2 * i + 9])
        words = [words[i] for i in ORDER]
    return [v[i] ^ v[i + 8] for i in range(8)]


def _rotate32(value: int, bits: int) -> int:
    return (value >> bits | value << (32 - bits)) & MASK32


def _words_to_bytes(words: Sequence[int]) -> bytes:
    return b"".join(word.to_bytes(4, "little") for word in words)


REFERENCES: dict[str, Callable[[bytes], bytes]] = {
    "sha256": sha256,
    "keccak256": keccak256,
    "blake3": blake3,
}
