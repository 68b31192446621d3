"""Static checks before lowering: those of the Solana runtime for sBPF, and a strict set for eBPF.

One exception per rule. The decoder has checked opcodes, the length of the text and the halves of lddw.
Source: notes on BPF 1.7 (sBPF, measured) and RFC 9669 (eBPF, which also wants unused fields zero).
"""

from zisk_py.errors import InputError
from zisk_py.transpiler.bpf.decoder import SLOT_BYTES, BpfInstruction, RawSlot, decode
from zisk_py.transpiler.bpf.divisions import SIGNED_DIVISIONS, UNSIGNED_DIVISIONS
from zisk_py.transpiler.bpf.encodings import FETCH, Form
from zisk_py.transpiler.bpf.program import BpfProgram
from zisk_py.transpiler.bpf.versions import Feature, Version

LAST_REGISTER, FRAME_POINTER = 10, 10
FRAME_ALIGNMENT = 64
STORES = (Form.STORE, Form.STORE_IMMEDIATE, Form.ATOMIC)
WRITES_DST = (Form.ALU, Form.NEGATE, Form.ENDIAN, Form.LOAD_IMMEDIATE, Form.LOAD, Form.LOAD_SIGNED)
JUMPS = (Form.JUMP, Form.JUMP_FAR, Form.BRANCH)
USES_OFFSET = (*STORES, Form.LOAD, Form.LOAD_SIGNED, Form.JUMP, Form.BRANCH)
USES_IMM = (
    Form.STORE_IMMEDIATE,
    Form.LOAD_IMMEDIATE,
    Form.ATOMIC,
    Form.PACKET_LOAD,
    Form.ENDIAN,
    Form.JUMP_FAR,
    Form.CALL,
)
LOCAL_CALL = 1


class StaticCheckError(InputError):
    """A program that breaks a rule which holds before it runs."""


class SbpfRuleError(StaticCheckError):
    """A program that breaks a rule which only sBPF has."""


class DivisionByZeroImmediate(SbpfRuleError):
    """A division by the constant 0."""


class ShiftWithOverflow(SbpfRuleError):
    """A constant shift by the width or more."""


class UnsupportedEndianArgument(StaticCheckError):
    """le, be or bswap of a width other than 16, 32 and 64."""


class InvalidSourceRegister(StaticCheckError):
    """A source register above r10."""


class InvalidDestinationRegister(StaticCheckError):
    """A destination register above r10."""


class CannotWriteFramePointer(StaticCheckError):
    """An instruction other than a store writes r10."""


class UnalignedFrameStep(SbpfRuleError):
    """With dynamic frames: r10 is moved by a constant that is no multiple of 64."""


class JumpOutOfCode(StaticCheckError):
    """A jump to a place outside the text."""


class JumpToMiddleOfLddw(StaticCheckError):
    """A jump to the second half of an lddw."""


class InvalidCallxRegister(StaticCheckError):
    """An indirect call through a register that is not r0 to r9."""


class UnusedFieldNotZero(StaticCheckError):
    """eBPF: a field that the instruction does not have is not zero."""


class UnknownAtomicOperation(StaticCheckError):
    """An atomic operation whose number, in imm, RFC 9669 does not have."""


def check(program: BpfProgram) -> list[BpfInstruction]:
    """Decode and check a program. Raises the exception of the first rule that it breaks."""
    instructions = decode(program.text, program.version)
    second_halves = {i.slot + 1 for i in instructions if i.num_slots == 2}
    for instruction in instructions:
        # In the order of the runtime: what only some instructions have to keep comes first.
        _check_operand(instruction, program.version)
        is_local_call = instruction.encoding.form is Form.CALL and instruction.src == LOCAL_CALL
        if instruction.encoding.form in JUMPS or (is_local_call and not program.version.is_sbpf):
            _check_target(instruction, program.num_slots, second_halves)
        if instruction.encoding.form is Form.CALLX:
            register = instruction.call_register(program.version)
            if not 0 <= register < FRAME_POINTER:
                raise InvalidCallxRegister(f"{_where(instruction)} calls through register {register}")
        _check_registers(instruction, program.version)
        if not program.version.is_sbpf:
            _check_unused(instruction, program.text)
    return instructions


def _where(instruction: BpfInstruction) -> str:
    return f"the {instruction.encoding.name} at slot {instruction.slot}"


