"""Honest runs of real programs to attack: their traces, their tables, and a judge of whole runs.

Most claims have a public input, so that nothing of a run is the prover's choice: another private input would
be an honest run too.
"""

import importlib.util
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from types import ModuleType

from solders.keypair import Keypair
from solders.litesvm import LiteSVM

from attack_rows import RowJudge, Tables, out_sum, sum_of
from bpf_programs import random_program, sbpf_file
from proven_runs import EXAMPLES, ebpf_program, loop_program
from zisk_py import emulator
from zisk_py.emulator.records import Execution
from zisk_py.field.goldilocks import P
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim
from zisk_py.pil.system import System
from zisk_py.stark.errors import VerifierError
from zisk_py.stark.layout import Instance
from zisk_py.statemachines.constraint_system import constraint_system
from zisk_py.statemachines.machine import Scope, Trace
from zisk_py.statemachines.registry import MACHINES
from zisk_py.statemachines.statement import ProgramHeader, Statement, check_claim, check_instances
from zisk_py.statemachines.verification import statement_messages
from zisk_py.statemachines.witness import Witness, program_matrices
from zisk_py.transpiler.bpf.input_buffer import InputAccount, serialize
from zisk_py.transpiler.bpf.versions import SBPF_VERSIONS
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile
from zisk_py.zkvm import Program

Segments = list[list[Trace]]


@dataclass(frozen=True)
class Subject:
    """A program with its input and the size of its segments."""

    rom: Rom
    data: bytes
    chunk_size: int = 1 << 16
    public: bool = True

    @property
    def claim(self) -> Claim:
        """What is claimed of its run."""
        return make_claim(self.rom.rules, self.data, public=self.public)


class Run:
    """The honest run of a subject."""

    def __init__(self, subject: Subject) -> None:
        """Execute it, and make its traces."""
        self.subject, self.system = subject, constraint_system()
        self.claim = subject.claim
        self.matrices = program_matrices(self.system, subject.rom)
        heights = {name: (len(matrix) - 1).bit_length() for name, matrix in self.matrices.items()}
        self.header = ProgramHeader(subject.rom.rules, (), tuple(sorted(heights.items())))
        self.tables = Tables(self.system, self.matrices, subject.rom.rules, self.claim)
        self.judges = {air.name: RowJudge(air, self.tables) for air in self.system.airs}
        self.execution = emulator.execute(
            subject.rom, self.claim, subject.data, chunk_size=subject.chunk_size
        )
        self.witness = self.witness_of(self.execution)
        regions, arrivals = subject.rom.rules.start_regions(self.claim), self.witness._arrivals
        self.records = [
            emulator.expand(subject.rom, regions, chunk, times)
            for chunk, times in zip(self.execution.chunks, arrivals, strict=True)
        ]
        self.segments: Segments = [self.witness.segment(i) for i in range(self.witness.num_segments)]
        self.statement = self.witness.statement()
        self._known = {id(trace): self._judge(trace) for segment in self.segments for trace in segment}

    def witness_of(self, execution: Execution) -> Witness:
        """The witness of an execution, with the emulator that stands in `zisk_py.emulator` now."""
        rom, data = self.subject.rom, self.subject.data
        return Witness(self.system, self.header, rom, self.matrices, self.claim, data, execution)

    def without(self, air: str, *texts: str) -> "Run":
        """The same run under weaker rules: without the constraints of an air that say one of these texts."""
        full = self.system.air(air)
        kept = tuple(c for c in full.constraints if not any(text in c.source.text for text in texts))
        assert len(kept) == len(full.constraints) - len(texts)
        weaker = copy(self)
        weaker.judges = {**self.judges, air: RowJudge(replace(full, constraints=kept), self.tables)}
        weaker._known = {}
        return weaker

    def refusals(self, statement: Statement, segments: Segments) -> set[str]:
        """All that refuses traces: `statement`, `<air>`, `<air> looks up`, `buses`.

        Tables count what is looked up in them; what they have is found in them, however often.
        """
        numbers = {air.name: number for number, air in enumerate(self.system.airs)}
        instances = [
            [Instance(numbers[t.air], t.log_height, t.air_values) for t in segment] for segment in segments
        ]
        found: set[str] = set()
        try:
            check_claim(statement)
            check_instances(self.system, statement, instances)
        except VerifierError:
            found.add("statement")
        messages = statement_messages(statement)
        total = out_sum([(m.bus, m.values, m.multiplicity) for m in messages])
        for trace in (trace for segment in segments for trace in segment):
            said, refusals = self._known.get(id(trace)) or self._judge(trace)
            total += said
            found |= refusals
        return found | ({"buses"} if total % P else set())

    def _judge(self, trace: Trace) -> tuple[int, set[str]]:
        """The sum of what an instance says, and what refuses it."""
        if is_table(trace.air):
            return 0, set()
        verdict = self.judges[trace.air].judge(trace)
        found = {trace.air} if verdict.broken.any() else set()
        found |= {f"{trace.air} looks up"} if verdict.missing.any() else set()
        return sum_of(verdict.said), found


