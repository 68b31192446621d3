"""Static checks."""

from zisk_py.transpiler.bpf.program import BpfProgram


def check(program: BpfProgram) -> None:
    """Refuse a program."""
