"""How routines become rows: constants are folded, and code that is no routine is refused."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from riscv_files import EXIT, riscv_file
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.riscv.assembler import assemble
from zisk_py.transpiler.riscv.decoder import decode_text
from zisk_py.transpiler.riscv.floats import library
from zisk_py.transpiler.riscv.floats.folding import Folded, fold
from zisk_py.transpiler.riscv.floats.library import RULES, UnfitRoutine
from zisk_py.transpiler.riscv.program import Convention, RiscvProgram

A5 = 15


def program_of(source: str, symbols: dict[int, str]) -> RiscvProgram:
    return RiscvProgram("the test", Convention.LINUX, assemble(source).text, 0, 0, (), symbols)


def folded(source: str) -> list[Folded]:
    program = program_of(source, {0: "routine"})
    code = [one for one in decode_text(program.text, 0)[::2] if one is not None]
    return fold(code, program, RULES)


def summary(source: str) -> list[tuple[str, int | None]]:
    return [(one.instruction.encoding.name, one.value) for one in folded(source)]


def test_a_constant_of_several_instructions_is_one():
    found = folded("li a5, 0x7ff0000000000000\nand a0, a0, a5\nret")
    assert [one.instruction.encoding.name for one in found] == ["and", "jalr"]
    assert found[0].constants[A5] == 0x7FF << 52


def test_a_constant_that_is_a_result_is_put_where_it_belongs():
    assert summary("lui a0, 1\naddi a0, a0, -1\nli a1, 16\nret") == [
        ("addi", 0xFFF),
        ("addi", 16),
        ("jalr", None),
    ]


def test_what_differs_between_two_ways_is_no_constant():
    found = summary("li a5, 1\nbeqz a0, over\nli a5, 2\nover: add a0, a0, a5\nret")
    assert found == [("addi", 1), ("beq", None), ("addi", 2), ("add", None), ("jalr", None)]


def test_what_is_the_same_on_both_ways_is_one():
    found = summary("li a5, 3\nbeqz a0, over\nli a5, 3\nover: add a0, a0, a5\nret")
    assert found == [("beq", None), ("add", None), ("jalr", None)]


def test_what_changes_in_a_loop_is_no_constant():
    source = "li t0, 4\nli a0, 0\ntop: addi t0, t0, -1\nadd a0, a0, t0\nbnez t0, top\nret"
    assert [name for name, _ in summary(source)] == ["addi", "addi", "addi", "add", "bne", "jalr"]


def test_results_that_nobody_uses_and_code_out_of_reach_are_left_out():
    assert summary("add a5, a0, a1\nj over\nmul a0, a0, a0\nover: ret") == [("jal", None), ("jalr", None)]


def test_a_routine_that_goes_on_as_another_one_keeps_four_arguments():
    source = "li a2, 1\nli a3, 2\nli a4, 3\nj .+100"
    assert summary(source) == [("addi", 1), ("addi", 2), ("jal", None)]


@pytest.fixture
def forgetful() -> Iterator[None]:
    """Nothing that was read of a library is kept, before the test and behind it."""
    caches = (library._extents, library._fold_routine)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("ld a0, 0(a1)\nret", "which no rule lowers"),
        (".word 0\nret", "which no rule lowers"),
        ("call .+4\nret", "a call or a computed jump"),
        ("jr a0\nret", "a call or a computed jump"),
        ("beqz a0, .+100\nret", "into the middle of another routine"),
    ],
    ids=["load", "no instruction", "call", "computed jump", "branch out"],
)
def test_code_that_cannot_be_a_routine_is_refused(source: str, reason: str):
    unfit = program_of(f"{source}\n.zero 200", {0: "fadd_d", 8: "round_d"})
    data = riscv_file(f"fadd.d ft0, ft1, ft2\n{EXIT}")
    with patch.object(library, "load_library", lambda: unfit), pytest.raises(UnfitRoutine, match=reason):
        transpile(data)
