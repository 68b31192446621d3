"""System calls, and what a program finds where it starts: input, output, heap, stack, the layout of ZisK."""

import random

import pytest

from proven_runs import prove_and_verify
from riscv_files import DATA, EXECUTE, EXIT, READ, TEXT, WRITE, FileSegment, riscv_program, write_file
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.isa.memory_map import MAX_OUTPUT_BYTES
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.riscv import layout
from zisk_py.transpiler.riscv.assembler import assemble
from zisk_py.transpiler.riscv.system_calls import ANSWERS, SYSTEM_CALLS
from zisk_py.zkvm import Program

ALL = (1 << 64) - 1


def call(number: int, *arguments: int | str) -> str:
    lines = [f"li a{place}, {value}" for place, value in enumerate(arguments) if value != ""]
    return "\n".join([*lines, f"li a7, {number}", "ecall"])


@pytest.mark.parametrize("seed", range(6))
def test_input_is_read_and_output_written_in_pieces_of_any_size(seed):
    rng = random.Random(seed)
    data = rng.randbytes(rng.randrange(200))
    source, expected, place = "", b"", 0
    for _ in range(12):
        wanted, skew = rng.randrange(40), rng.randrange(8)
        source += f"{call(63, 0, DATA + skew, wanted)}\nmv a2, a0\n{call(64, 1, DATA + skew)}\n"
        expected += data[place : place + wanted]
        place += wanted
    run = riscv_program(f"{source}li a0, 0\n{EXIT}", bytes(64)).execute(data)
    assert (run.outcome, run.outputs) == (Exit(0), expected)


def test_what_is_read_and_written_is_proven():
    source = f"{call(63, 0, DATA + 3, 13)}\nmv a2, a0\n{call(64, 1, DATA + 3)}\n{call(64, 2, DATA + 3, 2)}"
    program = riscv_program(f"{source}\n{EXIT}", bytes(64))
    assert prove_and_verify(program, b"public and private").statement.outputs == b"public and pr"
    assert program.execute(b"public and private").logs == ("pu",)


