"""The Fiat-Shamir transcript: what the prover says goes in, the verifier's challenges come out.

A hash chain over BLAKE2s. Every absorb carries the length of its tag and of its data, so that no two
sequences of absorbs hash the same bytes. Every challenge first absorbs its label, and is then squeezed from
the state in counter mode under another personalisation.
"""

from collections.abc import Iterable, Iterator, Sequence
from struct import pack, unpack

from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P
from zisk_py.stark.hashing import SQUEEZE, TRANSCRIPT, digest, work


class Transcript:
    """One side's view of the conversation; both sides make the same calls in the same order."""

    __slots__ = ("state",)

    def __init__(self, protocol: str) -> None:
        """Begin a conversation that belongs to the protocol of that name and version."""
        self.state = bytes(32)
        self.absorb("protocol", protocol.encode())

    def absorb(self, tag: str, data: bytes) -> None:
        """Take in `data` under `tag`."""
        name = tag.encode()
        head = pack("<Q", len(name)) + name + pack("<Q", len(data))
        self.state = digest(TRANSCRIPT, self.state + head + data)

    def absorb_integers(self, tag: str, values: Iterable[int]) -> None:
        """Take in integers in [0, 2^64), base field elements included."""
        numbers = list(values)
        self.absorb(tag, pack(f"<{len(numbers)}Q", *numbers))

    def absorb_elements(self, tag: str, elements: Iterable[Element]) -> None:
        """Take in elements of K."""
        self.absorb_integers(tag, (coordinate for element in elements for coordinate in element))

    def absorb_digests(self, tag: str, digests: Sequence[bytes]) -> None:
        """Take in 32-byte digests: a Merkle cap."""
        self.absorb(tag, b"".join(digests))

    def challenge(self, label: str) -> Element:
        """A uniform element of K."""
        words = (word for word in self._words(label) if word < P)  # rejection keeps it uniform
        return (next(words), next(words), next(words))

    def indices(self, label: str, count: int, bits: int) -> list[int]:
        """`count` independent uniform integers in [0, 2^bits), in the order drawn; repetitions are kept."""
        words = self._words(label)
        return [next(words) & ((1 << bits) - 1) for _ in range(count)]

    def fork(self, tag: str, index: int) -> "Transcript":
        """A conversation of its own that depends on everything said so far and on `index`."""
        branch = Transcript(tag)
        branch.absorb("trunk", self.state)
        branch.absorb_integers("branch", [index])
        return branch

    def spend(self, nonce: int, bits: int) -> bool:
        """Take in the nonce; whether it has at least `bits` bits of work on the state before it."""
        enough = work(self.state, nonce) >= bits
        self.absorb_integers("nonce", [nonce])
        return enough

    def _words(self, label: str) -> Iterator[int]:
        """Uniform 64-bit integers, without end."""
        self.absorb("challenge", label.encode())
        state, counter = self.state, 0
        while True:
            yield from unpack("<4Q", digest(SQUEEZE, state + pack("<Q", counter)))
            counter += 1
