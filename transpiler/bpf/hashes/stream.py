"""Hashing bytes from anywhere, piece by piece: start, absorb any number of times, finish.

All rows use hidden words only, from SCRATCH on, and no register; there is one stream at a time. A subroutine
may use these functions as long as its own link is in a word of its own.
"""

from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate
from zisk_py.isa.operations import ADD, AND, EQ, SLL, SUB
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.hashes.blake3 import BLAKE3
from zisk_py.transpiler.bpf.hashes.buffer import (
    DIGEST,
    FINISH_LINK,
    LEFT,
    LENGTH,
    POINTER,
    SIZE,
    WORD,
    Hash,
    clear,
    put_bytes,
    put_word,
)
from zisk_py.transpiler.bpf.hashes.keccak256 import KECCAK256
from zisk_py.transpiler.bpf.hashes.sha256 import SHA256
from zisk_py.transpiler.bpf.slices import advance, emit_loop
from zisk_py.transpiler.rom_builder import Label

HASHES = (SHA256, KECCAK256, BLAKE3)
DIGEST_WORDS = tuple(hidden(DIGEST + i) for i in range(4))  # after `finish`, little-endian


def start(context: Context, hash_: Hash) -> None:
    """Begin a message."""
    clear(context)
    hash_.start(context)


def absorb_guest(context: Context, hash_: Hash, address: Operand, length: Operand, is_gapped: bool) -> None:
    """Append `length` bytes of guest memory at `address`, which the caller has checked (`check_slice`).

    With `is_gapped` they may cross gaps of the stack.
    """
    _begin_slice(context, address, length)
    pointer, left = hidden(POINTER), hidden(LEFT)

    def whole() -> None:
        context.builder.load(pointer, 0, 8, hidden(WORD))
        put_word(context, hash_, hidden(WORD))
        advance(context, pointer, 8, is_gapped)

    emit_loop(context, 8, left, whole)
    for step in (4, 2, 1):

        def part(step: int = step) -> None:
            context.builder.load(pointer, 0, step, hidden(WORD))
            context.builder.copy(immediate(1 << 8 * step), hidden(SIZE))
            put_bytes(context, hash_)
            advance(context, pointer, step, is_gapped)

        emit_loop(context, step, left, part)


def absorb_words(context: Context, hash_: Hash, word: Operand, length: Operand) -> None:
    """Append `length` bytes of hidden words, from word number `word` on, little-endian."""
    builder, done = context.builder, Label("words are absorbed")
    _begin_slice(context, word, length)

    def whole() -> None:
        builder.load(hidden(POINTER), 0, 8, hidden(WORD), guest=False)
        put_word(context, hash_, hidden(WORD))
        builder.compute(ADD, hidden(POINTER), immediate(1), hidden(POINTER))

    emit_loop(context, 8, hidden(LEFT), whole)
    builder.branch(EQ, hidden(LEFT), immediate(0), done)
    builder.load(hidden(POINTER), 0, 8, hidden(WORD), guest=False)
    builder.compute(SLL, hidden(LEFT), immediate(3))
    builder.compute(SLL, immediate(1), LAST_C, hidden(SIZE))
    builder.compute(SUB, LAST_C, immediate(1))
    builder.compute(AND, LAST_C, hidden(WORD), hidden(WORD))
    put_bytes(context, hash_)
    builder.place(done)


def _begin_slice(context: Context, start: Operand, length: Operand) -> None:
    context.builder.copy(start, hidden(POINTER))
    context.builder.copy(length, hidden(LEFT))
    context.builder.compute(ADD, hidden(LENGTH), hidden(LEFT), hidden(LENGTH))


def finish(context: Context, hash_: Hash) -> None:
    """Set DIGEST_WORDS to the hash of what was absorbed since `start`."""

    def emit(context: Context) -> None:
        hash_.finish(context)
        context.builder.go_back(hidden(FINISH_LINK))

    context.builder.call(context.routine(f"end of {hash_.name}", emit), hidden(FINISH_LINK))
