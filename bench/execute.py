"""Rate of EXECUTE on a mix as compilers emit it: ALU, branches, aligned and narrow memory, calls.

python bench/execute.py [million steps]
"""

import sys
import time
from collections.abc import Callable
from typing import Any

from zisk_py import emulator
from zisk_py.emulator.records import Execution
from zisk_py.isa.instruction import INDIRECT, Instruction, Operand, Store, hidden, immediate, register
from zisk_py.isa.memory_map import EXIT_PC, FAULT_PC, HIDDEN_KEY, REGISTER_KEY, RegionKind
from zisk_py.isa.operations import COPY, OPERATIONS
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim, RegionRule, RegisterRule, Rules

HEAP, STACK = 3 << 32, 2 << 32
HEAP_BYTES = 1 << 20
CHUNK_SIZE = 1 << 18


def mix(trips: int) -> Rom:
    """A loop of 20 instructions, 24 rows, over a heap of 1 MiB."""
    rows: list[Instruction] = []

    def add(op: str, a: Operand, b: Operand, target: int, **more: Any) -> None:
        pc = 8 * len(rows)
        rows.append(
            Instruction(
                pc, OPERATIONS[op], a, b, Store.KEYED, REGISTER_KEY + target, cost=True, j1=8, j2=8, **more
            )
        )

    def load(base: int, offset: int, width: int, target: int) -> None:
        pc = 8 * len(rows)
        rows.append(
            Instruction(
                pc, COPY, register(base), INDIRECT, Store.KEYED, REGISTER_KEY + target, offset, width,
                cost=True, j1=FAULT_PC - pc, j2=8,
            )
        )  # fmt: skip

    def store(base: int, offset: int, width: int, source: int) -> None:
        pc = 8 * len(rows)
        rows.append(
            Instruction(
                pc, COPY, register(base), register(source), Store.INDIRECT, 0, offset, width,
                cost=True, j1=FAULT_PC - pc, j2=8,
            )
        )  # fmt: skip

    def jump(op: str, a: Operand, b: Operand, distance: int) -> None:
        pc = 8 * len(rows)
        rows.append(Instruction(pc, OPERATIONS[op], a, b, cost=True, j1=8 * distance, j2=8))

    add("copy", register(0), immediate(0), 9)
    start = len(rows)
    add("mulu", register(4), immediate(6364136223846793005), 4)
    add("add", register(4), immediate(1442695040888963407), 4)
    add("srl", register(4), immediate(44), 5)
    add("and", register(5), immediate(HEAP_BYTES - 8), 5)
    add("add", register(5), register(3), 5)
    load(5, 0, 8, 6)
    add("xor", register(6), register(4), 6)
    store(5, 0, 8, 6)
    add("copy", register(0), register(6), 7)
    store(10, -16, 8, 7)
    load(10, -16, 4, 7)
    jump("ltu", register(7), immediate(1 << 31), 2)
    add("sub", register(8), register(7), 8)
    add("or", register(8), immediate(1), 8)
    store(10, -21, 1, 8)
    load(10, -24, 8, 2)
    rows.append(
        Instruction(
            8 * len(rows), COPY, hidden(3), register(2), Store.KEYED, HIDDEN_KEY + 3, cost=True, j1=8, j2=8
        )
    )
    add("copy", register(0), immediate(len(rows) + 2), 1)
    rows.append(Instruction(8 * len(rows), COPY, register(0), register(1), set_pc=True, cost=True, j1=0))
    add("add", register(9), immediate(1), 9)
    jump("ltu", register(9), immediate(trips), start - len(rows))
    pc = 8 * len(rows)
    rows.append(Instruction(pc, COPY, register(0), register(8), cost=True, j1=EXIT_PC - pc, j2=EXIT_PC - pc))
    regions = (
        RegionRule(RegionKind.ZERO, STACK, 63 * 8192 + 4096, True, True),
        RegionRule(RegionKind.ZERO, HEAP, HEAP_BYTES, True),
    )
    registers = (RegisterRule(3, HEAP), RegisterRule(10, STACK + 4096))
    return Rom.from_instructions(rows, [], Rules("ebpf", len(rows), 0, regions, registers))


def run(million_steps: float) -> tuple[Rom, Execution]:
    """Execute the mix for about that long."""
    rom = mix(max(1, int(million_steps * 1e6 / 20.5)))
    return rom, emulator.execute(rom, Claim(0), b"", chunk_size=CHUNK_SIZE)


def rate(action: Callable[[], int]) -> float:
    """Million steps per second of an action that returns its steps."""
    started = time.perf_counter()
    steps = action()
    return steps / (time.perf_counter() - started) / 1e6


def main() -> None:
    """Print the rate and the size of the minimal trace."""
    million_steps = float(sys.argv[1]) if len(sys.argv) > 1 else 50
    run(0.1)
    rom, execution = run(million_steps)
    size = sum(len(chunk.to_bytes()) for chunk in execution.chunks)
    print(f"minimal trace {size / execution.steps:.2f} bytes/step")
    for keep in (True, False):
        million = rate(
            lambda keep=keep: (
                emulator.execute(rom, Claim(0), b"", chunk_size=CHUNK_SIZE, keep_chunks=keep).steps
            )
        )
        kept = "kept" if keep else "dropped"
        print(f"EXECUTE {million:.1f} M steps/s ({execution.steps} steps, chunks {kept})")


if __name__ == "__main__":
    main()
