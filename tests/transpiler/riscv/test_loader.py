"""What the loader makes of a file: where its bytes are, and one sentence for each file that cannot run."""

import random
import struct
from dataclasses import replace

import pytest

import riscv_files
from riscv_files import DATA, EXECUTE, EXIT, READ, TEXT, WRITE, FileSegment, write_file
from zisk_py.errors import InputError
from zisk_py.isa.faults import Exit, Fault, FaultKind
from zisk_py.transpiler.bpf.platform import Mode, Platform
from zisk_py.transpiler.elf import (
    ElfError,
    MissingEntry,
    NotElf,
    TruncatedElf,
    UnknownRelocation,
    WrongMachine,
)
from zisk_py.transpiler.front_end import NoPlatform, transpile
from zisk_py.transpiler.riscv.assembler import assemble
from zisk_py.transpiler.riscv.layout import INPUT_BASE, PIE_BASE, STACK_ADDRESS, MisplacedSegment
from zisk_py.transpiler.riscv.loader import NotStatic, UnloadableSegment
from zisk_py.zkvm import Program

CODE = FileSegment(TEXT, assemble(f"li a0, 7\n{EXIT}", TEXT).text, READ | EXECUTE)
VALUES = FileSegment(DATA, bytes(16), READ | WRITE)
GOOD = write_file([CODE, VALUES])


def load(data: bytes) -> Program:
    return Program(transpile(data, name="prog"))


def patched(offset: int, value: bytes) -> bytes:
    return GOOD[:offset] + value + GOOD[offset + len(value) :]


