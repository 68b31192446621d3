"""Before the program."""

from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime


def emit_prologue(context: Context, runtime: SolanaRuntime) -> None:
    """The first routine."""
    raise NotImplementedError(runtime)
