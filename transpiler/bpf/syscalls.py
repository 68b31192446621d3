"""Syscalls of sBPF as micro-code: a table of names, costs and routines."""

from collections.abc import Callable
from dataclasses import dataclass

from zisk_py.isa.instruction import immediate
from zisk_py.transpiler.bpf import log_syscalls, memory_syscalls
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


_ROWS = (
    Syscall("abort", log_syscalls.abort),
    Syscall("sol_panic_", log_syscalls.panic),
    Syscall("sol_log_", log_syscalls.log),
    Syscall("sol_log_64_", log_syscalls.log_values),
    Syscall("sol_log_compute_units_", log_syscalls.log_values),
    Syscall("sol_memcpy_", memory_syscalls.memcpy),
    Syscall("sol_memmove_", memory_syscalls.memmove),
    Syscall("sol_memset_", memory_syscalls.memset),
    Syscall("sol_memcmp_", memory_syscalls.memcmp),
    Syscall("sol_set_return_data", log_syscalls.set_return_data),
)

SYSCALLS: dict[int, Syscall] = {name_key(syscall.name): syscall for syscall in _ROWS}
