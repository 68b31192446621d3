"""A large program on a large input that takes as many compute units as it is told to.

The program is a text of thousands of different instructions: functions that load from the input, aligned and
not, mix, multiply, divide, branch, and store to heap and stack. Its instruction data are two numbers: how
often all functions are called, and how many single instructions come after that. So every number of compute
units can be met exactly, and the instruction after it is known.
"""

import random
import struct
from dataclasses import dataclass
from functools import cache

from bpf_programs import ACCOUNT_DATA, Ended, execute_rom, sbpf_file
from litesvm_runs import own_account
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.bpf.input_buffer import serialize
from zisk_py.transpiler.bpf.layout import HEAP_ADDRESS
from zisk_py.transpiler.bpf.versions import SBPF_V0, Version
from zisk_py.transpiler.front_end import transpile

FUNCTIONS = 64
LINES = 64  # of each function
DATA_BYTES = 48 << 10  # of the account
SEED = 20


@dataclass(frozen=True)
class Work:
    """How often all functions are called, and the single instructions after that: two at least."""

    rounds: int
    singles: int = 2

    @property
    def instruction(self) -> bytes:
        """The instruction data."""
        return struct.pack("<QQ", self.rounds, self.singles)

    def input(self, program_id: bytes) -> bytes:
        """What the program is given."""
        return serialize([own_account(program_id, DATA_BYTES)], self.instruction, program_id)


@cache
def large_file(version: Version = SBPF_V0) -> bytes:
    """The program."""
    return sbpf_file(source(), version)


def exit_slot(version: Version = SBPF_V0) -> int:
    """The slot of its last instruction."""
    return assemble(source(), version).labels["end"]


@cache
def work_of(units: int, program_id: bytes) -> Work:
    """What makes the program take that many compute units."""
    rom = transpile(large_file())

    def run(rounds: int) -> Ended:
        return execute_rom(rom, Work(rounds).input(program_id), units)

    fewer, more = 1, units // FUNCTIONS
    while more - fewer > 1:
        middle = (fewer + more) // 2
        fewer, more = (middle, more) if run(middle).outcome == Exit(0) else (fewer, middle)
    return Work(fewer, 2 + units - run(fewer).compute_units)


@cache
def source() -> str:
    """The program's text: r6 is the address of the account's data, r7 the heap's; r8 mixes all together."""
    rng = random.Random(SEED)
    functions = [_function(rng, number) for number in range(FUNCTIONS)]
    calls = [f"call f{number}" for number in range(FUNCTIONS)]
    main = [
        "entrypoint:",
        "mov r9, r2",
        f"lddw r6, {ACCOUNT_DATA:#x}",
        f"lddw r7, {HEAP_ADDRESS:#x}",
        "ldxdw r8, [r9+0]",
        "stxdw [r10-8], r8",
        "ldxdw r5, [r9+8]",
        "stxdw [r10-16], r5",
        "rounds:",
        *calls,
        "ldxdw r1, [r10-8]",
        "sub r1, 1",
        "stxdw [r10-8], r1",
        "jne r1, 0, rounds",
        "ldxdw r1, [r10-16]",
        # Two instructions a turn; an odd number of them has one more.
        "mov r2, r1",
        "and r2, 1",
        "rsh r1, 1",
        "jeq r2, 0, turns",
        "mov r3, r3",
        "turns:",
        "sub r1, 1",
        "jne r1, 0, turns",
        "mov r0, 0",
        "end:",
        "exit",
    ]
    return "\n".join([*functions, *main])


def _function(rng: random.Random, number: int) -> str:
    lines, sizes = [f"f{number}:"], ("b", "h", "w", "dw")
    for _ in range(LINES):
        offset = rng.randrange(-(1 << 15), 1 << 15)
        place, size = rng.randrange(DATA_BYTES - 8), rng.choice(sizes)
        lines.append(
            rng.choice(
                (
                    f"mov r1, r6\nadd r1, {place}\nldx{size} r2, [r1+0]\nxor r8, r2",
                    f"mul r8, {offset | 1}",
                    f"stxdw [r7+{8 * rng.randrange(4096)}], r8",
                    f"ldxdw r3, [r7+{8 * rng.randrange(4096)}]\nadd r8, r3",
                    f"stx{size} [r10-{rng.randrange(8, 4096)}], r8",
                    f"mov r4, r8\nrsh r4, {rng.randrange(64)}\nxor r8, r4",
                    f"div r8, {rng.randrange(3, 1 << 20)}\nadd r8, {offset}",
                    f"mov r5, r6\nadd r5, {place}\nstxw [r5+0], r8",
                    f"jsgt r8, {offset}, +1\nlsh r8, {rng.randrange(1, 9)}",
                )
            )
        )
    return "\n".join([*lines, "exit"])
