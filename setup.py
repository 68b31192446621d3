"""Build script: where each import package lives, what is compiled, and what is generated."""

import os
import subprocess
import sys
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent.resolve()
FOLDERS = ("transpiler", "emulator", "statemachines", "pil", "stark", "cli", "examples")
PACKAGE_DIR = {"zisk_py": "zisk_py"} | {f"zisk_py.{folder}": folder for folder in FOLDERS}
EXAMPLE_FILES = ("Makefile", "*.[cho]", "*.ld", "*.so", "*.elf", "*.bin", "*.json", "*.py")
SHIPPED = {  # what the package itself writes, by the module that does
    "pil": Path("pil", "grammar.tables"),  # of the parser
    "statemachines": Path("statemachines", "zkvm.system"),  # the compiled PIL of the zkVM
}
DEBUG = os.environ.get("ZISK_DEBUG") == "1"  # bounds of every array access in Cython are checked
SANITIZE = os.environ.get("ZISK_SANITIZE") == "1"  # C and Cython stop at the first bad access or overflow
VARIANT = "-debug" * DEBUG + "-sanitize" * SANITIZE
# Python's own flags give a signed overflow a meaning, and then none would be reported.
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-wrapv"] if SANITIZE else []
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "cdivision": True,
    "autotestdict": False,
    "freethreading_compatible": True,
}

os.chdir(ROOT)


class BuildExtensions(build_ext):
    """Compile the extensions, then run the package that results to write what ships with it."""

    def run(self):
        super().run()
        if self.inplace:
            self.write_shipped(ROOT / "build" / "ns", ROOT)
        else:
            self.run_command("build_py")
            package = Path(self.build_lib).resolve()
            self.write_shipped(package, package / "zisk_py")

    def write_shipped(self, package: Path, target: Path) -> None:
        """Run each writer in a process of its own: the package just built, from no other place."""
        paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
        for folder, path in SHIPPED.items():
            if (package / "zisk_py" / folder / "build.py").is_file():
                subprocess.run(
                    [sys.executable, "-P", "-m", f"zisk_py.{folder}.build", str(target / path)],
                    env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
                    check=True,
                )


def import_name(path: Path) -> str:
    """The dotted name of a source path: emulator/step.pyx -> zisk_py.emulator.step."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts if parts[0] == "zisk_py" else ("zisk_py", *parts))


def sources(pattern: str) -> list[Path]:
    """All files of the packages that match."""
    return [path for folder in PACKAGE_DIR.values() for path in sorted((ROOT / folder).rglob(pattern))]


def namespace_tree() -> Path:
    """Link every folder under its import name: cimport and mypy resolve packages here."""
    tree = ROOT / "build" / "ns" / "zisk_py"
    tree.mkdir(parents=True, exist_ok=True)
    targets = [*(ROOT / folder for folder in FOLDERS), *(ROOT / "zisk_py").iterdir()]
    wanted = {path.name: path for path in targets if path.name != "__pycache__"}
    for link in tree.iterdir():
        if link.is_symlink() and (link.name not in wanted or link.readlink() != wanted[link.name]):
            link.unlink()
    for name, target in wanted.items():
        if not (tree / name).is_symlink():
            (tree / name).symlink_to(target, target_is_directory=target.is_dir())
    return tree.parent


def generated() -> Path:
    """Write the files that are rendered from tables; an unchanged one triggers no rebuild."""
    sys.path.insert(0, str(ROOT))
    from zisk_py.isa.dispatch import render_constants, render_dispatch

    sys.path.remove(str(ROOT))
    folder = ROOT / "build" / "gen"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("dispatch.pxi", render_dispatch()), ("constants.pxi", render_constants())):
        target = folder / name
        if not target.is_file() or target.read_text() != text:
            target.write_text(text)
    return folder


def extensions(include: list[str]) -> list[Extension]:
    """One extension per .pyx; C sources in its `<name>_c/` folder are compiled into it."""
    found = []
    for path in sources("*.pyx"):
        c_folder = path.with_name(f"{path.stem}_c")
        found.append(
            Extension(
                import_name(path),
                [str(source.relative_to(ROOT)) for source in (path, *sorted(c_folder.glob("*.c")))],
                include_dirs=[numpy.get_include(), str(c_folder), *include],
                depends=[str(h.relative_to(ROOT)) for h in c_folder.glob("*.h")],
                define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
                extra_compile_args=["-O1", "-g", *SANITIZERS] if VARIANT else ["-O3"],
                extra_link_args=SANITIZERS,
            )
        )
    return found


INCLUDE = [str(namespace_tree()), str(generated())]
setup(
    cmdclass={"build_ext": BuildExtensions},
    packages=[import_name(path.parent) for path in sources("__init__.py")],
    package_dir=PACKAGE_DIR,
    include_package_data=False,
    package_data={
        "": [f"**/{name}" for name in ("*.pyi", "*.pxd", "*.lark", "*.pil", "*.md", "py.typed")],
        "zisk_py.transpiler.c": ["include/zisk/*.h", "runtime/*.c", "riscv/*"],
        "zisk_py.transpiler.riscv.floats": ["routines.elf"],
        "zisk_py.examples": [f"*/{name}" for name in EXAMPLE_FILES],
    },
    ext_modules=cythonize(
        extensions(INCLUDE),
        include_path=INCLUDE,
        build_dir=f"build/cython{VARIANT}",
        compiler_directives=DIRECTIVES,
    ),
    options={"build_ext": {"parallel": True}},  # one compiler per core
)
