"""Every encoding of every version of sBPF, on operands at the edges, computes what LiteSVM computes."""

from functools import cache
from itertools import product

import pytest

from bpf_programs import EDGES, difference, run_both, sbpf_file
from litesvm_runs import BUDGET
from zisk_py.emulator import reference
from zisk_py.emulator.execution import execute
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.divisions import SIGNED_DIVISIONS, UNSIGNED_DIVISIONS
from zisk_py.transpiler.bpf.encodings import ENCODINGS, Encoding, Form
from zisk_py.transpiler.bpf.input_buffer import serialize
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V1, SBPF_VERSIONS, Version
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

CONSTANTS = (0, 1, -1, 2, -2, 31, 63, 0x7FFFFFFF, -0x80000000)
WIDTHS = (16, 32, 64)
COMPUTING = (Form.ALU, Form.NEGATE, Form.ENDIAN, Form.BRANCH)
DIVISIONS = (*UNSIGNED_DIVISIONS, *SIGNED_DIVISIONS)
SHIFTS = ("lsh", "rsh", "arsh")
PAIRS = [
    (row, version)
    for version in SBPF_VERSIONS
    for row in ENCODINGS
    if row.is_in(version) and row.form in COMPUTING
]
PARAMETERS = [
    # v3 has all rows of v0 and v1.
    pytest.param(
        row,
        version,
        marks=[pytest.mark.slow] if version in (SBPF_V0, SBPF_V1) else [],
        id=f"{version.target}-{row.name}-{row.opcode:02x}",
    )
    for row, version in PAIRS
]
VERSIONS = pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
# Every pair of operands, or one in 40.
PORTIONS = pytest.mark.parametrize("step", [40, pytest.param(1, marks=pytest.mark.slow)])


def second_operands(row: Encoding) -> list[int]:
    """Values of the register or of the constant that the row may have, without faults."""
    if row.form is Form.ENDIAN:
        return list(WIDTHS)
    if row.form is Form.NEGATE:
        return [0]
    if row.from_register:
        return [value for value in EDGES if row.operation not in DIVISIONS or value % (1 << row.bits)]
    if row.operation in SHIFTS:
        return [value for value in CONSTANTS if 0 <= value < row.bits]
    return [value for value in CONSTANTS if row.operation not in DIVISIONS or value]


def overflows(row: Encoding, first: int, second: int) -> bool:
    """Whether it is a signed division of the least number by -1."""
    size = 1 << row.bits
    least, minus_one = first % size == size // 2, second % size == size - 1
    return row.operation in SIGNED_DIVISIONS and least and minus_one


def lines_of(row: Encoding, second: int) -> str:
    """r1 = r1 op second, or r1 = whether the comparison holds; uses r2."""
    if row.form is Form.ENDIAN:
        return f"{row.name}{second} r1"
    if row.form is Form.NEGATE:
        return f"{row.name} r1"
    operand = "r2" if row.from_register else str(second)
    load = f"lddw r2, {second:#x}\n" if row.from_register else ""
    if row.form is Form.BRANCH:
        return f"{load}mov r3, 1\n{row.name} r1, {operand}, +1\nmov r3, 0\nmov r1, r3"
    return f"{load}{row.name} r1, {operand}"


def store_results(row: Encoding, step: int = 1) -> tuple[str, int]:
    """A body that stores a result for one in `step` pairs of operands, and how many it stores below r10."""
    pairs = [pair for pair in product(EDGES, second_operands(row)) if not overflows(row, *pair)][::step]
    parts = [
        f"lddw r1, {first:#x}\n{lines_of(row, second)}\nstxdw [r10-{8 * number}], r1"
        for number, (first, second) in enumerate(pairs, 1)
    ]
    return "\n".join(parts), len(pairs)


@pytest.mark.parametrize(("row", "version"), PARAMETERS)
def test_an_encoding_computes_what_it_computes_in_litesvm(row: Encoding, version: Version):
    body, count = store_results(row)
    end = f"mov r1, r10\nadd r1, {-8 * count}\nmov r2, {8 * count}\nsyscall sol_set_return_data"
    ours, theirs = run_both(sbpf_file(f"{body}\n{end}\nmov r0, 0\nexit", version))
    assert difference(ours, theirs) == ""
    assert ours.outcome == Exit(0)
    assert len(theirs.return_data) == 8 * count


@cache
def all_encodings(version: Version, step: int) -> bytes:
    """A file that runs all of them, and loads and stores of every kind."""
    bodies = [store_results(row, step)[0] for row, of in PAIRS if of is version]
    for row in ENCODINGS:
        if row.is_in(version) and row.form in (Form.LOAD, Form.STORE, Form.STORE_IMMEDIATE):
            shape = {
                Form.LOAD: "{} r{}, [r10-{}]",
                Form.STORE: "{0} [r10-{2}], r{1}",
                Form.STORE_IMMEDIATE: "{0} [r10-{2}], -1",
            }[row.form]
            bodies += [shape.format(row.name, 4, offset) for offset in (8, 11, 13, 14)]
    return sbpf_file("\n".join([*bodies, "mov r0, 0\nexit"]), version)


@VERSIONS
@PORTIONS
def test_all_encodings_satisfy_every_constraint(version: Version, step: int):
    assert Program(transpile(all_encodings(version, step))).check(b"").ok


@VERSIONS
@PORTIONS
def test_the_reference_and_the_compiled_emulator_agree_on_all_encodings(version: Version, step: int):
    rom, data = transpile(all_encodings(version, step)), serialize([], b"", bytes(32))
    claim = make_claim(rom.rules, data, budget=BUDGET)
    one, other = (emulate(rom, claim, data, chunk_size=1 << 20) for emulate in (execute, reference.execute))
    assert (one.outcome, one.steps, one.compute_units) == (other.outcome, other.steps, other.compute_units)
    assert one.memory == other.memory
    assert one.outcome == Exit(0)
