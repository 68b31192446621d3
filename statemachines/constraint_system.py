"""The compiled constraints of all registered machines, and their keys.

The shipped form (`shipped.py`) is used while no machine was added and no source has changed; otherwise the
sources are compiled again, once per process.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from zisk_py.pil.system import System
from zisk_py.pil.system_file import to_json
from zisk_py.statemachines.constants import pil_constants
from zisk_py.statemachines.registry import MACHINES
from zisk_py.statemachines.shipped import FOLDER, Shipped, read_shipped, source_digests

if TYPE_CHECKING:
    from zisk_py.stark.key import VerifyingKey
    from zisk_py.stark.proving_key import ProvingKey


def root_source() -> str:
    """The PIL that instantiates every registered machine, in proof order."""
    requires = dict.fromkeys(
        machine.pil.relative_to(FOLDER).as_posix() if machine.pil.is_relative_to(FOLDER) else str(machine.pil)
        for machine in MACHINES
    )
    lines = [f'require "{path}";' for path in requires]
    lines += ["airgroup Zkvm {", *(f"    {machine.template}();" for machine in MACHINES), "}"]
    return "\n".join([*lines, ""])


def compile_system() -> System:
    """Compile the sources of all registered machines."""
    from zisk_py.pil.compiler import compile_pil

    MACHINES.check()
    return compile_pil(root_source(), constants=pil_constants(), include=[FOLDER])


def write_shipped(path: Path) -> None:
    """Compile, make the key, and write the shipped form."""
    from zisk_py.stark.proving_key import setup

    system = compile_system()
    sources = source_digests([machine.pil.relative_to(FOLDER).as_posix() for machine in MACHINES])
    machines = tuple(machine.template for machine in MACHINES)
    cap = setup(system).verifying_key.fixed_cap
    path.write_bytes(Shipped(machines, sources, system, tuple(cap)).to_bytes(to_json(system)))


def _usable_shipped() -> Shipped | None:
    """The shipped form, if it is of just the machines that are registered."""
    shipped = read_shipped()
    machines = tuple(machine.template for machine in MACHINES)
    return shipped if shipped is not None and shipped.machines == machines else None


def _state() -> str:
    """Digest of all that the compiled form depends on, to notice machines that were added or removed."""
    state = hashlib.blake2s(repr(sorted(pil_constants().items())).encode())
    for machine in MACHINES:
        state.update(hashlib.blake2s(f"{machine.template}\0".encode() + machine.pil.read_bytes()).digest())
    return state.hexdigest()


@lru_cache(maxsize=4)
def _system_of(state: str) -> System:
    shipped = _usable_shipped()
    return compile_system() if shipped is None else shipped.system


@lru_cache(maxsize=4)
def _key_of(state: str) -> "ProvingKey":
    from zisk_py.stark.proving_key import setup

    return setup(_system_of(state))


def constraint_system() -> System:
    """The system of all registered machines."""
    return _system_of(_state())


def proving_key() -> "ProvingKey":
    """Its proving key: the system, the fixed tables extended and committed."""
    return _key_of(_state())


def verifying_key() -> "VerifyingKey":
    """Its verifying key; no table is extended where the shipped form is usable."""
    shipped = _usable_shipped()
    return proving_key().verifying_key if shipped is None else shipped.verifying_key
