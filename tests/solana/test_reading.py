"""Fixtures are read strictly: what is wrong is named with its place, in one sentence."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from zisk_py.isa.journal import Section
from zisk_py.solana.document import BadFixture
from zisk_py.solana.fixture import Expectation, ExpectedAccount, Fixture
from zisk_py.solana.reading import load_fixture, read_fixture
from zisk_py.solana.writing import write_fixture
from zisk_py.transpiler.bpf import base58
from zisk_py.transpiler.bpf.environment import Environment
from zisk_py.transpiler.bpf.input_buffer import InputAccount, Loader

SYSTEM = "11111111111111111111111111111111"
TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
ACCOUNT = {"key": TOKEN, "owner": SYSTEM, "lamports": 5}
LEAST = {"program": "p.so", "program_id": TOKEN}
FILES = {"d.bin": b"content"}


def read(document: Any) -> Fixture:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_fixture(text, Path("folder"), FILES.__getitem__)


def test_what_is_left_out_has_a_default() -> None:
    fixture = read(LEAST)
    assert fixture == Fixture(Path("folder/p.so"), base58.decode(TOKEN))
    assert fixture.environment == Environment.default()


def test_everything_can_be_said() -> None:
    fixture = read(
        {
            **LEAST,
            "description": "all there is",
            "target": "sbpf-v0",
            "loader": "deprecated",
            "accounts": [
                {
                    **ACCOUNT,
                    "data": ["0102", {"zeros": 2}, {"base64": "Aw=="}, {"text": "é"}, {"file": "d.bin"}],
                    "is_signer": True,
                    "is_writable": True,
                    "executable": True,
                },
                {"same_as": 0},
                {"key": "ab" * 32, "owner": "00" * 32, "lamports": (1 << 64) - 1},
            ],
            "data": {"hex": "ff"},
            "compute_budget": 1_400_000,
            "heap_size": 65536,
            "sysvars": {"clock": {"slot": 5, "unix_timestamp": -1}, "rent": {"exemption_threshold": 2.5}},
            "publish": ["post_hashes", "program_id"],
            "expect": {
                "error": "",
                "units": 1,
                "logs": ["a"],
                "return_data": "01",
                "accounts": {TOKEN: {"lamports": 4}},
            },
        }
    )
    data = b"\x01\x02\0\0\x03" + "é".encode() + b"content"
    assert fixture.accounts == (
        InputAccount(base58.decode(TOKEN), bytes(32), 5, data, True, True, True),
        0,
        InputAccount(b"\xab" * 32, bytes(32), (1 << 64) - 1, b""),
    )
    assert (fixture.loader, fixture.target, fixture.data) == (Loader.DEPRECATED, "sbpf-v0", b"\xff")
    assert (fixture.compute_budget, fixture.heap_size) == (1_400_000, 65536)
    clock = Environment.default().clock
    assert clock is not None
    assert fixture.environment.clock == replace(clock, slot=5, unix_timestamp=-1)
    assert fixture.publish == {Section.POST_HASHES, Section.PROGRAM_ID}
    accounts = {base58.decode(TOKEN): ExpectedAccount(lamports=4)}
    assert fixture.expect == Expectation("", 1, ("a",), b"\x01", accounts)
    assert read(write_fixture(fixture).encode()) == fixture


YAML = b"""
# comments are possible
program: p.so
program_id: TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA
accounts:
  - {key: TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA, owner: 11111111111111111111111111111111, lamports: 5}
  - same_as: 0
