"""Syscalls of sBPF as micro-code: a table of names, costs and routines."""

from collections.abc import Callable
from dataclasses import dataclass

from zisk_py.isa.instruction import immediate
from zisk_py.transpiler.bpf.context import CALLER, Context
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.murmur3 import name_key


@dataclass(frozen=True)
class Syscall:
    """A syscall and the function that adds its routine to the ROM."""

    name: str
    emit: Callable[[Context], None]


def lower_syscall(context: Context, instruction: BpfInstruction, syscall: Syscall) -> None:
    """Go to the syscall's routine, which comes back to the slot after this one."""
    context.builder.copy(
        immediate(instruction.slot), CALLER, then=context.routine(syscall.name, syscall.emit)
    )


_ROWS: tuple[Syscall, ...] = ()

SYSCALLS: dict[int, Syscall] = {name_key(syscall.name): syscall for syscall in _ROWS}
