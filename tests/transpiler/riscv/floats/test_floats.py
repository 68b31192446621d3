"""Programs with F and D: every instruction against qemu's processor, registers, fcsr, forgeries."""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from forged_runs import Lies, assert_refused, forged_run
from proven_runs import prove_and_verify
from riscv_files import DATA, EXECUTE, EXIT, READ, TEXT, FileSegment, riscv_program, write_file
from riscv_floats import FLOATS, NEEDS_QEMU, ask_qemu, edge_cases, probe, random_cases
from zisk_py import emulator
from zisk_py.emulator.records import Step
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.instruction import Instruction
from zisk_py.isa.operations import COPY, DIVU, REMU, SLL, Operation
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.riscv.assembler import assemble
from zisk_py.transpiler.riscv.decoder import decode_at
from zisk_py.transpiler.riscv.encodings import Encoding
from zisk_py.transpiler.riscv.floats.library import load_library
from zisk_py.transpiler.riscv.floats.lowering import RESULT
from zisk_py.zkvm import Program

MOST_CASES = 4000  # whose answers fit the outputs of a run
BOX = 0xFFFFFFFF << 32
ONE, TWO, THREE, THIRD = 0x3FF0000000000000, 0x4000000000000000, 0x4008000000000000, 0x3FD5555555555555


@cache
def probe_program() -> Program:
    return Program(transpile(probe()))


def answers_of(cases: np.ndarray) -> np.ndarray:
    run = probe_program().execute(cases.astype("<u8").tobytes())
    assert run.outcome == Exit(0), run.fault_text
    return np.frombuffer(run.outputs, "<u8").reshape(-1, 2)


@NEEDS_QEMU
@pytest.mark.parametrize("row", FLOATS, ids=lambda row: row.name)
def test_an_instruction_gives_qemus_bits_and_flags(row: Encoding, tmp_path: Path):
    cases = np.concatenate([edge_cases(row, 2500), random_cases(row, MOST_CASES - 2500, seed=3)])
    assert np.array_equal(answers_of(cases), ask_qemu(cases, tmp_path))


@NEEDS_QEMU
@pytest.mark.slow
@pytest.mark.parametrize("row", FLOATS, ids=lambda row: row.name)
def test_it_does_so_for_many_operands(row: Encoding, tmp_path: Path):
    for seed in range(20):
        edges = edge_cases(row, 2500, seed)
        cases = np.concatenate([edges, random_cases(row, MOST_CASES - 2500, seed=100 + seed)])
        assert np.array_equal(answers_of(cases), ask_qemu(cases, tmp_path))


@NEEDS_QEMU
def test_a_run_of_all_instructions_is_proven(tmp_path: Path):
    cases = np.concatenate([random_cases(row, 3, seed=4) for row in FLOATS])
    stated = prove_and_verify(probe_program(), cases.astype("<u8").tobytes()).statement
    assert np.array_equal(np.frombuffer(stated.outputs, "<u8").reshape(-1, 2), ask_qemu(cases, tmp_path))


# ---- registers and memory

DUMP = f"""
    li a0, 1
    li a1, {DATA}
    li a2, 64
    li a7, 64
    ecall
    li a0, 0
    {EXIT}
"""


def words_of(source: str, *words: int) -> list[int]:
    """The eight words of data after a program that finds their address in s0."""
    data = b"".join(word.to_bytes(8, "little") for word in words).ljust(64, b"\0")
    run = riscv_program(f"li s0, {DATA}\n{source}\n{DUMP}", data).execute()
    assert run.outcome == Exit(0), run.fault_text
    return np.frombuffer(run.outputs, "<u8").tolist()


def test_a_single_is_boxed_when_it_is_loaded_and_stored_without_its_box():
    found = words_of("flw ft0, 4(s0)\nfsd ft0, 8(s0)\nfsw ft0, 16(s0)", 0x3F800000 << 32)
    assert found[1:3] == [BOX | 0x3F800000, 0x3F800000]


