"""Memos: text that is logged with those who sign it."""

from deployed.cases import OTHER, Case, ProgramError, wallet
from zisk_py.isa.faults import FaultKind

TEXTS = {
    "ascii": b"hello",
    "empty": b"",
    "utf8": "žluťoučký kůň 🐎".encode(),
    "long": b"x" * 300,
    "not_utf8": b"\xff\xfe",
    "cut_off": "kůň".encode()[:2],
}
BAD_TEXTS = ("not_utf8", "cut_off")
BAD_TEXT = {
    "memo": FaultKind.INVALID_STRING,
    "memo-v1": ProgramError.INVALID_INSTRUCTION_DATA,
}  # the older one looks at the text itself
SIGNERS = {
    "signed": (wallet(),),
    "signed_twice": (wallet(), wallet(OTHER)),
    "unsigned": (wallet(), wallet(OTHER, signs=False)),
}
UNSIGNED = {"memo": ProgramError.MISSING_SIGNATURE, "memo-v1": 0}  # the older one only says who has signed


def memo_cases(program: str) -> dict[str, Case]:
    """Good texts and bad ones, with and without signatures."""
    texts = {
        name: Case(program, (), text, BAD_TEXT[program] if name in BAD_TEXTS else 0)
        for name, text in TEXTS.items()
    }
    signed = {
        name: Case(program, accounts, b"signed", UNSIGNED[program] if name == "unsigned" else 0)
        for name, accounts in SIGNERS.items()
    }
    return {f"{program}/{name}": case for name, case in (texts | signed).items()}
