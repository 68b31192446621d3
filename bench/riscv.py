"""RISC-V guests at the rate of this package, of unicorn and of qemu; their proofs; cells of instructions.

python bench/riscv.py [--part rates|proofs|cells]

Guests are those of tests/data/guests, compiled with -O2. Ours is the time of `Program.execute`, which
transpiles nothing and keeps no trace; unicorn's is that of one start; qemu's that of the process, less the
same program's on the first of its inputs, which is next to nothing; "-" where that is not LEAST_SECONDS.
Every time is the best of several.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import unicorn
from unicorn import riscv_const

from zisk_py import emulator
from zisk_py.isa.faults import Exit
from zisk_py.isa.rom import Rom
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.machine import Scope
from zisk_py.statemachines.registry import MACHINES
from zisk_py.transpiler.c.riscv_compiler import GCC
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.elf import ElfFile
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.riscv.layout import FIRST_FRAME, STACK_ADDRESS, STACK_SIZE, STACK_TOP
from zisk_py.transpiler.riscv.loader import load
from zisk_py.zkvm import Program

sys.path.append(str(Path(__file__).parents[1] / "tests"))


from riscv_files import DATA, EXIT, riscv_program
from riscv_guests import INPUTS, QEMU, build

RUNS, QEMU_RUNS = 5, 20
LEAST_SECONDS = 0.001
LEVEL = "-O2"
PAGE = 4096
HEAP_BYTES = 64 << 20
READ, WRITE, BREAK, LAST = 63, 64, 214, 93
RNG = random.Random(1)
LONG_INPUTS = {
    "fibonacci": (3_000_000).to_bytes(4, "little"),
    "sha256": RNG.randbytes(60_000),
    "keccak": RNG.randbytes(30_000),
    "crc32": RNG.randbytes(60_000),
    "sort": RNG.randbytes(16_000),
    "recursion": bytes((9, 16, 255)),
}
PROVEN_INPUTS = {
    "fibonacci": (12_000).to_bytes(4, "little"),
    "sha256": RNG.randbytes(1_000),
    "sort": RNG.randbytes(1_000),
}
REPEATS = 512
SETUP = f"li a0, {DATA + 64}\nli a1, 3\nli a4, -7\nlr.d zero, (a0)\n"
CLASSES = {  # what is repeated, of one instruction unless it says so
    "add": "add a2, a0, a1",
    "add of 32 bits": "addw a2, a0, a1",
    "logic": "xor a2, a0, a1",
    "shift": "sll a2, a0, a1",
    "shift of 32 bits": "sllw a2, a0, a1",
    "compare": "slt a2, a0, a1",
    "constant, copy": "addi a2, a0, 0",
    "product": "mul a2, a0, a1",
    "high product": "mulh a2, a0, a1",
    "unsigned quotient": "divu a2, a0, a1",
    "signed quotient": "div a2, a4, a1",
    "load of 8 bytes": "ld a2, 0(a0)",
    "load of 8 bytes, unaligned": "ld a2, 3(a0)",
    "load of 4 bytes": "lwu a2, 0(a0)",
    "signed load of 4 bytes": "lw a2, 0(a0)",
    "store of 8 bytes": "sd a1, 0(a0)",
    "store of 1 byte": "sb a1, 0(a0)",
    "branch": "beq a0, a1, .+4",
    "jump": "jal a2, .+4",
    "computed jump, with its auipc": "auipc a2, 0\njalr a3, 8(a2)",
    "atomic": "amoadd.d a2, a1, (a0)",
    "store-conditional that fails": "sc.d a2, a1, (a0)",
    "control register": "csrrs a2, fcsr, a1",
    "system call": "ecall",  # close
}
CLOSE = "li a7, 57\n"


def best(action: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds of the fastest of several calls."""
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return min(found)


