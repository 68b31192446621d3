"""The compiled constraints of all registered machines, and their proving key.

The package ships the compiled form of the built-in machines (`zkvm.system`, written by
`python -m zisk_py.statemachines.build` at build time), so that proving parses no PIL. It is used only while the
sources have the digest that it was made from and no other machine is registered; otherwise the sources are
compiled again.
"""

import hashlib
import json
import zlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from zisk_py.errors import ZiskError
from zisk_py.pil.system import System
from zisk_py.pil.system_file import from_json, to_json
from zisk_py.statemachines.constants import pil_constants
from zisk_py.statemachines.registry import MACHINES

if TYPE_CHECKING:
    from zisk_py.stark import ProvingKey

SHIPPED = Path(__file__).with_name("zkvm.system")


def root_source() -> str:
    """The PIL that instantiates every registered machine, in proof order."""
    requires = dict.fromkeys(str(machine.pil) for machine in MACHINES)
    lines = [f'require "{path}";' for path in requires]
    lines += ["airgroup Zkvm {", *(f"    {machine.template}();" for machine in MACHINES), "}"]
    return "\n".join([*lines, ""])


def source_digest() -> str:
    """Digest of all that the compiled form depends on: the sources, their order, and the constants."""
    state = hashlib.blake2s(json.dumps(pil_constants(), sort_keys=True).encode())
    for machine in MACHINES:
        state.update(hashlib.blake2s(f"{machine.template}\0".encode() + machine.pil.read_bytes()).digest())
    return state.hexdigest()


def compile_system() -> System:
    """Compile the sources of all registered machines."""
    from zisk_py.pil.compiler import compile_pil

    MACHINES.check()
    return compile_pil(root_source(), constants=pil_constants(), include=[Path(__file__).parent])


def write_shipped(path: Path) -> None:
    """Compile and write the shipped form."""
    text = json.dumps({"sources": source_digest(), "system": to_json(compile_system())})
    path.write_bytes(zlib.compress(text.encode(), 9))


def _read_shipped(digest: str) -> System | None:
    """The shipped form, or None where it is absent or was made from other sources."""
    if not SHIPPED.is_file():
        return None
    try:
        fields = json.loads(zlib.decompress(SHIPPED.read_bytes()))
    except (ValueError, zlib.error) as error:
        raise ZiskError(
            f"{SHIPPED.name} of this installation is damaged ({error}); install it again"
        ) from error
    return from_json(fields["system"]) if fields["sources"] == digest else None


@lru_cache(maxsize=4)
def _system_of(digest: str) -> System:
    return _read_shipped(digest) or compile_system()


@lru_cache(maxsize=4)
def _key_of(digest: str) -> "ProvingKey":
    from zisk_py.stark import setup

    return setup(_system_of(digest))


def constraint_system() -> System:
    """The system of all registered machines."""
    return _system_of(source_digest())


def proving_key() -> "ProvingKey":
    """Its proving key: the system, the fixed tables extended and committed."""
    return _key_of(source_digest())
