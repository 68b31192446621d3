"""What a long proof stores while it is made, so that a later attempt need not compute it again.

A record opens only at the place of the conversation where it was made: a digest of that place and of the
data stands before the data. One that is damaged, or of another proof, is refused. The digest holds no secret:
whoever can write records can make the prover fail, or write a proof that verifiers refuse, and no more.
"""

from collections.abc import Sequence
from typing import Protocol

from zisk_py.errors import InputError
from zisk_py.field.extension import Element
from zisk_py.stark.errors import MalformedProof
from zisk_py.stark.hashing import DIGEST_SIZE, RECORD, digest
from zisk_py.stark.key import Cap
from zisk_py.stark.proof import Reader, Writer


class Store(Protocol):
    """Keeps bytes by name from one attempt at a proof to the next."""

    def load(self, name: str) -> bytes | None:
        """What was saved under that name, by this or an earlier attempt, or None."""
        ...

    def save(self, name: str, data: bytes) -> None:
        """Keep `data` under that name."""
        ...


class NoStore:
    """The store of a proof that is made in one go."""

    def load(self, name: str) -> None:
        """Nothing is there."""

    def save(self, name: str, data: bytes) -> None:
        """Nothing is kept."""


class DamagedRecord(InputError):
    """A stored record is not what was saved at this place of this proof."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the record {name} is damaged or of another proof; remove it, and it is computed again"
        )


def seal(place: bytes, data: bytes) -> bytes:
    """A record of `data` that belongs to a state of the transcript."""
    return digest(RECORD, place + data) + data


def unseal(name: str, place: bytes, record: bytes) -> bytes:
    """The data of a record. Raises DamagedRecord unless it was sealed at that place."""
    data = record[DIGEST_SIZE:]
    if record[:DIGEST_SIZE] != digest(RECORD, place + data):
        raise DamagedRecord(name)
    return data


def write_stage1(cap: Cap, bindings: Sequence[Sequence[Element]]) -> bytes:
    """What pass 1 finds of a segment; `read_stage1` gives it back."""
    writer = Writer()
    writer.put(b"".join(cap))
    for values in bindings:
        writer.elements(values)
    return writer.getvalue()


def read_stage1(name: str, data: bytes, widths: Sequence[int]) -> tuple[Cap, tuple[tuple[Element, ...], ...]]:
    """The cap, and as many bindings per instance as it has columns. Raises DamagedRecord."""
    reader = Reader(data)
    try:
        cap = reader.cap("the cap")
        bindings = tuple(reader.elements(width, "bindings") for width in widths)
        reader.finish("the record")
    except MalformedProof as error:
        raise DamagedRecord(name) from error
    return cap, bindings
