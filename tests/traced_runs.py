"""Programs to trace, and a slow twin of the recorder: the reference emulator, asked at each instruction."""

from functools import cache
from pathlib import Path
from typing import Any

from bpf_programs import sbpf_file
from zisk_py import Program
from zisk_py.emulator.memory import initial_memory
from zisk_py.emulator.records import Mode
from zisk_py.emulator.reference import Processor, cut
from zisk_py.isa.instruction import Store
from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC
from zisk_py.trace import Trace
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.versions import SBPF_V0
from zisk_py.transpiler.front_end import transpile

EXAMPLES = Path(__file__).parent.parent / "examples"

# Calls, a syscall, loads and stores of every width, one that crosses a gap of the stack, a branch.
TOUR = """
    entrypoint:
        mov r6, r1
        lddw r1, 0x123456789abcdef0
        stxdw [r10-8], r1
        stxb [r10-9], r1
        ldxw r2, [r10-7]
        ldxh r3, [r10-4]
        sth [r10-12], -2
        mul32 r2, r3
        mov r1, r10
        add r1, -64
        mov r2, r10
        add r2, -16
        mov r3, 13
        syscall sol_memcpy_
        call inner
        jne r0, 3, end
        mov r0, 0
    end:
        exit
    inner:
        ldxdw r4, [r6+0]
        mov r0, 3
        exit
"""

EBPF_SOURCES = {
    "exit": "mov r0, 7\nexit",
    "store_outside": "mov r1, 8\nstdw [r1+0], 5\nexit",
    "load_outside": "lddw r1, 0xffffffffffffffff\nldxw r1, [r1+2]\nexit",
    "overrun": "mov r0, 1",
    "jump_into_lddw": "lddw r1, 0x500000008\ncallx r1\nexit",
    "packet_load": "ldabsh 2\nmov r3, 9\nldindb r3, 100\nexit",
    "atomics": "mov r1, 5\nstdw [r10-8], 3\nlock fetch add [r10-8], r1\nmov r0, r1\nexit",
    "loop": "mov r1, 40\nloop: stxb [r10-1], r1\nadd r2, r1\nsub r1, 1\njne r1, 0, loop\nmov r0, r2\nexit",
    "signed_loads": "stw [r10-5], -3\nldxsw r0, [r10-5]\nldxsb r1, [r10-3]\nexit",
}


def ebpf(source: str) -> Program:
    """A program of raw eBPF."""
    return Program(transpile(assemble(source).text, "ebpf"))


@cache
def tour() -> Trace:
    """A small run with something of everything."""
    return Trace(Program(transpile(sbpf_file(TOUR, SBPF_V0))), b"some input")


def bundled() -> dict[str, Trace]:
    """The examples of the package."""
    files = [path for path in EXAMPLES.glob("*/*") if path.suffix in (".o", ".so")]
    return {path.stem: Trace(Program.load(path), (path.parent / "input.bin").read_bytes()) for path in files}


def twin(trace: Trace) -> list[dict[str, Any]]:
    """Slot, registers, compute units and accesses of each instruction, as the reference emulator has them."""
    rom, claim = trace.program.rom, trace._claim
    memory = initial_memory(rom, trace.regions, claim, trace.data)
    from zisk_py.emulator.reference import execute

    (start,) = execute(rom, claim, trace.data, chunk_size=1 << 20).chunks
    processor = Processor(rom, trace.regions, start, memory.word, memory.put)
    found: list[dict[str, Any]] = []
    while processor.pc not in (EXIT_PC, FAULT_PC):
        _, row = processor.next_instruction()
        if row.cost:
            if processor.units >= claim.budget:
                break
            state = {"slot": processor.pc // 8, "registers": tuple(processor.registers[:11])}
            found.append(state | {"units": processor.units, "accesses": []})
        event = processor.step()
        if row.is_indirect and event.mode is not Mode.HIDDEN:
            is_store = row.store is Store.INDIRECT
            data = b""
            if event.kind is None:
                words = [access.new if is_store else access.old for access in event.indirect]
                data = cut(words, event.byte, row.width).to_bytes(row.width, "little")
            address = (event.a + row.offset) % (1 << 64)
            kind = "write" if is_store else "read"
            found[-1]["accesses"].append((address, data, kind, row.width, event.kind is None))
    end = {"registers": tuple(processor.registers[:11]), "units": processor.units}
    return [*found, end]
