"""What a trace is made of. The names of the fields are the keys of the JSON document."""

from typing import NamedTuple

from zisk_py.isa.memory_map import Region, RegionKind, guest_key

NUM_GUEST_REGISTERS = 11  # r0 to r10
READ, WRITE = "read", "write"


class MemoryData(NamedTuple):
    """Bytes from an address on."""

    address: int
    data: bytes


class VmStateSnapshot(NamedTuple):
    """The machine between two instructions.

    pc            slot of the next instruction; at the end of a run, of the one that ended it
    memory_data   at the start and at the end of a run: the pages that are not all zero; around an
                  instruction: what the places that it writes hold
    step_count    instructions before
    """

    registers: tuple[int, ...]
    pc: int
    memory_data: tuple[MemoryData, ...]
    step_count: int
    compute_units: int


class MemoryOperation(NamedTuple):
    """An access of the guest: `op_type` is "read" or "write"; without data where the bounds forbid it."""

    address: int
    data: bytes
    op_type: str
    size: int
    bounds_valid: bool


class OpcodeOperands(NamedTuple):
    """The fields of an instruction; `immediate` is signed, and all 64 bits (unsigned) of an lddw."""

    dst_reg: int
    src_reg: int
    offset: int
    immediate: int


class AirConstraints(NamedTuple):
    """The texts of the constraints of an air that hold on all its rows of an instruction."""

    air: str
    satisfied: tuple[str, ...]


class OpcodeWitness(NamedTuple):
    """One instruction. A syscall is one, with all its accesses."""

    step_number: int
    opcode: int
    opcode_name: str
    instruction_bytes: bytes
    operands: OpcodeOperands
    program_counter: int
    next_program_counter: int
    compute_units_consumed: int
    pre_state: VmStateSnapshot
    post_state: VmStateSnapshot
    memory_operations: tuple[MemoryOperation, ...]
    constraints: tuple[AirConstraints, ...] | None = None


class GuestRegion(NamedTuple):
    """A region of guest memory."""

    kind: str
    address: int
    size: int
    writable: bool
    gapped: bool

    @staticmethod
    def of(region: Region) -> "GuestRegion":
        """The description of a region of a run."""
        return GuestRegion(region.kind.name, region.address, region.size, region.writable, region.gapped)

    def region(self) -> Region:
        """The region. Raises ValueError on a kind that does not exist."""
        if self.kind not in RegionKind.__members__:
            raise ValueError(f"regions: {self.kind!r} is no kind of region")
        return Region(RegionKind[self.kind], guest_key(self.address), self.size, self.writable, self.gapped)


def difference(left: object, right: object) -> str:
    """Where two values first differ, as a path like `.post_state.registers[3]`, and how; "" if nowhere."""
    if left == right:
        return ""
    if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        names = getattr(left, "_fields", None)
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            if one != other:
                place = f".{names[index]}" if names else f"[{index}]"
                return place + difference(one, other)
    return f" is {_shown(left)}, not {_shown(right)}"


def _shown(value: object) -> str:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return f"{len(value)} entries"
    return value.hex() or "empty" if isinstance(value, bytes) else str(value)
