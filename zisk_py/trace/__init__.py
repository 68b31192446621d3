"""The trace recorder: what a run did, instruction by instruction, as objects, as a file, and as a proof.

for witness in Trace(program, data):    # streamed; memory does not grow with the run
    print(witness.program_counter, witness.opcode_name, witness.post_state.registers)
"""

from zisk_py.trace.errors import RecordingMismatch, TraceMismatch
from zisk_py.trace.filters import Filter
from zisk_py.trace.reading import check_file
from zisk_py.trace.recorder import MathematicalProof, TraceRecorder
from zisk_py.trace.run import Trace
from zisk_py.trace.validation import Validation
from zisk_py.trace.witness import (
    MemoryData,
    MemoryOperation,
    OpcodeOperands,
    OpcodeWitness,
    VmStateSnapshot,
)
from zisk_py.trace.writing import write_file

__all__ = [
    "Filter",
    "MathematicalProof",
    "MemoryData",
    "MemoryOperation",
    "OpcodeOperands",
    "OpcodeWitness",
    "RecordingMismatch",
    "Trace",
    "TraceMismatch",
    "TraceRecorder",
    "Validation",
    "VmStateSnapshot",
    "check_file",
    "write_file",
]
