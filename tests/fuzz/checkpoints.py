"""Fuzz targets: what `prove --resume` finds in its folder."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from fuzz.programs import small_rom
from fuzz.registry import target
from zisk_py.checkpoint import MANIFEST, Checkpoint, run_facts
from zisk_py.errors import InputError
from zisk_py.stark.options import LOG_CAP
from zisk_py.stark.store import read_stage1, seal, unseal, write_stage1
from zisk_py.transpiler.claims import make_claim

FACTS = run_facts("program", make_claim(small_rom().rules, b""), b"", 8, "test")
NAME, PLACE = "segment-0.stage1", bytes(32)
WIDTHS = (3, 1)  # columns of each instance


@target(lambda: [json.dumps(FACTS).encode(), json.dumps({**FACTS, "chunk_size": 16}).encode()])
def manifest(data: bytes) -> None:
    """The manifest: any that is not of this proof is refused."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, MANIFEST).write_bytes(data)
        with suppress(InputError), Checkpoint(Path(folder), FACTS).opened():
            assert json.loads(data) == FACTS


def records() -> Iterator[bytes]:
    cap = tuple(bytes([number]) * 32 for number in range(1 << LOG_CAP))
    honest = write_stage1(cap, [[(number, 0, 1)] * width for number, width in enumerate(WIDTHS)])
    yield from (honest, seal(PLACE, honest))


@target(records)
def record(data: bytes) -> None:
    """Records, with and without the digest in front that ties them to their place."""
    with suppress(InputError):
        assert seal(PLACE, unseal(NAME, PLACE, data)) == data
    with suppress(InputError):
        assert write_stage1(*read_stage1(NAME, data, WIDTHS)) == data
