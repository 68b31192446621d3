"""Programs that check themselves: gp counts the checks, and a run ends with exit code 0 or with one that says
which check of which program went wrong.

A program is a function that returns to s11, so that any number of them make one run. It finds in a0 and a1 a
pair of operands, and leaves results in a2. s2 points into PATTERN, which is only read, and s3 into bytes to
work with; s4, s5, s11, gp and t6 are the checks' own.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from riscv_files import DATA
from riscv_suite.integers import ALL, Meaning, Pairs

PATTERN = random.Random(7).randbytes(512)
MIDDLE = len(PATTERN) // 2  # where s2 points
WORK_BYTES, WORK_MIDDLE = 128, 64
WORD = 8
CHECKS_BITS = 12  # of gp: the number of a check, below that of its program
PREFIX = "@"  # in lines: makes a label the check's own


@dataclass(frozen=True)
class Check:
    """Lines that leave a result in a2, and what it has to be for a pair (a0, a1)."""

    lines: str
    meaning: Meaning


@dataclass(frozen=True)
class Table:
    """Checks, each of them made on all pairs."""

    pairs: Pairs
    checks: tuple[Check, ...]

    @property
    def num_checks(self) -> int:
        """How many results are compared."""
        return len(self.pairs) * len(self.checks)

    @property
    def words(self) -> list[int]:
        """What its loop reads: each pair, then the results for it."""
        return [word for a, b in self.pairs for word in (a, b, *(c.meaning(a, b) & ALL for c in self.checks))]


@dataclass(frozen=True)
class SuiteProgram:
    """The checks of one instruction."""

    name: str
    extension: str
    tables: tuple[Table, ...]

    @property
    def num_checks(self) -> int:
        """How many results are compared."""
        return sum(table.num_checks for table in self.tables)

    @property
    def data(self) -> bytes:
        """What it needs in memory."""
        words = b"".join(word.to_bytes(WORD, "little") for table in self.tables for word in table.words)
        return PATTERN + bytes(WORK_BYTES) + words

    def lines(self, number: int, address: int) -> list[str]:
        """The function, with its data at `address`."""
        work = address + len(PATTERN)
        found = [f"{self.name}:", f"li gp, {number << CHECKS_BITS}"]
        found += [f"li s2, {address + MIDDLE}", f"li s3, {work + WORK_MIDDLE}", f"li s4, {work + WORK_BYTES}"]
        for index, table in enumerate(self.tables):
            found += _loop(table, f"{self.name}_{index}")
        return [*found, "jr s11"]


def _loop(table: Table, label: str) -> list[str]:
    found = [f"li s5, {len(table.pairs)}", f"{label}:"]
    for index, check in enumerate(table.checks):
        own = f"{label}_{index}"
        found += ["ld a0, 0(s4)", "ld a1, 8(s4)", *check.lines.replace(PREFIX, f"{own}_").splitlines()]
        found += [f"ld t6, {WORD * (2 + index)}(s4)", "addi gp, gp, 1"]
        found += [f"beq a2, t6, {own}", "j fail", f"{own}:"]
    found += [f"addi s4, s4, {WORD * (2 + len(table.checks))}", "addi s5, s5, -1"]
    return [*found, f"beqz s5, {label}_end", f"j {label}", f"{label}_end:"]


def join(programs: Sequence[SuiteProgram]) -> tuple[str, bytes]:
    """Assembly that runs all of them, and its data. Its last instruction is the only system call."""
    lines, data = ["j start"], b""
    for number, program in enumerate(programs, 1):
        lines += program.lines(number, DATA + len(data))
        data += program.data
    lines += ["start:", *(f"jal s11, {program.name}" for program in programs)]
    lines += ["li a0, 0", "j end", "fail:", "slli a0, gp, 1", "ori a0, a0, 1", "end:", "li a7, 93", "ecall"]
    return "\n".join(lines), data


def failed_check(code: int) -> tuple[int, int]:
    """Which program and which of its checks an exit code names, from 1."""
    return divmod(code >> 1, 1 << CHECKS_BITS)


def spoil(program: SuiteProgram, table: int, check: int) -> SuiteProgram:
    """The same with one wrong expectation: the lowest bit for the last pair."""
    spoiled = program.tables[table]
    last = spoiled.pairs[-1]

    def meaning(a: int, b: int) -> int:
        return spoiled.checks[check].meaning(a, b) ^ ((a, b) == last)

    checks = [replace(one, meaning=meaning) if i == check else one for i, one in enumerate(spoiled.checks)]
    tables = [replace(one, checks=tuple(checks)) if one is spoiled else one for one in program.tables]
    return replace(program, tables=tuple(tables))