BAD = {
    "32 bits": (patched(4, b"\1"), WrongMachine, "64-bit little-endian"),
    "big endian": (patched(5, b"\2")[:18] + b"\0\xf3" + GOOD[20:], WrongMachine, "64-bit little-endian"),
    "16 registers": (write_file([CODE], flags=8), WrongMachine, "16 registers"),
    "object": (write_file([CODE], kind=riscv_files.ET_REL), NotStatic, "no executable"),
    "no headers": (write_file([]), ElfError, "no program headers"),
    "nothing to load": (write_file([replace(CODE, type=4)]), ElfError, "no segments to load"),
    "interpreter": (
        write_file([CODE, FileSegment(0, b"/lib/ld.so", 4, type=riscv_files.PT_INTERP)]),
        NotStatic,
        "linked dynamically",
    ),
    "needs a library": (
        write_file([CODE, FileSegment(DATA, struct.pack("<4Q", 1, 5, 0, 0), 4, type=riscv_files.PT_DYNAMIC)]),
        NotStatic,
        "linked dynamically",
    ),
    "write to text": (write_file([replace(CODE, flags=7)]), UnloadableSegment, "may write to its code"),
    "overlap": (write_file([CODE, replace(VALUES, address=TEXT + 4)]), UnloadableSegment, "overlap"),
    "larger in the file": (write_file([replace(CODE, size=4)]), UnloadableSegment, "bytes for the 4"),
    "too high": (write_file([replace(CODE, address=1 << 60)]), UnloadableSegment, "above 2\\^47"),
    "far apart": (
        write_file([CODE, replace(CODE, address=TEXT + (1 << 26))]),
        UnloadableSegment,
        "at most 8 MiB",
    ),
    "no permissions": (patched(68, bytes(4)), UnloadableSegment, "says nowhere"),
    "no entry": (write_file([CODE, VALUES], entry=0), MissingEntry, "no code"),
    "entry in data": (write_file([CODE, VALUES], entry=DATA), MissingEntry, "no code"),
    "odd entry": (write_file([CODE, VALUES], entry=TEXT + 1), MissingEntry, "no code"),
    "no code": (write_file([replace(CODE, flags=READ)]), MissingEntry, "nothing that is executable"),
    "at the input": (write_file([CODE, replace(VALUES, address=INPUT_BASE)]), MisplacedSegment, "the input"),
    "at the stack": (
        write_file([CODE, replace(VALUES, address=STACK_ADDRESS + 64)]),
        MisplacedSegment,
        "the stack",
    ),
    "no gap": (
        write_file([CODE, replace(VALUES, address=TEXT + len(CODE.data))]),
        MisplacedSegment,
        "nothing between",
    ),
    "cut in the header": (GOOD[:40], TruncatedElf, "ELF header"),
    "cut in the text": (GOOD[:180], TruncatedElf, "beyond the end"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_in_one_sentence(kind):
    data, error, words = BAD[kind]
    with pytest.raises(error, match=words) as caught:
        load(data)
    assert "\n" not in str(caught.value)
    assert not str(caught.value).endswith(".")


def test_instructions_without_a_rule_are_named():
    text = assemble(f"clz a0, a1\nc.nop\nfadd.d fa0, fa1, fa2\nrev8 a0, a1\nclz a1, a1\n{EXIT}", TEXT).text
    program = load(write_file([replace(CODE, data=text), VALUES]))
    assert program.rom.debug["unsupported"] == ["clz (Zbb)", "rev8 (Zbb)"]
    assert load(GOOD).rom.debug["unsupported"] == []


def test_a_good_file_runs():
    assert load(GOOD).execute().outcome == Exit(7)


def test_a_file_for_another_machine_is_refused():
    with pytest.raises(WrongMachine, match="not for BPF"):
        transpile(GOOD, target="sbpf")
    with pytest.raises(WrongMachine, match="not for RISC-V"):
        transpile(write_file([CODE], machine=247), target="riscv")
    with pytest.raises(NotElf):
        transpile(CODE.data, target="riscv")
    with pytest.raises(NoPlatform):
        transpile(GOOD, platform=Platform(mode=Mode.XDP))


def test_damaged_files_are_refused_or_run():
    rng = random.Random(5)
    refusals = []
    near = write_file([CODE, replace(VALUES, address=TEXT + 0x1000)])
    for _ in range(400):
        damaged = bytearray(near)
        for _ in range(rng.randrange(1, 4)):
            damaged[rng.randrange(16, 176)] = rng.choice((0, 1, 0x7F, 0xFF, rng.randrange(256)))
        try:
            transpile(bytes(damaged), target="riscv", name="prog")
        except InputError as error:
            refusals.append(str(error))
    assert len(refusals) > 100
    assert not any("\n" in refusal for refusal in refusals)


def test_text_is_data_that_cannot_be_written():
    source = f"la a1, value\nld a0, 0(a1)\n{EXIT}\n.balign 8\nvalue: .dword 0x1122334455667788"
    assert riscv_files.riscv_program(source).execute().outcome == Exit(0x1122334455667788)
    run = riscv_files.riscv_program(source.replace("ld a0", "sd a0")).execute()
    assert run.outcome == Fault(FaultKind.STORE_VIOLATION, 4)


def test_there_may_be_several_ranges_of_code_and_nothing_runs_between_them():
    far = TEXT + 0x1000
    jump = assemble(f"li a1, {far}\njr a1", TEXT).text
    other = FileSegment(far, assemble(f"li a0, 9\n{EXIT}", far).text, READ | EXECUTE)
    assert load(write_file([replace(CODE, data=jump), other])).execute().outcome == Exit(9)
    hole = assemble(f"li a1, {far - 64}\njr a1", TEXT).text
    run = load(write_file([replace(CODE, data=hole), other])).execute()
    assert run.outcome == Fault(FaultKind.ILLEGAL_INSTRUCTION, (far - 64 - TEXT) // 2)


def test_data_that_share_a_word_or_touch_are_one():
    source = f"""
    li a1, {DATA + 5}
    ld a0, 0(a1)
    sd a0, 19(a1)
    ld a0, 19(a1)
    {EXIT}
    """
    code = replace(CODE, data=assemble(source, TEXT).text)
    first = FileSegment(DATA + 3, bytes(range(1, 8)), READ | WRITE)
    second = FileSegment(DATA + 10, bytes(range(8, 20)), READ | WRITE, 64)
    run = load(write_file([code, first, second])).execute()
    assert run.outcome == Exit(int.from_bytes(bytes(range(3, 11)), "little"))


def pie(relocations: bytes, info: int = 3) -> bytes:
    """Loads a pointer that a relocation has made, and what it points to."""
    source = (
        f"la a1, pointer\nld a1, 0(a1)\nlw a0, 0(a1)\n{EXIT}\n.balign 8\npointer: .dword 0\nvalue: .word 42"
    )
    made = assemble(source, 0x1000)
    table = struct.pack("<3Q", made.labels["pointer"], info, made.labels["value"]) + relocations
    dynamic = struct.pack("<6Q", 7, 0x3000, 8, len(table), 0, 0)
    split = made.labels["pointer"] - 0x1000
    segments = [
        FileSegment(0x1000, made.text, READ | EXECUTE),
        FileSegment(0x3000, table, READ),
        FileSegment(0x4000, dynamic, READ | WRITE),
        FileSegment(0x4000, dynamic, READ | WRITE, type=riscv_files.PT_DYNAMIC),
    ]
    assert split % 8 == 0
    return write_file(segments, entry=0x1000, kind=riscv_files.ET_DYN)


def test_a_program_that_can_be_anywhere_is_relocated():
    program = load(pie(b""))
    assert program.execute().outcome == Exit(42)
    assert program.rom.debug["text_base"] == PIE_BASE + 0x1000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pie(b"", info=2), "relocation of type 2"),
        (pie(struct.pack("<3Q", 1 << 40, 3, 0)), "in no segment"),
    ],
)
def test_other_relocations_are_refused(data, words):
    with pytest.raises(UnknownRelocation, match=words):
        load(data)
