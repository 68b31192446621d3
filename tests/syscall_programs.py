"""Lines of assembly that call syscalls and show what came of it."""

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
