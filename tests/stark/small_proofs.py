"""Keys, traces and proofs of the small systems, with the test profile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from small_systems import (
    WIDE,
    SmallTrace,
    codes_matrix,
    fibonacci,
    fibonacci_trace,
    lookups,
    table_traces,
    use_trace,
)

from zisk_py.stark import (
    TEST,
    Message,
    Options,
    ProgramData,
    Proof,
    ProvingKey,
    Verification,
    commit_program,
    read_proof,
    setup,
)
from zisk_py.stark.backend import Backend
from zisk_py.stark.proof import Segment, write_proof
from zisk_py.stark.prover import prove
from zisk_py.stark.store import Store
from zisk_py.stark.verifier import verify

HEADER = b"what the caller states"
Maker = Callable[[], list[SmallTrace]]


@dataclass(frozen=True)
class Case:
    """A system with its key, and a witness that can be proven."""

    key: ProvingKey
    program: ProgramData
    segments: Sequence[Maker]
    messages: Sequence[Message] = ()

    def prove(
        self,
        options: Options = TEST,
        header: bytes = HEADER,
        threads: int | None = 1,
        backend: Backend | None = None,
        store: Store | None = None,
    ) -> bytes:
        return prove(
            self.key,
            self.program,
            self.segments,
            header,
            self.messages,
            options,
            threads=threads,
            backend=backend,
            store=store,
        )

    @cached_property
    def data(self) -> bytes:
        return self.prove()

    @property
    def proof(self) -> Proof:
        return read_proof(self.data)

    def verify(self, proof: Proof | bytes, min_bits: float = 0) -> Verification:
        """Verify the bytes; a Proof is written first, so that all of it passes through the format."""
        data = proof if isinstance(proof, bytes) else write_proof(proof)
        return verify(
            self.key.verifying_key,
            self.program.commitment,
            data,
            self.messages,
            min_bits=min_bits,
            allow_test_profile=True,
        )


def fibonacci_case(log_height: int = 6) -> Case:
    key = setup(fibonacci(), threads=1)
    return Case(key, commit_program(key, {}, threads=1), [lambda: [fibonacci_trace(log_height)]])


def lookup_case() -> Case:
    """Uses in two segments; the second has tables and sink. The verifier sends and takes cubes itself."""
    key = setup(lookups(), threads=1)
    program = commit_program(key, codes_matrix(), threads=1)
    uses = [use_trace(7, 100, seed=1), use_trace(6, 64, seed=2)]
    sent = {63: 3, 2: -1, 70: 1}  # cubes that the verifier sends; it takes one back
    messages = [Message(WIDE, (5, x, x**3), count) for x, count in sent.items()]
    return Case(key, program, [lambda: [uses[0]], lambda: [uses[1], *table_traces(uses, sent)]], messages)


def with_segment(proof: Proof, number: int, **changes: object) -> Proof:
    """The proof with some fields of a segment replaced."""
    segments: list[Segment] = list(proof.segments)
    segments[number] = replace(segments[number], **changes)  # type: ignore[arg-type]
    return replace(proof, segments=tuple(segments))
