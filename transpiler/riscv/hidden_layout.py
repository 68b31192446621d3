"""What the hidden words of a RISC-V run are for. All are zero at the start; no guest address reaches them."""

from zisk_py.isa.memory_map import MAX_OUTPUT_BYTES, NUM_HIDDEN_WORDS, OUTPUT_WORD

ROUTINE_REGISTERS = 0  # x0 to x31 of the routines of F and D
FLOAT_REGISTERS = 32  # f0 to f31
ERROR_STREAM = 64  # bytes that the program has written to its standard error, then these bytes
OUTPUT_STREAM = OUTPUT_WORD
MAX_ERROR_BYTES = 8 * (NUM_HIDDEN_WORDS - ERROR_STREAM - 1)
MAX_STREAM_BYTES = {OUTPUT_STREAM: MAX_OUTPUT_BYTES, ERROR_STREAM: MAX_ERROR_BYTES}
