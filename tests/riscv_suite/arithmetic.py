"""Programs for instructions that compute with registers and constants: I, M, Zba, Zbb, Zbs."""

from collections.abc import Iterator

from riscv_suite.integers import (
    FEW_PAIRS,
    FEW_SINGLES,
    ONE,
    PAIRS,
    REGISTER_MEANINGS,
    SHIFT_MEANINGS,
    SIGNED_IMMEDIATE_MEANINGS,
    SINGLES,
    UNARY_MEANINGS,
    Meaning,
    signed,
)
from riscv_suite.program import Check, Table

IMMEDIATES = (-2048, -1, 0, 1, 0x7F, 0x555, 2047)
UPPER = (0, 1, 0x12345, 0x7FFFF, 0x80000, 0xFFFFF)
OTHER_REGISTERS = (
    1,
    2,
    4,
    5,
    6,
    7,
    8,
    9,
    *range(13, 18),
    *range(22, 27),
    *range(28, 31),
)  # none of the checks'


def _with_registers(name: str, meaning: Meaning) -> Table:
    """The result over an operand, one register twice, and x0 in each place."""
    return Table(
        FEW_PAIRS,
        (
            Check(f"{name} a0, a0, a1\nmv a2, a0", meaning),
            Check(f"{name} a1, a0, a1\nmv a2, a1", meaning),
            Check(f"{name} a2, a0, a0", lambda a, _: meaning(a, a)),
            Check(f"{name} a0, a0, a0\nmv a2, a0", lambda a, _: meaning(a, a)),
            Check(f"{name} a2, zero, a1", lambda _, b: meaning(0, b)),
            Check(f"{name} a2, a0, zero", lambda a, _: meaning(a, 0)),
            Check(f"{name} zero, a0, a1\nmv a2, zero", lambda a, b: 0),
        ),
    )


def _unary_checks(line: str, meaning: Meaning) -> tuple[Check, ...]:
    """A line with places for rd and rs1: the result over its operand, and x0 in both places."""
    return (
        Check(line.format("a0", "a0") + "\nmv a2, a0", meaning),
        Check(line.format("a2", "zero"), lambda a, b: meaning(0, b)),
        Check(line.format("zero", "a0") + "\nmv a2, zero", lambda a, b: 0),
    )


def _with_constants(name: str, constants: tuple[int, ...], meaning: Meaning) -> tuple[Table, ...]:
    checks = tuple(
        Check(f"{name} a2, a0, {number}", lambda a, _, number=number: meaning(a, number))
        for number in constants
    )
    number = constants[-1]
    few = _unary_checks(f"{name} {{}}, {{}}, {number}", lambda a, _: meaning(a, number))
    return Table(SINGLES, checks), Table(FEW_SINGLES, few)


def arithmetic_tables() -> Iterator[tuple[str, tuple[Table, ...]]]:
    """Name and tables of each instruction."""
    for name, meaning in REGISTER_MEANINGS.items():
        yield name, (Table(PAIRS, (Check(f"{name} a2, a0, a1", meaning),)), _with_registers(name, meaning))
    for name, meaning in SIGNED_IMMEDIATE_MEANINGS.items():
        yield name, _with_constants(name, IMMEDIATES, meaning)
    for name, (bits, meaning) in SHIFT_MEANINGS.items():
        yield name, _with_constants(name, (0, 1, 7, bits // 2, bits - 1), meaning)
    for name, meaning in UNARY_MEANINGS.items():
        few = Table(FEW_SINGLES, _unary_checks(f"{name} {{}}, {{}}", meaning))
        yield name, (Table(SINGLES, (Check(f"{name} a2, a0", meaning),)), few)
    yield "lui", (Table(ONE, tuple(_load_upper(number) for number in UPPER)),)
    yield "auipc", (Table(ONE, tuple(_add_upper(number) for number in UPPER)),)


def _load_upper(number: int) -> Check:
    return Check(f"lui a2, {number:#x}", lambda a, b: signed(number << 12, 32))


def _add_upper(number: int) -> Check:
    return Check(
        f"auipc t0, 0\nauipc t1, {number:#x}\nsub a2, t1, t0", lambda a, b: 4 + signed(number << 12, 32)
    )


def register_tables() -> tuple[Table, ...]:
    """Every register that the checks leave free as a result, as an operand, and as a base."""
    checks = []
    for number in OTHER_REGISTERS:
        checks.append(Check(f"add x{number}, a0, a1\nmv a2, x{number}", lambda a, b: a + b))
        checks.append(Check(f"mv x{number}, a1\nsub a2, a0, x{number}", lambda a, b: a - b))
        checks.append(Check(f"mv x{number}, s3\nsd a0, 8(x{number})\nld a2, 8(x{number})", lambda a, _: a))
    return (Table(FEW_PAIRS, tuple(checks)),)
