"""Syscalls of sBPF as micro-code: a table of names, costs and routines."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import immediate
from zisk_py.transpiler.bpf import (
    host_syscalls,
    log_syscalls,
    memory_syscalls,
    return_data,
    sysvar_syscalls,
)
from zisk_py.transpiler.bpf.context import CALLER, Context
from zisk_py.transpiler.bpf.curves import program_addresses, recovery
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.hashes.blake3 import BLAKE3
from zisk_py.transpiler.bpf.hashes.hash_syscalls import hash_syscall
from zisk_py.transpiler.bpf.hashes.keccak256 import KECCAK256
from zisk_py.transpiler.bpf.hashes.sha256 import SHA256
from zisk_py.transpiler.bpf.meter import fault_label
from zisk_py.transpiler.bpf.murmur3 import name_key


def unsupported(context: Context) -> None:
    """End the run: the runtime has the syscall, zisk-py does not."""
    context.builder.end(fault_label(context, FaultKind.UNSUPPORTED_SYSCALL))


@dataclass(frozen=True)
class Syscall:
    """A syscall, what it costs in compute units, and the function that adds its routine to the ROM."""

    name: str
    emit: Callable[[Context], None] = unsupported
    cost: str = ""
    reads_environment: bool = False

    @property
    def is_supported(self) -> bool:
        """Whether it does what the runtime's does; one that does not is a fault when it is called."""
        return self.emit is not unsupported


def lower_syscall(context: Context, instruction: BpfInstruction, syscall: Syscall) -> None:
    """Go to the syscall's routine, which comes back to the slot after this one."""
    context.builder.copy(
        immediate(instruction.slot), CALLER, then=context.routine(syscall.name, syscall.emit)
    )


def _struct_syscall(name: str, sysvar: str) -> Syscall:
    return Syscall(name, sysvar_syscalls.get_struct(sysvar), str(sysvar_syscalls.struct_cost(sysvar)), True)


OF_MEMORY = "n / 250, at least 10"
OF_HASHES = "85, and for each slice n / 2, at least 10"
_ROWS = (
    Syscall("abort", log_syscalls.abort, "0"),
    Syscall("sol_panic_", log_syscalls.panic, "length of the file's name"),
    Syscall("sol_log_", log_syscalls.log, "length, at least 100"),
    Syscall("sol_log_64_", log_syscalls.log_values, "100"),
    Syscall("sol_log_compute_units_", log_syscalls.log_units, "100"),
    Syscall("sol_log_pubkey", log_syscalls.log_pubkey, "100"),
    Syscall(
        "sol_log_data", log_syscalls.log_data, "100, and 100 for each slice, and the sum of their lengths"
    ),
    Syscall("sol_memcpy_", memory_syscalls.memcpy, OF_MEMORY),
    Syscall("sol_memmove_", memory_syscalls.memmove, OF_MEMORY),
    Syscall("sol_memset_", memory_syscalls.memset, OF_MEMORY),
    Syscall("sol_memcmp_", memory_syscalls.memcmp, OF_MEMORY),
    Syscall("sol_set_return_data", return_data.set_return_data, "100 + n / 250"),
    Syscall(
        "sol_get_return_data", return_data.get_return_data, "100, and (n + 32) / 250 if n bytes are given"
    ),
    Syscall("sol_alloc_free_", host_syscalls.alloc_free, "0"),
    Syscall("sol_get_stack_height", host_syscalls.get_stack_height, "100"),
    Syscall("sol_get_processed_sibling_instruction", host_syscalls.get_processed_sibling_instruction, "100"),
    _struct_syscall("sol_get_clock_sysvar", "clock"),
    _struct_syscall("sol_get_rent_sysvar", "rent"),
    _struct_syscall("sol_get_epoch_schedule_sysvar", "epoch_schedule"),
    _struct_syscall("sol_get_epoch_rewards_sysvar", "epoch_rewards"),
    _struct_syscall("sol_get_last_restart_slot", "last_restart_slot"),
    Syscall("sol_get_sysvar", sysvar_syscalls.get_sysvar, "100 + n / 250, at least 110", True),
    Syscall("sol_get_epoch_stake", sysvar_syscalls.get_epoch_stake, "110; of all vote accounts 100", True),
    Syscall("sol_sha256", hash_syscall(SHA256), OF_HASHES),
    Syscall("sol_keccak256", hash_syscall(KECCAK256), OF_HASHES),
    Syscall("sol_blake3", hash_syscall(BLAKE3), OF_HASHES),
    Syscall("sol_create_program_address", program_addresses.create, "1500"),
    Syscall("sol_try_find_program_address", program_addresses.find, "1500 for each address that is tried"),
    Syscall("sol_secp256k1_recover", recovery.recover, "25000"),
    Syscall("sol_invoke_signed_c"),
    Syscall("sol_invoke_signed_rust"),
    Syscall("sol_poseidon"),
    Syscall("sol_curve_validate_point"),
    Syscall("sol_curve_group_op"),
    Syscall("sol_curve_multiscalar_mul"),
    Syscall("sol_curve_pairing_map"),
    Syscall("sol_curve_decompress"),
    Syscall("sol_alt_bn128_group_op"),
    Syscall("sol_alt_bn128_compression"),
)

SYSCALLS: dict[int, Syscall] = {name_key(syscall.name): syscall for syscall in _ROWS}


def read_environment(routines: Collection[str]) -> bool:
    """Whether a syscall that reads the environment is among the routines of a program."""
    return any(syscall.reads_environment and syscall.name in routines for syscall in _ROWS)


# Names that programs may know, and that the runtime does not have (or has behind a gate that is closed): a
# call of one is an unsupported instruction, there as here.
ABSENT = (
    "sol_sha512",
    "sol_keccak_p1600",
    "sol_big_mod_exp",
    "sol_get_fees_sysvar",
    "sol_remaining_compute_units",
)
