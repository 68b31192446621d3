"""The alignment that syscalls ask of typed pointers."""

from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, Operand, immediate
from zisk_py.isa.operations import AND, EQ
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.input_buffer import Loader
from zisk_py.transpiler.bpf.meter import fault_label


def has_alignment(context: Context) -> bool:
    """Whether pointers must be aligned: for all loaders but the deprecated one."""
    runtime = context.program.runtime
    return runtime is None or runtime.loader is not Loader.DEPRECATED


def check_alignment(context: Context, address: Operand, alignment: int) -> None:
    """Go on if an address is a multiple of `alignment`, a power of two; else fault."""
    if has_alignment(context):
        context.builder.compute(AND, address, immediate(alignment - 1))
        unaligned = fault_label(context, FaultKind.UNALIGNED_POINTER)
        context.builder.branch(EQ, LAST_C, immediate(0), None, unaligned)
