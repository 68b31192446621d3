"""All instructions of all deployed programs that are tried."""

from deployed.associated_token import associated_token_cases
from deployed.calls import call_cases
from deployed.cases import Case
from deployed.lookup_table import lookup_table_cases
from deployed.memo import memo_cases
from deployed.p_token import p_token_cases
from deployed.stake import stake_cases
from deployed.token import token_cases
from deployed.token_2022 import extension_cases

CASES: dict[str, Case] = (
    token_cases("p-token")
    | p_token_cases()
    | token_cases("token-2022")
    | extension_cases()
    | associated_token_cases()
    | memo_cases("memo")
    | memo_cases("memo-v1")
    | stake_cases()
    | lookup_table_cases()
)

CALLS = call_cases()  # of other programs

# Those that are proven at full security; the first ones in the default suite.
PROVEN = (
    "p-token/transfer",
    "p-token/transfer_of_too_much",
    "memo/ascii",
    "p-token/initialize_mint_2",
    "p-token/transfer_checked",
    "p-token/mint_to",
    "p-token/burn",
    "p-token/approve",
    "p-token/initialize_mint",
    "p-token/initialize_account",
    "p-token/initialize_account_3",
    "p-token/close_account",
    "memo/signed",
    "memo-v1/ascii",
    "associated-token/create_if_missing",
    "lookup-table/extend",
    "stake/split",
    "token-2022/transfer_checked",
    "token-2022/transfer_with_fee",
)
