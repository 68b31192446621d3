"""What F and D compute, asked of qemu's processor, and the operands to ask with.

The probe is one program, for qemu and for our own machine: it reads cases (routine, rounding mode, three
operands, five words in all), does the instruction, and writes its result and flags for each.
"""

import itertools
import random
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from riscv_files import DATA, EXECUTE, EXIT, READ, WRITE, FileSegment, riscv_program, write_file
from zisk_py.transpiler.elf import HEADER_SIZE, PROGRAM_HEADER_SIZE
from zisk_py.transpiler.riscv.assembler import assemble
from zisk_py.transpiler.riscv.encodings import ENCODINGS, Encoding, Form
from zisk_py.zkvm import Program

QEMU = "qemu-riscv64"
NEEDS_QEMU = pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"needs {QEMU}, which does F and D")
IN_MEMORY = (Form.FLOAT_LOAD, Form.FLOAT_STORE)
FLOATS = tuple(row for row in ENCODINGS if row.extension in ("F", "D") and row.form not in IN_MEMORY)
NUMBERS = {row.name: number for number, row in enumerate(FLOATS)}
FROM_INTEGER = (Form.INTEGER_TO_FLOAT, Form.INTEGER_WIDENING, Form.BITS_TO_FLOAT)
MODES = range(5)
CASE_WORDS, ANSWER_WORDS = 5, 2
TURN = 512  # cases that the probe reads at once
BOX = 0xFFFFFFFF << 32

Cases = NDArray[np.uint64]  # (n, CASE_WORDS)
Answers = NDArray[np.uint64]  # (n, ANSWER_WORDS)


def _instruction(row: Encoding) -> str:
    """The instruction with operands in a1 to a3 or fa1 to fa3, and what puts its result into a0."""
    kinds = re.sub(r"\[.*?\]", "", row.form.syntax).split(", ")
    names = {
        **{"rd": "a0", "rs1": "a1", "fd": "fa0"},
        **{f"fs{number}": f"fa{number}" for number in (1, 2, 3)},
    }
    text = f"{row.name} {', '.join(names[kind] for kind in kinds)}"
    return text if kinds[0] == "rd" else f"{text}\nfmv.x.d a0, fa0"


def _source(data: int) -> str:
    snippets = "\n".join(f".balign 16\n{_instruction(row)}\nj answer" for row in FLOATS)
    return f"""
        j turn
        {snippets}
        .balign 16
    turn:
        li a0, 0
        li a1, {data}
        li a2, {8 * CASE_WORDS * TURN}
        li a7, 63
        ecall
        beqz a0, done
        li s0, {data}
        add s1, s0, a0
        mv s2, s0
        la s3, turn - {16 * len(FLOATS)}
    case:
        ld t0, 0(s0)
        ld t1, 8(s0)
        csrw frm, t1
        csrw fflags, zero
        fld fa1, 16(s0)
        ld a1, 16(s0)
        fld fa2, 24(s0)
        fld fa3, 32(s0)
        slli t0, t0, 4
        add t0, t0, s3
        jr t0
    answer:
        csrr t1, fflags
        sd a0, 0(s2)
        sd t1, 8(s2)
        addi s0, s0, {8 * CASE_WORDS}
        addi s2, s2, {8 * ANSWER_WORDS}
        bltu s0, s1, case
        li a0, 1
        li a1, {data}
        sub a2, s2, a1
        li a7, 64
        ecall
        j turn
    done:
        li a0, 0
        li a7, 93
        ecall
        .balign 8
    """


@cache
def probe() -> bytes:
    """The ELF file of the probe; addresses and offsets agree modulo a page."""
    offset = HEADER_SIZE + 2 * PROGRAM_HEADER_SIZE
    text, data = 0x20_0000 + offset, 0x10_0000 + offset
    segments = [
        FileSegment(data, b"", READ | WRITE, 8 * CASE_WORDS * TURN),
        FileSegment(text, assemble(_source(data), text).text, READ | EXECUTE),
    ]
    return write_file(segments, text)


def ask_qemu(cases: Cases, folder: Path) -> Answers:
    """Result and flags of each case, as qemu's processor has them."""
    path = folder / "probe.elf"
    path.write_bytes(probe())
    path.chmod(0o755)
    (folder / "cases").write_bytes(cases.astype("<u8").tobytes())
    with (folder / "cases").open("rb") as file:
        done = subprocess.run([QEMU, str(path)], stdin=file, capture_output=True, check=True)
    return np.frombuffer(done.stdout, "<u8").astype(np.uint64).reshape(-1, ANSWER_WORDS)


# ---- operands

