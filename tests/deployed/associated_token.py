"""What the associated token program does without calling another program."""

from solders.pubkey import Pubkey

from deployed.cases import MINT, OTHER, OWNER, SYSTEM_PROGRAM, Case, ProgramError, existing, read_only, wallet
from deployed.programs import PROGRAMS
from deployed.token import Token
from zisk_py.transpiler.bpf.input_buffer import InputAccount

CREATE, CREATE_IF_MISSING, RECOVER = range(3)
WRONG_OWNER = 1 << 32  # the number 0 of its own errors


def associated(owner: bytes, token: bytes) -> bytes:
    """The address of the owner's account for MINT."""
    program = Pubkey(PROGRAMS["associated-token"].key)
    return bytes(Pubkey.find_program_address([owner, token, MINT], program)[0])


def associated_token_cases() -> dict[str, Case]:
    """Accounts that exist already, and addresses that are not theirs."""
    t = Token("p-token")
    payer, owner, mint = wallet(OTHER, writable=True), wallet(signs=False), read_only(t.mint())
    programs = (existing(SYSTEM_PROGRAM), existing(t.id))
    address = associated(OWNER, t.id)
    present = t.holding(address, 5)
    missing = wallet(address, signs=False, writable=True)
    elsewhere = wallet(bytes([0x79]) * 32, signs=False, writable=True)
    not_the_owners = t.holding(address, 5, owner=OTHER)
    rows: dict[str, tuple[tuple[InputAccount | int, ...], bytes, int]] = {
        "create_what_exists": (
            (payer, present, owner, mint, *programs),
            bytes([CREATE]),
            ProgramError.ILLEGAL_OWNER,
        ),
        "create_if_missing": ((payer, present, owner, mint, *programs), bytes([CREATE_IF_MISSING]), 0),
        "create_if_missing_of_another_owner": (
            (payer, not_the_owners, owner, mint, *programs),
            bytes([CREATE_IF_MISSING]),
            WRONG_OWNER,
        ),
        "create_at_another_address": (
            (payer, elsewhere, owner, mint, *programs),
            bytes([CREATE]),
            ProgramError.INVALID_SEEDS,
        ),
        "create_with_too_few_accounts": (
            (payer, missing, owner),
            bytes([CREATE]),
            ProgramError.NOT_ENOUGH_ACCOUNTS,
        ),
        "recover_at_another_address": (
            (elsewhere, mint, missing, wallet(bytes([0x7A]) * 32, signs=False), 1, payer, programs[1]),
            bytes([RECOVER]),
            ProgramError.INVALID_SEEDS,
        ),
        "unknown_instruction": ((payer,), bytes([9]), ProgramError.INVALID_INSTRUCTION_DATA),
    }
    return {f"associated-token/{name}": Case("associated-token", *row) for name, row in rows.items()}
