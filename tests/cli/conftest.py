"""Programs and a way to run command lines."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from zisk_py.cli.main import main

MOVE_5 = bytes.fromhex("b700000005000000")
LOAD_FROM_0 = bytes.fromhex("7900000000000000")
STORE_5_ON_STACK = bytes.fromhex("7a0af8ff05000000")
LOAD_FROM_STACK = bytes.fromhex("79a0f8ff00000000")
EXIT = bytes.fromhex("9500000000000000")
JUMP_TO_ITSELF = bytes.fromhex("0500ffff00000000")


@dataclass(frozen=True)
class Ending:
    """How a command line ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ending]


@pytest.fixture(scope="session")
def command() -> Command:
    """Run `zisk-py` in this process on text streams."""

    def run(*words: object) -> Ending:
        out, err = io.StringIO(), io.StringIO()
        code = main([str(word) for word in words], out, err)
        return Ending(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small programs of raw eBPF bytecode."""
    folder = tmp_path_factory.mktemp("programs")
    texts = {
        "five": STORE_5_ON_STACK + LOAD_FROM_STACK + EXIT,
        "fault": MOVE_5 + LOAD_FROM_0 + EXIT,
        "endless": JUMP_TO_ITSELF + EXIT,
    }
    for name, text in texts.items():
        (folder / f"{name}.bin").write_bytes(text)
    return folder


@pytest.fixture(scope="session")
def proof(command: Command, programs: Path) -> Path:
    """A proof of the program `five` with a public input."""
    (programs / "input").write_bytes(b"some input")
    path = programs / "five.proof"
    words = ("--target", "ebpf", "-i", programs / "input", "--public-input", "--chunk-size", 1024, "-o", path)
    ending = command("prove", programs / "five.bin", *words)
    assert ending.code == 0, ending.err
    return path
