"""Programs for branches, jumps, fences and control registers."""

from collections.abc import Iterator

from riscv_suite.integers import BRANCH_MEANINGS, FEW_PAIRS, FEW_SINGLES, ONE, PAIRS, Meaning
from riscv_suite.program import Check, Table

FORWARD = "li a2, 0\n{0}, @target\naddi a2, a2, 1\n@target:\naddi a2, a2, 2"
BACKWARD = "li a2, 0\nj @test\n@target:\naddi a2, a2, 4\nj @end\n@test:\n{0}, @target\naddi a2, a2, 1\n@end:"
CSRS = {"fflags": (0, 0x1F), "frm": (5, 7), "fcsr": (0, 0xFF)}  # shift and mask of the bits in fcsr
CSR_MEANINGS: dict[str, Meaning] = {  # old and operand to new
    "csrrw": lambda old, value: value,
    "csrrs": lambda old, value: old | value,
    "csrrc": lambda old, value: old & ~value,
}
CONSTANTS = (0, 1, 21, 31)
ALL_CSR_BITS = 0xFF


def _branch_checks(line: str, condition: Meaning) -> tuple[Check, ...]:
    return (
        Check(FORWARD.format(line), lambda a, b: 2 if condition(a, b) else 3),
        Check(BACKWARD.format(line), lambda a, b: 4 if condition(a, b) else 1),
    )


def _loop(name: str, count: int) -> Check:
    """A loop with the branch at its end, as often as it is taken."""
    lines = {
        "bne": "li t0, 9\n@top:\naddi a2, a2, 1\naddi t0, t0, -1\nbne t0, zero, @top",
        "beq": "li t0, 9\n@top:\naddi a2, a2, 1\naddi t0, t0, -1\nslti t1, t0, 1\nbeq t1, zero, @top",
    }
    counting = f"li t0, 0\nli t1, 9\n@top:\naddi a2, a2, 1\naddi t0, t0, 1\n{name} t0, t1, @top"
    downward = f"li t0, 9\nli t1, 1\n@top:\naddi a2, a2, 1\naddi t0, t0, -1\n{name} t0, t1, @top"
    chosen = lines.get(name, downward if name.startswith("bge") else counting)
    return Check(f"li a2, 0\n{chosen}", lambda a, b: count)


def branch_tables() -> Iterator[tuple[str, tuple[Table, ...]]]:
    """Name and tables of each branch: both ways, both directions, x0 and one register twice; a loop."""
    for name, condition in BRANCH_MEANINGS.items():
        few = (
            *_branch_checks(f"{name} a0, a0", lambda a, _, meaning=condition: meaning(a, a)),
            *_branch_checks(f"{name} zero, a1", lambda _, b, meaning=condition: meaning(0, b)),
            *_branch_checks(f"{name} a0, zero", lambda a, _, meaning=condition: meaning(a, 0)),
            _loop(name, 9),
        )
        yield name, (Table(PAIRS, _branch_checks(f"{name} a0, a1", condition)), Table(FEW_PAIRS, few))


