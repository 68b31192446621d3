"""Accounts before and after a run, from the input region of its memory."""

from collections.abc import Iterator
from dataclasses import dataclass

from zisk_py.solana.fixture import Fixture
from zisk_py.transpiler.bpf.input_buffer import InputAccount, Loader, Place, find_places


@dataclass(frozen=True)
class AccountState:
    """What of an account a program can change."""

    owner: bytes
    lamports: int
    data: bytes
    data_length: int  # what the program left in its place, even where there is no room for so many bytes


@dataclass(frozen=True)
class Change:
    """A field of an account that a run has changed."""

    key: bytes
    field: str
    before: int | bytes
    after: int | bytes


def states_before(fixture: Fixture) -> dict[int, AccountState]:
    """The accounts of a fixture that repeat no other, by position."""
    return {
        position: AccountState(account.owner, account.lamports, account.data, len(account.data))
        for position, account in enumerate(fixture.accounts)
        if isinstance(account, InputAccount)
    }


def states_after(fixture: Fixture, memory: bytes) -> dict[int, AccountState]:
    """The same accounts as the program left them; the deprecated loader takes over no owner and no length."""
    places = find_places(fixture.input(), fixture.loader)
    assert places is not None  # what `serialize` made
    return {
        position: _state(place, memory, fixture.loader, fixture.account(position).owner)
        for position, place in enumerate(places.accounts)
        if isinstance(place, Place)
    }


def _state(place: Place, memory: bytes, loader: Loader, owner: bytes) -> AccountState:
    def number(offset: int) -> int:
        return int.from_bytes(memory[offset : offset + 8], "little")

    is_aligned = loader is Loader.ALIGNED
    length = number(place.length) if is_aligned else place.size
    return AccountState(
        memory[place.owner : place.owner + 32] if is_aligned else owner,
        number(place.lamports),
        memory[place.data : min(place.data + length, place.end)],
        length,
    )


def changes(
    fixture: Fixture, before: dict[int, AccountState], after: dict[int, AccountState]
) -> Iterator[Change]:
    """The fields that differ."""
    for position, old in before.items():
        new, key = after[position], fixture.account(position).key
        for field in ("owner", "lamports", "data"):
            if getattr(old, field) != getattr(new, field):
                yield Change(key, field, getattr(old, field), getattr(new, field))
