"""What the Solana runtime says of each kind of fault (notes on BPF 2.4, and the texts of agave's errors).

A text may have fields in braces; `transpiler.bpf.run_report` fills them from the end of a run.
"""

from zisk_py.isa.faults import FaultKind

_ACCESS = "Access violation in {section} at address {address:#x} of size {size}"

FAULT_TEXTS: dict[FaultKind, str] = {
    FaultKind.LOAD_VIOLATION: _ACCESS,
    FaultKind.STORE_VIOLATION: _ACCESS,
    FaultKind.DIVIDE_BY_ZERO: "divide by zero at BPF instruction",
    FaultKind.CALL_DEPTH_EXCEEDED: "exceeded max BPF to BPF call depth",
    FaultKind.CALL_OUTSIDE_TEXT: "callx attempted to call outside of the text segment",
    FaultKind.UNSUPPORTED_INSTRUCTION: "unsupported BPF instruction",
    FaultKind.EXECUTION_OVERRUN: "attempted to execute past the end of the text segment at BPF instruction",
    FaultKind.BUDGET_EXCEEDED: "exceeded CUs meter at BPF instruction",
    FaultKind.SYSCALL_BUDGET_EXCEEDED: "Computational budget exceeded",
    FaultKind.ABORT: "SBF program panicked",
    FaultKind.PANIC: "SBF program Panicked in {file} at {line}:{column}",
    FaultKind.INVALID_STRING: "{problem}: {bytes}",
    FaultKind.COPY_OVERLAPPING: "Overlapping copy",
    FaultKind.UNALIGNED_POINTER: "Unaligned pointer",
    FaultKind.RETURN_DATA_TOO_LARGE: "Return data too large ({size} > {most})",
    FaultKind.DIVIDE_OVERFLOW: "division overflow at BPF instruction",
    FaultKind.UNSUPPORTED_SYSCALL: "zisk-py does not have the syscall {name}",
    FaultKind.INVALID_LENGTH: "InvalidLength",
    FaultKind.TOO_MANY_SLICES: "Hashing too many sequences",
    FaultKind.BAD_SEEDS: (
        "Could not create program address with signer seeds: "
        "Length of the seed is too long for address generation"
    ),
    FaultKind.UNSUPPORTED_SYSVAR: "Unsupported sysvar",
    FaultKind.ARITHMETIC_OVERFLOW: "Program arithmetic overflowed",
    FaultKind.READONLY_LAMPORT_CHANGE: "instruction changed the balance of a read-only account",
    FaultKind.READONLY_DATA_MODIFIED: "instruction modified data of a read-only account",
    FaultKind.EXTERNAL_LAMPORT_SPEND: ("instruction spent from the balance of an account it does not own"),
    FaultKind.EXTERNAL_DATA_MODIFIED: "instruction modified data of an account it does not own",
    FaultKind.MODIFIED_OWNER: "instruction illegally modified the program id of an account",
    FaultKind.INVALID_REALLOC: "Failed to reallocate account data",
    FaultKind.UNBALANCED_INSTRUCTION: ("sum of account balances before and after instruction do not match"),
    FaultKind.MALFORMED_INPUT: "the input is no list of accounts, or has more than there is room for",
    FaultKind.ACCOUNT_DATA_SIZE_CHANGED: (
        "program other than the account's owner changed the size of the account data"
    ),
    FaultKind.INVALID_POINTER: "Invalid pointer",
    # Of RISC-V programs, of which no runtime says anything.
    FaultKind.ILLEGAL_INSTRUCTION: "illegal instruction",
    FaultKind.JUMP_OUTSIDE_TEXT: "jump to an address that holds no code",
    FaultKind.BREAKPOINT: "breakpoint",
    FaultKind.UNKNOWN_SYSTEM_CALL: "system call {number} is unknown",
    FaultKind.MISALIGNED_ATOMIC: "atomic access at an address that is no multiple of its width",
}
