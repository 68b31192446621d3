"""The programs that come with the package: a folder of `zisk_py.examples` each, named as its program file."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from zisk_py.errors import InputError

SUFFIXES = (".o", ".so", ".elf")


@dataclass(frozen=True, slots=True)
class Bundled:
    """A program file and the input that goes with it."""

    name: str
    program: Path
    input_path: Path | None

    def data(self) -> bytes:
        """The input; empty if there is none."""
        return self.input_path.read_bytes() if self.input_path is not None else b""


def bundled_programs() -> list[Bundled]:
    """All of them, by name. Raises InputError if the installation lacks them."""
    folder = Path(str(files("zisk_py.examples")))
    found = list(_programs(folder))
    if not found:
        raise InputError(f"no bundled program is in {folder}; install zisk-py again")
    return found


def _programs(folder: Path) -> Iterator[Bundled]:
    for example in sorted(path for path in folder.iterdir() if path.is_dir()):
        for program in (example / f"{example.name}{suffix}" for suffix in SUFFIXES):
            if program.is_file():
                data = example / "input.bin"
                yield Bundled(example.name, program, data if data.is_file() else None)
