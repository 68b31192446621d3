"""The micro-code of the hash functions against plain Python, and that against published digests."""

import hashlib
import random
from functools import cache

import pytest

from hash_reference import REFERENCES, blake3, keccak256
from hash_runs import PAYLOAD, hashing_file, request_of
from micro_code import run_rows
from zisk_py.isa.instruction import hidden, immediate
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.hashes.buffer import DIGEST, Hash
from zisk_py.transpiler.bpf.hashes.stream import DIGEST_WORDS, HASHES, absorb_words, finish, start
from zisk_py.transpiler.bpf.input_buffer import serialize
from zisk_py.transpiler.bpf.versions import SBPF_V3
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program, Run

EACH_HASH = pytest.mark.parametrize("hash_", HASHES, ids=lambda hash_: hash_.name)
RESULT = 0x3_0000_0000
PLACE = 5000  # of hidden words to hash

# Published digests: of BLAKE3's test vectors (bytes i % 251) and of the Keccak team.
BLAKE3_DIGESTS = {
    0: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    1: "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
    1024: "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
    1025: "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
}
KECCAK_DIGESTS = {
    b"": "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    b"abc": "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
}

# Lengths around the ends of blocks, of words in them, and of BLAKE3's chunks and subtrees.
LENGTHS = sorted(
    {
        *range(301),
        *(
            edge + i
            for edge in (448, 512, 544, 640, 680, 1024, 2048, 3072, 4096, 6144, 8192)
            for i in (-1, 0, 1)
        ),
        5000,
        7 * 1024,
        16 * 1024 + 1,
    }
)
# Steps for each 64 bytes of a long message; all that is bounded from outside is that they are below 6,000.
STEPS = {"sha256": 2660, "keccak256": 2400, "blake3": 1215}


def message_of(length: int) -> bytes:
    return bytes(i % 251 for i in range(length))


@cache
def program_of(hash_: Hash) -> Program:
    return Program(transpile(hashing_file(hash_, SBPF_V3)))


def run_on(hash_: Hash, slices: list[bytes]) -> Run:
    """Hash slices of the input that lie behind each other."""
    address, listed = PAYLOAD + 16 * len(slices), []
    for data in slices:
        listed.append((address, len(data)))
        address += len(data)
    request = request_of(listed, b"".join(slices), RESULT)
    return program_of(hash_).execute(serialize([], request.to_bytes(), bytes(32)), budget=1 << 24)


def hash_words(data: bytes, *messages: tuple[Hash, int]) -> bytes:
    """Put bytes into hidden words, hash the first ones, one message after the other; the last digest."""

    def emit(context: Context) -> None:
        for first in range(0, len(data), 8):
            word = int.from_bytes(data[first : first + 8], "little")
            context.builder.copy(immediate(word), hidden(PLACE + first // 8))
        for hash_, length in messages:
            start(context, hash_)
            absorb_words(context, hash_, immediate(PLACE), immediate(length))
            finish(context, hash_)

    words = run_rows(emit).hidden
    return b"".join(int(words[DIGEST + i]).to_bytes(8, "little") for i in range(len(DIGEST_WORDS)))


def test_the_reference_has_the_published_digests():
    assert {n: blake3(message_of(n)).hex() for n in BLAKE3_DIGESTS} == BLAKE3_DIGESTS
    assert {data: keccak256(data).hex() for data in KECCAK_DIGESTS} == KECCAK_DIGESTS


@pytest.mark.parametrize("length", [0, 1, 135, 136, 137, 1000])
def test_the_reference_of_keccak_is_sha3_with_the_padding_of_sha3(length):
    assert keccak256(message_of(length), 0x06) == hashlib.sha3_256(message_of(length)).digest()


@EACH_HASH
def test_digests_of_all_lengths_are_those_of_the_reference(hash_):
    found = {n: run_on(hash_, [message_of(n)]).outputs for n in LENGTHS}
    assert found == {n: REFERENCES[hash_.name](message_of(n)) for n in LENGTHS}


@EACH_HASH
def test_how_a_message_is_cut_into_slices_does_not_matter(hash_):
    rng = random.Random(hash_.name)
    for _ in range(40):
        slices = [
            rng.randbytes(rng.choice((0, 1, 2, 3, 5, 7, 8, 13, 31, 64, 137)))
            for _ in range(rng.randrange(14))
        ]
        assert run_on(hash_, slices).outputs == REFERENCES[hash_.name](b"".join(slices))


@EACH_HASH
@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 32, 63, 64, 65, 136, 137, 200])
def test_hidden_words_are_hashed_as_their_bytes(hash_, length):
    data = random.Random(length).randbytes(200)
    assert hash_words(data, (hash_, length)) == REFERENCES[hash_.name](data[:length])


@EACH_HASH
@pytest.mark.parametrize("before", HASHES, ids=lambda hash_: f"after {hash_.name}")
@pytest.mark.parametrize("length", [1029, 1088])  # pending bytes at the end, and none
def test_a_message_starts_anew(before, hash_, length):
    data = random.Random(length).randbytes(1088)
    assert hash_words(data, (before, length), (hash_, 1031)) == REFERENCES[hash_.name](data[:1031])


@EACH_HASH
def test_a_block_takes_as_many_steps_as_documented(hash_):
    payload = bytes(17 * 1024)
    requests = (request_of([(PAYLOAD, length)], payload, RESULT) for length in (0, len(payload)))
    short, long = (
        program_of(hash_).execute(serialize([], request.to_bytes(), bytes(32)), budget=1 << 24).steps
        for request in requests
    )
    assert STEPS[hash_.name] - 50 < (long - short) * 64 / len(payload) <= STEPS[hash_.name]
