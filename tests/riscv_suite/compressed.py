"""Programs for compressed instructions; those of 4 bytes among them stand at any half-word."""

from collections.abc import Iterator

from riscv_suite.control import BACKWARD, FORWARD
from riscv_suite.integers import FEW_PAIRS, ONE, PAIRS, REGISTER_MEANINGS, SINGLES, Meaning, signed, word
from riscv_suite.memory import FILL, pattern_at
from riscv_suite.program import MIDDLE, Check, Table

IMMEDIATES = (-32, -1, 0, 1, 31)
SHIFTS = (1, 31, 32, 63)
FRAMES = (-512, -16, 16, 496)
REGISTER_ROWS = ("sub", "xor", "or", "and", "subw", "addw")
CONSTANT_ROWS: dict[str, tuple[tuple[int, ...], Meaning]] = {
    "c.addi": ((-32, -1, 1, 31), lambda a, n: a + n),
    "c.addiw": (IMMEDIATES, lambda a, n: word(a + n)),
    "c.andi": (IMMEDIATES, lambda a, n: a & n),
    "c.srli": (SHIFTS, lambda a, n: a >> n),
    "c.srai": (SHIFTS, lambda a, n: signed(a) >> n),
    "c.slli": (SHIFTS, lambda a, n: a << n),
}
LOADS = {"c.lw": 4, "c.ld": 8}
STORES = {"c.sw": 4, "c.sd": 8}
BRANCHES = {"c.beqz": lambda a, _: a == 0, "c.bnez": lambda a, _: a != 0}
Named = Iterator[tuple[str, tuple[Table, ...]]]


def _computing_tables() -> Named:
    for name in REGISTER_ROWS:
        meaning = REGISTER_MEANINGS[name]
        checks = (
            Check(f"c.{name} a0, a1\nmv a2, a0", meaning),
            Check(f"mv s1, a0\nmv a5, a1\nc.{name} s1, a5\nmv a2, s1", meaning),
        )
        same = Check(f"c.{name} a0, a0\nmv a2, a0", lambda a, _, meaning=meaning: meaning(a, a))
        yield f"c.{name}", (Table(PAIRS, checks), Table(FEW_PAIRS, (same,)))
    for name, (constants, meaning) in CONSTANT_ROWS.items():
        checks = tuple(
            Check(f"{name} a0, {n}\nmv a2, a0", lambda a, _, n=n, meaning=meaning: meaning(a, n))
            for n in constants
        )
        yield name, (Table(SINGLES, checks),)
    yield (
        "c.mv",
        (
            Table(
                SINGLES,
                (Check("c.mv a2, a0", lambda a, _: a), Check("c.mv t5, a0\nc.mv a2, t5", lambda a, _: a)),
            ),
        ),
    )
    sums = Check("c.add a0, a1\nmv a2, a0", lambda a, b: a + b)
    yield "c.add", (Table(PAIRS, (sums, Check("c.mv t5, a1\nc.add t5, a0\nc.mv a2, t5", sums.meaning))),)
    yield "c.li", (Table(ONE, tuple(Check(f"c.li a2, {n}", lambda a, b, n=n: n) for n in IMMEDIATES)),)
    upper = (1, 31, 0xFFFE0, 0xFFFFF)
    loads = tuple(Check(f"c.lui a2, {n:#x}", lambda a, b, n=n: signed(n << 12, 32)) for n in upper)
    yield "c.lui", (Table(ONE, loads),)
    yield "c.nop", (Table(SINGLES, (Check("mv a2, a0\nc.nop\naddi a2, a2, 1", lambda a, _: a + 1),)),)


def _stack_tables() -> Named:
    frames = tuple(
        Check(f"mv sp, a0\nc.addi16sp sp, {n}\nmv a2, sp", lambda a, _, n=n: a + n) for n in FRAMES
    )
    yield "c.addi16sp", (Table(SINGLES, frames),)
    places = tuple(
        Check(f"mv sp, a0\nc.addi4spn a2, sp, {n}", lambda a, _, n=n: a + n) for n in (4, 8, 16, 512, 1020)
    )
    yield "c.addi4spn", (Table(SINGLES, places),)


