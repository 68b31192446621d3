"""Lines of assembly that call syscalls and show what came of it; programs with random ones."""

import random
import struct
from collections.abc import Callable

from zisk_py.transpiler.bpf.environment import SYSVARS
from zisk_py.transpiler.bpf.versions import Version

STACK, HEAP, INPUT = 0x2_0000_0000, 0x3_0000_0000, 0x4_0000_0000
SLICES = HEAP + 0x100
ROOM = HEAP + 0x200
GAP = STACK + 4096 - 13  # in v0 a slice from here crosses a gap
CONSTANTS = b"constants that can be read" * 4


def call(name: str, *arguments: int) -> str:
    """Lines that call a syscall."""
    lines = [f"lddw r{1 + i}, {value % (1 << 64):#x}" for i, value in enumerate(arguments)]
    return "\n".join([*lines, f"syscall {name}"])


def show() -> str:
    """Lines that log r0."""
    return "mov r1, r0\nmov r2, 0\nmov r3, 0\nmov r4, 0\nmov r5, 0\nsyscall sol_log_64_"


def put(address: int, *words: int) -> str:
    """Lines that store words."""
    lines = [f"lddw r9, {address:#x}"]
    for number, word in enumerate(words):
        lines += [f"lddw r8, {word % (1 << 64):#x}", f"stxdw [r9+{8 * number}], r8"]
    return "\n".join(lines)


def slices(*pairs: tuple[int, int], address: int = HEAP + 0x100) -> str:
    """Lines that store addresses and lengths."""
    return put(address, *(value for pair in pairs for value in pair))


def show_bytes(address: int, length: int) -> str:
    """Lines that make bytes the return data."""
    return call("sol_set_return_data", address, length)


class Caller:
    """Lines with random calls, mostly good ones: pointers into a window of memory whose bytes are random."""

    def __init__(self, seed: int) -> None:
        """Choose the window: in the heap, or (in v0) around a gap of the stack."""
        self.rng = random.Random(f"syscalls {seed}")
        self.window = self.rng.choice((ROOM, STACK + 4096 - 64))

    def place(self, alignment: int = 1) -> int:
        """An address for a pointer."""
        if self.rng.random() < 0.03:
            return self.rng.choice((0, 5, 0x1_0000_0000, HEAP + 0x8000 - 4, INPUT, INPUT + 8, (1 << 64) - 9))
        place = self.window + self.rng.randrange(64)
        return place if self.rng.random() < 0.1 else place - place % alignment

    def length(self) -> int:
        """A length of a slice."""
        return self.rng.choice((0, 1, 7, 8, 20, 32, 33, 64, 100, 600))

    def slices(self) -> tuple[str, int, int]:
        """Lines that store slices somewhere, the place, and how many they are."""
        pairs = [(self.place(), self.length()) for _ in range(self.rng.randrange(4))]
        return slices(*pairs), SLICES + self.rng.choice((0,) * 9 + (4,)), len(pairs)

    def call(self) -> str:
        """Lines with a call."""
        return self.rng.choice(CALLS)(self)


def _of_slices(name: str) -> Callable[[Caller], str]:
    def lines(caller: Caller) -> str:
        stores, place, count = caller.slices()
        return f"{stores}\n{call(name, place, count, caller.place())}"

    return lines


def _get_sysvar(caller: Caller) -> str:
    rng, place = caller.rng, caller.place()
    key = rng.choice(SYSVARS).key if rng.random() < 0.9 else bytes(32)
    offset, length = rng.randrange(9), rng.choice((0, 1, 8, 13, 17, 33, 40))
    stores = put(SLICES, *struct.unpack("<4Q", key))
    return f"{stores}\n{call('sol_get_sysvar', SLICES, place, offset, length)}"


def _of_place(name: str, alignment: int) -> Callable[[Caller], str]:
    return lambda caller: call(name, caller.place(alignment))


CALLS: tuple[Callable[[Caller], str], ...] = (
    lambda caller: call("sol_log_", caller.place(), caller.length()),
    lambda caller: call("sol_log_64_", *(caller.rng.getrandbits(64) for _ in range(5))),
    lambda _: "syscall sol_log_compute_units_",
    lambda _: "syscall sol_get_stack_height",
    lambda caller: call("sol_set_return_data", caller.place(), caller.length()),
    lambda caller: call("sol_get_return_data", caller.place(), caller.length(), caller.place()),
    lambda caller: call("sol_alloc_free_", caller.rng.choice((0, 1, 30, 9000, 40_000)), 0),
    lambda caller: call("sol_memmove_", caller.place(), caller.place(), caller.length()),
    lambda caller: call("sol_memset_", caller.place(), 0x41 + caller.rng.randrange(9), caller.length()),
    lambda caller: call("sol_get_processed_sibling_instruction", 0, *(caller.place() for _ in range(4))),
    lambda caller: call("sol_get_epoch_stake", caller.rng.choice((0, caller.place()))),
    _of_slices("sol_log_data"),
    _of_slices("sol_sha256"),
    _of_slices("sol_keccak256"),
    _get_sysvar,
    _of_place("sol_log_pubkey", 1),
    _of_place("sol_get_clock_sysvar", 8),
    _of_place("sol_get_rent_sysvar", 8),
    _of_place("sol_get_epoch_schedule_sysvar", 8),
    _of_place("sol_get_epoch_rewards_sysvar", 16),
    _of_place("sol_get_last_restart_slot", 8),
)


def random_syscall_program(seed: int, version: Version) -> str:
    """Calls with pointers into a window of text, which may become the return data; each shows its result."""
    caller = Caller(seed)
    text = caller.rng.randbytes(64).hex().encode()
    words = struct.unpack("<16Q", text)
    lines = [put(caller.window, *words[:8]), put(ROOM + 512, *words[8:])]
    for _ in range(caller.rng.randrange(1, 12)):
        lines += [caller.call(), show()]
    if caller.rng.random() < 0.5:
        lines.append(show_bytes(caller.window, 200))
    return "\n".join([*lines, "mov r0, 0", "exit"])
