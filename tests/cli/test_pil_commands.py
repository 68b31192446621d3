"""`zisk-py pil`: a file checked, formatted, explained, evaluated; its witness checked, proven, verified."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zisk_py.cli.main import main

EXAMPLES = Path(__file__).parents[2] / "examples" / "pil"
P = 2**64 - 2**32 + 1


def fibonacci(rows: int) -> tuple[list[int], list[int]]:
    a, b = [1], [1]
    for _ in range(rows - 1):
        a, b = [*a, b[-1]], [*b, (a[-1] + b[-1]) % P]
    return a, b


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a witness that satisfies it, one that does not, and the public value of both."""
    folder = tmp_path_factory.mktemp("pil")
    shutil.copy(EXAMPLES / "fibonacci.pil", folder)
    a, b = (np.array(column, dtype=np.uint64) for column in fibonacci(32))
    np.savez(folder / "good.npz", a=a, b=b)
    (folder / "out.json").write_text(json.dumps({"out": int(a[-1])}))
    b[5] += np.uint64(1)
    np.savez(folder / "bad.npz", a=a, b=b)
    return folder


@pytest.fixture(scope="module")
def proof(command: Any, folder: Path) -> Path:
    path = folder / "fibonacci.proof"
    ending = command("pil", "prove", folder / "fibonacci.pil", *given(folder, "good"), "-o", path, "--json")
    assert ending.code == 0, ending.err
    assert json.loads(ending.out)["proof_bytes"] == path.stat().st_size
    return path


def given(folder: Path, name: str) -> tuple[object, ...]:
    return ("--witness", folder / f"{name}.npz", "--publics", folder / "out.json")


def test_check_tells_what_a_file_costs(command: Any, folder: Path) -> None:
    ending = command("pil", "check", folder / "fibonacci.pil")
    assert ending.code == 0
    assert "Fibonacci" in ending.out
    assert "a proof of one instance of each takes about" in ending.out

    found = json.loads(command("pil", "check", folder / "fibonacci.pil", "--json").out)
    assert found["ok"]
    (air,) = found["costs"]["airs"]
    assert (air["columns"], air["constraints"], air["offsets"]) == ({"1": 2}, {"2": 5}, [0, 1])


