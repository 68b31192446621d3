"""`stark.prove`: a trace of a PIL file's system becomes a proof for `stark.verify`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from zisk_py.errors import InputError
from zisk_py.field.extension import Element
from zisk_py.stark.authored_statement import check_airs, check_globals, global_messages, write_header
from zisk_py.stark.errors import ProverError, VerifierError
from zisk_py.stark.options import profile as profile_of
from zisk_py.stark.parallel import ParallelKernels
from zisk_py.stark.prover import Progress
from zisk_py.stark.prover import prove as prove_segments
from zisk_py.stark.proving_key import ProvingKey, commit_program
from zisk_py.stark.witness import U64, TraceLike


class NumberedTrace(TraceLike, Protocol):
    """One instance, and which one of its air it is: it is proven in the segment of that number."""

    @property
    def number(self) -> int:
        """From 0 for each air."""
        ...


class Findings(Protocol):
    """What compiling found."""

    @property
    def unprovable(self) -> Sequence[object]:
        """What this prover cannot do, as sentences."""
        ...


class AuthoredSystem(Protocol):
    """The system of a trace."""

    @property
    def compiled(self) -> Findings:
        """What is known of it."""
        ...

    @property
    def proving_key(self) -> ProvingKey:
        """Its committed fixed columns."""
        ...


class AuthoredTrace(Protocol):
    """All instances of a system with everything in them."""

    @property
    def system(self) -> AuthoredSystem:
        """The system."""
        ...

    @property
    def instances(self) -> Sequence[NumberedTrace]:
        """The instances, in any order."""
        ...

    @property
    def publics(self) -> Sequence[int]:
        """All that `System.publics` names."""
        ...

    @property
    def program(self) -> Mapping[str, U64]:
        """The columns of the program by air."""
        ...

    @property
    def stage2(self) -> Callable[[tuple[Element, ...]], Mapping[int, U64]]:
        """From the challenges to the author's columns of stage 2 by position among the instances."""
        ...


def prove(
    trace: AuthoredTrace,
    profile: str = "fast",
    threads: int | None = None,
    progress: Progress | None = None,
) -> bytes:
    """Prove a trace; the bytes are for `zisk_py.stark.verify`.

    profile    "fast" has 100 bits, "secure" 128.
    progress   is told the phase, the segment and the number of segments.
    Raises     ProverError if the trace does not satisfy its system, or if this prover cannot prove that;
               InputError for a profile that there is not.
    """
    options = profile_of(profile)
    if trace.system.compiled.unprovable:
        raise ProverError(f"this system cannot be proven: {trace.system.compiled.unprovable[0]}")
    key, publics = trace.system.proving_key, tuple(trace.publics)
    system, segments = key.verifying_key.system, _Segments(trace)
    numbers = {air.name: number for number, air in enumerate(system.airs)}
    try:
        check_airs(key.verifying_key, [numbers[one.air] for one in trace.instances])
        check_globals(system, publics)
    except VerifierError as error:
        raise ProverError(f"the trace does not make a statement: {error}") from error
    with ParallelKernels(threads) as kernels:
        return prove_segments(
            key,
            commit_program(key, trace.program, backend=kernels),
            segments.sources(),
            write_header(key.verifying_key, publics),
            global_messages(system, publics),
            options,
            publics=publics,
            stage2=segments.stage2,
            progress=progress,
            backend=kernels,
        )


@dataclass(frozen=True, slots=True)
class _Segments:
    """Instance k of an air stands in segment k."""

    trace: AuthoredTrace

    def sources(self) -> list[Callable[[], Sequence[TraceLike]]]:
        """What the prover calls for the traces of each segment."""
        found: dict[int, list[TraceLike]] = {}
        for one in self.trace.instances:
            found.setdefault(one.number, []).append(one)
        if not found or sorted(found) != list(range(len(found))):
            raise InputError(
                f"instances of an air are numbered from 0, not {sorted(found)}; give at least one"
            )
        return [lambda own=found[number]: own for number in range(len(found))]  # type: ignore[misc]

    def stage2(self, challenges: tuple[Element, ...]) -> dict[tuple[int, str], U64]:
        """The author's columns of stage 2 by segment and air."""
        instances = self.trace.instances
        columns = self.trace.stage2(challenges)
        return {(instances[at].number, instances[at].air): matrix for at, matrix in columns.items()}
