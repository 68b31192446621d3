"""The text of a loaded program, slot by slot, with calls by what they call."""

from zisk_py.transpiler.bpf.assembler import format_instruction
from zisk_py.transpiler.bpf.decoder import BpfInstruction, decode
from zisk_py.transpiler.bpf.encodings import Form
from zisk_py.transpiler.bpf.murmur3 import slot_key
from zisk_py.transpiler.bpf.syscalls import SYSCALLS
from zisk_py.transpiler.bpf.versions import Feature, Version


def disassemble(text: bytes, version: Version) -> dict[int, str]:
    """Slot -> text, of relocated bytes. Raises what `decode` raises."""
    instructions = decode(text, version)
    calls = {_key(i) for i in instructions if i.encoding.form is Form.CALL}
    functions = {}
    if not version.has(Feature.STATIC_SYSCALLS):
        # The loader has put the key of the slot that is called into the instruction.
        functions = {key: slot for slot in range(len(text) // 8) if (key := slot_key(slot)) in calls}
    lines = {}
    for instruction in instructions:
        lines[instruction.slot] = format_instruction(instruction, version)
        if instruction.encoding.form is Form.CALL and version.is_sbpf:
            lines[instruction.slot] = _call_text(instruction, version, functions)
        if instruction.num_slots == 2:
            lines[instruction.slot + 1] = "second half of lddw"
    return lines


def _key(instruction: BpfInstruction) -> int:
    return instruction.imm & 0xFFFFFFFF


def _call_text(instruction: BpfInstruction, version: Version, functions: dict[int, int]) -> str:
    key = _key(instruction)
    may_be_syscall = instruction.src == 0 or not version.has(Feature.STATIC_SYSCALLS)
    if may_be_syscall and key in SYSCALLS:
        return f"syscall {SYSCALLS[key].name}"
    if key in functions:
        return f"call {functions[key] - instruction.slot - 1:+d}"
    return format_instruction(instruction, version)
