"""Fixtures as JSON."""

import json
from typing import Any

from zisk_py.solana.environment_fields import write_environment
from zisk_py.solana.fixture import AUTO, Expectation, Fixture
from zisk_py.transpiler.bpf import base58
from zisk_py.transpiler.bpf.input_buffer import InputAccount, Loader

FEW_ZEROS = 32  # a longer row of zeros at the end of data is written as a number


def write_fixture(fixture: Fixture) -> str:
    """The text that `read_fixture` reads; of the program's path only the name."""
    found: dict[str, Any] = {
        "program": fixture.program.name,
        "program_id": base58.encode(fixture.program_id),
        "target": None if fixture.target == AUTO else fixture.target,
        "loader": fixture.loader.value,
        "data": _data(fixture.data),
        "accounts": [_account(account) for account in fixture.accounts],
        "compute_budget": fixture.compute_budget,
        "heap_size": fixture.heap_size,
        "sysvars": write_environment(fixture.environment) or None,
        "publish": [section.name.lower() for section in sorted(fixture.publish)] or None,
        "expect": _expectation(fixture.expect) or None,
    }
    if fixture.loader is Loader.ALIGNED:
        del found["loader"]
    return json.dumps(_without_none(found), indent=2) + "\n"


def _account(account: InputAccount | int) -> dict[str, Any]:
    if isinstance(account, int):
        return {"same_as": account}
    flags = {
        "is_signer": account.is_signer,
        "is_writable": account.is_writable,
        "executable": account.is_executable,
    }
    return {
        "key": base58.encode(account.key),
        "owner": base58.encode(account.owner),
        "lamports": account.lamports,
        **{name: True for name, flag in flags.items() if flag},
        **({"data": _data(account.data)} if account.data else {}),
    }


def _expectation(expect: Expectation) -> dict[str, Any]:
    accounts = {
        base58.encode(key): _without_none(
            {
                "owner": None if account.owner is None else base58.encode(account.owner),
                "lamports": account.lamports,
                "data": None if account.data is None else _data(account.data),
            }
        )
        for key, account in expect.accounts.items()
    }
    return _without_none(
        {
            "error": expect.error,
            "units": expect.units,
            "logs": None if expect.logs is None else list(expect.logs),
            "return_data": None if expect.return_data is None else expect.return_data.hex(),
            "accounts": accounts or None,
        }
    )


def _data(data: bytes) -> str | list[Any]:
    """Hexadecimal; the zeros at the end by their number where they are many."""
    used = len(data.rstrip(b"\0"))
    if len(data) - used < FEW_ZEROS:
        return data.hex()
    return [*([data[:used].hex()] if used else []), {"zeros": len(data) - used}]


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