def test_a_double_may_lie_anywhere():
    low, high = ONE << 24 & (1 << 64) - 1, ONE >> 40
    found = words_of("fld ft11, 3(s0)\nfsd ft11, 17(s0)", low, high)
    assert found[2:4] == [ONE << 8 & (1 << 64) - 1, ONE >> 56]


@pytest.mark.parametrize("bits", [ONE, BOX | 0x3F800000, BOX - 1, 0], ids=hex)
def test_moves_of_bits_look_at_no_box(bits: int):
    found = words_of("fld ft0, 0(s0)\nfmv.x.w a0, ft0\nsd a0, 8(s0)\nfmv.w.x ft1, a0\nfsd ft1, 16(s0)", bits)
    low = bits & 0xFFFFFFFF
    assert found[1:3] == [low | (BOX if low >> 31 else 0), BOX | low]


@pytest.mark.parametrize("name", ["fsgnj", "fsgnjn", "fsgnjx"])
@pytest.mark.parametrize(
    "bits", [ONE, BOX | 0xBF800000, BOX | 0x7FA00000, 0x3F800000, TWO | 1 << 63], ids=hex
)
def test_a_number_and_its_own_sign_make_copy_negation_and_absolute_value(name: str, bits: int):
    sign = {"fsgnj": lambda old: old, "fsgnjn": lambda old: 1 - old, "fsgnjx": lambda old: 0}[name]
    single = bits - BOX if bits >= BOX else 0x7FC00000
    found = words_of(
        f"fld ft0, 0(s0)\n{name}.d ft1, ft0, ft0\n{name}.s ft0, ft0, ft0\nfsd ft1, 8(s0)\nfsd ft0, 16(s0)",
        bits,
    )
    assert found[1] == bits & (1 << 63) - 1 | sign(bits >> 63) << 63
    assert found[2] == BOX | single & (1 << 31) - 1 | sign(single >> 31) << 31


def test_operands_and_result_may_be_one_register():
    found = words_of("fld ft0, 0(s0)\nfadd.d ft0, ft0, ft0\nfmadd.d ft0, ft0, ft0, ft0\nfsd ft0, 8(s0)", ONE)
    assert found[1] == 0x4018000000000000


def test_an_integer_result_for_x0_leaves_its_flags():
    found = words_of(
        "fld ft0, 0(s0)\nfcvt.w.d zero, ft0\ncsrr a0, fcsr\nsd a0, 8(s0)\nsd zero, 16(s0)", THIRD
    )
    assert found[1:3] == [1, 0]


def test_flags_add_up_until_they_are_cleared():
    divide = "fld ft0, 0(s0)\nfld ft1, 8(s0)\nfdiv.d ft2, ft0, ft1\ncsrr a0, fcsr\nsd a0, 16(s0)\n"
    invalid = "fmv.d.x ft3, zero\nfdiv.d ft4, ft3, ft3\ncsrr a0, fcsr\nsd a0, 24(s0)\n"
    exact = "csrw fflags, zero\nfadd.d ft5, ft0, ft0\ncsrr a0, fcsr\nsd a0, 32(s0)\nfsd ft2, 40(s0)"
    assert words_of(divide + invalid + exact, ONE, THREE)[2:6] == [1, 17, 0, THIRD]


@pytest.mark.parametrize("mode", [5, 6, 7])
def test_a_rounding_mode_that_is_none_is_an_illegal_instruction(mode: int):
    program = riscv_program(
        f"li a0, {mode}\ncsrw frm, a0\nfadd.d ft0, ft1, ft2, rtz\nfadd.d ft0, ft1, ft2\n{EXIT}"
    )
    assert program.execute().outcome == Fault(FaultKind.ILLEGAL_INSTRUCTION, 6)


def test_a_load_that_is_refused_names_its_instruction():
    run = riscv_program(f"li a0, 8\nflw ft0, 0(a0)\n{EXIT}").execute()
    assert run.outcome == Fault(FaultKind.LOAD_VIOLATION, 2)


# ---- what is in a ROM


def routines_of(program: Program) -> set[str]:
    return set(program.rom.debug["routines"].values()) & set(load_library().symbols.values())


