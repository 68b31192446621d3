"""All instructions of all deployed programs that are tried."""

from deployed.associated_token import associated_token_cases
from deployed.cases import Case
from deployed.lookup_table import lookup_table_cases
from deployed.memo import memo_cases
from deployed.stake import stake_cases
from deployed.token import token_cases
from deployed.token_2022 import extension_cases

CASES: dict[str, Case] = (
    token_cases("p-token")
    | token_cases("token-2022")
    | extension_cases()
    | associated_token_cases()
    | memo_cases("memo")
    | memo_cases("memo-v1")
    | stake_cases()
    | lookup_table_cases()
)
