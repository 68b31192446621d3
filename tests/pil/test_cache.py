"""Compilations that are kept on disk: found again exactly while nothing has changed."""

import dataclasses
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from zisk_py.pil import cache
from zisk_py.pil.cache import compile_cached, default_folder
from zisk_py.pil.compiled import Compiled
from zisk_py.pil.compiled_file import from_text, to_text
from zisk_py.pil.compiler import compile_source
from zisk_py.pil.errors import PilError, PilWarning
from zisk_py.pil.system_file import digest

PART = """
public out;
airtemplate A(const int N = 32) {
    col witness a, b, m;
    col fixed F = [1..N];
    airval v;
    v <== 7;
    a * b * a * b === F * (v + K);
    'a === b'2;
    lookup_assumes(1, [a]);
    lookup_proves(1, [F], m);
}
"""
MAIN = 'require "part.pil"; airgroup G { airgroupval aggregate(sum) total; A(); } G.total === out;'
WITHOUT = ("authored", "uses")  # what an entry does not have


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "part.pil").write_text(PART)
    (tmp_path / "main.pil").write_text(MAIN)
    return tmp_path


class Compiler:
    """Counts compilations, and keeps what they give."""

    def __init__(self, sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sources = sources
        self.folder = sources / "kept"
        self.count = 0

        def compile_counted(*arguments: object, **options: object) -> Compiled:
            self.count += 1
            return compile_source(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr("zisk_py.pil.compiler.compile_source", compile_counted)

    def __call__(self, k: int = 1, include: tuple[Path, ...] = ()) -> Compiled:
        constants = {"K": k}
        return compile_cached(
            self.sources / "main.pil", constants=constants, include=include, folder=self.folder
        )

    @property
    def entries(self) -> list[Path]:
        return sorted(self.folder.glob("*"))


@pytest.fixture
def compiler(sources: Path, monkeypatch: pytest.MonkeyPatch) -> Compiler:
    return Compiler(sources, monkeypatch)


def fields_of(compiled: Compiled) -> dict[str, object]:
    names = [item.name for item in dataclasses.fields(compiled) if item.name not in WITHOUT]
    return {name: getattr(compiled, name) for name in names}


def test_a_kept_compilation_is_all_that_a_new_one_is(compiler: Compiler) -> None:
    first, second = compiler(), compiler()

    assert compiler.count == 1
    assert fields_of(first) == fields_of(second)
    assert [str(found) for found in first.warnings] == [str(found) for found in second.warnings] != []
    assert second.authored == ()
    assert first.authored != ()


def test_the_text_is_canonical(sources: Path) -> None:
    made = compile_source(sources / "main.pil", constants={"K": 1})

    assert to_text(from_text(to_text(made))) == to_text(made)
    assert digest(from_text(to_text(made)).system) == digest(made.system)


def test_what_cannot_be_proven_is_kept_too(tmp_path: Path) -> None:
    source = "airgroup G { airgroupval aggregate(prod) v; } airtemplate A() { col witness a; a === v; } "
    source += "airgroup G { A(); }"
    made = [compile_cached(source, folder=tmp_path) for _ in range(2)]

    assert made[0].unprovable == made[1].unprovable != ()
    assert made[1].authored == ()


@pytest.mark.parametrize("name", ["main.pil", "part.pil"])
def test_a_changed_file_is_compiled_again(compiler: Compiler, sources: Path, name: str) -> None:
    compiler()
    with (sources / name).open("a") as file:
        file.write("// a comment\n")
    compiler()
    compiler()

    assert compiler.count == 2


def test_other_constants_and_search_paths_have_entries_of_their_own(
    compiler: Compiler, sources: Path
) -> None:
    for _ in range(2):
        compiler(1)
        compiler(2)
        compiler(1, (sources,))

    assert compiler.count == len(compiler.entries) == 3


def test_a_file_that_would_be_found_first_is_noticed(compiler: Compiler, sources: Path) -> None:
    early, late = sources / "early", sources / "late"
    early.mkdir()
    late.mkdir()
    (sources / "part.pil").rename(late / "part.pil")
    compiler(include=(early, late))
    (early / "part.pil").write_text(PART.replace("[1..N]", "[2..N+1]"))

    assert compiler(include=(early, late)).system.airs[0].fixed[0].values[0] == 2
    assert compiler.count == 2


def test_another_compiler_does_not_use_the_entry(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler()
    monkeypatch.setattr(cache, "_compiler", lambda: "another")
    compiler()

    assert compiler.count == 2


@pytest.mark.parametrize("damage", ["empty", "short", "byte", "body", "none of ours"])
def test_a_damaged_entry_is_a_warning_and_is_made_again(compiler: Compiler, damage: str) -> None:
    whole = compiler()
    (entry,) = compiler.entries
    data = entry.read_bytes()
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    damaged = {
        "empty": b"",
        "short": data[:-1],
        "byte": bytes(changed),
        "body": data[: len(cache.MAGIC) + cache.DIGEST] + b"{}",
        "none of ours": b"\x80\x04N.",
    }
    entry.write_bytes(damaged[damage])

    with pytest.warns(PilWarning, match="is damaged"):
        again = compiler()

    assert fields_of(again) == fields_of(whole)
    assert entry.read_bytes() == data
    assert compiler.count == 2


def test_an_error_is_not_kept(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(PilError):
            compile_cached("airgroup G { A(); }", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_large_tables_are_not_kept(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_CELLS", 31)
    compiler()

    assert compiler.entries == []


def test_the_oldest_entries_go(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRIES", 3)
    for k in range(5):
        compiler(k)

    assert len(compiler.entries) == 3


def test_a_folder_that_cannot_be_made_is_a_warning(compiler: Compiler) -> None:
    compiler.folder.write_text("a file")

    with pytest.warns(PilWarning, match="is not kept in"):
        assert compiler().system.airs


def test_entries_are_for_the_user_alone(compiler: Compiler) -> None:
    compiler()
    (entry,) = compiler.entries

    assert stat.S_IMODE(entry.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"ZISK_PY_CACHE": "/c"}, Path("/c/pil")),
        ({"ZISK_PY_CACHE": "", "XDG_CACHE_HOME": "/x"}, None),
        ({"XDG_CACHE_HOME": "/x"}, Path("/x/zisk-py/pil")),
        ({"HOME": "/h"}, Path("/h/.cache/zisk-py/pil")),
    ],
)
def test_the_users_folder(
    variables: dict[str, str], expected: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ZISK_PY_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert default_folder() == expected


def test_what_is_kept_is_read_without_the_compiler(sources: Path) -> None:
    code = (
        "import sys; from zisk_py import pil; pil.compile(sys.argv[1], constants={'K': 1});"
        "print(any(name.split('.')[0] == 'lark' or '.expander' in name for name in sys.modules))"
    )
    told = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code, str(sources / "main.pil")],
            env=os.environ | {"ZISK_PY_CACHE": str(sources / "cache")},
            capture_output=True,
            check=True,
            text=True,
        )
        told.append(done.stdout.strip())
    assert told == ["True", "False"]
