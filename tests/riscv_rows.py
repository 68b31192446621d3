"""Rows of the ROM of each RISC-V instruction, and how many a run takes: the table of docs/riscv.md."""

from collections import Counter

from riscv_files import DATA, EXIT, riscv_file
from zisk_py import emulator
from zisk_py.emulator.records import Step
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.elf import ElfFile
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.riscv.encodings import BY_NAME, Form
from zisk_py.transpiler.riscv.loader import load
from zisk_py.transpiler.riscv.lowering import LOWERINGS, lower

SETUP = f"lui a0, {DATA >> 12}\naddi a1, zero, 3"
FIRST_SLOT, SLOTS = (
    6,
    4,
)  # slot of the first instruction, behind the setup and an auipc; from each to the next
OPERANDS = {
    Form.REGISTER: "a2, a0, a1",
    Form.UNARY: "a2, a0",
    Form.IMMEDIATE: "a2, a0, 5",
    Form.SHIFT: "a2, a0, 5",
    Form.SHIFT_WORD: "a2, a0, 5",
    Form.UPPER: "a2, 5",
    Form.LOAD: "a2, 0(a0)",
    Form.STORE: "a1, 0(a0)",
    Form.BRANCH: "a0, a1, .+4",
    Form.JUMP: "a2, .+4",
    Form.JUMP_REGISTER: "a2, 8(a5)",
    Form.FENCE: "rw, rw",
    Form.FENCE_I: "",
    Form.CSR: "a2, fcsr, a1",
    Form.CSR_IMMEDIATE: "a2, fcsr, 5",
    Form.ATOMIC: "a2, a1, (a0)",
    Form.LOAD_RESERVED: "a2, (a0)",
}


def count() -> dict[str, tuple[int, int]]:
    """For each instruction the rows of its slot, and how many of them a run took."""
    names = [name for name in LOWERINGS if BY_NAME[name].form is not Form.SYSTEM]
    lines = [f"auipc a5, 0\n{name} {OPERANDS[BY_NAME[name].form]}".strip() for name in names]
    data = riscv_file("\n".join([SETUP, *lines, EXIT]))
    owners = lower(load(ElfFile(data, "prog")))[1]
    rom = transpile(data)
    claim = make_claim(rom.rules, b"")
    (chunk,) = emulator.execute(rom, claim, b"", chunk_size=1 << 16).chunks
    regions = rom.rules.start_regions(claim)
    arrivals, _ = emulator.merge([emulator.count(rom, regions, chunk)])
    steps = emulator.expand(rom, regions, chunk, arrivals[0]).steps[:, Step.ROW]
    rows, taken = Counter(owners.values()), Counter(owners[int(rom.rows[row, 0])] for row in steps)
    slots = [f"slot {FIRST_SLOT + SLOTS * place}" for place in range(len(names))]
    return {name: (rows[slot], taken[slot]) for name, slot in zip(names, slots, strict=True)}


def table() -> list[str]:
    """Lines of Markdown: rows, steps, and the instructions that have so many."""
    found: dict[tuple[int, int], list[str]] = {}
    for name, numbers in count().items():
        found.setdefault(numbers, []).append(name)
    return [
        f"| {rows} | {steps} | {', '.join(f'`{name}`' for name in names)} |"
        for (rows, steps), names in sorted(found.items())
    ]