_DOUBLE_SIZES = (
    *(0, 1, 2, 3, (1 << 51), (1 << 52) - 2, (1 << 52) - 1, 1 << 52, (1 << 52) + 1),  # up to the least normal
    *(0x3FF << 52, (0x3FF << 52) + 1, (0x3FF << 52) - 1, 0x400 << 52, 0x3FE << 52, (0x3FE << 52) + 1),
    *(0x3FF8 << 48, 0x4004 << 48, 0x400C << 48, (0x3FD << 52) + 7, 0x3CA << 52, (0x3CA << 52) + 1),
    *(0x41DFFFFF_FFE00000, 0x41DFFFFF_FFC00000, 0x41E00000_00000000, 0x41EFFFFF_FFF00000, 0x41F << 52),
    *(0x43DFFFFF_FFFFFFFF, 0x43E << 52, 0x43EFFFFF_FFFFFFFF, 0x43F << 52, 0x433 << 52, (0x432 << 52) + 1),
    *(
        0x380 << 52,
        0x36A << 52,
        (0x380 << 52) - 1,
        0x380FFFFF_E0000000,
        0x47EFFFFF_E0000000,
        0x47EFFFFF_F0000000,
    ),
    *(0x7FEFFFFF_FFFFFFFF, (0x7FE << 52), 0x7FD << 52, 0x001 << 53),
    *(0x7FF << 52, (0x7FF << 52) + 1, 0x7FF7FFFF_FFFFFFFF, 0x7FF8 << 48, 0x7FFFFFFF_FFFFFFFF),
)
_SINGLE_SIZES = (
    *(0, 1, 2, 3, 1 << 22, (1 << 23) - 2, (1 << 23) - 1, 1 << 23, (1 << 23) + 1),
    *(0x7F << 23, (0x7F << 23) + 1, (0x7F << 23) - 1, 0x80 << 23, 0x7E << 23, (0x7E << 23) + 1),
    *(0x3FC00000, 0x40200000, 0x40600000, (0x7D << 23) + 7, 0x67 << 23, (0x67 << 23) + 1, 0x4B000001),
    *(0x4EFFFFFF, 0x4F000000, 0x4F7FFFFF, 0x4F800000, 0x5EFFFFFF, 0x5F000000, 0x5F7FFFFF, 0x5F800000),
    *(0x7F7FFFFF, 0xFE << 23, 0xFD << 23, 1 << 24),
    *(0x7F800000, 0x7F800001, 0x7FBFFFFF, 0x7FC00000, 0x7FFFFFFF),
)
_INTEGER_EDGES = sorted(
    {
        (sign * (1 << place) + near) % (1 << 64)
        for place in (0, 1, 23, 24, 25, 31, 32, 52, 53, 54, 62, 63)
        for sign in (1, -1)
        for near in (-2, -1, 0, 1, 2)
    }
    | {0xFFFFFF7F_FFFFFFFF, 0xFFFFFFFF_FFFFFBFF, 0x7FFFFFFF_FFFFFDFF, 0x123456789ABCDEF0}
)
DOUBLE_EDGES = tuple(size | sign << 63 for size in _DOUBLE_SIZES for sign in (0, 1))
SINGLE_EDGES = (
    *(BOX | size | sign << 31 for size in _SINGLE_SIZES for sign in (0, 1)),
    *(0x3F800000, 0xFFFFFFFE_3F800000, 0x7FF80000_00000000),  # not boxed
)
OPERANDS = {Form.FLOAT_FUSED: 3, Form.FLOAT_ARITHMETIC: 2, Form.FLOAT_EXACT: 2, Form.FLOAT_COMPARE: 2}


def is_single(row: Encoding) -> bool:
    """Whether the operands of an instruction are singles."""
    is_widening = row.form is Form.FLOAT_WIDENING
    return is_widening or (row.extension == "F" and row.name != "fcvt.s.d")


def edge_operands(row: Encoding) -> tuple[int, ...]:
    """The operands that are worth a try, of one place."""
    if row.form in FROM_INTEGER:
        return tuple(_INTEGER_EDGES)
    return SINGLE_EDGES if is_single(row) else DOUBLE_EDGES


def edge_cases(row: Encoding, most: int = 1 << 62, seed: int = 0) -> Cases:
    """All modes and edge operands; of more than `most` a random selection."""
    edges, count = edge_operands(row), OPERANDS.get(row.form, 1)
    total = len(MODES) * len(edges) ** count
    if total <= most:
        chosen = itertools.product(MODES, *[edges] * count)
    else:
        chooser = random.Random(f"{row.name} {seed}")
        chosen = iter([(chooser.choice(MODES), *chooser.choices(edges, k=count)) for _ in range(most)])
    padding = (0,) * (3 - count)
    return np.array([(NUMBERS[row.name], *case, *padding) for case in chosen], dtype=np.uint64)


