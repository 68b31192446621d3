"""Random RISC-V programs that end: functions with loops and calls, memory at any alignment, saved registers.

s0 points into the data, s2 and s3 count loops, sp is the stack; everything else holds whatever comes. A
program ends with all its registers stored behind the data.
"""

import random
from collections.abc import Iterator

from riscv_cases import lowered_rows
from riscv_files import DATA
from zisk_py.transpiler.riscv.encodings import Form
from zisk_py.transpiler.riscv.memory_access import LOAD_WIDTHS, STORE_WIDTHS

DATA_BYTES = 4096
FREE = ("a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "s4", "s5")
COUNTERS = ("s2", "s3")
ROWS = [
    row
    for row in lowered_rows(("I", "M"))
    if row.form in (Form.REGISTER, Form.IMMEDIATE, Form.SHIFT, Form.SHIFT_WORD, Form.UPPER)
]
BRANCHES = [row.name for row in lowered_rows(("I",)) if row.form is Form.BRANCH]
SHORT = ("c.addi {0}, {2}", "c.li {0}, {2}", "c.mv {0}, {1}", "c.add {0}, {1}", "c.slli {0}, {3}")


class RandomProgram:
    """Writes one program."""

    def __init__(self, rng: random.Random, num_functions: int = 4) -> None:
        """Each function calls only later ones, so that every program ends."""
        self.rng, self.num_functions, self.num_labels = rng, num_functions, 0

    def source(self) -> str:
        """The assembly: a start, the functions, an end."""
        lines = [f"li s0, {DATA + DATA_BYTES // 2}"]
        lines += [f"li {name}, {self.rng.getrandbits(64):#x}" for name in FREE]
        lines += ["call function0", f"li s0, {DATA + DATA_BYTES}"]
        lines += [f"sd {name}, {8 * place}(s0)" for place, name in enumerate(FREE)]
        lines += ["j over"]
        for number in range(self.num_functions):
            lines += self.function(number)
        return "\n".join([*lines, "over:", "li a7, 93", "ecall"])

    def function(self, number: int) -> Iterator[str]:
        """A function that keeps what a caller counts on."""
        yield f"function{number}:"
        yield "addi sp, sp, -32"
        yield from ("sd ra, 0(sp)", "sd s2, 8(sp)", "sd s3, 16(sp)")
        yield from self.block(number, depth=0)
        yield from ("ld ra, 0(sp)", "ld s2, 8(sp)", "ld s3, 16(sp)")
        yield from ("addi sp, sp, 32", "ret")

    def block(self, number: int, depth: int) -> Iterator[str]:
        """Straight lines, skips, loops and calls."""
        for _ in range(self.rng.randrange(6, 20)):
            kind = self.rng.random()
            if kind < 0.04 and depth < len(COUNTERS):
                label, counter = self.label(), COUNTERS[depth]
                yield from (f"li {counter}, {self.rng.randrange(1, 5)}", f"{label}:")
                yield from self.block(number, depth + 1)
                yield from (f"addi {counter}, {counter}, -1", f"beqz {counter}, {label}_end")
                yield from (f"j {label}", f"{label}_end:")
            elif kind < 0.08 and number + 1 < self.num_functions:
                yield f"call function{self.rng.randrange(number + 1, self.num_functions)}"
            elif kind < 0.18:
                label = self.label()
                yield f"{self.rng.choice(BRANCHES)} {self.register()}, {self.register()}, {label}"
                yield from (self.line() for _ in range(self.rng.randrange(1, 4)))
                yield f"{label}:"
            else:
                yield self.line()

    def line(self) -> str:
        """One instruction that goes on to the next."""
        kind, offset = self.rng.random(), self.rng.randrange(-2000, 2000)
        if kind < 0.15:
            return f"{self.rng.choice([*LOAD_WIDTHS])} {self.register()}, {offset}(s0)"
        if kind < 0.3:
            return f"{self.rng.choice([*STORE_WIDTHS])} {self.register()}, {offset}(s0)"
        if kind < 0.4:
            numbers = self.rng.choice((-32, -1, 1, 31)), self.rng.randrange(1, 64)
            return self.rng.choice(SHORT).format(self.register(), self.register(), *numbers)
        row = self.rng.choice(ROWS)
        most = {Form.SHIFT: 64, Form.SHIFT_WORD: 32}.get(row.form)
        operand = self.rng.randrange(most) if most else self.rng.randrange(-2048, 2048)
        if row.form is Form.UPPER:
            return f"{row.name} {self.register()}, {self.rng.getrandbits(20):#x}"
        second = self.register() if row.form is Form.REGISTER else operand
        return f"{row.name} {self.register()}, {self.register()}, {second}"

    def register(self) -> str:
        """Any register that nothing depends on."""
        return self.rng.choice(FREE)

    def label(self) -> str:
        """A new label."""
        self.num_labels += 1
        return f"label{self.num_labels}"
