"""THE table of BPF encodings: opcode, assembler name, form and operation, one row each (RFC 9669, 2 to 5).

Decoder, assembler, disassembler, static checks, lowering and parametrised tests read this table.
"""

from dataclasses import dataclass
from enum import Enum, auto

LDDW_OPCODE = 0x18


class Form(Enum):
    """Which fields an instruction has and what they mean."""

    ALU = auto()  # dst = dst op (imm or src)
    NEGATE = auto()  # dst = -dst
    ENDIAN = auto()  # dst = low imm bits of dst, bytes in some order
    LOAD_IMMEDIATE = auto()  # dst = 64-bit imm, two slots
    LOAD = auto()  # dst = [src + off]
    LOAD_SIGNED = auto()
    STORE_IMMEDIATE = auto()  # [dst + off] = imm
    STORE = auto()  # [dst + off] = src
    ATOMIC = auto()  # [dst + off] = [dst + off] op src; imm selects the operation
    JUMP = auto()  # pc += off
    JUMP_FAR = auto()  # pc += imm
    BRANCH = auto()  # if dst op (imm or src): pc += off
    CALL = auto()
    CALLX = auto()
    EXIT = auto()


class Versions(Enum):
    """Where an encoding exists."""

    ALL = auto()
    EBPF = auto()
    JUMP32 = auto()  # eBPF and sBPF v3


@dataclass(frozen=True, slots=True)
class Encoding:
    """One row. `bits` is the width of the arithmetic, of the comparison, or of the access."""

    opcode: int
    name: str
    form: Form
    operation: str = ""
    bits: int = 64
    from_register: bool = False  # the second operand is src, else imm
    variant: int = 0  # selects the row, in eBPF only: off of sdiv, smod, movsx; imm of atomic operations
    versions: Versions = Versions.ALL


ALU_CODES = {
    "add": 0x00,
    "sub": 0x10,
    "mul": 0x20,
    "div": 0x30,
    "or": 0x40,
    "and": 0x50,
    "lsh": 0x60,
    "rsh": 0x70,
    "mod": 0x90,
    "xor": 0xA0,
    "mov": 0xB0,
    "arsh": 0xC0,
}
BRANCH_CODES = {
    "jeq": 0x10,
    "jgt": 0x20,
    "jge": 0x30,
    "jset": 0x40,
    "jne": 0x50,
    "jsgt": 0x60,
    "jsge": 0x70,
    "jlt": 0xA0,
    "jle": 0xB0,
    "jslt": 0xC0,
    "jsle": 0xD0,
}
FETCH = 0x01  # bit of an atomic operation that returns what was there
ATOMIC_CODES = {
    "lock add": 0x00,
    "lock fetch add": 0x00 | FETCH,
    "lock or": 0x40,
    "lock fetch or": 0x40 | FETCH,
    "lock and": 0x50,
    "lock fetch and": 0x50 | FETCH,
    "lock xor": 0xA0,
    "lock fetch xor": 0xA0 | FETCH,
    "lock xchg": 0xE0 | FETCH,
    "lock cmpxchg": 0xF0 | FETCH,
}
SIZE_CODES = {32: 0x00, 16: 0x08, 8: 0x10, 64: 0x18}
SIZE_NAMES = {8: "b", 16: "h", 32: "w", 64: "dw"}


def _alu() -> list[Encoding]:
    rows = []
    for bits, class_code, suffix in ((32, 0x04, "32"), (64, 0x07, "")):
        for operation, code in ALU_CODES.items():
            for source in (False, True):
                opcode = code | class_code | 8 * source
                rows.append(Encoding(opcode, operation + suffix, Form.ALU, operation, bits, source))
                if operation in ("div", "mod"):
                    name = f"s{operation}"
                    rows.append(
                        Encoding(opcode, name + suffix, Form.ALU, name, bits, source, 1, Versions.EBPF)
                    )
        for width in (8, 16, 32)[: 2 if bits == 32 else 3]:
            name = f"movsx{width}{bits}"
            rows.append(
                Encoding(0xB8 | class_code, name, Form.ALU, f"movsx{width}", bits, True, width, Versions.EBPF)
            )
        rows.append(Encoding(0x80 | class_code, "neg" + suffix, Form.NEGATE, "neg", bits))
    rows.append(Encoding(0xD4, "le", Form.ENDIAN, "le"))
    rows.append(Encoding(0xDC, "be", Form.ENDIAN, "be"))
    rows.append(Encoding(0xD7, "bswap", Form.ENDIAN, "be", versions=Versions.EBPF))
    return rows


def _memory() -> list[Encoding]:
    rows = [Encoding(LDDW_OPCODE, "lddw", Form.LOAD_IMMEDIATE)]
    for bits, size in SIZE_CODES.items():
        name = SIZE_NAMES[bits]
        rows.append(Encoding(0x61 | size, f"ldx{name}", Form.LOAD, "load", bits))
        rows.append(Encoding(0x62 | size, f"st{name}", Form.STORE_IMMEDIATE, "store", bits))
        rows.append(Encoding(0x63 | size, f"stx{name}", Form.STORE, "store", bits, True))
        if bits < 64:
            rows.append(
                Encoding(0x81 | size, f"ldxs{name}", Form.LOAD_SIGNED, "load", bits, versions=Versions.EBPF)
            )
    return rows


def _atomics() -> list[Encoding]:
    rows = []
    for bits, suffix in ((32, "32"), (64, "")):
        opcode = 0xC3 | SIZE_CODES[bits]
        for name, code in ATOMIC_CODES.items():
            operation = name.split()[-1]
            rows.append(
                Encoding(opcode, name + suffix, Form.ATOMIC, operation, bits, True, code, Versions.EBPF)
            )
    return rows


def _jumps() -> list[Encoding]:
    rows = [
        Encoding(0x05, "ja", Form.JUMP),
        Encoding(0x06, "ja32", Form.JUMP_FAR, versions=Versions.EBPF),
        Encoding(0x85, "call", Form.CALL),
        Encoding(0x8D, "callx", Form.CALLX),
        Encoding(0x95, "exit", Form.EXIT),
    ]
    for bits, class_code, suffix, versions in (
        (64, 0x05, "", Versions.ALL),
        (32, 0x06, "32", Versions.JUMP32),
    ):
        for operation, code in BRANCH_CODES.items():
            for source in (False, True):
                opcode = code | class_code | 8 * source
                rows.append(
                    Encoding(opcode, operation + suffix, Form.BRANCH, operation, bits, source, 0, versions)
                )
    return rows


ENCODINGS: tuple[Encoding, ...] = (*_alu(), *_memory(), *_atomics(), *_jumps())
