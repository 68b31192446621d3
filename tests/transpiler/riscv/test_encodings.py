"""The tables of RISC-V: words, instructions and text are three views of one thing."""

import random
from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from riscv_programs import known_words, sample_half, sample_word
from zisk_py.transpiler.riscv.assembler import assemble, format_instruction
from zisk_py.transpiler.riscv.compressed import (
    COMPRESSED,
    COMPRESSED_BY_NAME,
    CompressedEncoding,
    compress,
    expand,
    find_row,
)
from zisk_py.transpiler.riscv.encodings import (
    BY_NAME,
    ENCODINGS,
    RESERVED_ROUNDING_MODES,
    SHAPES,
    Encoding,
    EncodingError,
    Form,
    Instruction,
    decode,
    encode,
)
from zisk_py.transpiler.riscv.fields import parse_layout

# As the manual lists them for RV64.
NUM_ROWS = {
    **{"I": 52, "M": 13, "A": 22, "F": 30, "D": 32, "Zicsr": 6, "Zifencei": 1},
    **{"Zba": 8, "Zbb": 24, "Zbs": 8},
}
SAMPLES = 20

EVERY_ROW = pytest.mark.parametrize("row", ENCODINGS, ids=lambda row: row.name)
EVERY_COMPRESSED_ROW = pytest.mark.parametrize("row", COMPRESSED, ids=lambda row: row.name)


def test_the_table_has_the_instructions_of_the_manual():
    assert Counter(row.extension for row in ENCODINGS) == NUM_ROWS
    assert len(BY_NAME) == len(ENCODINGS)
    assert set(SHAPES) == {row.form for row in ENCODINGS} == set(Form)


def test_no_word_is_of_two_rows():
    for one, other in combinations(ENCODINGS, 2):
        assert (one.match ^ other.match) & one.mask & other.mask, (one.name, other.name)


def test_no_half_word_is_of_two_rows():
    for half in range(1 << 16):
        rows = [
            row.name
            for row in COMPRESSED
            if half & row.layout.mask == row.layout.match
            and all(row.layout.fields[name].extract(half) != value for name, value in row.excluded)
        ]
        assert rows == ([row.name] if (row := find_row(half)) else [])


@EVERY_ROW
def test_encoding_undoes_decoding(row: Encoding):
    rng = random.Random(row.match)
    for _ in range(SAMPLES):
        word = sample_word(row, rng)
        instruction = decode(word, 0x10000)
        assert instruction is not None
        assert instruction.encoding is row
        assert instruction.address == 0x10000
        assert encode(instruction) == word.to_bytes(4, "little")


@EVERY_COMPRESSED_ROW
def test_compressing_undoes_expanding(row: CompressedEncoding):
    rng = random.Random(row.layout.match)
    for _ in range(SAMPLES):
        half = sample_half(row, rng)
        instruction = expand(half, 0x10000)
        assert instruction is not None
        assert (instruction.encoding, instruction.size, instruction.address) == (row.base, 2, 0x10000)
        assert compress(row, instruction) == half.to_bytes(2, "little")
        assert decode(int.from_bytes(encode(instruction), "little"), 0x10000) == replace(instruction, size=4)


@pytest.mark.parametrize(("data", "text"), known_words(), ids=lambda value: str(value))
def test_gnu_as_makes_the_same_words(data: bytes, text: str):
    assert assemble(text).text == data
    word = int.from_bytes(data, "little")
    row = find_row(word) if len(data) == 2 else None
    instruction = expand(word) if row else decode(word)
    assert instruction is not None
    name = row.name if row else instruction.encoding.name
    assert text.split()[0] in (name, *(f"{name}.{ordering}" for ordering in ("aq", "rl", "aqrl")))
    assert assemble(format_instruction(instruction, row)).text == data


def test_gnu_as_was_asked_for_every_row():
    names = {
        text.split()[0].removesuffix(".aqrl").removesuffix(".aq").removesuffix(".rl")
        for _, text in known_words()
    }
    assert names == set(BY_NAME) | set(COMPRESSED_BY_NAME)


@pytest.mark.parametrize(
    "row", [row for row in ENCODINGS if "rm" in row.form.layout.fields], ids=lambda row: row.name
)
def test_reserved_rounding_modes_are_illegal(row: Encoding):
    for mode in range(8):
        word = row.match | row.form.layout.fields["rm"].insert(mode)
        assert (decode(word) is None) == (mode in RESERVED_ROUNDING_MODES)


