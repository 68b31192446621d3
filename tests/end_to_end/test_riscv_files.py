"""A RISC-V file that was cut, stripped or changed: refused in one clear sentence, or a program that runs.

What is wrong with whole kinds of files is in `tests/transpiler/riscv/test_loader.py`; here it is one good
file, an example of the package, and all that can happen to it.
"""

from pathlib import Path

import pytest

from zisk_py.errors import InputError
from zisk_py.isa.faults import Exit
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.elf import HEADER_SIZE, PROGRAM_HEADER_SIZE
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

FOLDER = Path(__file__).parents[2] / "examples" / "passport"
FILE, INPUT = (FOLDER / "passport.elf").read_bytes(), (FOLDER / "input.bin").read_bytes()
NUM_HEADERS = int.from_bytes(FILE[56:58], "little")
HEADERS_END = HEADER_SIZE + NUM_HEADERS * PROGRAM_HEADER_SIZE
LONGEST = 200  # characters of a sentence
MOST = (1 << 64) - 1
CUT_STEP = 61  # behind the headers


def header(number: int, field: int) -> int:
    """Where a field of a program header stands."""
    return HEADER_SIZE + number * PROGRAM_HEADER_SIZE + field


def changed(place: int, value: int, width: int = 8) -> bytes:
    return FILE[:place] + value.to_bytes(width, "little") + FILE[place + width :]


TYPE, FLAGS, OFFSET, ADDRESS, FILE_SIZE, SIZE = 0, 4, 8, 16, 32, 40
TEXT, CONSTANTS, DATA = 1, 2, 3  # program headers
CHANGED = {  # file, words of the refusal
    "no magic": (changed(0, 0, 1), "not an ELF file"),
    "32 bits": (changed(4, 1, 1), "64-bit"),
    "big endian": (changed(5, 2, 1), "little-endian"),
    "for another machine": (changed(18, 62, 2), "not for"),
    "an object": (changed(16, 1, 2), "link"),
    "a core dump": (changed(16, 4, 2), "no executable"),
    "no program headers": (changed(56, 0, 2), "no program headers"),
    "too many program headers": (changed(56, 0xFFFF, 2), "beyond the end"),
    "program headers elsewhere": (changed(32, MOST), "beyond the end"),
    "entry at 0": (changed(24, 0), "has no code"),
    "entry in constants": (changed(24, 0x11000), "has no code"),
    "entry at an odd address": (changed(24, 0x10001), "has no code"),
    "segment beyond the end": (changed(header(TEXT, OFFSET), len(FILE)), "beyond the end"),
    "segment that wraps": (changed(header(TEXT, ADDRESS), MOST - 8), "2\\^47"),
    "segment without an end": (changed(header(DATA, SIZE), MOST), "2\\^47"),
    "more bytes than room": (changed(header(DATA, SIZE), 8), "segment"),
    "overlap": (changed(header(DATA, ADDRESS), 0x11100), "overlap"),
    "overlap of one byte": (changed(header(CONSTANTS, ADDRESS), 0x107D1), "overlap"),
    "data at the stack": (changed(header(DATA, ADDRESS), 0x7FFF_0000), "the stack"),
    "data at the input": (changed(header(DATA, ADDRESS), 0x4000_0000), "the input"),
    "code that can be written": (changed(header(TEXT, FLAGS), 7, 4), "write"),
    "no code": (changed(header(TEXT, FLAGS), 4, 4), "executable"),
    "an interpreter": (changed(header(0, TYPE), 3, 4), "dynamically"),
}


def refusal(data: bytes) -> str:
    """The sentence that refuses a file; "" if it is accepted, and then it makes a ROM that can be kept."""
    try:
        rom = transpile(data, target="riscv", name="prog.elf")
    except InputError as error:
        sentence = str(error)
        assert "prog.elf" in sentence
        assert "\n" not in sentence
        assert len(sentence) < LONGEST
        assert not sentence.endswith(".")
        return sentence
    assert Rom.from_bytes(rom.to_bytes()).to_bytes() == rom.to_bytes()
    return ""


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_file_is_refused_by_what_is_wrong_with_it(name):
    data, words = CHANGED[name]
    with pytest.raises(InputError, match=words):
        transpile(data, target="riscv", name="prog.elf")
    assert refusal(data)


def test_a_file_is_refused_wherever_it_is_cut():
    for length in (*range(HEADERS_END + 1), *range(HEADERS_END + 1, len(FILE), CUT_STEP), len(FILE) - 1):
        assert refusal(FILE[:length]), length


def check_changes(places: range) -> tuple[int, int]:
    """Each byte changed in four ways: how many are refused, and how many accepted."""
    refused = accepted = 0
    for place in places:
        for value in {0, 0xFF, FILE[place] ^ 1, FILE[place] ^ 0x80} - {FILE[place]}:
            if refusal(changed(place, value, 1)):
                refused += 1
            else:
                accepted += 1
    return refused, accepted


def test_headers_with_a_changed_byte_are_refused_or_accepted():
    refused, accepted = check_changes(range(3, HEADERS_END, 17))
    assert refused > 15
    assert accepted > 15  # in fields that say nothing about a run


@pytest.mark.slow
def test_headers_with_any_changed_byte_are_refused_or_accepted():
    tables = range(int.from_bytes(FILE[40:48], "little"), len(FILE))  # the section headers
    refused, accepted = check_changes(range(HEADERS_END))
    assert refused > 300
    assert accepted > 200
    assert sum(check_changes(tables)) > 1000


def test_a_file_without_section_headers_runs_as_with_them():
    stripped = bytearray(FILE[: int.from_bytes(FILE[40:48], "little")])
    stripped[40:48], stripped[58:64] = bytes(8), bytes(6)
    whole, bare = (Program(transpile(data)) for data in (FILE, bytes(stripped)))
    run = bare.execute(INPUT)
    assert isinstance(run.outcome, Exit)
    assert (run.outcome, run.outputs) == (whole.execute(INPUT).outcome, whole.execute(INPUT).outputs)
    assert bare.id == whole.id
    assert bare.rom.debug["symbols"] == {}
