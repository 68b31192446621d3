"""After the program has exited: check what it did to the accounts, publish what is left, end the run with r0.

CALLER is the slot of the exit, where a fault that is found here is said to be. What returns something else
than 0 is rolled back by the runtime, so its accounts are neither checked nor published.
"""

from zisk_py.isa.instruction import immediate, register
from zisk_py.isa.operations import EQ
from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.runtime.checks import check_accounts
from zisk_py.transpiler.bpf.runtime.publication import publish_after, publish_end
from zisk_py.transpiler.bpf.runtime.records import FORMS
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime
from zisk_py.transpiler.rom_builder import EXIT, Label


def emit_epilogue(context: Context, runtime: SolanaRuntime) -> None:
    """The routine that every exit of the program goes to."""
    builder, rolled_back, result = context.builder, Label("rolled back"), register(0)
    builder.branch(EQ, result, immediate(0), None, rolled_back)
    check_accounts(context, FORMS[runtime.loader])
    publish_after(context, runtime)
    builder.place(rolled_back)
    publish_end(context, runtime)
    builder.copy(result, then=EXIT)
