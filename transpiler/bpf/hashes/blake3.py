"""BLAKE3 (hash mode, 32 bytes) as micro-code: seven rounds in a row, of 144 rows each.

Chaining values are four words of 64 bits. The message is cut into chunks of 16 blocks; chaining values of
finished subtrees wait on a stack, and two of equal size become the block of their parent as soon as more
bytes are known to come.
"""

from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate
from zisk_py.isa.operations import ADD, AND, EQ, OR, SLL, SRL, SUB, XOR
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.hashes.buffer import BUFFER, DIGEST, INNER_LINK, LENGTH, STATE, Hash, fill_up
from zisk_py.transpiler.bpf.hashes.sha256 import INITIAL
from zisk_py.transpiler.bpf.hashes.words32 import pack, rotate_last_right
from zisk_py.transpiler.rom_builder import Label, RomBuilder

BLOCK_WORDS = 8
BLOCK_BYTES = 64
CHUNK_BLOCKS = 16
ROUNDS = 7
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
COLUMNS = tuple((i, 4 + i, 8 + i, 12 + i) for i in range(4))
DIAGONALS = tuple((i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4) for i in range(4))

CHAIN = [hidden(DIGEST + i) for i in range(4)]
VECTOR = [hidden(STATE + i) for i in range(16)]
HIGH_WORDS = [hidden(STATE + 16 + i) for i in range(BLOCK_WORDS)]  # the odd ones of the block
CHUNK = hidden(STATE + 24)  # number of the chunk
BLOCK = hidden(STATE + 25)  # blocks of the chunk that are done
DEPTH = hidden(STATE + 26)  # words on the stack
COUNTER, BLOCK_LENGTH, FLAGS = (hidden(STATE + 27 + i) for i in range(3))
SUBTREES = hidden(STATE + 30)
STACK = STATE + 32  # four words for each bit of the number of chunks


def _start(context: Context) -> None:
    for word in (CHUNK, BLOCK, DEPTH):
        context.builder.copy(immediate(0), word)
    _reset_chain(context.builder)


def _reset_chain(builder: RomBuilder) -> None:
    for number, word in enumerate(CHAIN):
        builder.copy(immediate(INITIAL[2 * number] | INITIAL[2 * number + 1] << 32), word)


def _compress(context: Context) -> None:
    """A block that is not the last of the message."""
    builder, last, done = context.builder, Label("last of its chunk"), Label("block is done")
    top, push = Label("equal subtrees"), Label("push")
    builder.copy(immediate(BLOCK_BYTES), BLOCK_LENGTH)
    builder.compute(EQ, BLOCK, immediate(0), FLAGS)  # CHUNK_START is 1
    builder.branch(EQ, BLOCK, immediate(CHUNK_BLOCKS - 1), last)
    _mix_block(context)
    builder.compute(ADD, BLOCK, immediate(1), BLOCK, then=done)
    builder.place(last)
    builder.copy(immediate(CHUNK_END), FLAGS)
    _mix_block(context)
    builder.copy(immediate(0), BLOCK)
    builder.compute(ADD, CHUNK, immediate(1), CHUNK)
    builder.copy(LAST_C, SUBTREES)
    builder.place(top)
    builder.compute(AND, SUBTREES, immediate(1))
    builder.branch(EQ, LAST_C, immediate(0), None, push)
    builder.copy(immediate(PARENT), FLAGS)
    _merge(context)
    builder.compute(SRL, SUBTREES, immediate(1), SUBTREES, then=top)
    builder.place(push)
    for number, word in enumerate(CHAIN):
        builder.store(DEPTH, STACK + number, 8, word, guest=False)
    builder.compute(ADD, DEPTH, immediate(len(CHAIN)), DEPTH)
    _reset_chain(builder)
    builder.place(done)


def _mix_block(context: Context) -> None:
    """The buffer as a block of the chunk, with BLOCK_LENGTH and FLAGS."""
    context.builder.copy(CHUNK, COUNTER)
    _mix(context)


def _merge(context: Context) -> None:
    """The parent, with FLAGS, of the top of the stack and the chaining value."""
    builder = context.builder
    builder.compute(SUB, DEPTH, immediate(len(CHAIN)), DEPTH)
    for number, word in enumerate(CHAIN):
        builder.load(DEPTH, STACK + number, 8, hidden(BUFFER + number), guest=False)
        builder.copy(word, hidden(BUFFER + len(CHAIN) + number))
    _reset_chain(builder)
    builder.copy(immediate(0), COUNTER)
    builder.copy(immediate(BLOCK_BYTES), BLOCK_LENGTH)
    _mix(context)


