"""THE table of the suite: a program for each instruction, and one for the registers."""

from itertools import chain

from riscv_suite.arithmetic import arithmetic_tables, register_tables
from riscv_suite.compressed import compressed_tables
from riscv_suite.control import branch_tables, csr_tables, jump_tables, order_tables
from riscv_suite.memory import access_tables, atomic_tables
from riscv_suite.program import SuiteProgram
from zisk_py.transpiler.riscv.encodings import BY_NAME

COMPRESSED = "C"


def _extension(name: str) -> str:
    return COMPRESSED if name.startswith("c.") else BY_NAME[name].extension


PROGRAMS = {
    name: SuiteProgram(name, _extension(name), tables)
    for name, tables in chain(
        arithmetic_tables(),
        access_tables(),
        branch_tables(),
        jump_tables(),
        order_tables(),
        csr_tables(),
        atomic_tables(),
        compressed_tables(),
    )
}
PROGRAMS["registers"] = SuiteProgram("registers", "I", register_tables())
