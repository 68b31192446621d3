"""What the hidden words of a BPF run are for. All are zero at the start; no guest address reaches them.

Numbers of words; a word at a constant place is an operand like a register (`isa.instruction.hidden`), and
`load` and `store` with guest=False reach word a + offset.
"""

from zisk_py.isa.memory_map import NUM_HIDDEN_WORDS

FRAMES = 0  # call frames, six words each: see `calls`
SCRATCH = 1 << 10  # what a syscall needs while it runs, in any way it likes
HEAP_NEXT = 1 << 13  # bytes that sol_alloc_free_ has handed out
RETURN_DATA = HEAP_NEXT + 8  # length in bytes, then the words: where the outputs are something else
LOG = 1 << 14  # number of words in use, then the records that the program has logged
NUM_LOG_WORDS = 1 << 12
ACCOUNTS = LOG + NUM_LOG_WORDS  # to the end: accounts as they were before the run
NUM_ACCOUNT_WORDS = NUM_HIDDEN_WORDS - ACCOUNTS
