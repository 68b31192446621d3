"""The suite as GNU as and ld make it of the same lines, run by qemu: a judge of our assembler and table."""

import shutil
import subprocess
from pathlib import Path

import pytest

from riscv_files import DATA, TEXT

PREFIX, QEMU = "riscv64-unknown-elf-", "qemu-riscv64"
NEEDS_GNU = pytest.mark.skipif(
    not all(shutil.which(name) for name in (f"{PREFIX}as", f"{PREFIX}ld", QEMU)),
    reason=f"needs {PREFIX}as, {PREFIX}ld and {QEMU}",
)
ARCHITECTURE = "rv64imac_zicsr_zifencei_zba_zbb_zbs"
PROCESSOR = "rv64,zba=true,zbb=true,zbs=true"


def build(source: str, data: bytes, folder: Path) -> bytes:
    """The ELF file of assembly and of data that stand where `riscv_file` puts them."""
    lines = [".option norelax", ".option norvc", ".globl _start", "_start:"]
    for line in source.splitlines():
        lines += [".option rvc", line, ".option norvc"] if line.startswith("c.") else [line]
    lines += [".data", *(f".byte {','.join(map(str, data[i : i + 64]))}" for i in range(0, len(data), 64))]
    text, made, program = (folder / name for name in ("suite.s", "suite.o", "suite.elf"))
    text.write_text("\n".join(lines) + "\n")
    subprocess.run([f"{PREFIX}as", f"-march={ARCHITECTURE}", "-o", made, text], check=True)
    places = [f"-Ttext={TEXT:#x}", f"--section-start=.data={DATA:#x}"]
    subprocess.run([f"{PREFIX}ld", *places, "-o", program, made], check=True)
    return program.read_bytes()


def run_in_qemu(program: bytes, folder: Path) -> int:
    """The low byte of the exit code; negative for a signal."""
    path = folder / "program.elf"
    path.write_bytes(program)
    path.chmod(0o755)
    return subprocess.run([QEMU, "-cpu", PROCESSOR, path], check=False).returncode