def _mix(context: Context) -> None:
    context.builder.call(context.routine("rounds of blake3", _rounds), hidden(INNER_LINK))


def _rounds(context: Context) -> None:
    """The chaining value after the block in the buffer, with COUNTER, BLOCK_LENGTH and FLAGS."""
    builder = context.builder
    message: list[Operand] = []
    for number in range(BLOCK_WORDS):
        word = hidden(BUFFER + number)
        builder.compute(SRL, word, immediate(32), HIGH_WORDS[number])
        message += [word, HIGH_WORDS[number]]
    vector: list[Operand] = []
    for number, word in enumerate(CHAIN):
        builder.compute(SRL, word, immediate(32), VECTOR[2 * number + 1])
        vector += [word, VECTOR[2 * number + 1]]
    builder.compute(SRL, COUNTER, immediate(32), VECTOR[13])
    vector += [immediate(value) for value in INITIAL[:4]]
    vector += [COUNTER, VECTOR[13], BLOCK_LENGTH, FLAGS]
    for _ in range(ROUNDS):
        for number, places in enumerate(COLUMNS + DIAGONALS):
            _quarter(builder, vector, places, message[2 * number], message[2 * number + 1])
        message = [message[source] for source in PERMUTATION]
    for number, word in enumerate(CHAIN):
        low, high = 2 * number, 2 * number + 1
        for half in (low, high):
            builder.compute(XOR, VECTOR[half], VECTOR[half + 8], VECTOR[half])
        pack(builder, VECTOR[low], VECTOR[high], word)
    builder.go_back(hidden(INNER_LINK))


def _quarter(
    builder: RomBuilder, vector: list[Operand], places: tuple[int, ...], first: Operand, second: Operand
) -> None:
    """Mix two words of the message into four of the vector, which are then at their places in VECTOR."""
    a, b, c, d = (vector[place] for place in places)
    new_a, new_b, new_c, new_d = (VECTOR[place] for place in places)
    for message, bits_of_d, bits_of_b in ((first, 16, 12), (second, 8, 7)):
        builder.compute(ADD, a, b)
        builder.compute(ADD, LAST_C, message, new_a)
        builder.compute(XOR, LAST_C, d)
        rotate_last_right(builder, bits_of_d, new_d)
        builder.compute(ADD, LAST_C, c, new_c)
        builder.compute(XOR, LAST_C, b)
        rotate_last_right(builder, bits_of_b, new_b)
        a, b, c, d = new_a, new_b, new_c, new_d
    for place in places:
        vector[place] = VECTOR[place]


def _finish(context: Context) -> None:
    builder, is_empty, top, done = context.builder, Label("empty"), Label("parents"), Label("root")
    fill_up(context, BLAKE3, BLOCK_WORDS)
    builder.copy(immediate(0), BLOCK_LENGTH)
    builder.branch(EQ, hidden(LENGTH), immediate(0), is_empty)
    builder.compute(SUB, hidden(LENGTH), immediate(1))
    builder.compute(AND, LAST_C, immediate(BLOCK_BYTES - 1))
    builder.compute(ADD, LAST_C, immediate(1), BLOCK_LENGTH)
    builder.place(is_empty)
    builder.compute(EQ, BLOCK, immediate(0), FLAGS)  # CHUNK_START is 1
    _add_root_flag(builder, 0, CHUNK_END)
    _mix_block(context)
    builder.place(top)
    builder.branch(EQ, DEPTH, immediate(0), done)
    builder.copy(immediate(0), FLAGS)
    _add_root_flag(builder, len(CHAIN), PARENT)
    _merge(context)
    builder.end(top)
    builder.place(done)


def _add_root_flag(builder: RomBuilder, depth: int, flag: int) -> None:
    """Add a flag, and ROOT if that many words are on the stack."""
    builder.compute(OR, FLAGS, immediate(flag), FLAGS)
    builder.compute(EQ, DEPTH, immediate(depth))
    builder.compute(SLL, LAST_C, immediate(ROOT.bit_length() - 1))
    builder.compute(OR, LAST_C, FLAGS, FLAGS)


BLAKE3 = Hash("blake3", BLOCK_WORDS, _start, _compress, _finish)
