"""The disassembly of a loaded program says what its instructions do, in words that the assembler reads."""

import pytest

from bpf_programs import sbpf_file
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.decoder import RawSlot
from zisk_py.transpiler.bpf.disassembly import disassemble
from zisk_py.transpiler.bpf.versions import EBPF, SBPF_V0, SBPF_V2, SBPF_VERSIONS, Version
from zisk_py.transpiler.front_end import load_program

SOURCE = """
entrypoint:
    mov r3, 7
    stxdw [r10-8], r3
    callx r3
    call function
    syscall sol_log_64_
    be16 r3
    jeq r3, 5, +1
    exit
function:
    sub r3, 5
    exit
"""


@pytest.mark.parametrize("version", SBPF_VERSIONS, ids=lambda version: version.target)
def test_a_program_reads_as_it_was_written(version: Version):
    text = load_program(sbpf_file(SOURCE, version), "auto", None, "the program").text
    assert list(disassemble(text, version).values()) == [
        "mov r3, 7",
        "stxdw [r10-8], r3",
        "callx r3",
        "call +4",
        "syscall sol_log_64_",
        "be16 r3",
        "jeq r3, 5, +1",
        "exit",
        "sub r3, 5",
        "exit",
    ]


def test_a_call_of_nothing_known_shows_its_key():
    assert disassemble(RawSlot(0x85, 0, 0, 0, 0x12345678).to_bytes(), SBPF_V0) == {0: "helper 0x12345678"}


def test_both_slots_of_lddw_have_a_text():
    assert disassemble(assemble("lddw r1, 5").text, EBPF) == {0: "lddw r1, 0x5", 1: "second half of lddw"}
    assert disassemble(assemble("lddw r1, 5", SBPF_V2).text, SBPF_V2) == {0: "mov32 r1, 5", 1: "hor64 r1, 0"}
