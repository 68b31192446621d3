"""Step 2 of the prover for one segment: its traces are committed to and bound to a point of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack

from zisk_py.field.extension import Element
from zisk_py.stark.arrays import elements_of, one_element
from zisk_py.stark.backend import U64, Backend
from zisk_py.stark.commitment import Commitment, commit
from zisk_py.stark.domain import out_of_domain_point
from zisk_py.stark.errors import ProverError
from zisk_py.stark.hashing import RECORD, digest
from zisk_py.stark.key import Cap
from zisk_py.stark.layout import Instance
from zisk_py.stark.statement import absorb_stage1
from zisk_py.stark.store import Store, read_stage1, seal, unseal, write_stage1
from zisk_py.stark.transcript import Transcript
from zisk_py.stark.witness import Witness


@dataclass(frozen=True)
class Committed:
    """A segment's traces with the commitment of their extensions."""

    witness: Witness
    commitment: Commitment


@dataclass(frozen=True)
class Stage1:
    """What pass 2 keeps of a segment's pass 1."""

    instances: tuple[Instance, ...]
    cap: Cap
    omega: Element
    bindings: tuple[tuple[Element, ...], ...]  # per instance: its columns at omega


def commit_stage1(backend: Backend, witness: Witness) -> Committed:
    """Extend the traces and commit to them."""
    extensions = backend.each(backend.low_degree_extend, witness.matrices)
    return Committed(witness, commit(backend, extensions))


def commit_again(backend: Backend, witness: Witness, first: Stage1, number: int) -> Committed:
    """Commit to the traces of pass 2. Raises ProverError if they are not those of pass 1."""
    again = commit_stage1(backend, witness)
    if again.commitment.cap != first.cap or again.witness.instances != first.instances:
        raise ProverError(f"segment {number} gave other traces the second time; it must give the same")
    return again


def fix_stage1(
    backend: Backend, transcript: Transcript, witness: Witness, number: int, store: Store
) -> tuple[Committed | None, Stage1]:
    """Take in the commitment of segment `number` and its values at omega.

    Both are saved; where they are saved already, nothing is committed to, and the first result is None.
    Raises DamagedRecord.
    """
    instances, name = witness.instances, f"segment-{number}.stage1"
    place = _place(transcript, instances, number)
    committed: Committed | None = None
    if (record := store.load(name)) is None:
        committed = commit_stage1(backend, witness)
        cap = committed.commitment.cap
        omega = _absorb(transcript, instances, cap)
        matrices = committed.commitment.matrices
        bindings = tuple(backend.each(lambda matrix: evaluate(backend, matrix, omega), matrices))
        store.save(name, seal(place, write_stage1(cap, bindings)))
    else:
        widths = [matrix.shape[1] for matrix in witness.matrices]
        cap, bindings = read_stage1(name, unseal(name, place, record), widths)
        omega = _absorb(transcript, instances, cap)
    for of_one in bindings:
        transcript.absorb_elements("binding", of_one)
    return committed, Stage1(instances, cap, omega, bindings)


def evaluate(
    backend: Backend, extension: U64, point: Element, columns: Sequence[int] | None = None
) -> tuple[Element, ...]:
    """The values of a matrix's columns, or of some, at a point."""
    return elements_of(backend.evaluate_at(extension, one_element(point), columns))


def _place(transcript: Transcript, instances: Sequence[Instance], number: int) -> bytes:
    """Where the record of a segment belongs: after the segments before it, to traces of these shapes."""
    numbers = [n for i in instances for n in (i.air, i.log_height, *i.air_values)]
    return digest(RECORD, transcript.state + pack(f"<{len(numbers) + 1}Q", number, *numbers))


def _absorb(transcript: Transcript, instances: Sequence[Instance], cap: Cap) -> Element:
    """Take in the commitment; the point at which it is bound."""
    absorb_stage1(transcript, instances, cap)
    return out_of_domain_point(transcript, "omega", [instance.log_height for instance in instances])
