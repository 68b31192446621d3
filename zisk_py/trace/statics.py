"""What the bytes of an instruction fix of its witness: where it can go, what it can change and access."""

from typing import NamedTuple

from zisk_py.trace.guest import GuestInstruction, decode_one, describe
from zisk_py.trace.witness import NUM_GUEST_REGISTERS, READ, WRITE, OpcodeWitness
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.encodings import Form
from zisk_py.transpiler.bpf.versions import Version

_CHANGED_BY_FORM: dict[Form, tuple[int, ...]] = {
    Form.STORE_IMMEDIATE: (),
    Form.STORE: (),
    Form.JUMP: (),
    Form.JUMP_FAR: (),
    Form.BRANCH: (),
    Form.CALLX: (10,),
    Form.EXIT: (6, 7, 8, 9, 10),
}
_DESTINATION = (Form.ALU, Form.NEGATE, Form.ENDIAN, Form.LOAD_IMMEDIATE, Form.LOAD, Form.LOAD_SIGNED)
_READS = (Form.LOAD, Form.LOAD_SIGNED)
_WRITES = (Form.STORE, Form.STORE_IMMEDIATE)
_GOES_ANYWHERE = (Form.CALL, Form.CALLX, Form.EXIT)
_COSTS_MORE = (Form.CALL,)  # syscalls


class Static(NamedTuple):
    """What the bytes of an instruction fix. `changed` and `targets` are None where anything goes."""

    described: GuestInstruction
    instruction: BpfInstruction | None
    changed: frozenset[int] | None
    distances: tuple[int, ...] | None  # from its slot to the next instruction's
    costs_one: bool


def static_of(code: bytes, version: Version) -> Static:
    """What the bytes of an instruction fix."""
    described, instruction = describe(code, version), decode_one(code, version)
    if instruction is None:  # only ever a fault
        return Static(described, None, frozenset(), (), True)
    form = instruction.encoding.form
    following = instruction.num_slots
    distances: tuple[int, ...] | None = (following,)
    if form in _GOES_ANYWHERE:
        distances = None
    elif form in (Form.JUMP, Form.JUMP_FAR):
        distances = (instruction.target,)  # it is decoded in slot 0
    elif form is Form.BRANCH:
        distances = (following, instruction.target)
    changed = None
    if form in _DESTINATION:
        changed = frozenset({instruction.dst})
    elif form in _CHANGED_BY_FORM:
        changed = frozenset(_CHANGED_BY_FORM[form])
    return Static(described, instruction, changed, distances, form not in _COSTS_MORE)


def named_access(
    witness: OpcodeWitness, instruction: BpfInstruction | None
) -> list[tuple[int, int, str]] | None:
    """Address, size and kind of each access that is named; None for calls, which can be syscalls."""
    if instruction is None:
        return []
    form, size = instruction.encoding.form, instruction.encoding.bits // 8
    if form is Form.CALL or form is Form.ATOMIC:
        return None
    if form in _READS:
        base, kind = instruction.src, READ
    elif form in _WRITES:
        base, kind = instruction.dst, WRITE
    else:
        return []
    registers = witness.pre_state.registers
    if base >= NUM_GUEST_REGISTERS:
        return []
    return [((registers[base] + instruction.offset) % (1 << 64), size, kind)]
