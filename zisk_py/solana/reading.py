"""Fixtures from JSON and YAML; docs/solana.md has the format."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from zisk_py.isa.journal import Section
from zisk_py.limits import Limits
from zisk_py.solana.document import BadFixture, Node, parse
from zisk_py.solana.environment_fields import read_environment
from zisk_py.solana.fixture import (
    AUTO,
    MAX_DATA_BYTES,
    MAX_INSTRUCTION_BYTES,
    MAX_TOTAL_DATA_BYTES,
    Expectation,
    ExpectedAccount,
    Fixture,
)
from zisk_py.transpiler.bpf.input_buffer import MAX_ACCOUNTS, InputAccount, Loader
from zisk_py.transpiler.bpf.versions import SBPF_VERSIONS
from zisk_py.transpiler.claims import DEFAULT_BUDGET as MAX_BUDGET
from zisk_py.transpiler.claims import DEFAULT_HEAP_SIZE, HEAP_STEP, MAX_HEAP_SIZE

Value = TypeVar("Value")
PROGRAM_TARGETS = (AUTO, *(version.target for version in SBPF_VERSIONS))
MAX_U64 = (1 << 64) - 1
MAX_PARTS, MAX_LOGS = 1 << 12, 1 << 16
_FORMS = ("hex", "base64", "text", "file", "zeros")
_FLAGS = ("is_signer", "is_writable", "executable")
REQUIRED = ("program", "program_id")
OPTIONAL = (
    "target",
    "loader",
    "accounts",
    "data",
    "compute_budget",
    "heap_size",
    "sysvars",
    "publish",
    "expect",
    "description",
)


def load_fixture(path: Path, limits: Limits | None = None) -> Fixture:
    """Read a fixture; the files that it names are looked for beside it.

    Raises BadFixture for what it says, InputError and LimitError for files that cannot be read.
    """
    limits = limits or Limits()

    def read(name: str) -> bytes:
        return limits.read_input(path.parent / name)

    try:
        return read_fixture(limits.read_input(path), path.parent, read)
    except BadFixture as error:
        raise BadFixture(f"{path}: {error}") from error


def read_fixture(text: bytes, folder: Path, read: Callable[[str], bytes]) -> Fixture:
    """A fixture from its text; `read` gives the content of a file that it names, relative to `folder`.

    Raises BadFixture, and what `read` raises.
    """
    return _Reader(folder, read).fixture(parse(text))


@dataclass(frozen=True, slots=True)
class _Reader:
    folder: Path
    read: Callable[[str], bytes]

    def fixture(self, node: Node) -> Fixture:
        fields = node.fields(REQUIRED, OPTIONAL)
        if "description" in fields:
            fields["description"].text()
        loaders = tuple(loader.value for loader in Loader)
        return Fixture(
            program=self.folder / _file_name(fields["program"]),
            program_id=fields["program_id"].key(),
            accounts=self.accounts(fields["accounts"]) if "accounts" in fields else (),
            data=self.data(fields["data"], MAX_INSTRUCTION_BYTES) if "data" in fields else b"",
            loader=Loader(fields["loader"].choice(loaders)) if "loader" in fields else Loader.ALIGNED,
            compute_budget=_optional(fields, "compute_budget", lambda budget: budget.natural(MAX_BUDGET)),
            heap_size=_optional(fields, "heap_size", _heap_size),
            target=fields["target"].choice(PROGRAM_TARGETS) if "target" in fields else AUTO,
            environment=read_environment(fields.get("sysvars", Node({}))),
            publish=_sections(fields["publish"]) if "publish" in fields else frozenset(),
            expect=self.expectation(fields["expect"]) if "expect" in fields else Expectation(),
        )

    def accounts(self, node: Node) -> tuple[InputAccount | int, ...]:
        found: list[InputAccount | int] = []
        keys: dict[bytes, str] = {}
        room = MAX_TOTAL_DATA_BYTES
        for item in node.items(MAX_ACCOUNTS):
            if isinstance(item.value, dict) and "same_as" in item.value:
                found.append(_repeated(item.fields(("same_as",))["same_as"], found))
                continue
            account = self.account(item)
            if account.key in keys:
                raise item.refuse(
                    f'has the key of {keys[account.key]}; write {{"same_as": POSITION}} instead'
                )
            keys[account.key] = item.place
            room -= len(account.data)
            if room < 0:
                raise node.refuse(f"the accounts hold more than {MAX_TOTAL_DATA_BYTES} bytes, all together")
            found.append(account)
        return tuple(found)

    def account(self, node: Node) -> InputAccount:
        fields = node.fields(("key", "owner", "lamports"), ("data", *_FLAGS))
        is_signer, is_writable, is_executable = (
            fields[name].boolean() if name in fields else False for name in _FLAGS
        )
        return InputAccount(
            fields["key"].key(),
            fields["owner"].key(),
            fields["lamports"].natural(MAX_U64),
            self.data(fields["data"], MAX_DATA_BYTES) if "data" in fields else b"",
            is_signer,
            is_writable,
            is_executable,
        )

    def data(self, node: Node, most: int) -> bytes:
        """Hexadecimal text, one object of `_FORMS`, or a list of these, which are put together."""
        nodes = node.items(MAX_PARTS) if isinstance(node.value, list) else [node]
        parts, size = [], 0
        for part in nodes:
            parts.append(self.part(part, most))
            size += len(parts[-1])
            if size > most:
                raise node.refuse(f"{size} bytes or more; at most {most} are possible")
        return b"".join(parts)

    def part(self, node: Node, most: int) -> bytes:
        if isinstance(node.value, str):
            return node.hexadecimal()
        fields = node.fields((), _FORMS)
        if len(fields) != 1:
            raise node.refuse(f"expected hexadecimal text, or an object with one of {', '.join(_FORMS)}")
        ((form, value),) = fields.items()
        match form:
            case "hex":
                return value.hexadecimal()
            case "base64":
                return value.base64()
            case "text":
                return _encoded(value)
            case "file":
                return self.read(_name_beside(value))
            case _:
                return bytes(value.natural(most))

    def expectation(self, node: Node) -> Expectation:
        fields = node.fields((), ("error", "units", "logs", "return_data", "accounts"))
        accounts = fields["accounts"].members() if "accounts" in fields else {}
        return Expectation(
            error=_optional(fields, "error", Node.text),
            units=_optional(fields, "units", lambda units: units.natural(MAX_U64)),
            logs=_optional(fields, "logs", lambda logs: tuple(log.text() for log in logs.items(MAX_LOGS))),
            return_data=_optional(fields, "return_data", lambda data: self.data(data, MAX_DATA_BYTES)),
            accounts={Node(key, value.place).key(): self.expected(value) for key, value in accounts.items()},
        )

    def expected(self, node: Node) -> ExpectedAccount:
        fields = node.fields((), ("owner", "lamports", "data"))
        return ExpectedAccount(
            _optional(fields, "owner", Node.key),
            _optional(fields, "lamports", lambda lamports: lamports.natural(MAX_U64)),
            _optional(fields, "data", lambda data: self.data(data, MAX_DATA_BYTES)),
        )


def _repeated(node: Node, found: list[InputAccount | int]) -> int:
    position = node.natural(MAX_ACCOUNTS)
    if position >= len(found) or isinstance(found[position], int):
        raise node.refuse(f"account {position} is not an earlier one that repeats none")
    return position


def _optional(fields: dict[str, Node], name: str, read: Callable[[Node], Value]) -> Value | None:
    return read(fields[name]) if name in fields else None


def _heap_size(node: Node) -> int:
    size = node.natural(MAX_HEAP_SIZE, DEFAULT_HEAP_SIZE)
    if size % HEAP_STEP:
        raise node.refuse(f"{size} is not a multiple of {HEAP_STEP}")
    return size


def _sections(node: Node) -> frozenset[Section]:
    names = tuple(section.name.lower() for section in Section)
    return frozenset(Section[item.choice(names).upper()] for item in node.items(len(names)))


def _file_name(node: Node) -> str:
    name = node.text()
    if not name or "\0" in name or name != name.encode("utf-8", "ignore").decode():
        raise node.refuse("no file has that name")
    return name


def _name_beside(node: Node) -> str:
    """A file in the folder of the fixture: who wrote it shall not choose what else is published."""
    name = _file_name(node)
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise node.refuse("the file must be in the folder of the fixture")
    return name


def _encoded(node: Node) -> bytes:
    try:
        return node.text().encode()
    except UnicodeEncodeError as error:
        raise node.refuse("the text has half a surrogate pair, which UTF-8 cannot hold") from error
