"""What a run leaves for people to read, by the target of its program."""

import numpy as np
from numpy.typing import NDArray

from zisk_py.isa.faults import Fault
from zisk_py.isa.rom import Rom
from zisk_py.transpiler.bpf import log_records
from zisk_py.transpiler.bpf import run_report as bpf_report

RISCV_TARGETS = "riscv"  # what the targets of all conventions of RISC-V begin with


def fault_text(rom: Rom, fault: Fault, ending: bpf_report.Ending) -> str:
    """What ended the run: of sBPF in the words of the Solana runtime."""
    if rom.rules.target.startswith(RISCV_TARGETS):
        from zisk_py.transpiler.riscv import run_report as riscv_report  # others start faster

        return riscv_report.fault_text(rom, fault, ending)
    return bpf_report.fault_text(rom, fault, ending)


def log_lines(target: str, hidden: NDArray[np.uint64]) -> tuple[str, ...]:
    """The lines that a run has logged, from its final hidden words; RISC-V programs write them to file 2."""
    if target.startswith(RISCV_TARGETS):
        from zisk_py.transpiler.riscv import run_report as riscv_report

        return riscv_report.read_errors(hidden)
    return log_records.log_lines(hidden) if target.startswith("sbpf") else ()