def _access_tables() -> Named:
    for name, width in LOADS.items():
        offsets = (0, width, 8 * width, 31 * width)
        checks = tuple(
            Check(f"mv a5, s2\n{name} a2, {n}(a5)", lambda a, b, n=n, width=width: pattern_at(n, width))
            for n in offsets
        )
        skewed = Check(
            f"addi a5, s2, -3\n{name} a5, {width}(a5)\nmv a2, a5",
            lambda a, b, width=width: pattern_at(width - 3, width),
        )
        yield name, (Table(ONE, (*checks, skewed)),)
        stacked = tuple(
            Check(
                f"addi sp, s2, {-MIDDLE}\n{name}sp a2, {n}(sp)",
                lambda a, b, n=n, width=width: pattern_at(n - MIDDLE, width),
            )
            for n in (0, width, 15 * width, 63 * width)
        )
        yield f"{name}sp", (Table(ONE, stacked),)
    for name, width in STORES.items():
        for suffix, base, most in (("", "a5", 31), ("sp", "sp", 63)):
            checks = tuple(
                Check(
                    f"{FILL}addi {base}, s3, {skew - n}\n{name}{suffix} a0, {n}({base})\nld a2, 0(s3)",
                    lambda a, b, skew=skew, bits=8 * width: _overlaid(a, b, skew, bits),
                )
                for n in (0, width, most * width)
                for skew in (0, 3)
            )
            yield name + suffix, (Table(FEW_PAIRS, checks),)


def _overlaid(a: int, b: int, skew: int, bits: int) -> int:
    """The word b with the low bits of a from byte `skew` on."""
    mask = ((1 << bits) - 1) << 8 * skew
    return b & ~mask | a << 8 * skew & mask


def _jump_tables() -> Named:
    for name, condition in BRANCHES.items():
        taken, back = FORWARD.format(f"{name} a0"), BACKWARD.format(f"{name} a0")
        checks = (
            Check(taken, lambda a, b, meaning=condition: 2 if meaning(a, b) else 3),
            Check(back, lambda a, b, meaning=condition: 4 if meaning(a, b) else 1),
        )
        yield name, (Table(SINGLES, checks),)
    skipped = "addi a2, a2, 1\n@target:\naddi a2, a2, 2"
    forward = Check(f"mv a2, a0\nc.j @target\n{skipped}", lambda a, _: a + 2)
    backward = Check(
        "mv a2, a0\nj @over\n@back:\naddi a2, a2, 8\nj @end\n@over:\nc.j @back\n@end:", lambda a, _: a + 8
    )
    yield "c.j", (Table(SINGLES, (forward, backward)),)
    jump = Check(f"mv a2, a0\nla t0, @target\nc.jr t0\n{skipped}", lambda a, _: a + 2)
    odd = Check(f"mv a2, a0\nla t0, @target\naddi t0, t0, 1\nc.jr t0\n{skipped}", lambda a, _: a + 2)
    yield "c.jr", (Table(SINGLES, (jump, odd)),)
    link = Check("la t0, @target\nauipc t1, 0\nc.jalr t0\nnop\n@target:\nsub a2, ra, t1", lambda a, b: 4 + 2)
    over = Check("la ra, @target\nauipc t1, 0\nc.jalr ra\n@target:\nsub a2, ra, t1", lambda a, b: 4 + 2)
    yield "c.jalr", (Table(ONE, (link, over)),)


def compressed_tables() -> Named:
    """Name and tables of each instruction of C that is not one of floating-point numbers."""
    yield from _computing_tables()
    yield from _stack_tables()
    yield from _access_tables()
    yield from _jump_tables()