ERRORS = {
    "read of another file": (call(63, 1, DATA, 8), 9),
    "write to another file": (call(64, 0, DATA, 8), 9),
    "write without room": (call(64, 1, DATA, MAX_OUTPUT_BYTES + 1), 28),
    "read to code": (call(63, 0, TEXT, 8), 14),
    "read behind the end of the heap": (call(63, 0, layout.INPUT_BASE - 8, 8), 14),
    "read to the last byte of the stack and on": (call(63, 0, layout.STACK_TOP - 7, 8), 14),
    "write from nowhere": (call(64, 1, 8, 8), 14),
    "write from behind the input": (call(64, 1, layout.INPUT_ADDRESS + 5, 8), 14),
    "description to code": (call(80, 1, TEXT), 14),
    "description of another file": (call(80, 3, DATA), 9),
    **{f"call {number}": (call(number, 0), -answer) for number, answer in ANSWERS.items()},
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_and_constant_answers_come_back(name):
    source, error = ERRORS[name]
    assert riscv_program(f"{source}\n{EXIT}").execute(b"a long input").outcome == Exit(-error & ALL)


def test_bytes_may_come_from_all_memory_and_none_from_anywhere():
    last = f"addi a1, sp, {layout.FIRST_FRAME - 4}\nli a0, 1\nli a2, 4\nli a7, 64\necall"
    calls = [call(64, 1, TEXT, 4), call(64, 1, DATA, 8), call(64, 1, layout.INPUT_ADDRESS + 4, 8), last]
    run = riscv_program("\n".join([*calls, call(64, 1, 1, 0), EXIT]), b"abcdefgh").execute(b"a long input")
    text = assemble("li a0, 1", TEXT).text
    assert (run.outcome, run.outputs) == (Exit(0), text + b"abcdefgh" + b"ng input" + bytes(4))


def test_a_full_output_is_still_published():
    source = f"{call(64, 1, DATA, MAX_OUTPUT_BYTES)}\n{call(64, 1, DATA, 1)}\n{EXIT}"
    run = riscv_program(source, bytes(MAX_OUTPUT_BYTES)).execute()
    assert (run.outcome, run.outputs) == (Exit(-28 & ALL), bytes(MAX_OUTPUT_BYTES))


def test_the_heap_grows_from_behind_the_data():
    source = f"""
    {call(214, 0)}
    mv s0, a0
    li a1, 0x100000
    add a0, a0, a1
    mv s1, a0
    {call(214)}
    bne a0, s1, bad
    sd s1, -8(a0)
    li a0, -1
    {call(214)}
    bne a0, s1, bad
    sub a0, a0, s0
    {EXIT}
    bad: ebreak
    """
    assert riscv_program(source).execute().outcome == Exit(0x100000)


def test_the_stack_starts_with_no_arguments_and_overflows_with_a_report():
    start = riscv_program(
        f"ld a0, 0(sp)\nld a1, 16(sp)\nor a0, a0, a1\nandi a2, sp, 15\nor a0, a0, a2\n{EXIT}"
    )
    assert start.execute().outcome == Exit(0)
    run = riscv_program("again: addi sp, sp, -1024\nsd ra, 0(sp)\ncall again").execute()
    assert run.outcome == Fault(FaultKind.STORE_VIOLATION, 2)
    assert "stack overflow" in run.fault_text
    assert "at 0x10004" in run.fault_text


def test_an_unknown_call_is_a_proven_fault_with_its_number_as_output():
    program = riscv_program(f"{call(64, 1, DATA, 3)}\n{call(1234)}")
    statement = prove_and_verify(program).statement
    assert statement.outcome == Fault(FaultKind.UNKNOWN_SYSTEM_CALL, 12)
    assert int.from_bytes(statement.outputs, "little") == 1234
    assert "system call 1234 is unknown" in program.execute().fault_text


@pytest.mark.parametrize("number", [n for n, (name, _) in SYSTEM_CALLS.items() if name.startswith("exit")])
def test_both_exits_end_the_run(number):
    assert riscv_program(call(number, 3)).execute().outcome == Exit(3)


def test_illegal_instructions_are_named():
    for line, words in ((".half 0", "0000"), ("rev8 a0, a1", "rev8 (Zbb)")):
        run = riscv_program(f"nop\n{line}\n{EXIT}").execute()
        assert run.outcome == Fault(FaultKind.ILLEGAL_INSTRUCTION, 2)
        assert words in run.fault_text


def test_a_budget_is_a_number_of_instructions():
    program = riscv_program("nop\nc.nop\nmulh a0, a1, a2\nagain: j again")
    statement = prove_and_verify(program, budget=3).statement
    assert statement.outcome == Fault(FaultKind.BUDGET_EXCEEDED, 5)
    assert statement.compute_units == 3


def test_counters_count_instructions():
    run = riscv_program(
        f"nop\nrdinstret: csrrs a0, instret, zero\nnop\ncsrrs a1, cycle, zero\nsub a0, a1, a0\n{EXIT}"
    )
    assert run.execute().outcome == Exit(2)
    assert riscv_program("csrrw a0, cycle, a1").execute().outcome == Fault(FaultKind.ILLEGAL_INSTRUCTION, 0)


def zisk_program(source: str, data: bytes = b"") -> Program:
    text = FileSegment(layout.ZISK_TEXT, assemble(source, layout.ZISK_TEXT).text, READ | EXECUTE)
    ram = FileSegment(layout.ZISK_RAM + 0x30000, data, READ | WRITE, 64)
    return Program(transpile(write_file([text, ram], layout.ZISK_TEXT)))


def test_a_program_laid_out_for_zisk_runs():
    """Input behind its length at 0x40000008, output at 0xa0010000, all of RAM, marchid, exit by a7 = 93."""
    program = zisk_program(
        f"""
        ld t0, 8(a0)
        ld t1, 16(a0)
        add t1, t1, t0
        li t2, {layout.ZISK_OUTPUT}
        bne a1, t2, bad
        sd t1, 0(a1)
        csrr t3, 0xf12
        sw t3, 252(a1)
        li t4, {layout.ZISK_RAM_END - 8}
        sd t3, 0(t4)
        li t5, {layout.ZISK_RAM + 0x30000}
        ld t6, -4(t5)
        sd t6, 8(a1)
        ld t6, 12(t5)
        sd t6, 16(a1)
        li a7, 93
        ecall
        bad: ebreak
        """,
        b"abcdefghijklmnop",
    )
    statement = prove_and_verify(program, (8).to_bytes(8, "little") + (1000).to_bytes(8, "little")).statement
    words = [statement.outputs[8 * n : 8 * n + 8] for n in range(32)]
    assert words[:3] == [(1008).to_bytes(8, "little"), b"\0\0\0\0abcd", b"mnop\0\0\0\0"]
    assert words[31][4:] == 0x0FFFEEEE.to_bytes(4, "little")
    assert len(statement.outputs) == 256
    assert program.rom.rules.target == "riscv-zisk"


def test_the_convention_follows_from_the_places():
    assert riscv_program(EXIT).rom.rules.target == "riscv"
    high = FileSegment(layout.ZISK_TEXT, assemble(EXIT, layout.ZISK_TEXT).text, READ | EXECUTE)
    low = FileSegment(TEXT, bytes(8), READ | WRITE)
    assert transpile(write_file([high, low], layout.ZISK_TEXT)).rules.target == "riscv"