def jump_tables() -> Iterator[tuple[str, tuple[Table, ...]]]:
    """jal and jalr: where they go, what they leave, and the lowest bit that is dropped."""
    skipped = "\naddi a2, a2, 1\n@target:\n"
    yield (
        "jal",
        (
            Table(
                FEW_SINGLES,
                (
                    Check(f"mv a2, a0\njal t0, @target{skipped}addi a2, a2, 2", lambda a, _: a + 2),
                    Check("auipc t0, 0\njal t1, @target\nnop\n@target:\nsub a2, t1, t0", lambda a, b: 8),
                    Check(f"mv a2, a0\njal zero, @target{skipped}add a2, a2, zero", lambda a, _: a),
                    Check(
                        "mv a2, a0\nj @over\n@back:\naddi a2, a2, 7\njr t0\n"
                        "@over:\njal t0, @back\naddi a2, a2, 1",
                        lambda a, _: a + 8,
                    ),
                ),
            ),
        ),
    )
    jumps = []
    for offset in (0, 1, -2048, 2047, 2046):
        even = offset & ~1
        lines = f"mv a2, a0\nla t0, @target\naddi t0, t0, {-even}\njalr t1, {offset}(t0)"
        if offset == -2048:
            lines = f"mv a2, a0\nla t0, @target\naddi t0, t0, 2047\naddi t0, t0, 1\njalr t1, {offset}(t0)"
        jumps.append(Check(f"{lines}{skipped}addi a2, a2, 2", lambda a, _: a + 2))
    jumps += [
        Check("la t0, @target\nauipc t1, 0\njalr t0, 0(t0)\n@target:\nsub a2, t0, t1", lambda a, b: 8),
        Check(
            "la t0, @target\naddi t0, t0, 1\njalr zero, 0(t0)\nli t0, 0\n@target:\nmv a2, zero",
            lambda a, b: 0,
        ),
        Check(
            "mv a2, a0\nla t0, @first\njr t0\n@second:\naddi a2, a2, 8\nj @end\n"
            "@first:\nla t1, @second\naddi a2, a2, 1\njalr t2, 0(t1)\naddi a2, a2, 4\n@end:",
            lambda a, _: a + 9,
        ),
    ]
    yield "jalr", (Table(FEW_SINGLES, tuple(jumps)),)


def order_tables() -> Iterator[tuple[str, tuple[Table, ...]]]:
    """Fences, which change nothing here."""
    fences = ("fence", "fence rw, rw", "fence iorw, iorw", "fence r, w")
    checks = [Check(f"sd a0, 0(s3)\n{line}\nld a2, 0(s3)", lambda a, _: a) for line in fences]
    yield "fence", (Table(FEW_SINGLES, tuple(checks)),)
    yield "fence.i", (Table(FEW_SINGLES, (Check("mv a2, a0\nfence.i\naddi a2, a2, 1", lambda a, _: a + 1),)),)


def _csr_checks(name: str, csr: str, constant: int | None) -> Iterator[Check]:
    """fcsr is a1 before; what comes to rd, and what fcsr is after."""
    shift, mask = CSRS[csr]
    compute = CSR_MEANINGS[name.removesuffix("i")]
    operand = "a0" if constant is None else str(constant)

    def old(_: int, b: int) -> int:
        return (b & ALL_CSR_BITS) >> shift & mask

    def new(a: int, b: int) -> int:
        value = compute(old(a, b), a if constant is None else constant) & mask
        return b & ALL_CSR_BITS & ~(mask << shift) | value << shift

    start = "csrw fcsr, a1\n"
    yield Check(f"{start}{name} a2, {csr}, {operand}", old)
    yield Check("csrr a2, fcsr", new)
    yield Check(f"{start}{name} zero, {csr}, {operand}\ncsrr a2, fcsr", new)
    if constant is None:
        yield Check(f"{start}{name} a0, {csr}, a0\nmv a2, a0", old)
        yield Check(
            f"{start}{name} a2, {csr}, zero\ncsrr a2, fcsr",
            lambda a, b: new(0, b) if name == "csrrw" else b & ALL_CSR_BITS,
        )


def csr_tables() -> Iterator[tuple[str, tuple[Table, ...]]]:
    """The instructions of Zicsr on the registers that are there to write, and on counters."""
    counters = ("cycle", "instret")
    grows = tuple(
        Check(f"csrrs t0, {csr}, zero\nnop\ncsrrs t1, {csr}, zero\nsltu a2, t0, t1", lambda a, b: 1)
        for csr in counters
    )
    for name in CSR_MEANINGS:
        checks = tuple(check for csr in CSRS for check in _csr_checks(name, csr, None))
        pairs = ((0, 0), (0xFF, 0), (0, 0xFF), (0x1A5, 0x3C), (0x2C, 0xD3))
        yield name, (Table(pairs, checks), *((Table(ONE, grows),) if name == "csrrs" else ()))
        constants = tuple(
            check for csr in CSRS for n in CONSTANTS for check in _csr_checks(f"{name}i", csr, n)
        )
        yield f"{name}i", (Table(pairs, constants),)
