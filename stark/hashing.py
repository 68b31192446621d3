"""BLAKE2s (RFC 7693) with one personalisation per purpose, so that no digest can stand for another."""

from hashlib import blake2s

LEAF = b"ziskleaf"  # rows of matrices
NODE = b"zisknode"  # two children
INJECT = b"ziskinjt"  # a node, and the rows of the matrices of its height
TRANSCRIPT = b"ziskfsab"  # what the transcript absorbs
SQUEEZE = b"ziskfssq"  # what it gives
GRIND = b"ziskwork"
RECORD = b"ziskrcrd"  # what an unfinished proof has stored

DIGEST_SIZE = 32


def digest(person: bytes, data: bytes) -> bytes:
    """The 32-byte BLAKE2s digest of `data` for the purpose `person` (8 bytes)."""
    return blake2s(data, person=person).digest()


def work(seed: bytes, nonce: int) -> int:
    """How many leading zero bits the digest of (seed, nonce) has, read as a little-endian 64-bit number."""
    return 64 - int.from_bytes(digest(GRIND, seed + nonce.to_bytes(8, "little"))[:8], "little").bit_length()
