"""What a program's return value means to the runtime (notes on BPF 4.2)."""

import re

from zisk_py.isa.fault_texts import FAULT_TEXTS
from zisk_py.isa.faults import Exit, Outcome

# Texts of the errors whose number a program returns in the upper half; the lower half is then 0.
BUILTIN_ERRORS = {
    2: "invalid program argument",
    3: "invalid instruction data",
    4: "invalid account data for instruction",
    5: "account data too small for instruction",
    6: "insufficient funds for instruction",
    7: "incorrect program id for instruction",
    8: "missing required signature for instruction",
    9: "instruction requires an uninitialized account",
    10: "instruction requires an initialized account",
    11: "insufficient account keys for instruction",
    12: "instruction tries to borrow reference for an account which is already borrowed",
    13: "Length of the seed is too long for address generation",
    14: "Provided seeds do not result in a valid address",
    15: "Failed to serialize or deserialize account data",
    16: "An account does not have enough lamports to be rent-exempt",
    17: "Unsupported sysvar",
    18: "Provided owner is not allowed",
    19: "Accounts data allocations exceeded the maximum allowed per transaction",
    20: "Failed to reallocate account data",
    21: "Max instruction trace length exceeded",
    22: "Builtin programs must consume compute units",
    23: "Invalid account owner",
    24: "Program arithmetic overflowed",
    25: "Account is immutable",
    26: "Incorrect authority provided",
}
CUSTOM_ZERO = 1  # in the upper half: custom error 0, as a return value of 0 is success
INVALID_ERROR = "program returned invalid error code"


def custom_error(code: int) -> int | None:
    """The number of a program's own error; None where the return value is no such error."""
    if code == CUSTOM_ZERO << 32:
        return 0
    return code if 0 < code < 1 << 32 else None


def outcome_text(outcome: Outcome) -> str:
    """What the runtime says of an outcome; what only the end of the run would tell is a question mark."""
    if isinstance(outcome, Exit):
        return error_text(outcome.code)
    return re.sub(r"\{.*?\}", "?", FAULT_TEXTS[outcome.kind])


def error_text(code: int) -> str:
    """What the runtime says of a return value; "" for success."""
    if code == 0:
        return ""
    number = custom_error(code)
    if number is not None:
        return f"custom program error: {number:#x}"
    return BUILTIN_ERRORS.get(code >> 32, INVALID_ERROR) if code % (1 << 32) == 0 else INVALID_ERROR
