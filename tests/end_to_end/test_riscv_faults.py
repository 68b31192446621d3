"""Every way in which a RISC-V program can fail, as a proof that says where; and that it cannot say otherwise.

In the assembly the label `bad` stands where the fault is.
"""

from dataclasses import dataclass

import pytest

from forged_runs import assert_refused, forged_run, prove_forged, verify_forged
from proven_runs import prove_and_verify
from riscv_files import DATA, EXIT, TEXT, riscv_file, riscv_program
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.stark.errors import ConstraintMismatch
from zisk_py.statemachines.statement import StatementError
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.riscv.assembler import assemble
from zisk_py.transpiler.riscv.encodings import BY_NAME, Form
from zisk_py.transpiler.riscv.layout import INPUT_ADDRESS, STACK_ADDRESS, STACK_TOP

ATOMICS = [row.name for row in BY_NAME.values() if row.form in (Form.ATOMIC, Form.LOAD_RESERVED)]
POINTER = f"li a1, {DATA}\n"
SAMPLE = 6  # of so many faults one is proven by default
ABSENT = "clz"  # an instruction of Zbb that has no rule


@dataclass(frozen=True)
class Failing:
    """Assembly, how it has to fail, and words of the report."""

    source: str
    kind: FaultKind
    words: str

    @property
    def fault(self) -> Fault:
        """What the run ends with."""
        return Fault(self.kind, (assemble(self.source, TEXT).labels["bad"] - TEXT) // 2)


def outside(line: str) -> Failing:
    return Failing(line, FaultKind.JUMP_OUTSIDE_TEXT, "")


FAILING = {
    "illegal half-word": Failing("nop\nbad: .half 0", FaultKind.ILLEGAL_INSTRUCTION, "0000"),
    "illegal word": Failing("c.nop\nbad: .word 0xffffffff", FaultKind.ILLEGAL_INSTRUCTION, "ffff"),
    "half an instruction": Failing("nop\nbad: .half 0x0013", FaultKind.ILLEGAL_INSTRUCTION, "0013"),
    "instruction without a rule": Failing(f"bad: {ABSENT} a0, a1", FaultKind.ILLEGAL_INSTRUCTION, ABSENT),
    "write to a counter": Failing("bad: csrrw a0, cycle, a1", FaultKind.ILLEGAL_INSTRUCTION, "csrrw"),
    "register of a kernel": Failing("bad: csrrs a0, 0x300, zero", FaultKind.ILLEGAL_INSTRUCTION, "csrrs"),
    "jump to data": outside(f"{POINTER}bad: jr a1"),
    "jump to 0": outside("bad: jalr a0, 0(zero)"),
    "jump behind the end": outside("la a1, end\nbad: jr a1\nend:"),
    "jump before the start": outside(f"nop\nli a1, {TEXT - 2}\nbad: jr a1"),
    "jump by a constant": outside("nop\nbad: j .-64"),
    "branch that is taken": outside("bad: beq a0, a0, .+64"),
    "compressed jump": outside("c.nop\nbad: c.j .+64"),
    "no end": outside("nop\nbad:"),
    "ebreak": Failing("nop\nbad: ebreak", FaultKind.BREAKPOINT, "break"),
    "compressed ebreak": Failing("c.nop\nbad: c.ebreak", FaultKind.BREAKPOINT, "break"),
    "unknown call": Failing("li a7, 4321\nbad: ecall", FaultKind.UNKNOWN_SYSTEM_CALL, "4321"),
    "load from nowhere": Failing("bad: ld a0, 0(zero)", FaultKind.LOAD_VIOLATION, "8 bytes at 0x0"),
    "store to nowhere": Failing("bad: sb a0, -1(zero)", FaultKind.STORE_VIOLATION, "0xffffffffffffffff"),
    "store to text": Failing(f"li a1, {TEXT}\nbad: sh a0, 0(a1)", FaultKind.STORE_VIOLATION, "0x10000"),
    "load across the end of the stack": Failing(
        f"li a1, {STACK_TOP}\nbad: ld a0, -4(a1)", FaultKind.LOAD_VIOLATION, f"{STACK_TOP - 4:#x}"
    ),
    "stack overflow": Failing(
        f"li sp, {STACK_ADDRESS}\nbad: sd ra, -8(sp)", FaultKind.STORE_VIOLATION, "stack overflow"
    ),
    "input that there is not": Failing(
        f"li a1, {INPUT_ADDRESS}\nbad: lw a0, 60(a1)", FaultKind.LOAD_VIOLATION, "4 bytes"
    ),
    "atomic on nothing": Failing("bad: amoadd.d a0, a1, (zero)", FaultKind.LOAD_VIOLATION, "0x0"),
    "atomic on text": Failing(
        f"li a1, {TEXT}\nbad: amomaxu.w a0, a0, (a1)", FaultKind.STORE_VIOLATION, "0x10000"
    ),
}


def test_each_kind_of_fault_of_a_program_is_here():
    kinds = {failing.kind for failing in FAILING.values()} | {FaultKind.MISALIGNED_ATOMIC}
    assert kinds >= {kind for kind in FaultKind if kind >= FaultKind.ILLEGAL_INSTRUCTION}


@pytest.mark.parametrize("name", FAILING)
def test_a_run_fails_where_it_must_and_says_why(name):
    failing = FAILING[name]
    run = riscv_program(failing.source).execute()
    assert run.outcome == failing.fault
    assert failing.words in run.fault_text


def check_proof(failing: Failing) -> None:
    assert prove_and_verify(riscv_program(failing.source)).statement.outcome == failing.fault


@pytest.mark.parametrize("name", [*FAILING][::SAMPLE])
def test_a_proof_states_the_fault(name):
    check_proof(FAILING[name])


@pytest.mark.slow
def test_proofs_state_every_fault():
    for failing in FAILING.values():
        check_proof(failing)


@pytest.mark.parametrize("name", ATOMICS)
def test_an_atomic_that_is_not_aligned_is_a_fault(name):
    width = 4 if name.endswith(".w") else 8
    operands = "a0, (a1)" if name.startswith("lr") else "a0, a2, (a1)"
    for offset in range(1, width):
        failing = Failing(f"li a1, {DATA + offset}\nbad: {name} {operands}", FaultKind.MISALIGNED_ATOMIC, "")
        assert riscv_program(failing.source).execute().outcome == failing.fault


def test_a_run_without_budget_ends_at_the_instruction_that_it_cannot_pay():
    program = riscv_program("again: c.nop\nj again")
    statement = prove_and_verify(program, budget=7).statement
    assert statement.outcome == Fault(FaultKind.BUDGET_EXCEEDED, 1)
    assert statement.compute_units == 7


def refuse_others(failing: Failing) -> None:
    rom, fault = transpile(riscv_file(failing.source)), failing.fault
    run = forged_run(rom)
    assert run.statement.outcome == fault
    for other in (
        Fault(FaultKind.BREAKPOINT, 7),
        Fault(fault.kind, fault.pc + 1),
        Exit(0),
        Exit(fault.pc * 8),
    ):
        run.state(outcome=other)
        assert_refused(run, "Statement: the run ended with")
    with pytest.raises(StatementError):
        verify_forged(*prove_forged(run))


def test_a_fault_is_not_another_one_and_no_exit():
    refuse_others(FAILING["unknown call"])


@pytest.mark.slow
def test_no_fault_is_another_one_and_no_exit():
    for failing in FAILING.values():
        refuse_others(failing)


def test_an_exit_is_no_fault_even_where_main_says_so():
    run = forged_run(transpile(riscv_file(f"li a0, 3\n{EXIT}")))
    run.state_end(Fault(FaultKind.BREAKPOINT, 3), pc=run.part("Main").values["end_pc"], c0=24)
    assert_refused(run, "Statement: the run ended with", "Main: LAST * (c0 - end_c0)")
    run = forged_run(transpile(riscv_file(f"li a0, 3\n{EXIT}")))
    run.state_end(Exit(4), c0=4)
    assert_refused(run, "Main: LAST * (c0 - end_c0)")
    with pytest.raises(ConstraintMismatch):
        verify_forged(*prove_forged(run))
