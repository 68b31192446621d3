"""The constraint system that ships in the package, and its verifying key. Standard library only.

`zkvm.system` is written at build time (`python -m zisk_py.statemachines.build`). It names the sources that it
was made from, with their digests: where a source or a constant has changed since, it counts as absent.
"""

import hashlib
import json
import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from zisk_py.errors import ZiskError
from zisk_py.pil.system import System
from zisk_py.pil.system_file import from_json
from zisk_py.stark.key import VerifyingKey
from zisk_py.statemachines.constants import pil_constants

FOLDER = Path(__file__).parent
PATH = FOLDER / "zkvm.system"


@dataclass(frozen=True)
class Shipped:
    """The content of the file."""

    machines: tuple[str, ...]  # the airs, in proof order
    sources: tuple[tuple[str, str], ...]  # path under this folder, digest; "constants" first
    system: System
    fixed_cap: tuple[bytes, ...]

    def to_bytes(self, system_text: str) -> bytes:
        """The file; `system_text` is the canonical text of `system`."""
        fields = {
            "machines": self.machines,
            "sources": self.sources,
            "system": system_text,
            "fixed_cap": [node.hex() for node in self.fixed_cap],
        }
        return zlib.compress(json.dumps(fields, sort_keys=True).encode(), 9)

    @cached_property
    def verifying_key(self) -> VerifyingKey:
        """The key of the built-in machines."""
        return VerifyingKey(self.system, self.fixed_cap)


def source_digests(files: list[str]) -> tuple[tuple[str, str], ...]:
    """The digest of the constants and of each file under this folder."""
    constants = hashlib.blake2s(json.dumps(pil_constants(), sort_keys=True).encode()).hexdigest()
    return (
        ("constants", constants),
        *((name, hashlib.blake2s((FOLDER / name).read_bytes()).hexdigest()) for name in files),
    )


@lru_cache(maxsize=1)
def read_shipped() -> Shipped | None:
    """The shipped system, or None where it is absent or was made from other sources."""
    if not PATH.is_file():
        return None
    try:
        fields = json.loads(zlib.decompress(PATH.read_bytes()))
        sources = tuple((str(name), str(digest)) for name, digest in fields["sources"])
        if sources != source_digests([name for name, _ in sources[1:]]):
            return None
        return Shipped(
            tuple(fields["machines"]),
            sources,
            from_json(fields["system"]),
            tuple(bytes.fromhex(node) for node in fields["fixed_cap"]),
        )
    except FileNotFoundError:
        return None  # a source was renamed
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise ZiskError(f"{PATH.name} of this installation is damaged ({error}); install it again") from error
