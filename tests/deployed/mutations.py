"""Changed instructions: bytes of data and accounts, signatures, permissions, lamports, fewer accounts."""

import random
from dataclasses import replace

from solders.pubkey import Pubkey

from deployed.cases import Case
from zisk_py.transpiler.bpf.input_buffer import InputAccount

SYSVAR_OWNER = bytes(Pubkey.from_string("Sysvar1111111111111111111111111111111111111"))
FIRST_BYTES = 200  # of an account, where its fields are
LAMPORTS = (2_500_000, 10**9 + 1, 5 * 10**9)  # more than the rent of any account here


def change(case: Case, rng: random.Random) -> Case:
    """The case after a few changes; its end is not known any more."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        case = _change_once(case, rng)
    return case


def _change_once(case: Case, rng: random.Random) -> Case:
    accounts = list(case.accounts)
    own = [n for n, account in enumerate(accounts) if isinstance(account, InputAccount) and _is_ours(account)]
    kind = rng.choices(
        ("data", "cut", "account", "signer", "writable", "lamports", "fewer"), (6, 2, 7, 2, 2, 1, 1)
    )
    if kind == ["data"] or not own:
        return replace(case, instruction=_change_bytes(case.instruction, rng))
    if kind == ["cut"]:
        return replace(case, instruction=case.instruction[: rng.randrange(len(case.instruction) + 1)])
    if kind == ["fewer"]:
        return replace(case, accounts=case.accounts[:-1])
    number = rng.choice(own)
    account = accounts[number]
    assert isinstance(account, InputAccount)
    accounts[number] = _change_account(account, kind[0], rng)
    return replace(case, accounts=tuple(accounts))


def _is_ours(account: InputAccount) -> bool:
    """Whether it may be given to LiteSVM: programs and sysvars are its own."""
    return not account.is_executable and account.owner != SYSVAR_OWNER


def _change_account(account: InputAccount, kind: str, rng: random.Random) -> InputAccount:
    if kind == "account":
        return replace(account, data=_change_bytes(account.data, rng))
    if kind == "signer":
        return replace(account, is_signer=not account.is_signer)
    if kind == "writable":
        return replace(account, is_writable=not account.is_writable)
    return replace(account, lamports=rng.choice(LAMPORTS))


def _change_bytes(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4)) if data else 0):
        place = rng.randrange(min(len(data), FIRST_BYTES))
        changed[place] = rng.choice(
            (0, 1, 2, 0xFF, changed[place] ^ 1 << rng.randrange(8), rng.randrange(256))
        )
    return bytes(changed)
