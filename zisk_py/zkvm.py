"""The whole VM on one page: load a program, execute it, prove the run, verify the proof.

program file --transpile--> Rom --execute--> chunks --count, plan, expand, fill--> traces --prove--> Proof
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from zisk_py import emulator, stark
from zisk_py.errors import InputError
from zisk_py.files import write_atomically
from zisk_py.isa.faults import Outcome
from zisk_py.isa.rom import MAGIC as ROM_MAGIC
from zisk_py.isa.rom import Rom
from zisk_py.limits import DEFAULT_CHUNK_SIZE, DEFAULT_MAX_STEPS, check_chunk_size
from zisk_py.pil.checker import Report
from zisk_py.progress import Progress, ProofProgress
from zisk_py.statemachines.constraint_system import proving_key
from zisk_py.statemachines.statement import ProgramHeader, Statement
from zisk_py.statemachines.verification import Verification, read_statement, verify_run
from zisk_py.statemachines.witness import Witness, check_witness, program_matrices
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile


@dataclass(frozen=True)
class Run:
    """What an execution found."""

    outcome: Outcome
    steps: int
    compute_units: int
    outputs: bytes
    memory: dict[int, bytes] = field(repr=False)  # final bytes of each guest region, by its address
    seconds: dict[str, float] = field(repr=False)


class Program:
    """A transpiled program: its ROM, its id, and what can be done with it."""

    def __init__(self, rom: Rom, name: str = "program") -> None:
        """Wrap a ROM."""
        self.rom, self.name = rom, name

    @staticmethod
    def load(path: str | Path, *, target: str = "auto", entry: str | None = None) -> "Program":
        """Read a program file, or a `.zrom` that was built from one. Raises InputError."""
        path = Path(path)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from error
        if data[:4] == ROM_MAGIC:
            return Program(Rom.from_bytes(data, str(path)), path.stem)
        return Program(transpile(data, target=target, entry=entry, name=str(path)), path.stem)

    def save(self, path: str | Path) -> None:
        """Write the `.zrom`."""
        self.rom.save(Path(path))

    @cached_property
    def id(self) -> str:
        """The program id: digest of rows, initial image, rules, and the constraint system."""
        return self.header.id(proving_key().verifying_key.digest)

    @cached_property
    def _committed(self) -> stark.ProgramData:
        key = proving_key()
        return stark.commit_program(key, program_matrices(key.verifying_key.system, self.rom))

    @property
    def header(self) -> ProgramHeader:
        """What the id is the digest of."""
        commitment = self._committed.commitment
        return ProgramHeader(
            self.rom.rules, tuple(commitment.cap), tuple(sorted(commitment.log_heights.items()))
        )

    def execute(
        self,
        data: bytes = b"",
        *,
        budget: int | None = None,
        max_steps: int = DEFAULT_MAX_STEPS,
        progress: Progress | None = None,
    ) -> Run:
        """Run the program on an input, without proving."""
        clock = Clock()
        claim = make_claim(self.rom.rules, data, budget=budget, public=False)
        with clock.phase("execute"):
            found = emulator.execute(
                self.rom,
                claim,
                data,
                chunk_size=DEFAULT_CHUNK_SIZE,
                max_steps=max_steps,
                keep_chunks=False,
                progress=_counting(progress),
            )
        _finish(progress, found.steps)
        return Run(
            found.outcome, found.steps, found.compute_units, found.outputs, found.memory, clock.seconds
        )

    def check(
        self,
        data: bytes = b"",
        *,
        budget: int | None = None,
        chunk_size: int = DEFAULT_CHUNK_SIZE,
        max_steps: int = DEFAULT_MAX_STEPS,
    ) -> Report:
        """Check the witness of a run against all constraints and buses, without cryptography."""
        return check_witness(
            self._witness(Clock(), data, budget, chunk_size, 1, max_steps, None, public=False)
        )

    def prove(
        self,
        data: bytes = b"",
        *,
        budget: int | None = None,
        chunk_size: int = DEFAULT_CHUNK_SIZE,
        threads: int | None = None,
        profile: str = "fast",
        public_input: bool = False,
        max_steps: int = DEFAULT_MAX_STEPS,
        progress: Progress | None = None,
    ) -> "Proof":
        """Run the program and prove the run, a fault included."""
        threads = threads or len(os.sched_getaffinity(0))
        clock = Clock()
        witness = self._witness(
            clock, data, budget, chunk_size, threads, max_steps, progress, public=public_input
        )
        told = ProofProgress(progress, witness.segment_steps) if progress else None
        with clock.phase("prove"):
            proof = stark.prove(
                proving_key(),
                self._committed,
                witness.segments,
                lambda: witness.statement().to_bytes(),
                lambda: witness.messages(),
                stark.profile(profile),
                threads=threads,
                progress=told,
            )
        if told:
            told.finish()
        return Proof(proof, clock.seconds)

    def _witness(
        self,
        clock: "Clock",
        data: bytes,
        budget: int | None,
        chunk_size: int,
        threads: int,
        max_steps: int,
        progress: Progress | None,
        *,
        public: bool,
    ) -> Witness:
        check_chunk_size(chunk_size)
        claim = make_claim(self.rom.rules, data, budget=budget, public=public)
        with clock.phase("execute"):
            execution = emulator.execute(
                self.rom,
                claim,
                data,
                chunk_size=chunk_size,
                max_steps=max_steps,
                progress=_counting(progress),
            )
        _finish(progress, execution.steps)
        with clock.phase("count and plan"):
            system = proving_key().verifying_key.system
            matrices = program_matrices(system, self.rom)
            return Witness(system, self.header, self.rom, matrices, claim, data, execution, threads)


@dataclass(frozen=True)
class Proof:
    """A proof file: its bytes, and the seconds per phase if it was just made."""

    data: bytes
    seconds: dict[str, float] = field(default_factory=dict)

    @staticmethod
    def from_bytes(data: bytes) -> "Proof":
        """Wrap the bytes of a proof file; `verify` judges them."""
        return Proof(data)

    @staticmethod
    def load(path: str | Path) -> "Proof":
        """Read a proof file. Raises InputError."""
        try:
            return Proof(Path(path).read_bytes())
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from error

    def to_bytes(self) -> bytes:
        """The bytes of the proof file."""
        return self.data

    def save(self, path: str | Path) -> None:
        """Write the proof file; it appears complete or not at all."""
        write_atomically(Path(path), self.data)

    @property
    def size(self) -> int:
        """Bytes of the proof file."""
        return len(self.data)

    @cached_property
    def statement(self) -> Statement:
        """What the proof claims to state; true only once `verify` has returned."""
        return read_statement(self.data)[0]

    @cached_property
    def segments(self) -> int:
        """Number of segments."""
        return read_statement(self.data)[1]

    def verify(
        self, program: Program | str, *, min_bits: float = 100, allow_test_profile: bool = False
    ) -> Verification:
        """Verify against a program or its id. Raises VerifierError with the reason."""
        program_id = program if isinstance(program, str) else program.id
        key = proving_key().verifying_key
        return verify_run(
            key, program_id, self.data, min_bits=min_bits, allow_test_profile=allow_test_profile
        )


def _counting(progress: Progress | None) -> Callable[[int], None] | None:
    """What the emulator tells the number of steps so far; how many there will be is not known."""
    return (lambda steps: progress("execute", steps, 0)) if progress else None


def _finish(progress: Progress | None, steps: int) -> None:
    if progress:
        progress("execute", steps, steps)


class Clock:
    """Seconds per phase."""

    def __init__(self) -> None:
        """Start with no phases."""
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a phase."""
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start
