"""The listing of a ROM shows the guest's own assembly, slot by slot."""

from dataclasses import replace

from zisk_py.cli.listing import list_rom
from zisk_py.transpiler.bpf.assembler import assemble as assemble_bpf
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.riscv.assembler import assemble

BASE = 0x10000


def test_bpf_is_listed_by_slot():
    rom = transpile(assemble_bpf("mov r0, 5\nexit").text, "ebpf")
    assert [item.text.split(None, 1) for item in list_rom(rom) if item.text] == [
        ["0", "mov r0, 5"],
        ["1", "exit"],
        ["2", "past the end"],
    ]


def test_riscv_is_listed_by_slot_and_address():
    text = assemble("c.li a0, 5\nc.j .-2", BASE).text
    rom = replace(
        transpile(assemble_bpf("mov r0, 5\nexit").text, "ebpf"), debug={"text": text.hex(), "text_base": BASE}
    )
    assert [item.text.split() for item in list_rom(rom) if item.text] == [
        ["0", "0x10000", "c.li", "a0,", "5"],
        ["1", "0x10002", "c.j", "0x10000"],
        ["2", "past", "the", "end"],
    ]
