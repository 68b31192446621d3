"""Fuzz targets: fixtures of Solana instructions."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from fuzz.registry import target
from zisk_py.errors import InputError
from zisk_py.solana.document import BadFixture
from zisk_py.solana.fixture import Fixture
from zisk_py.solana.reading import read_fixture
from zisk_py.solana.writing import write_fixture

KEY, SYSTEM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", "1" * 32
DOCUMENT = {
    "program": "p.so",
    "program_id": KEY,
    "target": "sbpf-v3",
    "loader": "aligned",
    "accounts": [{"key": KEY, "owner": SYSTEM, "lamports": 5, "data": ["00", {"zeros": 9}]}, {"same_as": 0}],
    "data": {"base64": "AAE="},
    "compute_budget": 7,
    "heap_size": 65536,
    "sysvars": {"clock": {"slot": 3}, "rent": {"exemption_threshold": 1.5}, "epoch_stakes": {KEY: 4}},
    "publish": ["logs"],
    "expect": {"error": "", "units": 1, "logs": ["a"], "accounts": {KEY: {"lamports": 5}}},
}
YAML = f"""
program: p.so  # a comment
program_id: {KEY}
accounts:
  - {{key: {KEY}, owner: {SYSTEM}, lamports: 5, is_signer: true}}
  - same_as: 0
data:
  - text: "ab"
  - file: d
"""


def read(text: bytes) -> Fixture:
    """A fixture beside which there is one file."""
    return read_fixture(text, Path("folder"), _read_file)


def _read_file(name: str) -> bytes:
    if name != "d":
        raise InputError(f"there is no file {name!r}")
    return b"content"


def fixtures() -> Iterator[bytes]:
    yield json.dumps(DOCUMENT).encode()
    yield YAML.encode()


@target(fixtures)
def fixture(data: bytes) -> None:
    """Fixtures; one that is taken is the same when it is written and read again, but for its folder."""
    with suppress(BadFixture, InputError):
        found = replace(read(data), program=Path("folder/p.so"))
        assert read(write_fixture(found).encode()) == found
