"""The message of a hash on its way into blocks: bytes of any number become whole 64-bit words of a block.

The words of the current block are in hidden words from BUFFER on. Bytes that make up no whole word yet wait
in PENDING; FACTOR is 2^(8 * their number), so that products by it are shifts: the low half of a word's
product joins the pending bytes, and the high half is what is pending next. A full block is compressed when
more bytes come, not before: BLAKE3 must know which block is the last.
"""

from dataclasses import dataclass

from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate
from zisk_py.isa.operations import ADD, EQ, MULU, MULUH, OR
from zisk_py.transpiler.bpf.context import Context, Routine
from zisk_py.transpiler.bpf.hidden_layout import SCRATCH
from zisk_py.transpiler.rom_builder import Label

# Hidden words of a stream, by number. There is one stream at a time.
DIGEST = SCRATCH  # four words
LENGTH = SCRATCH + 4  # bytes of the message so far
INDEX = SCRATCH + 5  # words in the buffer
FACTOR = SCRATCH + 6
PENDING = SCRATCH + 7
POINTER = SCRATCH + 8  # of the slice that is absorbed
LEFT = SCRATCH + 9
WORD = SCRATCH + 10  # what `put_bytes` puts
SIZE = SCRATCH + 11  # 2^(8 * bytes in WORD)
SUM = SCRATCH + 12
PUT_LINK, BLOCK_LINK, FINISH_LINK, INNER_LINK = (SCRATCH + 13 + i for i in range(4))
BUFFER = SCRATCH + 24
MOST_BLOCK_WORDS = 17
STATE = BUFFER + MOST_BLOCK_WORDS  # from here on each hash has its own words


@dataclass(frozen=True)
class Hash:
    """A hash function as three pieces of micro-code.

    `start` makes the state that of the empty message; `compress` is the body of a subroutine that takes the
    full buffer into the state; `finish` that of one that takes the last bytes and sets DIGEST.
    """

    name: str
    block_words: int
    start: Routine
    compress: Routine
    finish: Routine


def clear(context: Context) -> None:
    """Start with no bytes."""
    for word in (LENGTH, INDEX, PENDING):
        context.builder.copy(immediate(0), hidden(word))
    context.builder.copy(immediate(1), hidden(FACTOR))


def compress(context: Context, hash_: Hash) -> None:
    """Take the full buffer into the state."""

    def emit(context: Context) -> None:
        hash_.compress(context)
        context.builder.go_back(hidden(BLOCK_LINK))

    context.builder.call(context.routine(f"block of {hash_.name}", emit), hidden(BLOCK_LINK))


def put_word(context: Context, hash_: Hash, word: Operand) -> None:
    """Append eight bytes: a word that is no LAST_C."""
    _make_room(context, hash_)
    context.builder.compute(MULU, word, hidden(FACTOR))
    context.builder.compute(OR, LAST_C, hidden(PENDING))
    _store(context, LAST_C)
    context.builder.compute(MULUH, word, hidden(FACTOR), hidden(PENDING))


def put_bytes(context: Context, hash_: Hash) -> None:
    """Append the one to seven bytes in WORD, whose other bytes are zero; SIZE is 2^(8 * their number)."""
    emit = context.routine(f"bytes of {hash_.name}", lambda context: _put_bytes(context, hash_))
    context.builder.call(emit, hidden(PUT_LINK))


def _put_bytes(context: Context, hash_: Hash) -> None:
    builder, whole = context.builder, Label("a whole word")
    builder.compute(MULU, hidden(WORD), hidden(FACTOR))
    builder.compute(OR, LAST_C, hidden(PENDING), hidden(SUM))
    builder.compute(MULU, hidden(FACTOR), hidden(SIZE))
    builder.branch(EQ, LAST_C, immediate(0), whole)
    builder.compute(MULU, hidden(FACTOR), hidden(SIZE), hidden(FACTOR))
    builder.copy(hidden(SUM), hidden(PENDING))
    builder.go_back(hidden(PUT_LINK))
    builder.place(whole)
    _make_room(context, hash_)
    _store(context, hidden(SUM))
    builder.compute(MULUH, hidden(WORD), hidden(FACTOR), hidden(PENDING))
    builder.compute(MULUH, hidden(FACTOR), hidden(SIZE), hidden(FACTOR))
    builder.go_back(hidden(PUT_LINK))


def put_byte(context: Context, hash_: Hash, byte: int) -> None:
    """Append a constant byte."""
    context.builder.copy(immediate(byte), hidden(WORD))
    context.builder.copy(immediate(1 << 8), hidden(SIZE))
    put_bytes(context, hash_)


def fill_up(context: Context, hash_: Hash, index: int) -> None:
    """Append zeros to the last bytes until there are `index` words in the buffer, maybe in a next block."""
    builder, top, done = context.builder, Label("fill up"), Label("filled up")
    builder.branch(EQ, hidden(FACTOR), immediate(1), top)
    _make_room(context, hash_)
    _store(context, hidden(PENDING))
    builder.place(top)
    builder.branch(EQ, hidden(INDEX), immediate(index), done)
    _make_room(context, hash_)
    _store(context, immediate(0), then=top)
    builder.place(done)


def _make_room(context: Context, hash_: Hash) -> None:
    builder, room = context.builder, Label("there is room")
    builder.branch(EQ, hidden(INDEX), immediate(hash_.block_words), None, room)
    compress(context, hash_)
    builder.copy(immediate(0), hidden(INDEX))
    builder.place(room)


def _store(context: Context, word: Operand, then: Label | None = None) -> None:
    context.builder.store(hidden(INDEX), BUFFER, 8, word, guest=False)
    context.builder.compute(ADD, hidden(INDEX), immediate(1), hidden(INDEX), then=then)