data: "00"
"""


def test_yaml_says_the_same_as_json() -> None:
    assert read(YAML) == read({**LEAST, "accounts": [ACCOUNT, {"same_as": 0}], "data": "00"})


def with_account(**fields: Any) -> dict[str, Any]:
    return {**LEAST, "accounts": [{**ACCOUNT, **fields}]}


# Documents, and what the message must have.
WRONG: dict[str, tuple[Any, str]] = {
    "not utf-8": (b"\xff", "UTF-8 at byte 0"),
    "no json": (b'{"a": }', "cannot be read"),
    "cut": (b'{"a": 1', "cannot be read"),
    "deep json": (b'{"a":' * 100_000, "nested too deeply"),
    "deep yaml": (b"[" * 100_000, "nested too deeply"),
    "long yaml": (b"a: " + b"x" * (1 << 20), "bytes of YAML"),
    "long number": (b'{"program": ' + b"9" * 5000 + b"}", "cannot be read"),
    "no number": (b'{"program": NaN}', "NaN"),
    "a field twice": (b'{"data": "", "data": ""}', "two fields 'data'"),
    "a field twice in yaml": (b"data: ''\ndata: ''", "two fields 'data'"),
    "an alias": (b"a: &x 1\nb: *x", "line 2, column 4: aliases"),
    "a tag": (b"a: !!python/object:os.system x", "tag"),
    "a name that is no text": (b"1: 2", "must be text"),
    "two documents": (b"a: 1\n---\nb: 2", "another document"),
    "nothing": (b"", "expected an object, not null"),
    "a list": ([], "expected an object, not []"),
    "no program": ({"program_id": TOKEN}, "'program' is missing"),
    "no program id": ({"program": "p.so"}, "'program_id' is missing"),
    "no program but null": ({**LEAST, "program": None}, "'program' is missing"),
    "unknown field": ({**LEAST, "lamports": 5}, "unknown field 'lamports'"),
    "unknown field of an account": (with_account(lamport=5), "accounts[0]: unknown field 'lamport'"),
    "short key": (with_account(key="1111"), "accounts[0].key: "),
    "key of other digits": (with_account(key="0" * 32), "accounts[0].key: '0' is no digit"),
    "long key": (with_account(key="z" * 1_000_000), "accounts[0].key: "),
    "key that is a number": (with_account(key=5), "accounts[0].key: expected text, not 5; put it in quotes"),
    "negative lamports": (with_account(lamports=-1), "accounts[0].lamports: -1 is out of range"),
    "too many lamports": (with_account(lamports=1 << 64), "accounts[0].lamports: "),
    "lamports with a fraction": (with_account(lamports=1.5), "accounts[0].lamports: expected an integer"),
    "lamports true": (with_account(lamports=True), "accounts[0].lamports: expected an integer, not true"),
    "flag that is a number": (with_account(is_signer=1), "accounts[0].is_signer: expected true or false"),
    "odd digits": (with_account(data="abc"), "accounts[0].data: "),
    "spaces between digits": (with_account(data="ab cd"), "accounts[0].data: "),
    "no base64": (with_account(data={"base64": "?"}), "accounts[0].data.base64: "),
    "two forms": (with_account(data={"hex": "", "zeros": 1}), "accounts[0].data: "),
    "too many zeros": (with_account(data={"zeros": (10 << 20) + 1}), "accounts[0].data.zeros: "),
    "too much in parts": (
        with_account(data=[{"zeros": 10 << 20}, "00"]),
        "accounts[0].data: 10485761 bytes or more",
    ),
    "half a surrogate pair": (with_account(data={"text": "\ud800"}), "accounts[0].data.text: "),
    "a file without a name": (with_account(data={"file": "a\0b"}), "accounts[0].data.file: "),
    "a file elsewhere": (with_account(data={"file": "/etc/passwd"}), "accounts[0].data.file: "),
    "a file above": (with_account(data={"file": "a/../../b"}), "accounts[0].data.file: "),
    "the same key twice": (
        {**LEAST, "accounts": [ACCOUNT, ACCOUNT]},
        "accounts[1]: has the key of accounts[0]",
    ),
    "repeats itself": ({**LEAST, "accounts": [{"same_as": 0}]}, "accounts[0].same_as: "),
    "repeats a repetition": (
        {**LEAST, "accounts": [ACCOUNT, {"same_as": 0}, {"same_as": 1}]},
        "accounts[2].same_as: ",
    ),
    "repeats and says more": (
        {**LEAST, "accounts": [ACCOUNT, {"same_as": 0, "lamports": 5}]},
        "accounts[1]: unknown field",
    ),
    "too many accounts": (
        {**LEAST, "accounts": [ACCOUNT, *[{"same_as": 0}] * 255]},
        "accounts: 256 elements",
    ),
    "too much data": (
        {
            **LEAST,
            "accounts": [{**ACCOUNT, "key": f"{i:064x}", "data": {"zeros": 10 << 20}} for i in range(7)],
        },
        "accounts: the accounts hold more than",
    ),
    "too long an instruction": ({**LEAST, "data": {"zeros": 10_241}}, "data.zeros: "),
    "too large a budget": ({**LEAST, "compute_budget": 1_400_001}, "compute_budget: "),
    "too small a heap": ({**LEAST, "heap_size": 1024}, "heap_size: "),
    "an odd heap": ({**LEAST, "heap_size": 32769}, "heap_size: 32769 is not a multiple"),
    "unknown loader": (
        {**LEAST, "loader": "v4"},
        'loader: "v4" is unknown; choose one of aligned,',
    ),
    "a target of another platform": ({**LEAST, "target": "ebpf"}, 'target: "ebpf" is unknown'),
    "unknown section": ({**LEAST, "publish": ["all"]}, "publish[0]: "),
    "unknown sysvar": ({**LEAST, "sysvars": {"fees": {}}}, "sysvars: unknown field 'fees'"),
    "unknown field of a sysvar": (
        {**LEAST, "sysvars": {"clock": {"time": 1}}},
        "sysvars.clock: ",
    ),
    "a slot out of range": ({**LEAST, "sysvars": {"clock": {"slot": -1}}}, "sysvars: Clock has"),
    "a short hash": ({**LEAST, "sysvars": {"epoch_rewards": {"parent_blockhash": "00"}}}, "32 bytes"),
    "expects of no key": ({**LEAST, "expect": {"accounts": {"x": {}}}}, "expect.accounts.x: "),
    "expects logs of numbers": ({**LEAST, "expect": {"logs": [1]}}, "expect.logs[0]: expected text"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_its_place(name: str) -> None:
    document, message = WRONG[name]
    with pytest.raises(BadFixture) as caught:
        read(document)
    text = str(caught.value)
    assert message in text
    assert "\n" not in text
    assert len(text) < 300


def test_files_are_looked_for_beside_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "d.bin").write_bytes(b"content")
    path = tmp_path / "fixture.json"
    path.write_text(json.dumps({**LEAST, "data": {"file": "d.bin"}}))
    assert load_fixture(path).data == b"content"
    assert load_fixture(path).program == tmp_path / "p.so"


def test_the_message_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "fixture.json").write_text("[]")
    with pytest.raises(BadFixture, match=r"fixture\.json: the fixture: expected an object"):
        load_fixture(tmp_path / "fixture.json")


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0a", b"\xff" * 32, bytes(32), b"hello"])
def test_base58_is_read_as_it_was_written(data: bytes) -> None:
    assert base58.decode(base58.encode(data)) == data
