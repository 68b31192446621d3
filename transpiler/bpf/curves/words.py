"""Numbers in 64-bit words: from and to limbs, from and to guest memory."""

from collections.abc import Sequence

from zisk_py.isa.instruction import LAST_C, Operand, hidden, immediate
from zisk_py.isa.operations import AND, OR, SLL, SRL
from zisk_py.transpiler.bpf.arithmetic import reverse_bytes
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.curves.numbers import LIMB_BITS, LIMB_MASK, NUM_LIMBS, WORD_BITS, Number
from zisk_py.transpiler.bpf.slices import advance
from zisk_py.transpiler.bpf.versions import Feature
from zisk_py.transpiler.rom_builder import RomBuilder

NUM_WORDS = 4  # of a number of 256 bits
WORD_BYTES = 8


def limbs_of_words(builder: RomBuilder, words: Sequence[Operand], word: int, bits: int = 256) -> Number:
    """The limbs of the low `bits` of four words, the lowest first."""
    most = [*[LIMB_MASK] * (NUM_LIMBS - 1), (1 << bits - LIMB_BITS * (NUM_LIMBS - 1)) - 1]
    for index in range(NUM_LIMBS):
        place, shift = divmod(LIMB_BITS * index, WORD_BITS)
        limb = hidden(word + index)
        builder.compute(SRL, words[place], immediate(shift), limb)
        if shift + LIMB_BITS > WORD_BITS and place + 1 < NUM_WORDS:
            builder.compute(SLL, words[place + 1], immediate(WORD_BITS - shift))
            builder.compute(OR, LAST_C, limb, limb)
        builder.compute(AND, limb, immediate(most[index]), limb)
    return Number(word, tuple(most))


def words_of_limbs(builder: RomBuilder, number: Number, words: Sequence[Operand]) -> None:
    """The four words, the lowest first, of a number below 2^256 whose limbs have 52 bits."""
    for place, target in enumerate(words):
        index, shift = divmod(WORD_BITS * place, LIMB_BITS)
        builder.compute(SRL, number.limb(index), immediate(shift), target)
        builder.compute(SLL, number.limb(index + 1), immediate(LIMB_BITS - shift))
        builder.compute(OR, LAST_C, target, target)


def reverse_words(context: Context, words: Sequence[Operand]) -> None:
    """Turn the big-endian bytes of a number in words into the number, the lowest word first; or back."""
    builder, kept = context.builder, context.temporary(1)
    for place in range(len(words) // 2):
        first, last = words[place], words[-1 - place]
        builder.copy(first, kept)
        builder.copy(last, first)
        builder.copy(kept, last)
    for word in words:
        reverse_bytes(context, word, WORD_BITS)


def load_words(context: Context, address: Operand, words: Sequence[Operand]) -> None:
    """Read words from guest memory, which is checked."""
    pointer = _start(context, address)
    for word in words:
        context.builder.load(pointer, 0, WORD_BYTES, word)
        advance(context, pointer, WORD_BYTES, is_gapped(context))


def store_words(context: Context, address: Operand, words: Sequence[Operand]) -> None:
    """Write words to guest memory, which is checked."""
    pointer = _start(context, address)
    for word in words:
        context.builder.store(pointer, 0, WORD_BYTES, word)
        advance(context, pointer, WORD_BYTES, is_gapped(context))


def is_gapped(context: Context) -> bool:
    """Whether the stack has gaps, over which a walk must go: a single access does by itself."""
    return context.program.version.has(Feature.GAPPED_STACK)


def _start(context: Context, address: Operand) -> Operand:
    pointer = context.temporary(7)
    context.builder.copy(address, pointer)
    return pointer
