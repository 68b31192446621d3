"""The proof file (section 7), up to the bodies: their lengths follow from the system, not from the file."""

from io import BytesIO
from typing import NamedTuple

from .refusal import Refused, require
from .stream import Cap, take, take_cap, take_end, take_field, take_integer

MAGIC = b"zisk-py proof\n"
VERSION = 1


class Profile(NamedTuple):
    """Numbers that a profile stands for."""

    name: str
    queries: int
    work: int


PROFILES = {
    row.name: row for row in (Profile("fast", 161, 20), Profile("secure", 223, 20), Profile("test", 8, 2))
}


class Instance(NamedTuple):
    """An instance of an air, by its number."""

    air: int
    log_height: int
    air_values: tuple[int, ...]


class Front(NamedTuple):
    """What stands of a segment before all bodies."""

    instances: tuple[Instance, ...]
    cap: Cap


class ProofFile(NamedTuple):
    """A proof file in its parts."""

    profile: Profile
    header: bytes
    fronts: tuple[Front, ...]
    bodies: tuple[bytes, ...]


def read_proof(data: bytes) -> ProofFile:
    """The parts of a proof file."""
    stream = BytesIO(data)
    require(take(stream, len(MAGIC)) == MAGIC, "this is no proof")
    take_integer(stream, 2, VERSION, VERSION)
    profile = PROFILES.get(take(stream, take_integer(stream, 1, 1, 16)).decode("latin-1"))
    if profile is None:
        raise Refused("the profile is unknown")
    header = take(stream, take_integer(stream, 4, 0, 2**26))
    segments = take_integer(stream, 4, 1, 2**16)
    fronts = tuple(_read_front(stream) for _ in range(segments))
    bodies = tuple(take(stream, take_integer(stream, 4, 0, 2**32 - 1)) for _ in range(segments))
    take_end(stream)
    return ProofFile(profile, header, fronts, bodies)


def _read_front(stream: BytesIO) -> Front:
    """Instances and stage-1 cap of a segment."""
    quantity = take_integer(stream, 2, 1, 1024)
    instances = tuple(_read_instance(stream) for _ in range(quantity))
    return Front(instances, take_cap(stream))


def _read_instance(stream: BytesIO) -> Instance:
    """An instance with its air values."""
    air = take_integer(stream, 2, 0, 2**16 - 1)
    log_height = take_integer(stream, 1, 5, 24)
    return Instance(air, log_height, take_field(stream, take_integer(stream, 2, 0, 1024)))
