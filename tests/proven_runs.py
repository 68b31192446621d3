"""Proves and verifies runs for tests, with the profile that has no security but is quick."""

from pathlib import Path

from zisk_py import emulator
from zisk_py.emulator.records import Step
from zisk_py.isa.rom import Rom
from zisk_py.statemachines.verification import Verification
from zisk_py.transpiler.bpf.assembler import assemble
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program, Proof

QUICK = {"profile": "test", "threads": 1}
ACCEPT = {"allow_test_profile": True, "min_bits": 0}
EXAMPLES = Path(__file__).parents[1] / "examples"


def ebpf_program(source: str) -> Program:
    """A program from eBPF assembly."""
    return Program(transpile(assemble(source).text, target="ebpf"))


def loop_program(turns: int) -> Program:
    """A loop of 11 instructions a turn: arithmetic, wide, narrow and unaligned memory, a branch."""
    return ebpf_program(
        f"""
        mov r6, 0
        mov r7, {turns}
        lddw r8, 0x123456789abcdef
        loop:
        add r6, r8
        xor r6, r7
        stxdw [r10-8], r6
        ldxdw r8, [r10-8]
        lsh r8, 3
        stxw [r10-20], r8
        ldxh r9, [r10-18]
        ldxdw r5, [r10-21]
        mul r9, r5
        sub r7, 1
        jne r7, 0, loop
        mov r0, r6
        exit
        """
    )


def prove(program: Program, data: bytes = b"", **options) -> Proof:
    """Prove with the quick profile unless `options` say otherwise."""
    return program.prove(data, **{**QUICK, "chunk_size": 1 << 16, **options})


def prove_and_verify(program: Program, data: bytes = b"", **options) -> Verification:
    """Prove, verify, and compare the proven statement with an execution."""
    verification = prove(program, data, **options).verify(program.id, **ACCEPT)
    run = program.execute(data, budget=options.get("budget"), environment=options.get("environment"))
    stated = verification.statement
    assert (stated.outcome, stated.steps, stated.compute_units, stated.outputs) == (
        run.outcome,
        run.steps,
        run.compute_units,
        run.outputs,
    )
    return verification


def executed_rows(rom: Rom, data: bytes = b"", budget: int | None = None) -> set[int]:
    """Numbers of the ROM rows that a run executes."""
    claim = make_claim(rom.rules, data, budget=budget)
    regions = rom.rules.start_regions(claim)
    execution = emulator.execute(rom, claim, data, chunk_size=1 << 16)
    counts = [emulator.count(rom, regions, chunk) for chunk in execution.chunks]
    arrivals, _ = emulator.merge(counts)
    rows: set[int] = set()
    for chunk, times in zip(execution.chunks, arrivals, strict=True):
        rows |= set(map(int, emulator.expand(rom, regions, chunk, times).steps[:, Step.ROW]))
    return rows
