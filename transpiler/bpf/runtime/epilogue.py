"""After the program."""

from zisk_py.transpiler.bpf.context import Context
from zisk_py.transpiler.bpf.solana_runtime import SolanaRuntime


def emit_epilogue(context: Context, runtime: SolanaRuntime) -> None:
    """The last routine."""
    raise NotImplementedError(runtime)
