"""Whether a run came to what its fixture expects."""

from collections.abc import Iterator

from zisk_py.errors import ZiskError
from zisk_py.solana.fixture import Expectation, ExpectedAccount, Fixture
from zisk_py.solana.report import Report
from zisk_py.transpiler.bpf import base58


class Unexpected(ZiskError):
    """A run came to something else than its fixture expects."""


def check_expectations(report: Report) -> None:
    """Raise Unexpected with the first thing that is not as the fixture says."""
    for what, found, expected in _comparisons(report, report.fixture.expect):
        if expected is not None and found != expected:
            raise Unexpected(f"{what}: {_difference(found, expected)}")


def _comparisons(report: Report, expect: Expectation) -> Iterator[tuple[str, object, object]]:
    yield "error", report.error, expect.error
    yield "units", report.run.compute_units, expect.units
    yield "logs", report.run.logs, expect.logs
    yield "return_data", report.run.return_data, expect.return_data
    for key, account in expect.accounts.items():
        state = report.after[position_of(report.fixture, key)]
        for field in ExpectedAccount.__dataclass_fields__:
            yield f"{field} of {base58.encode(key)}", getattr(state, field), getattr(account, field)


def position_of(fixture: Fixture, key: bytes) -> int:
    """The position of the account of that key. Raises Unexpected if there is none."""
    for position, account in enumerate(fixture.accounts):
        if not isinstance(account, int) and account.key == key:
            return position
    raise Unexpected(f"the fixture expects something of {base58.encode(key)}, which is none of its accounts")


def _difference(found: object, expected: object) -> str:
    if isinstance(found, bytes | tuple) and isinstance(expected, bytes | tuple):
        place = next(
            (i for i, pair in enumerate(zip(found, expected, strict=False)) if pair[0] != pair[1]), None
        )
        if place is None:
            return f"length {len(found)}, and the fixture expects {len(expected)}"
        return f"{found[place]!r} at place {place}, and the fixture expects {expected[place]!r}"
    return f"{found!r}, and the fixture expects {expected!r}"
