"""The whole VM on one page: load a program, execute it, prove the run, verify the proof.

program file --transpile--> Rom --execute--> chunks --count, plan, expand, fill--> traces --prove--> Proof
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from zisk_py import emulator, stark
from zisk_py.checkpoint import Checkpoint, run_facts
from zisk_py.emulator.records import Execution
from zisk_py.errors import InputError, LimitError
from zisk_py.files import write_atomically
from zisk_py.isa.faults import Fault, Outcome
from zisk_py.isa.results import Results, results_of
from zisk_py.isa.rom import MAGIC as ROM_MAGIC
from zisk_py.isa.rom import Rom
from zisk_py.isa.rules import Claim
from zisk_py.limits import DEFAULT_CHUNK_SIZE, MIN_CHUNK_SIZE, Limits, check_chunk_size, size_text
from zisk_py.pil.checker import Report
from zisk_py.process import used_memory
from zisk_py.progress import Progress, ProofProgress
from zisk_py.stark.options import MAX_SEGMENTS
from zisk_py.stark.parallel import available_threads
from zisk_py.stark.prover import prove as prove_segments
from zisk_py.statemachines.constraint_system import proving_key
from zisk_py.statemachines.estimate import Estimate, Forecast, check_memory
from zisk_py.statemachines.statement import ProgramHeader, Statement
from zisk_py.statemachines.verification import Verification, read_statement, verify_run
from zisk_py.statemachines.witness import Witness, check_witness, program_matrices
from zisk_py.transpiler.bpf.platform import PLAIN, Platform
from zisk_py.transpiler.bpf.run_report import read_return_data
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime
from zisk_py.transpiler.c.program_source import SOURCE_SUFFIX, build_program_file
from zisk_py.transpiler.claims import make_claim
from zisk_py.transpiler.front_end import transpile
from zisk_py.transpiler.run_report import fault_text, log_lines

DEFAULTS = Limits()
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """What an execution found."""

    outcome: Outcome
    steps: int
    compute_units: int
    outputs: bytes
    results: Results  # the same and more, at fixed places
    memory: Mapping[int, bytes] = field(repr=False)  # final bytes of each guest region, by its address
    seconds: dict[str, float] = field(repr=False)
    fault_text: str = ""  # what the runtime, or our report, says of the fault; "" for an exit
    return_data: bytes = b""  # the same as the outputs, unless these are a journal
    logs: tuple[str, ...] = ()  # lines that the program has logged, as its runtime shows them


class Program:
    """A transpiled program: its ROM, its id, and what can be done with it."""

    def __init__(self, rom: Rom, name: str = "program") -> None:
        """Wrap a ROM."""
        self.rom, self.name = rom, name

    @staticmethod
    def load(
        path: str | Path,
        *,
        target: str = "auto",
        entry: str | None = None,
        platform: Platform = PLAIN,
        runtime: SolanaRuntime | None = None,
        limits: Limits = DEFAULTS,
    ) -> "Program":
        """Read a program file, or a `.zrom` that was built from one, or C. Raises InputError and LimitError.

        target    what a program file is; C, a file whose name ends in .c, is compiled for it and linked.
        platform  is what an eBPF program finds around it: helpers, regions of memory, and the mode.
        runtime   makes an sBPF program start and end as the Solana runtime does; its outputs are a journal.
        """
        path = Path(path)
        data = limits.read_file(path)
        if path.suffix == SOURCE_SUFFIX:
            made = build_program_file([path], target, entry)
            data, entry = made.data, made.entry
        if data[:4] != ROM_MAGIC:
            rom = transpile(
                data, target=target, entry=entry, name=str(path), platform=platform, runtime=runtime
            )
        elif platform == PLAIN and runtime is None:
            rom = Rom.from_bytes(data, str(path))
        else:
            raise InputError(
                f"{path} was built with its platform; leave out helpers, regions, mode and runtime"
            )
        return Program(rom, path.stem)

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
        environment: bytes | None = None,
        heap_size: int | None = None,
        limits: Limits = DEFAULTS,
        progress: Progress | None = None,
    ) -> Run:
        """Run the program on an input, without proving. Raises InputError and LimitError.

        budget       in compute units
        environment  what the program can read of the world around it; None is what a fresh chain has
        heap_size    in bytes; None is 32 KiB
        """
        clock = Clock()
        claim = self._claim(data, budget, environment, heap_size, limits)
        found = self._execute(clock, claim, data, DEFAULT_CHUNK_SIZE, limits, progress, keep_chunks=False)
        outcome = found.outcome
        return Run(
            outcome,
            found.steps,
            found.compute_units,
            found.outputs,
            results_of(
                self.rom.rules,
                outcome,
                steps=found.steps,
                compute_units=found.compute_units,
                instructions=found.instructions,
                memory_operations=found.memory_operations,
                outputs=found.outputs,
            ),
            found.memory,
            clock.seconds,
            fault_text(self.rom, outcome, found) if isinstance(outcome, Fault) else "",
            read_return_data(self.rom.rules.target, found.outputs, found.hidden),
            log_lines(self.rom.rules.target, found.hidden),
        )

    def check(
        self,
        data: bytes = b"",
        *,
        budget: int | None = None,
        environment: bytes | None = None,
        heap_size: int | None = None,
        chunk_size: int = DEFAULT_CHUNK_SIZE,
        limits: Limits = DEFAULTS,
        progress: Progress | None = None,
    ) -> Report:
        """Check the witness of a run against all constraints and buses, without cryptography.

        Raises LimitError where the run needs more than allowed, or where the check, by its estimate, would.
        """
        claim = self._claim(data, budget, environment, heap_size, limits)
        witness = self._witness(Clock(), claim, data, chunk_size, 1, limits, progress)
        needed, most = check_memory(witness.system, witness.plan, used_memory()), limits.memory_bytes
        if needed > most:
            raise LimitError(
                f"the check needs about {size_text(needed)}, and {size_text(most)} may be used; it keeps all "
                "traces, so check a shorter run or raise --max-memory"
            )
        return check_witness(witness)

    def prove(
        self,
        data: bytes = b"",
        *,
        budget: int | None = None,
        environment: bytes | None = None,
        heap_size: int | None = None,
        chunk_size: int = DEFAULT_CHUNK_SIZE,
        threads: int | None = None,
        profile: str = "fast",
        public_input: bool = False,
        limits: Limits = DEFAULTS,
        progress: Progress | None = None,
        estimated: Callable[[Estimate], object] | None = None,
        resume: str | Path | None = None,
    ) -> "Proof":
        """Run the program and prove the run, a fault included.

        limits     Raises LimitError where the run needs more, or where the proof, by its estimate, would.
        progress   is told how far the proof is. What it raises ends the proof and comes back to the caller.
        estimated  is told what the proof will take before it is begun.
        resume     a folder that keeps what is done of a run of several segments until the proof is saved, and
                   where a run that was killed goes on. Raises InputError if it is of another proof or in use.
        """
        threads = threads or available_threads()
        clock = Clock()
        claim = self._claim(data, budget, environment, heap_size, limits, public=public_input)
        witness = self._witness(clock, claim, data, chunk_size, threads, limits, progress)
        forecast = self._forecast(witness, profile, threads)
        estimate = forecast.estimate()
        _log.debug("%s", estimate)
        if estimated:
            estimated(estimate)
        _check_fits(forecast, estimate, chunk_size, limits.memory_bytes)
        told = ProofProgress(progress, witness.segment_steps) if progress else None
        kept = None
        if resume is not None:
            facts = run_facts(self.id, witness.claim, data, chunk_size, profile)
            kept = Checkpoint(Path(resume), facts)
        with clock.phase("prove"), kept.opened() if kept else nullcontext() as store:
            proof = prove_segments(
                proving_key(),
                self._committed,
                witness.segments,
                lambda: witness.statement().to_bytes(),
                lambda: witness.messages(),
                stark.profile(profile),
                threads=threads,
                progress=told,
                store=store,
            )
        if told:
            told.finish()
        return Proof(proof, clock.seconds, kept)

    def estimate(
        self,
        data: bytes = b"",
        *,
        budget: int | None = None,
        environment: bytes | None = None,
        heap_size: int | None = None,
        chunk_size: int = DEFAULT_CHUNK_SIZE,
        threads: int | None = None,
        profile: str = "fast",
        limits: Limits = DEFAULTS,
        progress: Progress | None = None,
    ) -> Estimate:
        """What `prove` would take: the program is run and counted for that, not proven. Raises LimitError."""
        threads = threads or available_threads()
        claim = self._claim(data, budget, environment, heap_size, limits)
        witness = self._witness(Clock(), claim, data, chunk_size, threads, limits, progress)
        return self._forecast(witness, profile, threads).estimate()

    def _forecast(self, witness: Witness, profile: str, threads: int) -> Forecast:
        return Forecast(
            proving_key().verifying_key,
            self._committed.commitment,
            stark.profile(profile),
            threads,
            witness.chunk_rows,
            witness.run_rows,
            used_memory(),
        )

    def _claim(
        self,
        data: bytes,
        budget: int | None,
        environment: bytes | None,
        heap_size: int | None,
        limits: Limits,
        *,
        public: bool = False,
    ) -> Claim:
        limits.check_input(len(data))
        return make_claim(
            self.rom.rules, data, budget=budget, environment=environment, heap_size=heap_size, public=public
        )

    def _execute(
        self,
        clock: "Clock",
        claim: Claim,
        data: bytes,
        chunk_size: int,
        limits: Limits,
        progress: Progress | None,
        *,
        keep_chunks: bool = True,
    ) -> Execution:
        with clock.phase("execute"):
            execution = emulator.execute(
                self.rom,
                claim,
                data,
                chunk_size=chunk_size,
                max_steps=limits.steps,
                max_bytes=max(0, limits.memory_bytes - used_memory()),
                keep_chunks=keep_chunks,
                # how many steps there will be is not known
                progress=(lambda steps: progress("execute", steps, 0)) if progress else None,
            )
        if progress:
            progress("execute", execution.steps, execution.steps)
        limits.check_output(len(execution.outputs))
        return execution

    def _witness(
        self,
        clock: "Clock",
        claim: Claim,
        data: bytes,
        chunk_size: int,
        threads: int,
        limits: Limits,
        progress: Progress | None,
    ) -> Witness:
        check_chunk_size(chunk_size)
        execution = self._execute(clock, claim, data, chunk_size, limits, progress)
        with clock.phase("count and plan"):
            system = proving_key().verifying_key.system
            matrices = program_matrices(system, self.rom)
            return Witness(system, self.header, self.rom, matrices, claim, data, execution, threads)


@dataclass(frozen=True)
class Proof:
    """A proof file: its bytes, and the seconds per phase if it was just made."""

    data: bytes
    seconds: dict[str, float] = field(default_factory=dict)
    checkpoint: Checkpoint | None = field(default=None, repr=False, compare=False)  # until it is saved

    @staticmethod
    def from_bytes(data: bytes) -> "Proof":
        """Wrap the bytes of a proof file; `verify` judges them."""
        return Proof(data)

    @staticmethod
    def load(path: str | Path, *, limits: Limits = DEFAULTS) -> "Proof":
        """Read a proof file. Raises InputError and LimitError."""
        return Proof(limits.read_file(Path(path)))

    def to_bytes(self) -> bytes:
        """The bytes of the proof file."""
        return self.data

    def save(self, path: str | Path) -> None:
        """Write the proof file; it appears complete or not at all. Then what `resume` kept is removed."""
        write_atomically(Path(path), self.data)
        self.discard_checkpoint()

    def discard_checkpoint(self) -> None:
        """Remove what `resume` kept: the proof is in safety."""
        if self.checkpoint:
            self.checkpoint.discard()

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


def _check_fits(forecast: Forecast, estimate: Estimate, chunk_size: int, most: int) -> None:
    """Raise LimitError for too many segments, or for an estimate above `most` bytes."""
    if estimate.segments > MAX_SEGMENTS:
        raise LimitError(
            f"the run has {estimate.segments:,} segments, and a proof has at most {MAX_SEGMENTS:,}; "
            "use a larger --chunk-size"
        )
    if estimate.memory <= most:
        return
    steps = max(rows["steps"] for rows in forecast.chunk_rows)
    fitting = forecast.fitting(chunk_size, MIN_CHUNK_SIZE, most)
    advice = f"use --chunk-size {fitting[0]} (about {size_text(fitting[1])}) or " if fitting else ""
    raise LimitError(
        f"the proof needs about {size_text(estimate.memory)} (segments of {steps:,} steps), and "
        f"{size_text(most)} may be used; {advice}raise --max-memory"
    )


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
        _log.debug("%s took %.3f s", name, self.seconds[name])