def test_check_tells_all_errors_and_warnings_with_their_places(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "wrong.pil"
    path.write_text("int x = one;\nint y = two;\n")
    ending = command("pil", "check", path)
    assert ending.code == 2
    assert "wrong.pil:1:9: `one` is not declared" in ending.out
    assert "2 errors" in ending.out

    found = json.loads(command("pil", "check", path, "--json").out)
    assert not found["ok"]
    places = [
        (one["severity"], one["code"], one["line"], one["column"], one["end_column"])
        for one in found["diagnostics"]
    ]
    assert places == [("error", "E201", 1, 9, 12), ("error", "E201", 2, 9, 12)]


def test_check_takes_constants_and_folders(command: Any, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "part.pil").write_text("assert_eq(SIZE, 16);")
    path = tmp_path / "main.pil"
    path.write_text('require "part.pil";')
    assert command("pil", "check", path).code == 2
    assert command("pil", "check", path, "-I", tmp_path / "parts", "-D", "SIZE=0x10").code == 0
    assert command("pil", "check", path, "-I", tmp_path / "parts", "-D", "SIZE=8").code == 2


def test_check_of_a_witness_reports_what_fails(command: Any, folder: Path) -> None:
    assert command("pil", "check", folder / "fibonacci.pil", *given(folder, "good")).code == 0
    ending = command("pil", "check", folder / "fibonacci.pil", *given(folder, "bad"))
    assert ending.code == 1
    assert "fibonacci.pil:14" in ending.out

    page = folder / "report.html"
    ending = command(
        "pil", "check", folder / "fibonacci.pil", *given(folder, "bad"), "--json", "--html", page
    )
    assert ending.code == 1
    assert json.loads(ending.out)["report"]["ok"] is False
    assert page.read_text().lstrip().lower().startswith("<!doctype html")


def test_a_proof_is_of_the_file_and_of_its_public_values(command: Any, folder: Path, proof: Path) -> None:
    words = ("pil", "verify", proof, "--pil", folder / "fibonacci.pil", "--publics")
    ending = command(*words, folder / "out.json", "--json")
    assert ending.code == 0, ending.err
    assert json.loads(ending.out)["verified"]

    other = folder / "other.json"
    other.write_text('{"out": 3}')
    ending = command(*words, other)
    assert ending.code == 1
    assert "public value" in ending.err

    text = (folder / "fibonacci.pil").read_text()
    changed = folder / "changed.pil"
    changed.write_text(text.replace("b' - a - b", "b' - a - 2 * b"))
    assert changed.read_text() != text
    ending = command("pil", "verify", proof, "--pil", changed, "-p", folder / "out.json")
    assert ending.code == 1


def test_columns_of_a_program_are_named_to_verify(command: Any, tmp_path: Path) -> None:
    path, proof = tmp_path / "program.pil", tmp_path / "program.proof"
    path.write_text(
        "airtemplate A(const int N = 32) {\n    commit stage(0) program;\n    col program v[2], k;\n"
        "    col witness x;\n    x === v[0] + v[1] + k;\n}\nairgroup G { A(); }\n"
    )
    for name, k in (("good", 3), ("other", 4)):
        columns = {"v": [[1, 2]] * 32, "k": [k] * 32, "x": [k + 3] * 32}
        (tmp_path / f"{name}.json").write_text(json.dumps({"A": columns}))
    ending = command("pil", "prove", path, "--witness", tmp_path / "good.json", "-o", proof)
    assert ending.code == 0, ending.err

    words = ("pil", "verify", proof, "--pil", path)
    assert command(*words).code == 2
    assert command(*words, "--program", tmp_path / "good.json").code == 0
    assert command(*words, "--program", tmp_path / "other.json").code == 1


def test_prove_writes_nothing_where_the_check_fails(command: Any, folder: Path) -> None:
    target = folder / "no.proof"
    ending = command("pil", "prove", folder / "fibonacci.pil", *given(folder, "bad"), "-o", target)
    assert ending.code == 1
    assert "fibonacci.pil:14" in ending.out
    assert not target.exists()


@pytest.mark.parametrize("name", ["check", "prove", "fuzz"])
def test_a_witness_that_lacks_a_column_is_bad_input(command: Any, folder: Path, name: str) -> None:
    np.savez(folder / "half.npz", a=np.ones(32, dtype=np.uint64))
    ending = command("pil", name, folder / "fibonacci.pil", *given(folder, "half"))
    assert ending.code == 2
    assert "b" in ending.err


def test_explain_prints_formulas_with_their_lines(command: Any, folder: Path) -> None:
    ending = command("pil", "explain", folder / "fibonacci.pil", "--air", "Fibonacci")
    assert ending.code == 0
    assert "(b' - a - b) === 0" in ending.out
    assert "degree 2; fibonacci.pil:15:5: (1 - LAST) * (b' - a - b) === 0" in ending.out
    assert command("pil", "explain", folder / "fibonacci.pil", "--air", "Fibonaci").code == 2

    (air,) = json.loads(command("pil", "explain", folder / "fibonacci.pil", "--json").out)
    assert [column["name"] for column in air["columns"]] == ["a", "b"]


def test_explain_shows_messages_by_bus_and_columns_that_are_filled(command: Any) -> None:
    ending = command("pil", "explain", EXAMPLES / "alu.pil")
    assert ending.code == 0
    assert "bus " in ending.out
    assert "how often the tuple is asked for" in ending.out


@pytest.mark.parametrize(
    ("words", "result"),
    [
        (("2**70 + 1",), str(2**70 + 1)),
        (("V",), "[[5, 6], [7, 8]]"),
        (("`${X}!`",), "5!"),
        (("a * X + 1", "--air", "A"), "a * 5 + 1"),
        (("F[3]", "--air", "A"), "3"),
        (("--fixed", "A.F:30..31"), "      30  30\n      31  31"),
    ],
)
def test_eval_prints_expressions_and_fixed_columns(
    command: Any, tmp_path: Path, words: tuple[str, ...], result: str
) -> None:
    path = tmp_path / "values.pil"
    path.write_text(
        "const int X = 5; const int V[2][2] = [[5, 6], [7, 8]];\n"
        "airtemplate A(const int N = 32) { col witness a; col fixed F = [0..31]; a === F; }\n"
        "airgroup G { A(); }\n"
    )
    ending = command("pil", "eval", path, *words)
    assert (ending.code, ending.out) == (0, f"{result}\n"), ending.err


@pytest.mark.parametrize(
    "words",
    [("--fixed", "A"), ("--fixed", "A.G"), ("--fixed", "A.F:32"), ("--fixed", "B.F"), ("1 +",), ("Y",), ()],
)
def test_eval_says_what_it_cannot_find(command: Any, tmp_path: Path, words: tuple[str, ...]) -> None:
    path = tmp_path / "values.pil"
    path.write_text("airtemplate A(const int N = 32) { col fixed F = [0..31]; } airgroup G { A(); }")
    ending = command("pil", "eval", path, *words)
    assert ending.code == 2
    assert ending.err.startswith("zisk-py: error: ")


def test_format_changes_files_in_place_or_tells_what_it_would_change(command: Any, tmp_path: Path) -> None:
    path, done = tmp_path / "a.pil", tmp_path / "b.pil"
    path.write_text("int  x=1; // one")
    done.write_text("int y;\n")

    ending = command("pil", "format", "--check", tmp_path)
    assert (ending.code, ending.out) == (1, f"{path} is not formatted\n")
    ending = command("pil", "format", "--diff", tmp_path)
    assert ending.code == 1
    assert "+int x = 1;  // one\n" in ending.out
    assert path.read_text() == "int  x=1; // one"

    assert command("pil", "format", path, done).code == 0
    assert path.read_text() == "int x = 1;  // one\n"
    assert command("pil", "format", "--check", tmp_path).code == 0


def test_format_refuses_what_it_cannot_read(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.pil"
    path.write_text("int x = ;")
    assert command("pil", "format", path).code == 2
    assert path.read_text() == "int x = ;"
    path.write_bytes(b"\xff\xfe")
    assert command("pil", "format", path).code == 2


def test_the_group_lists_its_commands(command: Any) -> None:
    ending = command("pil", "--help")
    assert ending.code == 0
    for name in ("check", "format", "explain", "eval", "test", "lsp", "prove", "verify", "fuzz"):
        assert f"  {name} " in ending.out


def test_check_takes_features_silences_warnings_and_goes_on_without_files(
    command: Any, tmp_path: Path
) -> None:
    path = tmp_path / "main.pil"
    path.write_text(
        "#pragma feature LONG\nassert_eq(1, 2);\n"
        "airtemplate A(const int N = 32) {\n"
        "    #pragma extern_fixed_file `there_is_none.bin`\n    col fixed F;\n"
        "    col witness bits(8) x;\n    x === F;\n}\nairgroup G { A(); }\n"
    )
    assert command("pil", "check", path).code == 2
    ending = command("pil", "check", path, "--missing-files")
    assert ending.code == 0, ending.out
    assert "W703" in ending.out
    assert "W703" not in command("pil", "check", path, "--missing-files", "--lint-off", "W703").out
    assert command("pil", "check", path, "--missing-files", "-F", "LONG").code == 2


def test_fuzz_lists_columns_that_nothing_keeps(command: Any, folder: Path, tmp_path: Path) -> None:
    ending = command("pil", "fuzz", folder / "fibonacci.pil", *given(folder, "good"))
    assert ending.code == 0, ending.err
    assert command("pil", "fuzz", folder / "fibonacci.pil", *given(folder, "bad")).code == 2

    path = tmp_path / "free.pil"
    path.write_text("airtemplate A(const int N = 32) { col witness x, y; x * y === 0; } airgroup G { A(); }")
    (tmp_path / "w.json").write_text(json.dumps({"A": {"x": [0] * 32, "y": [0] * 32}}))
    ending = command("pil", "fuzz", path, "--witness", tmp_path / "w.json", "--rows", 3, "--json")
    assert ending.code == 1
    assert json.loads(ending.out)


def test_tables_are_drawn_on_a_terminal(folder: Path) -> None:
    out = Terminal()
    assert main(["pil", "check", str(folder / "fibonacci.pil")], out, io.StringIO()) == 0
    assert "\u2502" in out.getvalue()
    out = Terminal()
    words = [str(word) for word in ("pil", "check", folder / "fibonacci.pil", *given(folder, "bad"))]
    assert main(words, out, io.StringIO()) == 1
    assert "Fibonacci" in out.getvalue()


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


DOUBTFUL = "airtemplate A(const int N = 32) { col witness bits(8) x; x === 3; 1 / 2; } airgroup G { A(); }\n"


def test_errors_come_with_the_warnings_that_were_found_until_then(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "wrong.pil"
    path.write_text("int x = 1 / 2;\nint y = two;\n")
    ending = command("pil", "check", path)
    assert ending.code == 2
    assert "warning: " in ending.out
    assert "[W710]" in ending.out
    assert "1 error, 1 warning\n" in ending.out


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (("explain",), ["W703", "W701", "W710"]),
        (("eval", "3"), ["W701", "W710"]),
        (("prove", "--witness", "w.json", "-o", "x.proof"), ["W703", "W701", "W710"]),
        (("fuzz", "--witness", "w.json"), ["W703", "W701", "W710"]),
    ],
    ids=lambda value: value[0],
)
def test_commands_tell_the_warnings_of_a_file_in_a_line_each(
    command: Any, tmp_path: Path, arguments: tuple[str, ...], codes: list[str]
) -> None:
    path = tmp_path / "doubtful.pil"
    path.write_text(DOUBTFUL)
    (tmp_path / "w.json").write_text(json.dumps({"x": [3] * 32}))
    name, *rest = (tmp_path / one if "." in one else one for one in arguments)
    ending = command("pil", name, path, *rest)
    told = [line for line in ending.err.splitlines() if "warning" in line]
    assert [line[-5:-1] for line in told] == codes, ending.err
    assert all(line.startswith("zisk-py: warning: doubtful.pil:1:") for line in told)


def test_of_many_warnings_the_first_ones_are_told(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "many.pil"
    path.write_text("1 / 2;\n" * 9)
    err = command("pil", "eval", path, "3").err
    assert err.count("zisk-py: warning: ") == 5
    assert f"13 more warnings; see `zisk-py pil check {path}`" in err


def test_without_the_cache_nothing_is_kept(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZISK_PY_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "doubtful.pil"
    path.write_text(DOUBTFUL)
    assert command("pil", "check", path, "--no-cache").code == 0
    assert not (tmp_path / "cache").exists()
    assert command("pil", "check", path).code == 0
    assert len(list((tmp_path / "cache").rglob("*.compiled"))) == 1


def test_a_cache_that_cannot_be_written_to_is_told_and_nothing_else(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZISK_PY_CACHE", str(tmp_path / "file"))
    path = tmp_path / "main.pil"
    path.write_text("int x = 3;\n")
    ending = command("pil", "check", path)
    assert ending.code == 0
    assert ending.err.count("\n") == 1
    assert ending.err.startswith("zisk-py: warning: the compiled file is not kept in ")


@pytest.mark.parametrize(
    ("words", "meant"), [(("pil", "chek"), "check"), (("exceute",), "execute"), (("pil", "xyzzy"), None)]
)
def test_a_command_that_is_close_is_named(command: Any, words: tuple[str, ...], meant: str | None) -> None:
    ending = command(*words, "file")
    assert ending.code == 2
    assert f"No such command '{words[-1]}'" in ending.err
    assert (f"did you mean {meant}?" in ending.err) == (meant is not None)


def test_a_file_without_an_air_is_told_how_there_is_one(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "none.pil"
    path.write_text("airtemplate A() { col witness a; a === 1; }\n")
    ending = command("pil", "check", path)
    assert ending.code == 0
    assert ending.out == (
        "cannot be proven: there is no air; an airtemplate A makes one where it is called, "
        "`airgroup G { A(); }`\n"
    )
