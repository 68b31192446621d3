"""Every half-word and random words read as capstone reads them, or the manual says why not."""

import random
from collections import Counter
from functools import cache

import pytest
from capstone import CS_ARCH_RISCV, CS_MODE_RISCV64, CS_MODE_RISCVC, Cs

from riscv_programs import sample_word
from zisk_py.transpiler.riscv.assembler import NUM_OPERANDS, SHORT_FORMS, assemble
from zisk_py.transpiler.riscv.compressed import find_row
from zisk_py.transpiler.riscv.decoder import decode_at
from zisk_py.transpiler.riscv.encodings import ENCODINGS, Encoding, Form, encode
from zisk_py.transpiler.riscv.operands import CSRS

# How capstone writes what our assembler knows by another spelling: name and number of operands -> that one.
CAPSTONE_FORMS = {
    **{(name, NUM_OPERANDS[name]): form for name, form in SHORT_FORMS.items()},
    ("jal", 1): "jal ra, {0}",
    ("jalr", 1): "jalr ra, 0({0})",
    ("jalr", 3): "jalr {0}, {2}({1})",
    ("sltz", 2): "slt {0}, {1}, zero",
    ("sgtz", 2): "slt {0}, zero, {1}",
    ("unimp", 0): "csrrw zero, cycle, zero",
    **{(f"csr{name}", 2): f"csrr{name} zero, {{0}}, {{1}}" for name in ("s", "c", "wi", "si", "ci")},
    **{(f"fr{name}", 1): f"csrrs {{0}}, {csr}, zero" for name, csr in (("csr", "fcsr"), ("rm", "frm"))},
    ("frflags", 1): "csrrs {0}, fflags, zero",
    **{
        (
            f"fs{name}{suffix}",
            count,
        ): f"csrrw{suffix} {'{0}' if count == 2 else 'zero'}, {csr}, {{{count - 1}}}"
        for name, csr in (("csr", "fcsr"), ("rm", "frm"), ("flags", "fflags"))
        for suffix in ("", "i")
        for count in (1, 2)
    },
    **{(f"rd{name}", 1): f"csrrs {{0}}, {name}, zero" for name in ("cycle", "time", "instret")},
    ("rdcycleh", 1): "csrrs {0}, 0xc80, zero",
    ("rdtimeh", 1): "csrrs {0}, 0xc81, zero",
    ("rdinstreth", 1): "csrrs {0}, 0xc82, zero",
    **{
        (f"{name}.{s}", 2): f"{full}.{s} {{0}}, {{1}}, {{1}}"
        for name, full in (("fmv", "fsgnj"), ("fneg", "fsgnjn"), ("fabs", "fsgnjx"))
        for s in "sd"
    },
}
# Hints are instructions that change nothing; capstone knows none whose destination is x0.
HINTS_OF_X0 = {"c.nop", "c.li", "c.lui", "c.slli", "c.mv", "c.add"}
# The manual says that fences ignore fields that are reserved; capstone wants zeros, or known orderings.
FENCES = (Form.FENCE, Form.FENCE_I)
# The manual gives these a rounding mode, without effect; capstone wants it to be zero.
WIDENINGS = (Form.FLOAT_WIDENING, Form.INTEGER_WIDENING)
# Instructions that only capstone knows, and why.
ONLY_CAPSTONE = {
    "c.unimp": "all zeros, which the manual defines to be illegal",
    "c.lui": "of 0, which is reserved",
    "mret": "privileged",
    "sret": "privileged",
    "uret": "privileged",
    "wfi": "privileged",
    "sfence.vma": "privileged",
}

ENGINE = Cs(CS_ARCH_RISCV, CS_MODE_RISCV64 | CS_MODE_RISCVC)


@cache
def csr_numbers() -> dict[str, int]:
    """Names that capstone has for control and status registers."""
    found = {}
    for number in range(1 << 12):
        name = read((number << 20 | 0x0002B0F3).to_bytes(4, "little")).split(", ")[1]  # csrrc ra, csr, t0
        found[name] = number
    return found


def read(data: bytes) -> str:
    """What capstone says, or nothing."""
    return next((f"{name} {operands}".strip() for _, _, name, operands in ENGINE.disasm_lite(data, 0)), "")


def spell_out(text: str) -> str:
    """Capstone's text in the words of our assembler."""
    name, _, rest = text.partition(" ")
    operands = [operand.strip() for operand in rest.split(",")] if rest else []
    if name.startswith("csr"):
        place = 1 if name == "csrr" or len(operands) == 3 else 0
        operands[place] = str(csr_numbers()[operands[place]])
    if form := CAPSTONE_FORMS.get((name, len(operands))):
        return form.format(*operands)
    return f"{name} {', '.join(operands)}".strip()


def compare(data: bytes) -> str:
    """What capstone and we make of an instruction: `same`, `illegal` or the reason why they differ."""
    instruction, text = decode_at(data, 0, 0), read(data)
    row = find_row(int.from_bytes(data, "little")) if len(data) == 2 else None
    if instruction is None:
        assert not text or text.split()[0] in ONLY_CAPSTONE, text
        return f"only capstone: {text.split()[0]}" if text else "illegal"
    form, name = instruction.encoding.form, row.name if row else instruction.encoding.name
    if row and row.name in HINTS_OF_X0 and instruction.rd == 0 and text in ("", "c.nop"):
        return "hint"
    if form in WIDENINGS and instruction.rm != 0:
        return "widening"
    if not text:
        assert form in FENCES or instruction.encoding.extension.startswith("Zb"), name
        return f"only ours: {name}"
    assert assemble(spell_out(text)).text == (data if row else encode(instruction)), text
    return "same"


def test_capstone_names_the_registers_that_we_name():
    assert {name: csr_numbers()[name] for name in CSRS} == CSRS


def test_every_half_word_is_as_capstone_has_it():
    met = Counter(compare(half.to_bytes(2, "little")) for half in range(1 << 16) if half & 3 != 3)
    assert set(met) <= {"same", "illegal", "hint", "only capstone: c.unimp", "only capstone: c.lui"}
    assert met["same"] > 46_000


WITHOUT_ZB = [row for row in ENCODINGS if not row.extension.startswith("Zb")]  # capstone 5 has none of them


def check_samples(row: Encoding, count: int, seed: int) -> None:
    rng = random.Random(f"{row.name} {seed}")
    met = Counter(compare(sample_word(row, rng).to_bytes(4, "little")) for _ in range(count))
    differing = {f"only ours: {row.name}"} if row.form in FENCES else set()
    if row.form in WIDENINGS:
        differing = {"widening"}
    assert set(met) <= {"same"} | differing


def check_random_words(count: int, seed: int) -> None:
    rng = random.Random(seed)
    met = Counter(compare((rng.getrandbits(32) | 3).to_bytes(4, "little")) for _ in range(count))
    assert met["same"] > count // 4
    assert met["illegal"] > count // 4


@pytest.mark.parametrize("row", WITHOUT_ZB, ids=lambda row: row.name)
def test_random_fields_are_as_capstone_has_them(row: Encoding):
    check_samples(row, 20, 1)


def test_random_words_are_as_capstone_has_them():
    check_random_words(3000, 1)


@pytest.mark.slow
def test_a_hundred_thousand_random_fields_are_as_capstone_has_them():
    for row in WITHOUT_ZB:
        check_samples(row, -(-100_000 // len(WITHOUT_ZB)), 2)


@pytest.mark.slow
def test_a_hundred_thousand_random_words_are_as_capstone_has_them():
    check_random_words(100_000, 2)
