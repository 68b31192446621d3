"""The hash and the transcript of section 4. A transcript is its state; functions return the next one."""

from collections.abc import Iterable, Iterator
from hashlib import blake2s
from itertools import count, islice
from struct import pack, unpack

from .field import GENERATOR, K, P, embed, power

State = bytes


def tagged_hash(tag: bytes, data: bytes) -> bytes:
    """H[tag](data)."""
    return blake2s(data, person=tag).digest()


def integers(values: Iterable[int]) -> bytes:
    """Numbers as they are absorbed and hashed: 8 bytes each."""
    numbers = list(values)
    return pack(f"<{len(numbers)}Q", *numbers)


def absorb(state: State, tag: str, data: bytes) -> State:
    """The state after an absorb."""
    label = tag.encode("ascii")
    framed = state + integers([len(label)]) + label + integers([len(data)]) + data
    return tagged_hash(b"ziskfsab", framed)


def start(name: str) -> State:
    """A new transcript for a protocol of this name."""
    return absorb(bytes(32), "protocol", name.encode("ascii"))


def fork(state: State, number: int) -> State:
    """The transcript of a segment, from the state of the trunk."""
    branch = absorb(start("segment"), "trunk", state)
    return absorb(branch, "branch", integers([number]))


def squeeze(state: State) -> Iterator[int]:
    """The words of a state, without end."""
    for counter in count():
        yield from unpack("<4Q", tagged_hash(b"ziskfssq", state + integers([counter])))


def challenge(state: State, label: str) -> tuple[State, K]:
    """An element of K: the first three words below p."""
    state = absorb(state, "challenge", label.encode("ascii"))
    a, b, c = islice((word for word in squeeze(state) if word < P), 3)
    return state, (a, b, c)


def point(state: State, label: str, log_heights: Iterable[int]) -> tuple[State, K]:
    """A challenge outside of the trace domains and of the evaluation cosets of these heights."""
    heights = sorted({1 << log_height for log_height in log_heights})
    while True:
        state, drawn = challenge(state, label)
        if not any(_in_a_domain(drawn, height) for height in heights):
            return state, drawn


def _in_a_domain(z: K, height: int) -> bool:
    """Whether z^N = 1 or z^(2N) = 7^(2N)."""
    raised = power(z, height)
    return raised == embed(1) or power(raised, 2) == embed(pow(GENERATOR, 2 * height, P))


def indices(state: State, label: str, quantity: int, bits: int) -> tuple[State, list[int]]:
    """Positions of queries: the lowest bits of as many words."""
    state = absorb(state, "challenge", label.encode("ascii"))
    return state, [word & ((1 << bits) - 1) for word in islice(squeeze(state), quantity)]


def work(state: State, nonce: bytes) -> int:
    """The bits of work that a nonce of 8 bytes shows: leading zeros of a number of 64 bits."""
    number: int = unpack("<Q", tagged_hash(b"ziskwork", state + nonce)[:8])[0]
    return 64 - number.bit_length()
