"""What the Solana runtime does around a program, as an option of building it.

A program that is built with it starts with rows that read the input as a serialized list of accounts, and
ends with rows that check what the runtime checks; its outputs are a journal (`isa.journal`). The rows are in
`runtime`.
"""

from dataclasses import dataclass

from zisk_py.isa.journal import Section
from zisk_py.isa.rules import JOURNAL_SUFFIX
from zisk_py.transpiler.bpf.input_buffer import Loader

TARGET_SUFFIX = JOURNAL_SUFFIX  # of the target of a program that is built so


@dataclass(frozen=True)
class SolanaRuntime:
    """What the journal publishes, and the loader of the program, which fixes the form of the input."""

    publish: frozenset[Section] = frozenset()
    loader: Loader = Loader.ALIGNED