def test_a_program_without_floats_has_nothing_of_them():
    # The upper half of the lui and the half-word behind it are an fadd.s, which the program does not reach.
    source = f"lui a0, 0x530\n.half 0x0001\n.half 0x0001\n{EXIT}"
    inner = decode_at(assemble(source).text, 2, 0)
    assert inner is not None
    assert inner.encoding.name == "fadd.s"
    assert routines_of(riscv_program(source)) == set()
    assert routines_of(riscv_program(f"fmv.d.x ft0, zero\n{source}")) == {"fadd_s", "round_s"}


def test_an_instruction_behind_data_that_hides_it_is_found_from_the_entry():
    source = f".half 0x0003\nfadd.d ft0, ft1, ft2\n{EXIT}"
    text = FileSegment(TEXT, assemble(source, TEXT).text, READ | EXECUTE)
    program = Program(transpile(write_file([text], TEXT + 2)))
    assert routines_of(program) == {"fadd_d", "round_d"}


def test_without_floats_what_looks_like_one_is_an_illegal_instruction():
    run = riscv_program(f"j . + 6\nlui a0, 0x530\n.half 0x0001\n.half 0x0001\n{EXIT}").execute()
    assert run.outcome == Fault(FaultKind.ILLEGAL_INSTRUCTION, 3)


def test_a_program_has_the_routines_that_it_uses_and_those_in_which_they_end():
    program = riscv_program(f"fsub.d ft0, ft1, ft2\nfsd ft0, 0(sp)\n{EXIT}")
    assert routines_of(program) == {"fsub_d", "fadd_d", "round_d"}


def test_routines_cost_no_compute_units():
    run = riscv_program(f"fsqrt.d ft0, ft1\nfdiv.d ft0, ft1, ft2\nli a0, 0\n{EXIT}").execute()
    assert run.compute_units == 5


def test_the_library_has_code_alone_and_every_word_of_it_is_lowered():
    library = load_library()
    assert not library.pieces
    assert all(re.fullmatch(r"f\w+_[sdwl]u?|round_[sd]", name) for name in library.symbols.values())
    assert routines_of(probe_program()) == set(library.symbols.values())


# ---- forgeries

THIRD_OF_ONE = f"""
    li a0, 1
    fcvt.d.w ft0, a0
    li a0, 3
    fcvt.d.w ft1, a0
    fdiv.d ft2, ft0, ft1
    fmv.x.d a0, ft2
    {EXIT}
"""


def executed(program: Program) -> list[Instruction]:
    """The rows that a run takes, in order."""
    rom, claim = program.rom, make_claim(program.rom.rules, b"")
    (chunk,) = emulator.execute(rom, claim, b"", chunk_size=1 << 16).chunks
    regions = rom.rules.start_regions(claim)
    arrivals, _ = emulator.merge([emulator.count(rom, regions, chunk)])
    steps = emulator.expand(rom, regions, chunk, arrivals[0]).steps
    return [rom.instruction(int(row)) for row in steps[:, Step.ROW]]


@pytest.mark.parametrize(
    ("op", "which"),
    [(DIVU, 0), (DIVU, -1), (REMU, 0), (SLL, -1)],
    ids=["first digits", "last digits", "rest", "exponent"],
)
def test_a_step_of_a_routine_with_another_result_is_refused(op: Operation, which: int):
    program = riscv_program(THIRD_OF_ONE)
    assert program.execute().outcome == Exit(THIRD)
    steps = [step for step, row in enumerate(executed(program)) if row.op is op]
    run = forged_run(program.rom, lies=Lies(results={steps[which]: (7, 0)}))
    assert run.statement.outcome != Exit(THIRD)
    assert_refused(run, "OPERATION: ")


def test_a_register_of_a_routine_that_changes_between_steps_is_refused():
    program = riscv_program(THIRD_OF_ONE)
    rows = executed(program)
    last = max(step for step, row in enumerate(rows) if row.op is COPY and row.b == RESULT)
    run = forged_run(program.rom, lies=Lies(reads={4 * last + 2: TWO}), chunk_size=1 << 10)
    assert run.statement.outcome == Exit(TWO)
    assert_refused(run, "CHAIN: ")
