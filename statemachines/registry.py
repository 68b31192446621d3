"""The registry of machines: what a proof is made of, in the order in which instances stand in it.

The planner, the prover and `zkvm` name no machine; they walk this registry. An extension adds its own
machine with `MACHINES.register(machine)`, beside its operations in `isa.operations.OPERATIONS`.
"""

from collections.abc import Iterator
from importlib import import_module

from zisk_py.errors import ZiskError
from zisk_py.isa.operations import OPERATIONS
from zisk_py.statemachines.machine import Machine

# Folder of each built-in machine, in proof order; a folder has one `MACHINE` or several `MACHINES`.
_FOLDERS = (
    "main",
    "narrow",
    "carry",
    "add_compare",
    "logic",
    "shift",
    "arith",
    "fault",
    "boundary",
    "rom",
    "tables",
)


class MachineConflict(ZiskError):
    """Two machines claim one name, one air or one operation; or an operation has no machine."""


class Registry:
    """All machines, in proof order."""

    def __init__(self) -> None:
        """Start empty; the built-in machines are loaded on first use."""
        self._machines: list[Machine] = []
        self._loaded = False

    def _load(self) -> list[Machine]:
        if not self._loaded:
            self._loaded = True
            for folder in _FOLDERS:
                module = import_module(f"zisk_py.statemachines.{folder}")
                for machine in getattr(module, "MACHINES", None) or (module.MACHINE,):
                    self._add(machine)
        return self._machines

    def _add(self, machine: Machine) -> None:
        for other in self._machines:
            if other.name == machine.name or other.template == machine.template:
                raise MachineConflict(
                    f"machines {other.name!r} and {machine.name!r} share a name or the air"
                    f" {machine.template!r}; give one of them another"
                )
            for operation in machine.operations:
                if operation.code in (theirs.code for theirs in other.operations):
                    raise MachineConflict(
                        f"machines {other.name!r} and {machine.name!r} both claim the operation"
                        f" {operation.name!r} (code {operation.code:#04x})"
                    )
        self._machines.append(machine)

    def register(self, machine: Machine) -> None:
        """Add a machine behind the others. Raises MachineConflict, naming both sides."""
        self._load()
        self._add(machine)

    def unregister(self, machine: Machine) -> None:
        """Remove a machine that `register` added."""
        self._load().remove(machine)

    def __iter__(self) -> Iterator[Machine]:
        """Machines in proof order."""
        return iter(tuple(self._load()))

    def by_air(self, name: str) -> Machine:
        """The machine whose instances are of that air. Raises KeyError."""
        for machine in self._load():
            if machine.template == name:
                return machine
        raise KeyError(name)

    def check(self) -> None:
        """Raise MachineConflict if an external operation has no machine."""
        proven = {operation.code for machine in self for operation in machine.operations}
        for operation in OPERATIONS:
            if operation.is_external and operation.code not in proven:
                raise MachineConflict(
                    f"operation {operation.name!r} belongs to machine {operation.machine!r},"
                    " which is not registered"
                )


MACHINES = Registry()
