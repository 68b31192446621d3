"""Fuzz target: relocatable objects, merged and linked."""

from collections.abc import Iterator
from contextlib import suppress

from fuzz.registry import TESTS, target
from zisk_py.errors import InputError
from zisk_py.transpiler.bpf.linker import link
from zisk_py.transpiler.bpf.object_merger import merge
from zisk_py.transpiler.bpf.versions import SBPF_V0, SBPF_V3
from zisk_py.transpiler.front_end import transpile

OBJECTS = TESTS / "data" / "bpf" / "objects"
ENTRY = "entrypoint"  # of the one among them that is for Solana


def objects() -> Iterator[bytes]:
    for path in sorted(OBJECTS.glob("*.o")):
        yield path.read_bytes()


@target(objects)
def linked_object(data: bytes) -> None:
    """Objects linked to Solana programs, alone and merged with another one; merging twice changes nothing."""
    other = ("several.o", (OBJECTS / "several.o").read_bytes())
    for version in (SBPF_V0, SBPF_V3):
        with suppress(InputError):
            transpile(link(data, version, ENTRY))
    with suppress(InputError):
        merged = merge([("data", data), other])
        assert merge([("merged", merged)]) == merged
        transpile(link(merged, SBPF_V3, ENTRY))
