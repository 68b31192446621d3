"""The TextMate grammar: its words are those of the language, and it sees in files what the parser sees."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from zisk_py.pil.span import SourceFile
from zisk_py.pil.tools.tokens import keywords, tokenize

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "editors" / "vscode"
GRAMMAR = json.loads((FOLDER / "syntaxes" / "pil.tmLanguage.json").read_text())
FILES = [*sorted((ROOT / "examples").rglob("*.pil")), ROOT / "tests" / "data" / "pil" / "every_construct.pil"]
FILES += sorted((ROOT / "statemachines").rglob("*.pil"))
SCOPES = {
    "STRING": "string.",
    "TEMPLATE": "string.",
    "NUMBER": "constant.numeric.",
    "HINT": "entity.name.tag.",
}


def rules(node: Any) -> Iterator[dict[str, Any]]:
    """All rules of a part of the grammar, those within others too."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from rules(value)
    elif isinstance(node, list):
        for value in node:
            yield from rules(value)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def flat(patterns: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rules of a list of patterns, in order, with what they include."""
    for rule in patterns:
        if "include" in rule:
            yield from flat(GRAMMAR["repository"][rule["include"].removeprefix("#")]["patterns"])
        else:
            yield rule


def scopes(text: str) -> list[str]:
    """The innermost scope of each character, as editors find it: by line, the first rule that matches."""
    found: list[str] = []
    open_rules: list[dict[str, Any]] = []
    for line in text.split("\n"):
        marks = [open_rules[-1]["name"] if open_rules else ""] * (len(line) + 1)
        at = 0
        while at <= len(line):
            patterns = open_rules[-1].get("patterns", []) if open_rules else GRAMMAR["patterns"]
            tries = [(compiled(rule.get("match") or rule["begin"]), rule) for rule in flat(patterns)]
            if open_rules:
                tries.insert(0, (compiled(open_rules[-1]["end"]), {"end": True}))
            hits = [
                (match.start(), number)
                for number, (p, _) in enumerate(tries)
                if (match := p.search(line, at))
            ]
            if not hits:
                break
            pattern, rule = tries[min(hits)[1]]
            match = pattern.search(line, at)
            assert match is not None
            name = rule.get("name") or (open_rules[-1]["name"] if open_rules else "")
            marks[match.start() : match.end()] = [name] * len(match[0])
            for number, capture in rule.get("captures", {}).items():
                start, end = match.span(int(number))
                marks[start:end] = [capture["name"]] * (end - start)
            if "end" in rule and rule["end"] is True:
                open_rules.pop()
            elif "begin" in rule:
                open_rules.append(rule)
            outer = open_rules[-1]["name"] if open_rules else ""
            marks[match.end() :] = [outer] * (len(marks) - match.end())
            at = match.end() if match[0] else match.end() + 1
        found += marks
    return found


def test_every_keyword_of_the_language_is_a_word_of_the_grammar_once() -> None:
    words = [
        word
        for rule in flat([{"include": "#words"}])
        for word in rule["match"].removeprefix(r"(?<![\w$])(?:").removesuffix(r")(?![\w$])").split("|")
    ]
    assert sorted(words) == list(keywords())


def test_all_regular_expressions_compile() -> None:
    patterns = [rule[key] for rule in rules(GRAMMAR) for key in ("match", "begin", "end") if key in rule]
    assert len(patterns) > 20
    for pattern in patterns:
        compiled(pattern)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_tokens_have_the_scopes_of_their_kinds(path: Path) -> None:
    text = path.read_text()
    marks = scopes(text)
    words = set(keywords())
    for token in tokenize(SourceFile(path.name, text)):
        scope = marks[token.start] if token.text else ""
        what = f"{token.text!r} at {token.start} is {scope}"
        if token.kind in SCOPES:
            assert scope.startswith(SCOPES[token.kind]), what
        elif token.text in words:
            assert scope.startswith(("keyword.", "storage.", "variable.language.")), what
        elif token.kind == "NAME":
            assert scope.startswith(("variable.", "entity.name.")), what
        elif token.kind == "PRAGMA":
            assert scope == "meta.preprocessor.pil", what
        for comment in token.comments:
            start = text.index(comment.text.split("\n")[0])
            assert marks[start].startswith("comment."), what


def test_the_manifest_names_files_that_exist() -> None:
    manifest = json.loads((FOLDER / "package.json").read_text())
    (language,), (grammar,) = manifest["contributes"]["languages"], manifest["contributes"]["grammars"]
    for name in (manifest["main"], language["configuration"], grammar["path"]):
        assert (FOLDER / name).is_file()
    assert grammar["scopeName"] == GRAMMAR["scopeName"]
    json.loads((FOLDER / language["configuration"]).read_text())
