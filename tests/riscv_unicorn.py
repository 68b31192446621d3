"""Runs RISC-V programs in unicorn: memory at the end, to compare with ours."""

import unicorn
from unicorn import riscv_const

from riscv_files import DATA, TEXT
from zisk_py.transpiler.riscv.assembler import assemble
from zisk_py.transpiler.riscv.layout import STACK_ADDRESS, STACK_SIZE, STACK_TOP

FLOAT_ENABLED = 0x6000  # mstatus.FS: without it fcsr does not exist
PAGE = 4096


def run_in_unicorn(source: str, data: bytes, num_bytes: int) -> tuple[bytes, list[int]]:
    """Run the assembly at TEXT up to its last instruction, with data at DATA; `num_bytes` are mapped there.

    Returns these bytes at the end, and x0 to x31.
    """
    text = assemble(source, TEXT).text
    machine = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV64)
    machine.mem_map(TEXT, _pages(len(text)))
    machine.mem_map(DATA, _pages(num_bytes))
    machine.mem_map(STACK_ADDRESS, STACK_SIZE)
    machine.mem_write(TEXT, text)
    machine.mem_write(DATA, data)
    machine.reg_write(riscv_const.UC_RISCV_REG_MSTATUS, FLOAT_ENABLED)
    machine.reg_write(riscv_const.UC_RISCV_REG_SP, STACK_TOP - 64)
    machine.emu_start(TEXT, TEXT + len(text) - 4)
    registers = [machine.reg_read(riscv_const.UC_RISCV_REG_X0 + number) for number in range(32)]
    return bytes(machine.mem_read(DATA, num_bytes)), registers


def _pages(num_bytes: int) -> int:
    return -(-num_bytes // PAGE) * PAGE + PAGE
