"""RISC-V files to ROMs: loads, lowers."""

from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim
from zisk_py.transpiler.elf import ElfFile
from zisk_py.transpiler.riscv.layout import make_rules
from zisk_py.transpiler.riscv.loader import load
from zisk_py.transpiler.riscv.lowering import find_unsupported, lower
from zisk_py.transpiler.rom_builder import first_rows


def transpile(data: bytes, entry: str | None, name: str) -> Rom:
    """The ROM of an ELF file; `entry` names the function to start at. Raises InputError."""
    program = load(ElfFile(data, name), entry)
    rows, owners = lower(program)
    rules = make_rules(program)
    rules.start_regions(Claim(input_length=1))  # refuses regions that overlap each other or any input
    debug = {
        "name": program.name,
        "text": program.text.hex(),
        "text_base": program.text_base,
        "symbols": {
            str(program.slot(address)): symbol for address, symbol in sorted(program.symbols.items())
        },
        "routines": first_rows(owners),
        "unsupported": find_unsupported(program),
    }
    return Rom.from_instructions(rows, [piece.image for piece in program.pieces if piece.data], rules, debug)