def is_table(air: str) -> bool:
    """Whether all that a machine says is how often its rows are looked up."""
    machine = MACHINES.by_air(air)
    return machine.scope is Scope.TABLE or machine.program_columns is not None


def system() -> System:
    """The system of all machines."""
    return constraint_system()


# ---- the programs


def example(name: str, chunk_size: int = 1 << 16) -> Subject:
    """A bundled program with its input."""
    path = EXAMPLES / name
    return Subject(Program.load(path).rom, path.with_name("input.bin").read_bytes(), chunk_size)


def random_subject(seed: int, chunk_size: int = 1 << 16) -> Subject:
    """A random sBPF program, of each version in turn."""
    version = SBPF_VERSIONS[seed % len(SBPF_VERSIONS)]
    rom = transpile(sbpf_file(random_program(seed, version), version), "auto")
    return Subject(rom, serialize([], b"", bytes(32)), chunk_size)


def token_transfer(chunk_size: int = 1 << 16) -> Subject:
    """The transfer of the example, by the token program that LiteSVM has."""
    example = _transfer_script()
    wallet, token = Keypair.from_seed(bytes([2]) * 32).pubkey(), bytes(example.TOKEN_PROGRAM)
    accounts = [
        InputAccount(
            bytes(key), token, example.LAMPORTS, example.token_account(wallet, amount), is_writable=True
        )
        for key, amount in ((example.SOURCE, 1000), (example.TARGET, 0))
    ]
    accounts.append(
        InputAccount(bytes(wallet), bytes(example.SYSTEM_PROGRAM), example.LAMPORTS, b"", is_signer=True)
    )
    instruction = bytes([example.TRANSFER]) + example.AMOUNT.to_bytes(8, "little")
    rom = transpile(example.program_file(LiteSVM()), "auto")
    return Subject(rom, serialize(accounts, instruction, token), chunk_size)


def _transfer_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("transfer", EXAMPLES / "spl_token" / "transfer.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def trapping(chunk_size: int = 1 << 16) -> Subject:
    """Works on the stack, then stores behind its frame's end."""
    rom = ebpf_program(
        """
        mov r1, 40
        lddw r2, 0x8899aabbccddeeff
        loop:
        stxdw [r10-16], r2
        ldxw r3, [r10-13]
        mul r2, r3
        rsh r2, 3
        sub r1, 1
        jne r1, 0, loop
        stxw [r10+4094], r2
        exit
        """
    ).rom
    return Subject(rom, b"", chunk_size)


def looping(turns: int, chunk_size: int) -> Subject:
    """The loop of the tests of segments."""
    return Subject(loop_program(turns).rom, b"", chunk_size)


SUBJECTS = {
    "packet filter": lambda: example("packet_filter/packet_filter.o", 64),
    "vault": lambda: example("vault/vault.so", 1024),
    "token transfer": token_transfer,
    "random program": lambda: random_subject(3),
    "random program with dynamic frames": lambda: random_subject(1),
    "random program in segments": lambda: random_subject(2, 256),
    "store out of bounds": trapping,
    "loop": lambda: looping(40, 128),
    "division by zero": lambda: random_subject(0),
}


@lru_cache(maxsize=16)
def run_of(name: str) -> Run:
    """The honest run of a subject."""
    return Run(SUBJECTS[name]())