# Smallest and largest immediate, and what it is a multiple of.
RANGES = {
    Form.IMMEDIATE: (-2048, 2047, 1),
    Form.LOAD: (-2048, 2047, 1),
    Form.STORE: (-2048, 2047, 1),
    Form.FLOAT_LOAD: (-2048, 2047, 1),
    Form.FLOAT_STORE: (-2048, 2047, 1),
    Form.JUMP_REGISTER: (-2048, 2047, 1),
    Form.SHIFT: (0, 63, 1),
    Form.SHIFT_WORD: (0, 31, 1),
    Form.CSR_IMMEDIATE: (0, 31, 1),
    Form.FENCE: (0, 4095, 1),
    Form.FENCE_I: (0, 4095, 1),
    Form.BRANCH: (-4096, 4094, 2),
    Form.JUMP: (-(1 << 20), (1 << 20) - 2, 2),
    Form.UPPER: (-(1 << 31), (1 << 31) - 4096, 4096),
}


def test_every_form_with_an_immediate_has_a_range():
    assert set(RANGES) == {form for form in Form if "imm" in form.layout.fields}


@pytest.mark.parametrize("row", [row for row in ENCODINGS if row.form in RANGES], ids=lambda row: row.name)
def test_an_immediate_is_in_the_range_of_its_form(row: Encoding):
    low, high, step = RANGES[row.form]
    for imm in (low, high):
        instruction = Instruction(row, imm=imm)
        assert decode(int.from_bytes(encode(instruction), "little")) == instruction
    for imm in {low - step, high + step, low + step // 2} - {low}:
        with pytest.raises(EncodingError, match=f"{row.name} cannot have {imm} as its imm"):
            encode(Instruction(row, imm=imm))


# What the manual reserves among the half-words that are no part of a longer instruction; x is any bit.
RESERVED_HALVES = (
    "000 00000000 xxx 00",  # c.addi4spn, illegal where all bits are 0
    "100 xxxxxxxxxxx 00",
    "001 x 00000 xxxxx 01",  # c.addiw
    "011 0 xxxxx 00000 01",  # c.lui, c.addi16sp
    "100 1 11 xxx 1x xxx 01",
    "010 x 00000 xxxxx 10",  # c.lwsp
    "011 x 00000 xxxxx 10",  # c.ldsp
    "100 0 00000 00000 10",  # c.jr
)


def test_exactly_the_reserved_half_words_are_illegal():
    patterns = []
    for pattern in RESERVED_HALVES:
        bits = pattern.replace(" ", "")
        mask, match = (int(bits.translate(str.maketrans("01x", digits)), 2) for digits in ("110", "010"))
        patterns.append((mask, match))
    for half in range(1 << 16):
        if half & 3 != 3:
            is_reserved = any(half & mask == match for mask, match in patterns)
            assert (expand(half) is None) == is_reserved, hex(half)


def test_the_first_half_of_a_longer_instruction_is_no_compressed_one():
    assert all(expand(half) is None for half in range(3, 1 << 16, 4))


def test_instructions_of_more_than_32_bits_are_illegal():
    rng = random.Random(48)
    assert all(decode(rng.getrandbits(32) | 0x1F) is None for _ in range(1000))


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("c.addi", {"rd": 5, "rs1": 6, "imm": 1}),  # of two registers
        ("c.addi", {"rd": 5, "rs1": 5, "imm": 32}),
        ("c.lw", {"rd": 8, "rs1": 7}),
        ("c.lw", {"rd": 8, "rs1": 8, "imm": 2}),
        ("c.lui", {"rd": 2, "imm": 4096}),  # is c.addi16sp
        ("c.jalr", {"rd": 5, "rs1": 5}),
        ("c.mv", {"rd": 5, "rs1": 6, "rs2": 7}),
        ("c.lwsp", {"rd": 0, "rs1": 2}),
        ("c.beqz", {"rs1": 8, "rs2": 9}),
    ],
)
def test_what_a_row_cannot_hold_is_not_compressed(name: str, fields: dict[str, int]):
    row = COMPRESSED_BY_NAME[name]
    with pytest.raises(EncodingError, match=name):
        compress(row, Instruction(row.base, **fields))


def test_a_layout_reads_like_the_manual():
    layout = parse_layout("0iii dd1i", "1|5:4|0", is_signed=True)
    assert (layout.mask, layout.match) == (0b10000010, 0b00000010)
    assert layout.extract(0b0110_1010) == {"imm": 0b100010 - (1 << 6), "rd": 2}
