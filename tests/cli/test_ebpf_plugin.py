"""The plug-in for bpf_conformance: the runner's protocol, and our own cases through it."""

import io
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from ebpf_cases import ERRORS, RUNS
from zisk_py.isa.faults import Exit
from zisk_py.transpiler.bpf.assembler import assemble

ROOT = Path(__file__).parents[2]
OBJECTS = ROOT / "tests" / "data" / "ebpf" / "objects"
EVERY = 5  # the cases themselves are tested elsewhere
SCRIPT = "zisk-py-ebpf-plugin"
# Leaves out what would make each of the runner's hundreds of starts slow.
LISTING = """
import sys
from zisk_py.cli.commands.ebpf_plugin import run
try:
    run()
finally:
    print(*(name for name in sys.modules if name.startswith("zisk_py.")), file=sys.stderr)
"""

Plugin = Callable[..., Any]


@pytest.fixture
def plugin(command: Plugin, monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """Run the plug-in with a program, its memory and options, as the runner does."""

    def run(program: bytes, memory: bytes = b"", *options: str) -> Any:
        monkeypatch.setattr(sys, "stdin", io.StringIO(program.hex(" ") + "\n"))
        return command("ebpf-plugin", *([memory.hex(" ")] if memory else []), *options)

    return run


def test_cases_get_their_answer(plugin: Plugin) -> None:
    for case in RUNS[::EVERY]:
        ending = plugin(case.text, case.mem)
        if isinstance(case.outcome, Exit):
            assert (ending.code, ending.out) == (0, f"{case.outcome.code:x}\n"), case.name
        else:
            assert case.outcome is not None
            message = f"{case.outcome.kind.name} at slot {case.outcome.pc}\n"
            assert (ending.code, ending.out, ending.err) == (3, "", message), case.name


def test_all_errors_are_the_only_thing_that_is_printed(plugin: Plugin) -> None:
    """But helper 5, which the plug-in has."""
    for case in ERRORS:
        ending = plugin(case.text, case.mem)
        if "wants helper 5," in case.error:
            assert (ending.code, ending.out) == (0, "0\n"), case.name
        else:
            assert (ending.code, ending.out, ending.err) == (2, "", case.error + "\n"), case.name


def test_a_helper_is_called_by_number_and_by_the_number_in_a_register(plugin: Plugin) -> None:
    assert plugin(assemble("mov r1, 99\ncall helper 5\nexit").text).out == "63\n"
    assert plugin(assemble("mov r1, 98\nmov r2, 5\ncall %r2\nexit").text).out == "62\n"


def test_an_object_is_run_with_elf(plugin: Plugin) -> None:
    ending = plugin((OBJECTS / "sum.o").read_bytes(), bytes(range(100)), "--elf")
    assert (ending.code, ending.out) == (0, f"{sum(range(100)):x}\n")


def test_r0_is_a_number_in_json(plugin: Plugin) -> None:
    assert plugin(assemble("mov r0, 255\nexit").text, b"", "--json").out == '{"r0": 255}\n'


def test_bytecode_is_no_object(plugin: Plugin) -> None:
    ending = plugin(assemble("exit").text, b"\1", "--elf")
    assert ending.code == 2
    assert "is not an ELF file" in ending.err


def test_a_program_without_end_is_given_up(plugin: Plugin) -> None:
    ending = plugin(assemble("ja -1\nexit").text)
    assert ending.code == 4
    assert "did not end within" in ending.err


def test_what_is_not_hex_is_refused(command: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("95 0"))
    assert command("ebpf-plugin").code == 2
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert "hex" in command("ebpf-plugin", "xyz").err


def test_the_script_is_a_function_that_runs_and_imports_no_prover() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, name = scripts[SCRIPT].split(":")
    assert callable(getattr(import_module(module), name))
    done = subprocess.run(
        [sys.executable, "-P", "-c", LISTING, "01 02 03 04"],
        input=assemble("ldxw r0, [r1]\nexit").text.hex(" ") + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "4030201\n")
    assert not {"zkvm", "stark", "statemachines", "pil"} & {
        name.split(".")[1] for name in done.stderr.split()
    }
