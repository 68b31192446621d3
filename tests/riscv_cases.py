"""Assembly that computes every RISC-V instruction on a table of operands, and keeps every result in memory.

From DATA on: the pairs of operands, then SCRATCH bytes that are loaded from and stored to at any alignment,
then the results, eight bytes each, in the order of pairs and cases.
"""

import random

from riscv_files import DATA
from zisk_py.transpiler.riscv.encodings import ENCODINGS, Encoding, Form

SCRATCH = 512
EDGES = (0, 1, 2, 31, 32, 63, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 32, (1 << 63) - 1)
EDGES += tuple((1 << 64) - value for value in (1, 2, 0x80, 0x8000, 0x80000000, 1 << 63))
REGISTERS = (  # rd, rs1, rs2: a0 and a1 are the pair, a3 a copy of a0, a4 of a1
    ("a2", "a0", "a1"),
    ("a3", "a3", "a1"),
    ("a4", "a0", "a4"),
    ("a2", "a0", "a0"),
    ("a2", "zero", "a1"),
    ("a2", "a0", "zero"),
    ("zero", "a0", "a1"),
)
CSRS = ("fflags", "frm", "fcsr")


def operand_pairs(rng: random.Random, count: int) -> list[tuple[int, int]]:
    """Pairs of edges first, then of random numbers of random lengths."""
    pairs = [(a, b) for a in EDGES for b in EDGES]
    rng.shuffle(pairs)
    number = lambda: rng.choice((rng.choice(EDGES), rng.getrandbits(rng.randrange(1, 65))))  # noqa: E731
    pairs += [(number(), number()) for _ in range(max(0, count - len(pairs)))]
    return pairs[:count]


def cases_of(row: Encoding, rng: random.Random) -> list[str]:
    """Lines that compute a result into the register that they name last, after a colon."""
    offset, high = rng.randrange(-64, 64), rng.randrange(-(1 << 19), 1 << 19) << 12
    name = row.name
    match row.form:
        case Form.REGISTER:
            return [f"{name} {rd}, {a}, {b}:{rd}" for rd, a, b in REGISTERS]
        case Form.UNARY:
            return [f"{name} {rd}, {a}:{rd}" for rd, a, _ in REGISTERS]
        case Form.IMMEDIATE:
            numbers = (0, -1, rng.randrange(-2048, 2048))
            return [f"{name} {rd}, {a}, {n}:{rd}" for n in numbers for rd, a, _ in REGISTERS[:2]]
        case Form.SHIFT | Form.SHIFT_WORD:
            most = 64 if row.form is Form.SHIFT else 32
            return [f"{name} a2, a0, {n}:a2" for n in (0, most - 1, rng.randrange(most))]
        case Form.UPPER:
            return [f"{name} a2, {high >> 12 & 0xFFFFF:#x}:a2"]
        case Form.LOAD:
            return [f"{name} {rd}, {offset}(s2):{rd}" for rd in ("a2", "zero")]
        case Form.STORE:
            return [f"{name} {b}, {offset}(s2):zero" for b in ("a0", "zero")]
        case Form.BRANCH:
            taken = f"li a2, 1\n{name} {{}}, {{}}, .+8\nli a2, 0:a2"
            return [taken.format("a0", "a1"), taken.format("a1", "a0"), taken.format("a0", "a0")]
        case Form.JUMP:
            return [f"li a3, 1\n{name} a2, .+8\nli a3, 0\nadd a2, a2, a3:a2"]
        case Form.JUMP_REGISTER:
            skip = f"auipc a2, 0\n{name} {{}}, 13({{}})\nli a3, 0:{{}}"
            return [
                skip.format("a2", "a2", "a2"),
                skip.format("a4", "a2", "a4"),
                skip.format("zero", "a2", "a3"),
            ]
        case Form.FENCE:
            return [f"{name} rw, rw:zero"]
        case Form.FENCE_I:
            return [f"{name}:zero"]
        case Form.CSR:
            read = "\ncsrr a4, fcsr\nslli a4, a4, 8\nadd a2, a2, a4:a2"
            return [f"{name} a2, {csr}, {a}{read}" for csr in CSRS for a in ("a0", "zero")]
        case Form.CSR_IMMEDIATE:
            return [f"{name} a2, {csr}, {n}:a2" for csr in CSRS for n in (0, rng.randrange(32))]
        case Form.ATOMIC:
            place = 8 * rng.randrange(-8, 8)
            width = 4 if name.endswith(".w") else 8
            setup = f"addi a5, s2, {place + rng.randrange(0, 8, width)}\n"
            if name.startswith("sc."):
                reserve = f"lr{name[2:]} a4, (a5)\n"
                return [f"{setup}{name} a2, a0, (a5):a2", f"{setup}{reserve}{name} a2, a1, (a5):a2"]
            return [f"{setup}{name} {rd}, {b}, (a5):{rd}" for rd, _, b in REGISTERS[:3]]
        case Form.LOAD_RESERVED:
            return [f"addi a5, s2, {8 * rng.randrange(-8, 8)}\n{name} a2, (a5):a2"]
    raise AssertionError(f"{name} has no case")


def lowered_rows(extensions: tuple[str, ...]) -> list[Encoding]:
    """Instructions of these extensions that go on to the next one."""
    return [row for row in ENCODINGS if row.extension in extensions and row.form is not Form.SYSTEM]


def case_program(cases: list[str], pairs: list[tuple[int, int]]) -> tuple[str, bytes, int]:
    """Assembly that loops over the pairs, its data, and how many bytes from DATA on it works with."""
    body = []
    for case in cases:
        lines, _, result = case.rpartition(":")
        body.append(f"mv a3, a0\nmv a4, a1\n{lines}\nsd {result}, 0(s1)\naddi s1, s1, 8")
    lines = "\n".join(body)
    data = b"".join(value.to_bytes(8, "little") for pair in pairs for value in pair)
    scratch = random.Random(1).randbytes(SCRATCH)
    source = f"""
    li s0, {DATA}
    li s2, {DATA + len(data) + SCRATCH // 2}
    li s1, {DATA + len(data) + SCRATCH}
    li s3, {len(pairs)}
    again:
    ld a0, 0(s0)
    ld a1, 8(s0)
    {lines}
    addi s0, s0, 16
    addi s3, s3, -1
    beqz s3, over
    la a5, again
    jr a5
    over:
    li a7, 93
    ecall
    """
    return source, data + scratch, len(data) + SCRATCH + 8 * len(cases) * len(pairs)
