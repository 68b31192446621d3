"""A ROM as text: guest assembly where the file has it, and the rows of each instruction under it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zisk_py.isa.instruction import Instruction, Operand, Source, Store
from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC, HIDDEN_KEY, REGISTER_KEY, ROUTINES_PC
from zisk_py.isa.operations import COPY

if TYPE_CHECKING:
    from zisk_py.isa.rom import Rom

SLOT_BYTES = 8


@dataclass(frozen=True, slots=True)
class Listing:
    """A guest instruction, or a routine of our own, with the text of its rows by pc."""

    label: str
    text: str
    rows: dict[int, str]


def list_rom(rom: "Rom") -> Iterator[Listing]:
    """Instructions in the order of their slots, then the shared routines."""
    rows = [rom.instruction(number) for number in range(len(rom.rows))]
    symbols, routines = rom.debug.get("symbols", {}), rom.debug.get("routines", {})
    guest = _guest_text(rom.debug.get("text", ""), rom)
    for slot, code in rom.debug.get("helpers", {}).items():
        guest |= {int(slot) + place: text for place, text in _guest_text(code, rom).items()}
    label, text, lines = "", "", dict[int, str]()
    for row in rows:
        is_start = row.pc < ROUTINES_PC and row.pc % SLOT_BYTES == 0
        if is_start or str(row.pc) in routines:
            if lines:
                yield Listing(label, text, lines)
            slot = row.pc // SLOT_BYTES
            label = symbols.get(str(slot), "") if is_start else routines[str(row.pc)]
            text = f"{slot:6}  {guest.get(slot, 'past the end')}" if is_start else ""
            lines = {}
        lines[row.pc] = row_text(row)
    if lines:
        yield Listing(label, text, lines)


def row_text(row: Instruction) -> str:
    """One row: what it computes, where that goes, what is next."""
    offset = f"{row.offset:+#x}" if row.offset else ""
    access = f"{'guest' if row.guest else 'hidden'}{8 * row.width}[{_operand(row.a)}{offset}]"
    b = access if row.b.source is Source.INDIRECT else _operand(row.b)
    value = b if row.op is COPY else f"{row.op.name}({_operand(row.a)}, {b})"
    place = {Store.NONE: "c", Store.KEYED: _key(row.store_key), Store.INDIRECT: access}[row.store]
    notes = " +1 unit" * row.cost + " +c units" * row.charge
    return f"{place} = {value}{_next(row)}{notes}"


def _next(row: Instruction) -> str:
    if row.set_pc:
        return f"; goto 8*c{row.j1:+}"
    if row.j1 == row.j2:
        return "" if row.j2 == 1 else f"; goto {_place(row.pc + row.j2)}"
    return f"; if flag goto {_place(row.pc + row.j1)} else {_place(row.pc + row.j2)}"


def _place(pc: int) -> str:
    return {EXIT_PC: "EXIT", FAULT_PC: "FAULT"}.get(pc, f"{pc:#x}")


def _operand(operand: Operand) -> str:
    if operand.source is Source.KEYED:
        return _key(operand.value)
    if operand.source is Source.IMMEDIATE:
        return f"{operand.value:#x}"
    return {Source.LAST_C: "c", Source.UNITS: "units"}.get(operand.source, "b")


def _key(key: int) -> str:
    return f"h{key - HIDDEN_KEY}" if key >= HIDDEN_KEY else f"r{key - REGISTER_KEY}"


def _guest_text(code: str, rom: "Rom") -> dict[int, str]:
    """Guest assembly by slot; nothing where the file does not hold the text."""
    from zisk_py.transpiler.bpf.disassembly import disassemble
    from zisk_py.transpiler.bpf.solana_runtime import TARGET_SUFFIX
    from zisk_py.transpiler.bpf.versions import VERSIONS
    from zisk_py.transpiler.riscv import decoder, disassembly

    if (base := rom.debug.get("text_base")) is not None:
        lines = disassembly.disassemble(bytes.fromhex(code), base)
        return {slot: f"{base + decoder.HALF_BYTES * slot:#x}  {line}" for slot, line in lines.items()}
    version = VERSIONS.get(rom.rules.target.removesuffix(TARGET_SUFFIX))
    return disassemble(bytes.fromhex(code), version) if code and version else {}
