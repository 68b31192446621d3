"""Imports obey docs/architecture.md; the verifier needs only the standard library."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("transpiler", "emulator", "statemachines", "pil", "stark", "cli", "examples")
SUFFIXES = (".py", ".pyi", ".pyx", ".pxd")
CIMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+c?import\s+\(?([\w, ]*)|c?import\s+([\w.]+))")


def allowed_imports() -> dict[str, list[str]]:
    """The list in the document: part -> modules (without zisk_py) that it may import."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    section = text.split("## Who may import whom")[1].split("\n## ")[0]
    rules: dict[str, list[str]] = {}
    for left, right in re.findall(r"^    ([\w., ]+) -> (.+)$", section, re.MULTILINE):
        for part in left.split(", "):
            rules[part] = [] if right == "nothing of ours" else right.split(", ")
    return rules


def module_of(path: Path) -> str:
    """The dotted name without zisk_py: stark.fri.prover."""
    relative = path.relative_to(ROOT)
    parts = relative.with_suffix("").parts
    return ".".join(part for part in parts if part not in ("zisk_py", "__init__"))


def source_files() -> list[Path]:
    """All sources of the packages; a folder of examples is no package."""
    return [
        path
        for folder in ("zisk_py", *FOLDERS)
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in SUFFIXES and (path.parent / "__init__.py").is_file()
    ]


def imported_modules(path: Path) -> Iterator[str]:
    """All modules that a file imports or cimports, absolute."""
    text = path.read_text()
    package = ["zisk_py", *module_of(path).split(".")][: None if path.name == "__init__.py" else -1]
    if path.suffix in (".py", ".pyi"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                module = ".".join([*base, *filter(None, [node.module])])
                yield from (
                    [f"zisk_py.{alias.name}" for alias in node.names] if module == "zisk_py" else [module]
                )
        return
    for line in text.splitlines():
        if match := CIMPORT.match(line):
            module = match[1] or match[3]
            level = len(module) - len(module.lstrip("."))
            if level:
                module = ".".join([*package[: len(package) - level + 1], *filter(None, [module.lstrip(".")])])
            yield from (
                [f"zisk_py.{name.strip()}" for name in match[2].split(",")]
                if module == "zisk_py"
                else [module]
            )


def part_of(module: str, rules: dict[str, list[str]]) -> str:
    """The narrowest part that a module (without zisk_py) belongs to; its first name if there is none."""
    names = module.split(".")
    parts = [".".join(names[:count]) for count in range(len(names), 0, -1)]
    return next((part for part in parts if part in rules), names[0])


def is_allowed(module: str, part: str, rules: dict[str, list[str]]) -> bool:
    own = module.removeprefix("zisk_py").lstrip(".")
    theirs = part_of(own, rules)
    if own in ("", "__version__") or theirs == part:
        return True
    return any(
        own == rule or (own.startswith(f"{rule}.") and not theirs.startswith(f"{rule}."))
        for rule in rules[part]
    )


@pytest.mark.parametrize("path", source_files(), ids=module_of)
def test_a_file_imports_only_what_its_part_may(path: Path) -> None:
    rules = allowed_imports()
    part = part_of(module_of(path), rules)
    offered = {"zisk_py": ["zkvm", "trace"], "pil": ["pil.authoring"]}
    if path.name == "__init__.py" and path.parent.name in offered:  # offers what users need, on demand
        rules = {**rules, part: offered[path.parent.name]}
    ours = [module for module in imported_modules(path) if module.split(".")[0] == "zisk_py"]
    assert [module for module in ours if not is_allowed(module, part, rules)] == []


def test_the_document_names_every_part() -> None:
    rules = allowed_imports()
    assert set(rules) == {part_of(module_of(path), rules) for path in source_files()} - {""}


def test_a_part_within_another_has_rules_of_its_own() -> None:
    rules = {"pil": ["field"], "pil.authoring": ["pil", "stark.kernels"], "stark": ["pil.system"]}

    assert [part_of(module, rules) for module in ("pil.system", "pil.authoring.trace")] == [
        "pil",
        "pil.authoring",
    ]
    assert is_allowed("zisk_py.pil.system", "pil.authoring", rules)
    assert not is_allowed("zisk_py.pil.authoring.trace", "pil", rules)
    assert not is_allowed("zisk_py.pil.authoring.trace", "stark", rules | {"stark": ["pil"]})
    assert not is_allowed("zisk_py.stark.prover", "pil.authoring", rules)


def test_relative_and_compiled_imports_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    source = tmp_path / "emulator" / "step.pyx"
    source.parent.mkdir()
    lines = [
        "from zisk_py.transpiler.x cimport a",
        "cimport numpy",
        "from .memory cimport M",
        "from zisk_py import pil",
    ]
    source.write_text("\n".join(lines))
    assert list(imported_modules(source)) == [
        "zisk_py.transpiler.x",
        "numpy",
        "zisk_py.emulator.memory",
        "zisk_py.pil",
    ]


def test_verification_loads_only_the_standard_library() -> None:
    script = (
        "import sys; before = set(sys.modules)\n"
        "import zisk_py.statemachines.verification\n"
        "import zisk_py.errors\n"
        "new = {name for name in set(sys.modules) - before}\n"
        "foreign = {n for n in new if n.split('.')[0] not in sys.stdlib_module_names | {'zisk_py'}}\n"
        "ours = {n: sys.modules[n].__file__ or '' for n in new if n.startswith('zisk_py')}\n"
        "compiled = {n for n, file in ours.items() if file.endswith('.so')}\n"
        "print(sorted(foreign | compiled))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