def random_cases(row: Encoding, count: int, seed: int) -> Cases:
    """Random digits; exponents anywhere, or near each other; some fractions sparse, some all but full."""
    rng = np.random.default_rng([NUMBERS[row.name], seed])
    cases = np.zeros((count, CASE_WORDS), dtype=np.uint64)
    cases[:, 0], cases[:, 1] = NUMBERS[row.name], rng.integers(0, len(MODES), count)
    if row.form in FROM_INTEGER:
        shifts = rng.integers(0, 64, count).astype(np.uint64)
        signed = rng.integers(-(1 << 63), 1 << 63, count, dtype=np.int64) >> shifts.astype(np.int64)
        cases[:, 2] = signed.astype(np.uint64)
        return cases
    digits, width, bias = (23, 8, 127) if is_single(row) else (52, 11, 1023)
    near = rng.integers(0, 1 << width, count)
    is_near = rng.random(count) < 0.6
    for place in range(OPERANDS.get(row.form, 1)):
        spread = np.rint(rng.normal(0, rng.choice([1, 3, digits], count), count)).astype(np.int64)
        center = bias if row.form in (Form.FLOAT_TO_INTEGER,) else near
        exponents = np.where(is_near, center + spread, rng.integers(0, 1 << width, count))
        if place == 2:  # near the product of the others
            sums = cases[:, 2:4].astype(np.uint64) >> np.uint64(digits) & np.uint64((1 << width) - 1)
            product = sums.astype(np.int64).sum(axis=1) - bias + spread
            exponents = np.where(is_near, product, exponents)
        exponents = np.clip(exponents, 0, (1 << width) - 1).astype(np.uint64)
        fraction = rng.integers(0, 1 << digits, count).astype(np.uint64)
        kind = rng.integers(0, 4, count)
        mask = np.uint64(1) << rng.integers(0, digits + 1, count).astype(np.uint64)
        full = np.uint64((1 << digits) - 1)
        fraction = np.where(kind == 0, fraction & ~(mask - np.uint64(1)) & full, fraction)
        fraction = np.where(kind == 1, (fraction | (mask - np.uint64(1))) & full, fraction)
        sign = rng.integers(0, 2, count).astype(np.uint64) << np.uint64(digits + width)
        word = sign | exponents << np.uint64(digits) | fraction
        cases[:, 2 + place] = word | np.uint64(BOX) if is_single(row) else word
    return cases


# ---- costs

TYPICAL = {
    True: (0x3F9DF3B6, 0xC048F5C3, 0x40B33333),  # 1.234, -3.14, 5.6
    False: (0x3FF3BE76C8B43958, 0xC0091EB851EB851F, 0x4016666666666666),
}


def costs() -> dict[str, tuple[int, int]]:
    """For each instruction the rows that it adds to a program without any other, and its steps.

    The operands are ordinary numbers, the rounding mode is that of fcsr.
    """
    empty, found = _program(""), {}
    for row in FLOATS:
        program = _program(_instruction(row).partition("\n")[0])
        words = [*TYPICAL[is_single(row)], 0]
        data = b"".join((BOX | word if is_single(row) else word).to_bytes(8, "little") for word in words)
        if row.form in FROM_INTEGER:
            data = (12345678).to_bytes(8, "little") + bytes(24)
        runs = [one.execute(data) for one in (empty, program)]
        rows = [len(one.rom.rows) for one in (empty, program)]
        found[row.name] = (rows[1] - rows[0], runs[1].steps - runs[0].steps)
    return found


def _program(instruction: str) -> Program:
    """A program that reads three numbers, does one instruction and ends."""
    return riscv_program(
        f"li a0, 0\nli a1, {DATA}\nmv s0, a1\nli a2, 32\nli a7, 63\necall\nld a1, 0(s0)\n"
        f"fld fa1, 0(s0)\nfld fa2, 8(s0)\nfld fa3, 16(s0)\n{instruction}\nli a0, 0\n{EXIT}",
        bytes(64),
    )


def cost_table() -> list[str]:
    """Lines of Markdown: rows, steps, and the instructions that have so many, the cheapest first."""
    found: dict[tuple[int, int], list[str]] = {}
    for name, (rows, steps) in costs().items():
        found.setdefault((steps, rows), []).append(name)
    return [
        f"| {steps} | {rows} | {', '.join(f'`{name}`' for name in names)} |"
        for (steps, rows), names in sorted(found.items())
    ]
