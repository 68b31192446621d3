"""What the bytes of an instruction fix of its witness: where it can go, what it can change and access."""

from enum import Enum, auto
from typing import NamedTuple

from zisk_py.trace.guest import GuestInstruction, decode_one, describe
from zisk_py.trace.witness import NUM_GUEST_REGISTERS, READ, WRITE, OpcodeWitness
from zisk_py.transpiler.bpf.decoder import BpfInstruction
from zisk_py.transpiler.bpf.encodings import Form
from zisk_py.transpiler.bpf.versions import Version


class Goes(Enum):
    """Where an instruction goes."""

    ON = auto()
    TO_TARGET = auto()
    EITHER = auto()
    ANYWHERE = auto()


class Accesses(Enum):
    """The memory that an instruction names."""

    NONE = auto()
    READ_AT_SRC = auto()
    WRITE_AT_DST = auto()
    ANY = auto()


class Effect(NamedTuple):
    """What instructions of a form do."""

    goes: Goes = Goes.ON
    accesses: Accesses = Accesses.NONE
    changes_dst: bool = False
    changed: tuple[int, ...] | None = ()  # registers besides; None: any
    costs_one: bool = True


SAVED = (6, 7, 8, 9, 10)  # by a call, put back by an exit
_COMPUTES = Effect(changes_dst=True)
_READS = Effect(accesses=Accesses.READ_AT_SRC, changes_dst=True)
_WRITES = Effect(accesses=Accesses.WRITE_AT_DST)

EFFECTS = {
    Form.ALU: _COMPUTES,
    Form.NEGATE: _COMPUTES,
    Form.ENDIAN: _COMPUTES,
    Form.LOAD_IMMEDIATE: _COMPUTES,
    Form.LOAD: _READS,
    Form.LOAD_SIGNED: _READS,
    Form.STORE_IMMEDIATE: _WRITES,
    Form.STORE: _WRITES,
    Form.ATOMIC: Effect(accesses=Accesses.ANY, changed=None),
    # One that lies outside the packet exits.
    Form.PACKET_LOAD: Effect(goes=Goes.ANYWHERE, accesses=Accesses.ANY, changed=(0, *SAVED)),
    Form.JUMP: Effect(goes=Goes.TO_TARGET),
    Form.JUMP_FAR: Effect(goes=Goes.TO_TARGET),
    Form.BRANCH: Effect(goes=Goes.EITHER),
    # A syscall does anything, and costs more.
    Form.CALL: Effect(goes=Goes.ANYWHERE, accesses=Accesses.ANY, changed=None, costs_one=False),
    Form.CALLX: Effect(goes=Goes.ANYWHERE, changed=(10,)),
    Form.EXIT: Effect(goes=Goes.ANYWHERE, changed=SAVED),
}


class Static(NamedTuple):
    """What the bytes of an instruction fix. `changed` and `distances` are None where anything goes."""

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
    effect = EFFECTS[instruction.encoding.form]
    on, target = instruction.num_slots, instruction.target  # it is decoded in slot 0
    distances = {Goes.ON: (on,), Goes.TO_TARGET: (target,), Goes.EITHER: (on, target), Goes.ANYWHERE: None}
    changed = None
    if effect.changed is not None:
        changed = frozenset([*effect.changed, *([instruction.dst] if effect.changes_dst else [])])
    return Static(described, instruction, changed, distances[effect.goes], effect.costs_one)


def named_access(
    witness: OpcodeWitness, instruction: BpfInstruction | None
) -> list[tuple[int, int, str]] | None:
    """Address, size and kind of each access that is named; None where the bytes do not say."""
    accesses = Accesses.NONE if instruction is None else EFFECTS[instruction.encoding.form].accesses
    if instruction is None or accesses is Accesses.NONE:
        return []
    if accesses is Accesses.ANY:
        return None
    is_read = accesses is Accesses.READ_AT_SRC
    base = instruction.src if is_read else instruction.dst
    if base >= NUM_GUEST_REGISTERS:
        return []
    address = (witness.pre_state.registers[base] + instruction.offset) % (1 << 64)
    return [(address, instruction.encoding.bits // 8, READ if is_read else WRITE)]
