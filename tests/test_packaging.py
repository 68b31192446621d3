"""The package as a user installs it."""

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from hashlib import blake2s
from importlib.resources import files
from pathlib import Path

import pytest

import zisk_py
from zisk_py.cli.bundled import bundled_programs

ROOT = Path(__file__).parent.parent
FOLDERS = ("transpiler", "emulator", "statemachines", "pil", "stark", "cli", "examples")

# What C programs include and are linked with.
C_FILES = sorted(
    path.relative_to(ROOT / "transpiler" / "c").as_posix()
    for path in (ROOT / "transpiler" / "c").rglob("*")
    if path.suffix in (".c", ".h", ".S", ".ld")
)

# What a user writes, on the installed package: the id and the proof are those of the checkout.
SNIPPET = """
import sys
from hashlib import blake2s
from pathlib import Path
from zisk_py import Program

input_bytes = Path(sys.argv[2]).read_bytes()
program = Program.load(sys.argv[1])
run = program.execute(input_bytes)
proof = program.prove(input_bytes, chunk_size=2**18)
proof.verify(program.id)
assert proof.statement.outcome == run.outcome
print(program.id, blake2s(proof.to_bytes()).hexdigest())
"""


def run(*command: object, cwd: Path = ROOT) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_version_is_that_of_the_distribution() -> None:
    assert importlib.metadata.version("zisk-py") == zisk_py.__version__


def test_the_command_is_an_entry_point() -> None:
    (command,) = importlib.metadata.entry_points(group="console_scripts", name="zisk-py")
    assert callable(command.load())


def test_type_information_ships() -> None:
    assert files("zisk_py").joinpath("py.typed").is_file()


def test_headers_and_runtime_of_c_programs_ship() -> None:
    folder = files("zisk_py.transpiler.c")
    assert {"include/zisk/solana.h", "riscv/guest.ld"} <= set(C_FILES)
    assert [name for name in C_FILES if not folder.joinpath(name).is_file()] == []


def test_importing_the_package_imports_nothing_else() -> None:
    script = (
        "import sys, zisk_py; print([n for n in sys.modules if n.startswith('zisk_py.') or n == 'numpy'])"
    )
    assert run(sys.executable, "-P", "-c", script).strip() == "[]"


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_is_imported_under_the_package_name(folder: str) -> None:
    spec = importlib.util.find_spec(f"zisk_py.{folder}")
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT / folder) or "site-packages" in spec.origin


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_folder_is_importable_under_its_bare_name(folder: str) -> None:
    script = f"import importlib.util; print(importlib.util.find_spec({folder!r}))"
    origin = run(sys.executable, "-P", "-c", script, cwd=ROOT.parent).strip()
    assert str(ROOT) not in origin


def test_every_python_file_of_a_folder_is_in_a_package() -> None:
    scripts = ROOT / "examples"
    stray = [
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if not (path.parent / "__init__.py").is_file() and not path.is_relative_to(scripts)
    ]
    assert stray == []


def test_every_extension_has_a_stub_for_type_checkers() -> None:
    sources = [path for folder in ("zisk_py", *FOLDERS) for path in (ROOT / folder).rglob("*.pyx")]
    assert [path for path in sources if not path.with_suffix(".pyi").is_file()] == []


def test_nothing_that_is_built_is_committed() -> None:
    tracked = run("git", "ls-files").split()
    built = (".c", ".so", ".pyc", ".zrom", ".proof", ".system", ".pxi")
    kept = [name for name in tracked if name.endswith(built)]
    folders = ("examples/", "tests/data/", "transpiler/c/", "transpiler/riscv/floats/c/")
    sources = [name for name in kept if "_c/" in name or name.startswith(folders)]
    assert kept == sources


@pytest.mark.slow
def test_a_wheel_from_the_sdist_has_everything_that_a_proof_needs(tmp_path: Path) -> None:
    script = "from setuptools import build_meta; import sys; build_meta.build_sdist(sys.argv[1])"
    clone = tmp_path / "clone"
    run("git", "clone", "--quiet", ROOT, clone)
    run(sys.executable, "-P", "-c", script, tmp_path, cwd=clone)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    assert not [name for name in names if name.endswith((".pyc", ".system", ".tables")) or "/build/" in name]
    assert [name for name in names if name.endswith(".pyx")]

    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    run(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, sdist, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    content = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in content} <= {"zisk_py", f"zisk_py-{zisk_py.__version__}.dist-info"}
    assert {"zisk_py/statemachines/zkvm.system", "zisk_py/pil/grammar.tables"} <= set(content)
    assert [name for name in content if name.endswith(".pil")]
    assert {f"zisk_py/transpiler/c/{path}" for path in C_FILES} <= set(content)
    examples = {f"zisk_py/{name}" for name in run("git", "ls-files", "examples", cwd=clone).split()}
    assert examples <= set(content)
    sources = [name for name in content if name.endswith((".pyx", ".h")) and "examples" not in name]
    assert [name for name in sources if not name.startswith("zisk_py/transpiler/c/")] == []

    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    assert "verified" in run(environment / "bin" / "zisk-py", "demo", cwd=tmp_path)

    program = bundled_programs()[0]
    made = zisk_py.Program.load(program.program).prove(program.data())
    output = run(python, "-P", "-c", SNIPPET, program.program, program.input_path, cwd=tmp_path)
    assert output.split() == [zisk_py.Program.load(program.program).id, blake2s(made.to_bytes()).hexdigest()]