def _check_registers(instruction: BpfInstruction, version: Version) -> None:
    if instruction.src > LAST_REGISTER:
        raise InvalidSourceRegister(f"{_where(instruction)} has source register {instruction.src}")
    if instruction.dst > LAST_REGISTER:
        raise InvalidDestinationRegister(f"{_where(instruction)} has destination register {instruction.dst}")
    # Solana's runtime asks this of every instruction, whether it writes dst or not.
    form = instruction.encoding.form
    may_name = form in STORES if version.is_sbpf else form not in WRITES_DST
    if instruction.dst == FRAME_POINTER and _moves_frame(instruction, version):
        if instruction.imm % FRAME_ALIGNMENT:
            raise UnalignedFrameStep(f"{_where(instruction)} moves r10 by {instruction.imm}, not by 64s")
    elif instruction.dst == FRAME_POINTER and not may_name:
        raise CannotWriteFramePointer(f"{_where(instruction)} writes r10, the frame pointer")
    if instruction.src == FRAME_POINTER and _fetches_into_src(instruction):
        raise CannotWriteFramePointer(f"{_where(instruction)} writes r10, the frame pointer")


def _moves_frame(instruction: BpfInstruction, version: Version) -> bool:
    encoding = instruction.encoding
    is_add = (encoding.operation, encoding.bits, encoding.from_register) == ("add", 64, False)
    return is_add and version.has(Feature.DYNAMIC_FRAMES)


def _fetches_into_src(instruction: BpfInstruction) -> bool:
    encoding = instruction.encoding
    return encoding.form is Form.ATOMIC and encoding.variant & FETCH != 0 and encoding.operation != "cmpxchg"


def _check_operand(instruction: BpfInstruction, version: Version) -> None:
    encoding, imm = instruction.encoding, instruction.imm
    if encoding.form is Form.ATOMIC and imm != encoding.variant:
        number = f"{imm & 0xFFFFFFFF:#x}"
        raise UnknownAtomicOperation(
            f"the atomic operation at slot {instruction.slot} has number {number}, which eBPF does not have"
        )
    if encoding.form is Form.ENDIAN and imm not in (16, 32, 64):
        raise UnsupportedEndianArgument(f"{_where(instruction)} has width {imm}; it may be 16, 32 or 64")
    if encoding.form is not Form.ALU or encoding.from_register:
        return
    if encoding.operation in (*UNSIGNED_DIVISIONS, *SIGNED_DIVISIONS) and imm == 0 and version.is_sbpf:
        raise DivisionByZeroImmediate(f"{_where(instruction)} divides by the constant 0")
    is_shift = encoding.operation in ("lsh", "rsh", "arsh")
    if is_shift and version.is_sbpf and not 0 <= imm < encoding.bits:
        raise ShiftWithOverflow(f"{_where(instruction)} shifts {encoding.bits} bits by {imm}")


def _check_target(instruction: BpfInstruction, num_slots: int, second_halves: set[int]) -> None:
    if not 0 <= instruction.target < num_slots:
        raise JumpOutOfCode(f"{_where(instruction)} goes to slot {instruction.target} of {num_slots}")
    if instruction.target in second_halves:
        raise JumpToMiddleOfLddw(f"{_where(instruction)} goes into the lddw before slot {instruction.target}")


def _check_unused(instruction: BpfInstruction, text: bytes) -> None:
    """Fields that must be zero in eBPF (RFC 9669, 3)."""
    encoding, form = instruction.encoding, instruction.encoding.form
    has_constant = form in (Form.ALU, Form.BRANCH) and not encoding.from_register
    uses_src = encoding.from_register or form in (Form.LOAD, Form.LOAD_SIGNED, Form.CALL)
    uses_imm = form in USES_IMM or has_constant
    if form is Form.CALLX:  # its register is in dst or in imm
        uses_imm = not instruction.dst
    uses_offset = form in USES_OFFSET or encoding.variant == instruction.offset
    uses_dst = form not in (Form.PACKET_LOAD, Form.JUMP, Form.JUMP_FAR, Form.CALL, Form.EXIT)
    if (
        (instruction.src and not uses_src)
        or (instruction.imm and not uses_imm)
        or (instruction.offset and not uses_offset)
        or (instruction.dst and not uses_dst)
    ):
        raise UnusedFieldNotZero(f"{_where(instruction)} has a field that must be zero")
    if form is Form.LOAD_IMMEDIATE:
        second = RawSlot.from_bytes(text, SLOT_BYTES * (instruction.slot + 1))
        if second.dst or second.src or second.offset:
            raise UnusedFieldNotZero(
                f"the second half of {_where(instruction)} has a field that must be zero"
            )