class Machine:
    """unicorn with a program that makes the system calls of the guests."""

    def __init__(self, file: bytes, data: bytes) -> None:
        program = load(ElfFile(file, "guest"))
        self.data, self.output, self.code = data, b"", -1
        self.machine = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV64)
        heap = -(-program.writable_end // PAGE) * PAGE
        start = min(piece.address for piece in program.pieces) // PAGE * PAGE
        self.machine.mem_map(start, heap + HEAP_BYTES - start)
        self.machine.mem_map(STACK_ADDRESS, STACK_SIZE)
        for piece in program.pieces:
            self.machine.mem_write(piece.address, piece.data)
        self.machine.reg_write(riscv_const.UC_RISCV_REG_MSTATUS, 0x6000)  # else there is no fcsr
        self.machine.reg_write(riscv_const.UC_RISCV_REG_SP, STACK_TOP - FIRST_FRAME)
        self.machine.hook_add(unicorn.UC_HOOK_INTR, self.answer)
        self.entry, self.heap = program.entry, heap

    def answer(self, machine: unicorn.Uc, number: int, _: object) -> None:
        """A system call."""
        first = riscv_const.UC_RISCV_REG_A0
        a0, a1, a2 = (machine.reg_read(first + i) for i in range(3))
        call, result = machine.reg_read(riscv_const.UC_RISCV_REG_A7), 0
        if call == READ:
            taken, self.data = self.data[:a2], self.data[a2:]
            machine.mem_write(a1, taken)
            result = len(taken)
        elif call == WRITE:
            self.output += bytes(machine.mem_read(a1, a2))
            result = a2
        elif call == BREAK:
            result = a0 or self.heap
        elif call == LAST:
            self.code = a0
            machine.emu_stop()
            return
        else:
            raise RuntimeError(f"a guest makes system call {call}")
        machine.reg_write(first, result)

    def run(self) -> None:
        """Up to the exit."""
        self.machine.emu_start(self.entry, 0)


def time_unicorn(file: bytes, data: bytes, outputs: bytes) -> float:
    """Seconds of a run. Raises RuntimeError where it ends differently."""
    found = []
    for _ in range(RUNS):
        machine = Machine(file, data)
        found.append(best(machine.run, 1))
        if machine.output != outputs:
            raise RuntimeError("unicorn computes something else")
    return min(found)


def time_qemu(file: bytes, data: bytes, little: bytes, outputs: bytes) -> float:
    """Seconds of a run, less those of one on little input. Raises RuntimeError where it ends differently."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guest.elf"
        path.write_bytes(file)
        path.chmod(0o755)

        def run(given: bytes) -> bytes:
            return subprocess.run([QEMU, path], input=given, capture_output=True, check=False).stdout

        if run(data) != outputs:
            raise RuntimeError("qemu computes something else")
        return best(lambda: run(data), QEMU_RUNS) - best(lambda: run(little), QEMU_RUNS)


def report_rates() -> None:
    """A line for each guest."""
    print(
        f"{'million a second':12} {'instructions':>12} {'steps each':>10} {'steps':>8} {'instr.':>8} ", end=""
    )
    print(f"{'unicorn':>8} {'qemu':>8}")
    for name, data in LONG_INPUTS.items():
        file = build(name, LEVEL)
        program = Program(transpile(file))
        run = program.execute(data)
        if not isinstance(run.outcome, Exit):
            raise RuntimeError(f"{name} ends with {run.outcome}")
        count, here = run.compute_units, best(lambda p=program, d=data: p.execute(d))
        others = time_unicorn(file, data, run.outputs), time_qemu(file, data, INPUTS[name][0], run.outputs)
        rates = " ".join(f"{work / s / 1e6:8.1f}" for work, s in ((run.steps, here), (count, here)))
        for seconds in others:
            rates += f" {count / seconds / 1e6:8.1f}" if seconds > LEAST_SECONDS else f" {'-':>8}"
        print(f"{name:16} {count:12,} {run.steps / count:10.2f} {rates}", flush=True)


def report_proofs() -> None:
    """A line for each guest on less input."""
    for name, data in PROVEN_INPUTS.items():
        program = Program(transpile(build(name, LEVEL)))
        start = time.perf_counter()
        program.id  # noqa: B018 - the program is committed once, before its proofs
        committed = time.perf_counter()
        cells = program.estimate(data).cells
        begun = time.perf_counter()
        proof = program.prove(data)
        seconds = time.perf_counter() - begun
        stated = proof.verify(program).statement
        instructions, steps, rows = stated.compute_units, stated.steps, len(program.rom.rows)
        figures = (
            f"{instructions:,} instructions",
            f"{steps:,} steps",
            f"{rows:,} rows in the ROM, committed in {committed - start:.2f} s",
            f"proven in {seconds:.2f} s",
            f"{instructions / seconds / 1e3:.1f} k instructions/s",
            f"{steps / seconds / 1e3:.1f} k steps/s",
            f"{cells / instructions:.0f} cells an instruction",
            f"{proof.size:,} bytes",
        )
        print(f"{name}: {', '.join(figures)}", flush=True)


def cells_of(rom: Rom) -> tuple[int, int]:
    """Steps of a run, and cells of the machines that have rows per segment, before heights are rounded up."""
    claim, system = make_claim(rom.rules, b""), constraint_system()
    (chunk,) = emulator.execute(rom, claim, b"", chunk_size=1 << 16).chunks
    streams = emulator.count(rom, rom.rules.start_regions(claim), chunk).streams
    cells = 0
    for machine in MACHINES:
        if machine.scope is Scope.SEGMENT:
            cells += streams.get(machine.stream, 0) * len(system.air(machine.template).columns)
    return chunk.num_steps, cells


def report_cells() -> None:
    """A line for each class: what many of it take more than none."""
    print(f"{'class':32} {'steps':>6} {'cells':>6}")
    for name, lines in CLASSES.items():
        few, many = (
            cells_of(riscv_program("\n".join([SETUP + CLOSE, *[lines] * count, EXIT]), bytes(128)).rom)
            for count in (1, 1 + REPEATS)
        )
        steps, cells = ((more - less) / REPEATS for more, less in zip(many, few, strict=True))
        print(f"{name:32} {steps:6.2f} {cells:6.1f}")


REPORTS = {"rates": report_rates, "proofs": report_proofs, "cells": report_cells}


def main() -> None:
    """Print everything, or one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--part", choices=REPORTS)
    part = parser.parse_args().part
    if part != "cells" and (missing := [name for name in (GCC, QEMU) if shutil.which(name) is None]):
        sys.exit(
            f"{' and '.join(missing)} missing; install what README names for RISC-V, or ask for --part cells"
        )
    for name, report in REPORTS.items():
        if part in (None, name):
            report()


if __name__ == "__main__":
    main()
