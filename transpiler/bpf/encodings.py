"""THE table of BPF encodings: opcode, assembler name, form and operation, one row each (RFC 9669, 2 to 5).

A row is in the versions that have the feature it needs and not the one that drops it. Decoder, assembler,
disassembler, static checks, lowering and parametrised tests read this table.
"""

from dataclasses import dataclass
from enum import Enum, auto

from zisk_py.transpiler.bpf.versions import Feature, Version

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
    PACKET_LOAD = auto()  # r0 = packet[imm or src + imm]
    JUMP = auto()  # pc += off
    JUMP_FAR = auto()  # pc += imm
    BRANCH = auto()  # if dst op (imm or src): pc += off
    CALL = auto()
    CALLX = auto()
    EXIT = auto()


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
    needs: Feature | None = None
    dropped_by: Feature | None = None
    unsigned_imm: bool = False  # imm is zero-extended to 64 bits, else sign-extended

    def is_in(self, version: Version) -> bool:
        """Whether the version has the row."""
        is_dropped = self.dropped_by is not None and version.has(self.dropped_by)
        return (self.needs is None or version.has(self.needs)) and not is_dropped


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
# name -> code, operation, whether there are 32-bit forms, whether a constant of 64 bits is zero-extended
PQR_CODES = {
    "uhmul": (0x20, "muluh", False, True),
    "udiv": (0x40, "div", True, True),
    "urem": (0x60, "mod", True, True),
    "lmul": (0x80, "mul", True, False),
    "shmul": (0xA0, "mulsh", False, False),
    "sdiv": (0xC0, "sdiv", True, False),
    "srem": (0xE0, "smod", True, False),
}
PQR_64_BITS = 0x10
DROPPED = {  # operation, whether the second operand is a register -> what took it out
    **{(name, source): Feature.PQR for name in ("mul", "div", "mod") for source in (False, True)},
    ("sub", False): Feature.SWAPPED_SUB,
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
MOVED_SIZE_CODES = {8: 0x20, 16: 0x30, 32: 0x80, 64: 0x90}
SIZE_NAMES = {8: "b", 16: "h", 32: "w", 64: "dw"}


def _alu() -> list[Encoding]:
    rows = []
    for bits, class_code, suffix in ((32, 0x04, "32"), (64, 0x07, "")):
        for operation, code in ALU_CODES.items():
            for source in (False, True):
                opcode = code | class_code | 8 * source
                drop = DROPPED.get((operation, source))
                rows.append(
                    Encoding(opcode, operation + suffix, Form.ALU, operation, bits, source, dropped_by=drop)
                )
                if operation in ("div", "mod"):
                    name = f"s{operation}"
                    rows.append(
                        Encoding(opcode, name + suffix, Form.ALU, name, bits, source, 1, Feature.EXTENSIONS)
                    )
        for width in (8, 16, 32)[: 2 if bits == 32 else 3]:
            name = f"movsx{width}{bits}"
            rows.append(
                Encoding(
                    0xB8 | class_code, name, Form.ALU, f"movsx{width}", bits, True, width, Feature.EXTENSIONS
                )
            )
        # dst = imm - dst
        rows.append(
            Encoding(0x10 | class_code, "sub" + suffix, Form.ALU, "rsub", bits, needs=Feature.SWAPPED_SUB)
        )
        rows.append(
            Encoding(0x80 | class_code, "neg" + suffix, Form.NEGATE, "neg", bits, dropped_by=Feature.NO_NEG)
        )
    rows.append(Encoding(0xF7, "hor64", Form.ALU, "hor", needs=Feature.HOR_FOR_LDDW))
    rows.append(Encoding(0xD4, "le", Form.ENDIAN, "le", dropped_by=Feature.NO_LE))
    rows.append(Encoding(0xDC, "be", Form.ENDIAN, "be"))
    rows.append(Encoding(0xD7, "bswap", Form.ENDIAN, "be", needs=Feature.EXTENSIONS))
    return rows


def _products() -> list[Encoding]:
    return [
        Encoding(
            0x06 | code | (PQR_64_BITS if bits == 64 else 0) | 8 * source,
            name if bits == 64 else f"{name}32",
            Form.ALU,
            operation,
            bits,
            source,
            needs=Feature.PQR,
            unsigned_imm=is_unsigned,
        )
        for name, (code, operation, has_32, is_unsigned) in PQR_CODES.items()
        for bits in (32, 64)[0 if has_32 else 1 :]
        for source in (False, True)
    ]


def _memory() -> list[Encoding]:
    rows = [Encoding(LDDW_OPCODE, "lddw", Form.LOAD_IMMEDIATE, dropped_by=Feature.HOR_FOR_LDDW)]
    for bits, size in SIZE_CODES.items():
        name, moved_size = SIZE_NAMES[bits], MOVED_SIZE_CODES[bits]
        for mnemonic, form, operation, source, old_code, new_code in (
            (f"ldx{name}", Form.LOAD, "load", False, 0x61 | size, 0x0C | moved_size),
            (f"st{name}", Form.STORE_IMMEDIATE, "store", False, 0x62 | size, 0x07 | moved_size),
            (f"stx{name}", Form.STORE, "store", True, 0x63 | size, 0x0F | moved_size),
        ):
            rows.append(
                Encoding(old_code, mnemonic, form, operation, bits, source, dropped_by=Feature.MOVED_MEMORY)
            )
            rows.append(
                Encoding(new_code, mnemonic, form, operation, bits, source, needs=Feature.MOVED_MEMORY)
            )
        if bits < 64:
            rows.append(
                Encoding(0x81 | size, f"ldxs{name}", Form.LOAD_SIGNED, "load", bits, needs=Feature.EXTENSIONS)
            )
    return rows


def _atomics() -> list[Encoding]:
    rows = []
    for bits, suffix in ((32, "32"), (64, "")):
        opcode = 0xC3 | SIZE_CODES[bits]
        for name, code in ATOMIC_CODES.items():
            operation = name.split()[-1]
            rows.append(
                Encoding(opcode, name + suffix, Form.ATOMIC, operation, bits, True, code, Feature.EXTENSIONS)
            )
    return rows


def _packet_loads() -> list[Encoding]:
    return [
        Encoding(
            mode | SIZE_CODES[bits],
            f"ld{kind}{SIZE_NAMES[bits]}",
            Form.PACKET_LOAD,
            "load",
            bits,
            from_register,
            needs=Feature.EXTENSIONS,
        )
        for mode, kind, from_register in ((0x20, "abs", False), (0x40, "ind", True))
        for bits in (8, 16, 32)
    ]


def _jumps() -> list[Encoding]:
    rows = [
        Encoding(0x05, "ja", Form.JUMP),
        Encoding(0x06, "ja32", Form.JUMP_FAR, needs=Feature.EXTENSIONS),
        Encoding(0x85, "call", Form.CALL),
        Encoding(0x8D, "callx", Form.CALLX),
        Encoding(0x95, "exit", Form.EXIT),
    ]
    for bits, class_code, suffix, needs in ((64, 0x05, "", None), (32, 0x06, "32", Feature.JUMP32)):
        for operation, code in BRANCH_CODES.items():
            for source in (False, True):
                opcode = code | class_code | 8 * source
                rows.append(
                    Encoding(opcode, operation + suffix, Form.BRANCH, operation, bits, source, 0, needs)
                )
    return rows


ENCODINGS: tuple[Encoding, ...] = (
    *_alu(),
    *_products(),
    *_memory(),
    *_atomics(),
    *_packet_loads(),
    *_jumps(),
)
