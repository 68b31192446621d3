"""Runs pieces of micro-code in a ROM of their own, and reads the hidden words that they leave."""

from collections.abc import Callable

from zisk_py.emulator.execution import execute
from zisk_py.emulator.records import Execution
from zisk_py.isa.instruction import register
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim, Rules
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.program import BpfProgram
from zisk_py.transpiler.bpf.versions import SBPF_V3
from zisk_py.transpiler.rom_builder import EXIT, RomBuilder

MAX_STEPS = 1 << 24


def rom_of_rows(emit: Callable[[Context], None]) -> Rom:
    """A program of one instruction: what `emit` adds."""
    program = BpfProgram(SBPF_V3, text=bytes(8), entry=0)
    context = Context(program, RomBuilder(), has_calls=False)
    context.builder.begin_slot(0)
    emit(context)
    context.builder.copy(register(0), then=EXIT)
    context.emit_routines()
    return Rom.from_instructions(context.builder.instructions(), (), Rules("test", 1, 0, (), ()))


def run_rows(emit: Callable[[Context], None]) -> Execution:
    """Run that program."""
    return execute(rom_of_rows(emit), Claim(0), b"", chunk_size=MAX_STEPS, max_steps=MAX_STEPS)
