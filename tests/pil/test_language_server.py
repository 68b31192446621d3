"""The language server, asked by a client of its own over the pipes of a process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls")

MACHINE = """\
// Counts up.
airtemplate Counter(const int N = 32, const int STEP = 1) {
    col fixed FIRST = [1, 0...];
    // What is counted: begins with 0.
    col witness bits(16) count;
    col witness done;  // 1 at the end
    const expr next = count + STEP;
    FIRST * count === 0;
    (1 - FIRST') * (count' - next) === 0;
    done * (1 - done) === 0;
    twice(count, `${STEP}`);
}
function twice(const expr value, const string name): expr {
    return 2 * value;
}
airgroup G {
    Counter();
}
"""


class Client:
    """Speaks JSON-RPC with a server."""

    def __init__(self) -> None:
        words = [sys.executable, "-P", "-m", "zisk_py.cli", "pil", "lsp"]
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ),
        )
        self.number = 0
        self.notices: list[dict[str, Any]] = []

    def send(self, method: str, params: Any, number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if number is not None:
            message["id"] = number
        data = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        stream = self.process.stdout
        assert stream is not None
        length = 0
        while (line := stream.readline()) != b"\r\n":
            assert line, "the server has ended"
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: dict[str, Any] = json.loads(stream.read(length))
        return message

    def ask(self, method: str, params: Any) -> Any:
        """The answer to a request; what comes before it is kept."""
        self.number += 1
        self.send(method, params, self.number)
        while (message := self.receive()).get("id") != self.number or "method" in message:
            self.notices.append(message)
        assert "error" not in message, message
        return message["result"]

    def diagnostics(self, uri: str, count: int) -> list[dict[str, Any]]:
        """The next diagnostics of a document that are so many."""
        while True:
            message = self.notices.pop(0) if self.notices else self.receive()
            if message.get("method") == "textDocument/publishDiagnostics":
                found: list[dict[str, Any]] = message["params"]["diagnostics"]
                if message["params"]["uri"] == uri and len(found) == count:
                    return found


class Editor:
    """A document that is open."""

    def __init__(self, client: Client, uri: str, text: str) -> None:
        self.client, self.uri, self.text, self.version = client, uri, text, 1
        item = {"uri": uri, "languageId": "pil", "version": 1, "text": text}
        client.send("textDocument/didOpen", {"textDocument": item})

    def change(self, text: str) -> None:
        self.text, self.version = text, self.version + 1
        document = {"uri": self.uri, "version": self.version}
        self.client.send(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]}
        )

    def at(self, text: str, part: str) -> dict[str, Any]:
        """The place of `part` within the first place that has `text`."""
        offset = self.text.index(text) + text.index(part)
        line = self.text.count("\n", 0, offset)
        before = self.text[self.text.rfind("\n", 0, offset) + 1 : offset]
        column = len(before.encode("utf-16-le")) // 2
        return {"textDocument": {"uri": self.uri}, "position": {"line": line, "character": column}}

    def ask(self, what: str, place: dict[str, Any] | None = None, **more: Any) -> Any:
        document = {"textDocument": {"uri": self.uri}}
        return self.client.ask(f"textDocument/{what}", {**(place or document), **more})

    def line(self, place: Any) -> str:
        return self.text.split("\n")[place["range"]["start"]["line"]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("editor")
    (root / "parts").mkdir()
    (root / "parts" / "limits.pil").write_text("// As much as it takes.\nconst int LIMIT = GIVEN;\n")
    return root


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[Client]:
    client = Client()
    options = {"include": ["parts"], "constants": {"GIVEN": 3}}
    params = {
        "processId": None,
        "rootUri": root.as_uri(),
        "capabilities": {},
        "initializationOptions": options,
    }
    with client.process:
        client.ask("initialize", params)
        client.send("initialized", {})
        yield client
        client.ask("shutdown", None)
        client.send("exit", None)
        assert client.process.wait(30) == 0


@pytest.fixture(scope="module")
def editor(client: Client, root: Path) -> Editor:
    editor = Editor(client, (root / "counter.pil").as_uri(), MACHINE)
    (warning,) = client.diagnostics(editor.uri, 1)
    assert warning["code"] == "W703"
    assert warning["severity"] == 2
    return editor


def words(hover: Any) -> str:
    text: str = hover["contents"]["value"]
    return text


def test_diagnostics_follow_changes_of_the_text(client: Client, editor: Editor) -> None:
    text = editor.text

    editor.change(text.replace("count * 1", "count").replace("done * (1", "doen * (1"))
    (error,) = client.diagnostics(editor.uri, 1)
    assert error["severity"] == 1
    assert "`doen` is not declared" in error["message"]
    start, end = error["range"]["start"], error["range"]["end"]
    assert editor.text.split("\n")[start["line"]][start["character"] : end["character"]] == "doen"

    editor.change(text)
    assert client.diagnostics(editor.uri, 1)[0]["code"] == "W703"


def test_hover_tells_the_declaration_and_its_comment(editor: Editor) -> None:
    told = words(editor.ask("hover", editor.at("count' - next", "count")))
    assert "col witness bits(16) count" in told
    assert "What is counted: begins with 0." in told


def test_hover_tells_degree_and_rows_of_a_constraint(editor: Editor) -> None:
    told = words(editor.ask("hover", editor.at("next) === 0", "===")))
    assert told == "constraint of Counter: degree 2, reads rows 0, +1"


def test_hover_tells_the_first_values_of_a_fixed_column(editor: Editor) -> None:
    assert "1, 0, 0, 0, 0, 0, 0, 0, ... (32 rows)" in words(
        editor.ask("hover", editor.at("FIRST *", "FIRST"))
    )


def test_hover_between_names_tells_nothing(editor: Editor) -> None:
    assert editor.ask("hover", editor.at("// Counts", "//")) is None


def test_a_name_leads_to_its_declaration(editor: Editor) -> None:
    place = editor.ask("definition", editor.at("twice(count", "twice"))
    assert editor.line(place).startswith("function twice")
    place = editor.ask("definition", editor.at("return 2 * value", "value"))
    assert editor.line(place).startswith("function twice")


def test_references_are_all_places_of_a_name_but_not_comments(editor: Editor) -> None:
    found = editor.ask("references", editor.at("done * (1", "done"), context={"includeDeclaration": True})
    assert [place["range"]["start"]["line"] for place in found] == [5, 9, 9]
    found = editor.ask("references", editor.at("+ STEP", "STEP"), context={"includeDeclaration": False})
    assert [place["range"]["start"]["line"] for place in found] == [6, 10]  # in a template string, too


def test_a_name_is_changed_wherever_it_stands(editor: Editor) -> None:
    edit = editor.ask("rename", editor.at("done * (1", "done"), newName="ended")
    assert len(edit["changes"][editor.uri]) == 3
    assert editor.ask("rename", editor.at("done * (1", "done"), newName="airgroup") is None


def test_symbols_are_nested_as_their_declarations(editor: Editor) -> None:
    found = editor.ask("documentSymbol")
    assert [symbol["name"] for symbol in found] == ["Counter", "twice", "G"]
    assert "count" in [symbol["name"] for symbol in found[0]["children"]]


def test_symbols_of_all_files_are_found_by_letters(client: Client, editor: Editor) -> None:
    found = client.ask("workspace/symbol", {"query": "cOUNt"})
    assert {symbol["name"] for symbol in found} == {"Counter", "count"}


def test_completion_offers_names_in_scope_the_library_and_keywords(editor: Editor) -> None:
    items = {item["label"]: item for item in editor.ask("completion", editor.at("done * (1", "done"))}
    assert {"count", "next", "twice", "lookup_assumes", "airtemplate"} <= items.keys()
    assert "value" not in items  # a parameter of a function
    assert "sel" in items["lookup_assumes"]["detail"]
    assert items["lookup_assumes"]["documentation"]


@pytest.mark.parametrize(
    ("text", "function", "parameter"),
    [("twice(count", "twice", 0), ("twice(count, `", "twice", 1)],
)
def test_a_call_shows_the_parameters(editor: Editor, text: str, function: str, parameter: int) -> None:
    place = editor.at(text, text)
    place["position"]["character"] += len(text)
    found = editor.ask("signatureHelp", place)
    assert found["signatures"][0]["label"].removeprefix("function ").startswith(f"{function}(")
    assert len(found["signatures"][0]["parameters"]) == 2
    assert found["activeParameter"] == parameter


def test_formatting_gives_the_formatted_text(client: Client, root: Path) -> None:
    other = Editor(client, (root / "other.pil").as_uri(), "int  x=1;")
    client.diagnostics(other.uri, 0)
    (edit,) = other.ask("formatting", options={"tabSize": 4, "insertSpaces": True})
    assert edit["newText"] == "int x = 1;\n"

    other.change("int x = ;")
    assert client.diagnostics(other.uri, 1)[0]["code"] == "E101"
    assert other.ask("formatting", options={"tabSize": 4, "insertSpaces": True}) == []


def test_names_and_errors_are_followed_into_other_files(client: Client, root: Path) -> None:
    text = 'require "limits.pil";\nconst string s = "é𝄞"; const int X = LIMIT;\n'
    other = Editor(client, (root / "uses.pil").as_uri(), text)
    client.diagnostics(other.uri, 0)
    place = other.ask("definition", other.at("X = LIMIT", "LIMIT"))
    assert place["uri"] == (root / "parts" / "limits.pil").as_uri()
    assert "As much as it takes." in words(other.ask("hover", other.at("X = LIMIT", "LIMIT")))
