"""Programs that do to their accounts what a seed says: some of it allowed, some not."""

import random
from pathlib import Path

from runtime_runs import ME, OTHER, Case, account, addresses, store
from zisk_py.solana.fixture import Fixture
from zisk_py.transpiler.bpf.input_buffer import GROWTH_BYTES, InputAccount, Loader

TAKEN, KEPT = 7, 1000  # lamports
CHANGES = ("data", "data", "length", "owner", "same_owner", "transfer", "transfer", "mint", "nothing")


def random_case(seed: int, loader: Loader) -> Case:
    """One to four accounts, and one to three changes of them."""
    rng = random.Random(f"{seed} {loader.value}")
    accounts: list[InputAccount | int] = [
        _random_account(rng, number) for number in range(rng.randrange(1, 4))
    ]
    if rng.random() < 0.3:
        accounts.append(rng.randrange(len(accounts)))
    case = Case("", accounts, loader=loader)
    fields = addresses(case)
    body = "".join(_random_change(rng, case, fields) for _ in range(rng.choice((1, 1, 2, 3))))
    return Case(body, accounts, loader=loader)


def _random_account(rng: random.Random, number: int) -> InputAccount:
    size = rng.choice((0, 1, 8, 31, 100))
    data = bytes(size) if rng.random() < 0.5 else rng.randbytes(size)
    owner = ME if rng.random() < 0.6 else OTHER
    return account(number + 1, owner=owner, writable=rng.random() < 0.7, data=data)


def _random_change(rng: random.Random, case: Case, fields: list[dict[str, int]]) -> str:
    own = [entry for entry in case.accounts if isinstance(entry, InputAccount)]
    number = rng.randrange(len(own))
    entry, places = own[number], fields[number]
    match rng.choice(CHANGES):
        case "data":
            return store(places["data"] + rng.randrange(len(entry.data) + 1), rng.randrange(256), 1)
        case "length":
            size = rng.choice((0, len(entry.data), len(entry.data) + 5, len(entry.data) + GROWTH_BYTES + 1))
            return store(places["length"], size)
        case "owner":
            return store(places["owner"] + 8 * rng.randrange(4), rng.getrandbits(64))
        case "same_owner":
            return store(places["owner"], int.from_bytes(entry.owner[:8], "little"))
        case "transfer":
            other = rng.randrange(len(own))
            return _store_lamports(own, fields, number, -TAKEN) + _store_lamports(own, fields, other, TAKEN)
        case "mint":
            return _store_lamports(own, fields, number, rng.choice((-1, 1)) * KEPT)
    return ""


def _store_lamports(own: list[InputAccount], fields: list[dict[str, int]], number: int, more: int) -> str:
    return store(fields[number]["lamports"], own[number].lamports + more)


def fixture_of(case: Case, program: Path = Path("vandal.so")) -> Fixture:
    """The case as a fixture."""
    return Fixture(program, ME, tuple(case.accounts), case.instruction, case.loader)
