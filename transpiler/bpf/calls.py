"""Lowering of calls and exits.

A frame is six hidden words: r6 to r9, r10 and the call word, whose low half is the slot of the call and
whose high half is the slot it goes to. A call makes the word in one row; a shared routine pushes the
frame and jumps. Order of the checks as in the runtime: callx has its depth checked before its target; a call
whose target is known to be missing faults whatever the depth.
"""

from zisk_py.errors import InputError
from zisk_py.isa.faults import FaultKind
from zisk_py.isa.instruction import LAST_C, immediate, register
from zisk_py.isa.operations import ADD, AND, EQ, LTU, OR, SLL, SRL, SUB
from zisk_py.transpiler.bpf.context import CALL_WORD, CALLER, FRAME, Context
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.runtime.epilogue import emit_epilogue
from zisk_py.transpiler.bpf.syscalls import SYSCALLS, lower_syscall
from zisk_py.transpiler.bpf.versions import Feature
from zisk_py.transpiler.rom_builder import EXIT, SLOT_ROWS, Label

SAVED_REGISTERS = (6, 7, 8, 9, 10)
FRAME_WORDS = len(SAVED_REGISTERS) + 1
LOCAL_CALL = 1  # src field of a call to a slot, where the version has static calls


class UnknownHelper(InputError):
    """An eBPF helper that zisk-py does not have."""


def lower_call(context: Context, instruction: BpfInstruction) -> None:
    """Call a slot or a syscall; one that is not there is a fault when it is called."""
    version = context.program.version
    target: int | None
    if not version.is_sbpf:
        _call(context, instruction, _slot_or_helper(context, instruction))
        return
    if version.has(Feature.STATIC_SYSCALLS):
        target = instruction.target if instruction.src == LOCAL_CALL else None
        may_be_syscall = instruction.src == 0
    else:
        target = context.program.functions.get(instruction.imm & 0xFFFFFFFF)
        may_be_syscall = True
    key = instruction.imm & 0xFFFFFFFF
    if may_be_syscall and key in SYSCALLS:
        lower_syscall(context, instruction, SYSCALLS[key])
    elif target is None or not 0 <= target < context.program.num_slots:
        context.builder.fault(FaultKind.UNSUPPORTED_INSTRUCTION, instruction.slot)
    else:
        _call(context, instruction, target)


def _call(context: Context, instruction: BpfInstruction, target: int) -> None:
    word = immediate(instruction.slot | target << 32)
    context.builder.copy(word, CALL_WORD, then=context.routine("call", _push))


def _slot_or_helper(context: Context, instruction: BpfInstruction) -> int:
    """Slot that a call of eBPF goes to. Raises UnknownHelper."""
    if instruction.src == LOCAL_CALL:
        return instruction.target
    number = instruction.imm & 0xFFFFFFFF
    if instruction.src or number not in context.program.functions:
        kind = "kernel function" if instruction.src else "helper"
        advice = "build the program without it" if instruction.src else "give its code, or do without it"
        raise UnknownHelper(
            f"the call at slot {instruction.slot} wants {kind} {number}, which is not there; {advice}"
        )
    return context.program.functions[number]


def _frame_limit(context: Context) -> int:
    return FRAME_WORDS * (context.program.version.max_depth - 1)


def lower_callx(context: Context, instruction: BpfInstruction) -> None:
    """Call the slot whose address a register holds; its low three bits do not count."""
    program, builder, target = context.program, context.builder, context.temporary(0)
    source = instruction.call_register(program.version)
    inside, too_deep = Label("target in text"), Label("too deep")
    if not program.version.is_sbpf:
        _call_helper_in_register(context, instruction, source)
    builder.compute(SUB, register(source), immediate(program.text_address))
    builder.compute(SRL, LAST_C, immediate(3), target)
    builder.branch(LTU, target, immediate(program.num_slots), inside)
    builder.branch(EQ, FRAME, immediate(_frame_limit(context)), too_deep)
    builder.fault(FaultKind.CALL_OUTSIDE_TEXT, instruction.slot)
    builder.place(too_deep)
    builder.fault(FaultKind.CALL_DEPTH_EXCEEDED, instruction.slot)
    builder.place(inside)
    builder.compute(SLL, target, immediate(32))
    builder.compute(OR, LAST_C, immediate(instruction.slot), CALL_WORD, then=context.routine("call", _push))


def _call_helper_in_register(context: Context, instruction: BpfInstruction, source: int) -> None:
    """Where a callx of eBPF holds the number of a helper instead of an address."""
    for number, slot in context.program.functions.items():
        other = Label("no helper")
        context.builder.branch(EQ, register(source), immediate(number), None, other)
        _call(context, instruction, slot)
        context.builder.place(other)


def _push(context: Context) -> None:
    """Push the frame and go to the target of the call word."""
    builder, too_deep = context.builder, Label("too deep")
    builder.branch(EQ, FRAME, immediate(_frame_limit(context)), too_deep)
    for word, number in enumerate(SAVED_REGISTERS):
        builder.store(FRAME, word, 8, register(number), guest=False)
    builder.store(FRAME, FRAME_WORDS - 1, 8, CALL_WORD, guest=False)
    builder.compute(ADD, FRAME, immediate(FRAME_WORDS), FRAME)
    if step := context.program.version.frame_step:
        builder.compute(ADD, register(10), immediate(step), register(10))
    builder.jump_to_slot(SRL, CALL_WORD, immediate(32))
    builder.place(too_deep)
    builder.compute(AND, CALL_WORD, immediate(0xFFFFFFFF), CALL_WORD)
    builder.fault_at(FaultKind.CALL_DEPTH_EXCEEDED, CALL_WORD)


def lower_exit(context: Context, instruction: BpfInstruction) -> None:
    """End the run with r0, or return to the slot after the call."""
    builder, runtime = context.builder, context.program.runtime
    if context.has_calls:
        builder.branch(EQ, FRAME, immediate(0), None, context.routine("return", _pop))
    if runtime is None:
        builder.copy(register(0), then=EXIT)
    else:
        end = context.routine("epilogue", lambda context: emit_epilogue(context, runtime))
        builder.copy(immediate(instruction.slot), CALLER, then=end)


def _pop(context: Context) -> None:
    """Restore the caller's registers and go to the slot after its call."""
    builder = context.builder
    builder.compute(SUB, FRAME, immediate(FRAME_WORDS), FRAME)
    for word, number in enumerate(SAVED_REGISTERS):
        builder.load(FRAME, word, 8, register(number), guest=False)
    builder.load(FRAME, FRAME_WORDS - 1, 8, guest=False)
    builder.jump_to_slot(AND, LAST_C, immediate(0xFFFFFFFF), SLOT_ROWS)
