"""Build script: where each import package lives, what is compiled, and what is generated."""

import os
import sys
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup

ROOT = Path(__file__).parent.resolve()
FOLDERS = ("transpiler", "emulator", "statemachines", "pil", "stark", "cli")
PACKAGE_DIR = {"zisk_py": "zisk_py"} | {f"zisk_py.{folder}": folder for folder in FOLDERS}
DEBUG = os.environ.get("ZISK_DEBUG") == "1"
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "cdivision": True,
    "autotestdict": False,
    "freethreading_compatible": True,
}

os.chdir(ROOT)
sys.path.insert(0, str(ROOT))


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
    for target in [*(ROOT / folder for folder in FOLDERS), *(ROOT / "zisk_py").iterdir()]:
        if target.name != "__pycache__" and not (tree / target.name).is_symlink():
            (tree / target.name).symlink_to(target, target_is_directory=target.is_dir())
    return tree.parent


def generated() -> Path:
    """Write the files that are rendered from tables; an unchanged one triggers no rebuild."""
    from zisk_py.isa.dispatch import render_constants, render_dispatch

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
                [str(path.relative_to(ROOT)), *sorted(str(c.relative_to(ROOT)) for c in c_folder.glob("*.c"))],
                include_dirs=[numpy.get_include(), str(c_folder), *include],
                depends=[str(h.relative_to(ROOT)) for h in c_folder.glob("*.h")],
                define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
                extra_compile_args=["-O1", "-g"] if DEBUG else ["-O3"],
            )
        )
    return found


INCLUDE = [str(namespace_tree()), str(generated())]
setup(
    packages=[import_name(path.parent) for path in sources("__init__.py")],
    package_dir=PACKAGE_DIR,
    package_data={"": ["*.pyi", "*.pxd", "*.lark", "*.pil", "*.md", "*.system", "py.typed"]},
    ext_modules=cythonize(
        extensions(INCLUDE),
        include_path=INCLUDE,
        build_dir="build/cython",
        compiler_directives=DIRECTIVES,
    ),
)
