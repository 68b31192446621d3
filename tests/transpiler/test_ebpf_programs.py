"""Random eBPF programs give the results of an interpreter of their own."""

import random

import pytest

from bpf_programs import EDGES, execute_ebpf
from ebpf_interpreter import interpret
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.encodings import ENCODINGS, SIZE_NAMES, Encoding, Form
from zisk_py.transpiler.bpf.versions import EBPF

TESTED = [row for row in ENCODINGS if row.is_in(EBPF)]


def observe(body: str, values: list[int]) -> str:
    """A program that sets r0 to r9, runs the body, and mixes all registers and the stack into r0."""
    lines = [f"lddw r{i}, {value:#x}" for i, value in enumerate(values)]
    lines += [f"stxdw [r10-{8 * i + 8}], r{i}" for i in range(10)]
    mix = [f"mul r0, 31\nxor r0, r{i}" for i in range(1, 10)]
    mix += [f"ldxdw r1, [r10-{8 * i + 8}]\nmul r0, 31\nxor r0, r1" for i in range(10)]
    return "\n".join([*lines, body, *mix, "exit"])


def line_of(row: Encoding, rng: random.Random) -> str:
    """A random line with that row; branches and jumps skip up to two of the lines that follow."""
    dst, src = rng.randrange(10), rng.randrange(10)
    imm = rng.choice((0, 1, -1, 31, 63, 0x7FFFFFFF, -0x80000000, rng.randrange(-(1 << 31), 1 << 31)))
    second = f"r{src}" if row.from_register else str(imm)
    if row.form is Form.ALU:
        return f"{row.name} r{dst}, {second}"
    if row.form is Form.ENDIAN:
        return f"{row.name}{rng.choice((16, 32, 64))} r{dst}"
    if row.form is Form.NEGATE:
        return f"{row.name} r{dst}"
    if row.form is Form.BRANCH:
        return f"{row.name} r{dst}, {second}, +{rng.randrange(3)}"
    if row.form in (Form.JUMP, Form.JUMP_FAR):
        return f"{row.name} +{rng.randrange(3)}"
    if row.form is Form.LOAD_IMMEDIATE:
        return f"lddw r{dst}, {rng.getrandbits(64):#x}"
    place = f"[r10-{rng.randrange(row.bits // 8, 80)}]"
    name = SIZE_NAMES.get(row.bits, "")
    if row.form in (Form.LOAD, Form.LOAD_SIGNED):
        return f"{row.name} r{dst}, {place}"
    if row.form is Form.PACKET_LOAD:
        return f"{row.name} r{src}, {imm}" if row.from_register else f"{row.name} {imm}"
    if row.form is Form.ATOMIC:
        return f"{row.name} {place}, r{src}"
    return f"stx{name} {place}, r{src}" if row.from_register else f"st{name} {place}, {imm}"


STRAIGHT = [row for row in TESTED if row.form not in (Form.CALL, Form.CALLX, Form.EXIT)]


def agree(source: str) -> None:
    text = assemble(source).text
    assert execute_ebpf(source).outcome == Exit(interpret(text))


@pytest.mark.parametrize("row", STRAIGHT, ids=lambda row: f"{row.name}-{row.opcode:02x}")
def test_every_instruction_agrees_with_the_interpreter(row: Encoding):
    rng = random.Random(row.opcode + 256 * row.variant)
    for _ in range(6):
        values = [rng.choice((*EDGES, rng.getrandbits(64), rng.getrandbits(31))) for _ in range(10)]
        lines = [line_of(row, rng) for _ in range(5)]
        agree(observe("\n".join([*lines, "mov r3, 7\nmov r4, 8"]), values))


def random_source(seed: int) -> str:
    """Thirty random lines of all kinds but calls."""
    rng = random.Random(seed)
    values = [rng.choice((*EDGES, rng.getrandbits(64))) for _ in range(10)]
    rows = [row for row in STRAIGHT if row.form is not Form.LOAD_IMMEDIATE]
    return observe(
        "\n".join([*(line_of(rng.choice(rows), rng) for _ in range(30)), "mov r3, 7\nmov r4, 8"]), values
    )


@pytest.mark.parametrize("block", range(4))
def test_random_programs_agree_with_the_interpreter(block: int):
    for seed in range(25 * block, 25 * block + 25):
        agree(random_source(seed))


@pytest.mark.slow
def test_a_thousand_random_programs_agree_with_the_interpreter():
    for seed in range(1000, 2000):
        agree(random_source(seed))
