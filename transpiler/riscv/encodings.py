"""THE table of RISC-V encodings: RV64IMAFD, Zicsr, Zifencei, Zba, Zbb, Zbs; one row per 32-bit instruction.

Names, fields and codes are those of the manual ("Instruction Set Listings", volume I). Decoder, encoder,
compressed forms, assembler, listing, lowering and parametrised tests read this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from zisk_py.errors import InputError
from zisk_py.transpiler.riscv.fields import Layout, parse_layout

RESERVED_ROUNDING_MODES = (5, 6)
DYNAMIC_ROUNDING = 7


class EncodingError(InputError):
    """An instruction with a field that its encoding cannot hold."""


class Form(Enum):
    """Which fields an instruction has and what they mean."""

    REGISTER = auto()
    UNARY = auto()
    IMMEDIATE = auto()
    SHIFT = auto()
    SHIFT_WORD = auto()
    UPPER = auto()
    LOAD = auto()
    STORE = auto()
    BRANCH = auto()
    JUMP = auto()
    JUMP_REGISTER = auto()
    FENCE = auto()
    FENCE_I = auto()
    SYSTEM = auto()
    CSR = auto()
    CSR_IMMEDIATE = auto()
    ATOMIC = auto()
    LOAD_RESERVED = auto()
    FLOAT_LOAD = auto()
    FLOAT_STORE = auto()
    FLOAT_FUSED = auto()
    FLOAT_ARITHMETIC = auto()
    FLOAT_EXACT = auto()
    FLOAT_UNARY = auto()
    FLOAT_COMPARE = auto()
    FLOAT_TO_INTEGER = auto()
    INTEGER_TO_FLOAT = auto()
    FLOAT_WIDENING = auto()  # exact: the rounding mode is there, but has no effect and is not written
    INTEGER_WIDENING = auto()
    FLOAT_TO_BITS = auto()
    BITS_TO_FLOAT = auto()

    @property
    def layout(self) -> Layout:
        """Where the fields stand; `mask` has the bits that a row's `match` fixes."""
        return _LAYOUTS[self]

    @property
    def syntax(self) -> str:
        """The operands as assembly writes them."""
        return SHAPES[self][3]


# Form -> pattern of the bits, bits of the immediate, whether it is signed, operands as assembly writes them:
# rd and rs are integer registers, fd and fs floating-point ones, what is in brackets may be left out.
SHAPES: dict[Form, tuple[str, str, bool, str]] = {
    Form.REGISTER: ("....... ttttt sssss ... ddddd .......", "", False, "rd, rs1, rs2"),
    Form.UNARY: ("....... ..... sssss ... ddddd .......", "", False, "rd, rs1"),
    Form.IMMEDIATE: ("iiiiiiiiiiii sssss ... ddddd .......", "11:0", True, "rd, rs1, imm"),
    Form.SHIFT: ("...... iiiiii sssss ... ddddd .......", "5:0", False, "rd, rs1, imm"),
    Form.SHIFT_WORD: ("....... iiiii sssss ... ddddd .......", "4:0", False, "rd, rs1, imm"),
    Form.UPPER: ("iiiiiiiiiiiiiiiiiiii ddddd .......", "31:12", True, "rd, upper"),
    Form.LOAD: ("iiiiiiiiiiii sssss ... ddddd .......", "11:0", True, "rd, [imm](rs1)"),
    Form.STORE: ("iiiiiii ttttt sssss ... iiiii .......", "11:5|4:0", True, "rs2, [imm](rs1)"),
    Form.BRANCH: ("iiiiiii ttttt sssss ... iiiii .......", "12|10:5|4:1|11", True, "rs1, rs2, target"),
    Form.JUMP: ("iiiiiiiiiiiiiiiiiiii ddddd .......", "20|10:1|11|19:12", True, "rd, target"),
    Form.JUMP_REGISTER: ("iiiiiiiiiiii sssss ... ddddd .......", "11:0", True, "rd, [imm](rs1)"),
    Form.FENCE: ("iiiiiiiiiiii sssss ... ddddd .......", "11:0", False, "[pred, succ]"),
    Form.FENCE_I: ("iiiiiiiiiiii sssss ... ddddd .......", "11:0", False, ""),
    Form.SYSTEM: ("....... ..... ..... ... ..... .......", "", False, ""),
    Form.CSR: ("cccccccccccc sssss ... ddddd .......", "", False, "rd, csr, rs1"),
    Form.CSR_IMMEDIATE: ("cccccccccccc iiiii ... ddddd .......", "4:0", False, "rd, csr, imm"),
    Form.ATOMIC: ("..... a l ttttt sssss ... ddddd .......", "", False, "rd, rs2, (rs1)"),
    Form.LOAD_RESERVED: ("..... a l ..... sssss ... ddddd .......", "", False, "rd, (rs1)"),
    Form.FLOAT_LOAD: ("iiiiiiiiiiii sssss ... ddddd .......", "11:0", True, "fd, [imm](rs1)"),
    Form.FLOAT_STORE: ("iiiiiii ttttt sssss ... iiiii .......", "11:5|4:0", True, "fs2, [imm](rs1)"),
    Form.FLOAT_FUSED: ("uuuuu .. ttttt sssss rrr ddddd .......", "", False, "fd, fs1, fs2, fs3[, rm]"),
    Form.FLOAT_ARITHMETIC: ("....... ttttt sssss rrr ddddd .......", "", False, "fd, fs1, fs2[, rm]"),
    Form.FLOAT_EXACT: ("....... ttttt sssss ... ddddd .......", "", False, "fd, fs1, fs2"),
    Form.FLOAT_UNARY: ("....... ..... sssss rrr ddddd .......", "", False, "fd, fs1[, rm]"),
    Form.FLOAT_COMPARE: ("....... ttttt sssss ... ddddd .......", "", False, "rd, fs1, fs2"),
    Form.FLOAT_TO_INTEGER: ("....... ..... sssss rrr ddddd .......", "", False, "rd, fs1[, rm]"),
    Form.INTEGER_TO_FLOAT: ("....... ..... sssss rrr ddddd .......", "", False, "fd, rs1[, rm]"),
    Form.FLOAT_WIDENING: ("....... ..... sssss rrr ddddd .......", "", False, "fd, fs1"),
    Form.INTEGER_WIDENING: ("....... ..... sssss rrr ddddd .......", "", False, "fd, rs1"),
    Form.FLOAT_TO_BITS: ("....... ..... sssss ... ddddd .......", "", False, "rd, fs1"),
    Form.BITS_TO_FLOAT: ("....... ..... sssss ... ddddd .......", "", False, "fd, rs1"),
}
_LAYOUTS = {form: parse_layout(*shape[:3]) for form, shape in SHAPES.items()}


@dataclass(frozen=True, slots=True)
class Encoding:
    """One row: a word is this instruction where its bits of `mask` are `match`."""

    name: str
    form: Form
    match: int
    mask: int
    extension: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction with its fields; a field that its form lacks is 0.

    `imm` is what the instruction computes with: sign-extended where the manual says so, in bytes from
    `address` for branches and jumps, shifted by 12 for lui and auipc, unsigned for shifts and for csrrwi and
    its like; the 12 bits fm, pred, succ of a fence. `size` is 2 for a compressed form of the encoding.
    """

    encoding: Encoding
    rd: int = 0
    rs1: int = 0
    rs2: int = 0
    imm: int = 0
    size: int = 4
    address: int = 0
    csr: int = 0
    aq: int = 0
    rl: int = 0
    rs3: int = 0
    rm: int = 0


LOAD, LOAD_FP, MISC_MEM, OP_IMM, AUIPC, OP_IMM_32 = 0x03, 0x07, 0x0F, 0x13, 0x17, 0x1B
STORE, STORE_FP, AMO, OP, LUI, OP_32 = 0x23, 0x27, 0x2F, 0x33, 0x37, 0x3B
MADD, MSUB, NMSUB, NMADD, OP_FP = 0x43, 0x47, 0x4B, 0x4F, 0x53
BRANCH, JALR, JAL, SYSTEM = 0x63, 0x67, 0x6F, 0x73


def _rows(extension: str, form: Form, opcode: int, codes: Mapping[str, tuple[int, ...]]) -> list[Encoding]:
    """Rows of one opcode; name -> bits 14:12, then 31:25, then 24:20; those that are left out are 0."""
    rows = []
    for name, code in codes.items():
        funct3, funct7, rs2 = (*code, 0, 0, 0)[:3]
        match = opcode | funct3 << 12 | rs2 << 20 | funct7 << 25
        rows.append(Encoding(name, form, match, form.layout.mask, extension))
    return rows


def _base() -> list[Encoding]:
    return [
        *_rows("I", Form.UPPER, LUI, {"lui": ()}),
        *_rows("I", Form.UPPER, AUIPC, {"auipc": ()}),
        *_rows("I", Form.JUMP, JAL, {"jal": ()}),
        *_rows("I", Form.JUMP_REGISTER, JALR, {"jalr": (0,)}),
        *_rows(
            "I",
            Form.BRANCH,
            BRANCH,
            {"beq": (0,), "bne": (1,), "blt": (4,), "bge": (5,), "bltu": (6,), "bgeu": (7,)},
        ),
        *_rows(
            "I",
            Form.LOAD,
            LOAD,
            {"lb": (0,), "lh": (1,), "lw": (2,), "ld": (3,), "lbu": (4,), "lhu": (5,), "lwu": (6,)},
        ),
        *_rows("I", Form.STORE, STORE, {"sb": (0,), "sh": (1,), "sw": (2,), "sd": (3,)}),
        *_rows(
            "I",
            Form.IMMEDIATE,
            OP_IMM,
            {"addi": (0,), "slti": (2,), "sltiu": (3,), "xori": (4,), "ori": (6,), "andi": (7,)},
        ),
        *_rows("I", Form.SHIFT, OP_IMM, {"slli": (1, 0x00), "srli": (5, 0x00), "srai": (5, 0x20)}),
        *_rows("I", Form.REGISTER, OP, {"add": (0, 0x00), "sub": (0, 0x20), "sll": (1,), "slt": (2,)}),
        *_rows("I", Form.REGISTER, OP, {"sltu": (3,), "xor": (4,), "srl": (5, 0x00), "sra": (5, 0x20)}),
        *_rows("I", Form.REGISTER, OP, {"or": (6,), "and": (7,)}),
        *_rows("I", Form.IMMEDIATE, OP_IMM_32, {"addiw": (0,)}),
        *_rows("I", Form.SHIFT_WORD, OP_IMM_32, {"slliw": (1, 0x00), "srliw": (5, 0x00), "sraiw": (5, 0x20)}),
        *_rows("I", Form.REGISTER, OP_32, {"addw": (0, 0x00), "subw": (0, 0x20), "sllw": (1, 0x00)}),
        *_rows("I", Form.REGISTER, OP_32, {"srlw": (5, 0x00), "sraw": (5, 0x20)}),
        *_rows("I", Form.FENCE, MISC_MEM, {"fence": (0,)}),
        *_rows("I", Form.SYSTEM, SYSTEM, {"ecall": (0, 0, 0), "ebreak": (0, 0, 1)}),
        *_rows("Zifencei", Form.FENCE_I, MISC_MEM, {"fence.i": (1,)}),
        *_rows("Zicsr", Form.CSR, SYSTEM, {"csrrw": (1,), "csrrs": (2,), "csrrc": (3,)}),
        *_rows("Zicsr", Form.CSR_IMMEDIATE, SYSTEM, {"csrrwi": (5,), "csrrsi": (6,), "csrrci": (7,)}),
    ]


def _products() -> list[Encoding]:
    names = ("mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu")
    return [
        *_rows("M", Form.REGISTER, OP, {name: (code, 0x01) for code, name in enumerate(names)}),
        *_rows(
            "M",
            Form.REGISTER,
            OP_32,
            {"mulw": (0, 0x01), "divw": (4, 0x01), "divuw": (5, 0x01), "remw": (6, 0x01), "remuw": (7, 0x01)},
        ),
    ]


ATOMIC_CODES = {
    "amoadd": 0x00,
    "amoswap": 0x01,
    "sc": 0x03,
    "amoxor": 0x04,
    "amoor": 0x08,
    "amoand": 0x0C,
    "amomin": 0x10,
    "amomax": 0x14,
    "amominu": 0x18,
    "amomaxu": 0x1C,
}


def _atomics() -> list[Encoding]:
    rows = []
    for suffix, width in (("w", 2), ("d", 3)):
        rows += _rows("A", Form.LOAD_RESERVED, AMO, {f"lr.{suffix}": (width, 0x02 << 2)})
        codes = {f"{name}.{suffix}": (width, code << 2) for name, code in ATOMIC_CODES.items()}
        rows += _rows("A", Form.ATOMIC, AMO, codes)
    return rows


def _bit_manipulation() -> list[Encoding]:
    return [
        *_rows("Zba", Form.REGISTER, OP, {"sh1add": (2, 0x10), "sh2add": (4, 0x10), "sh3add": (6, 0x10)}),
        *_rows("Zba", Form.REGISTER, OP_32, {"add.uw": (0, 0x04), "sh1add.uw": (2, 0x10)}),
        *_rows("Zba", Form.REGISTER, OP_32, {"sh2add.uw": (4, 0x10), "sh3add.uw": (6, 0x10)}),
        *_rows("Zba", Form.SHIFT, OP_IMM_32, {"slli.uw": (1, 0x04)}),
        *_rows("Zbb", Form.REGISTER, OP, {"andn": (7, 0x20), "orn": (6, 0x20), "xnor": (4, 0x20)}),
        *_rows(
            "Zbb",
            Form.REGISTER,
            OP,
            {"min": (4, 0x05), "minu": (5, 0x05), "max": (6, 0x05), "maxu": (7, 0x05)},
        ),
        *_rows("Zbb", Form.REGISTER, OP, {"rol": (1, 0x30), "ror": (5, 0x30)}),
        *_rows("Zbb", Form.REGISTER, OP_32, {"rolw": (1, 0x30), "rorw": (5, 0x30)}),
        *_rows("Zbb", Form.SHIFT, OP_IMM, {"rori": (5, 0x30)}),
        *_rows("Zbb", Form.SHIFT_WORD, OP_IMM_32, {"roriw": (5, 0x30)}),
        *_rows("Zbb", Form.UNARY, OP_IMM, {"clz": (1, 0x30, 0), "ctz": (1, 0x30, 1), "cpop": (1, 0x30, 2)}),
        *_rows("Zbb", Form.UNARY, OP_IMM, {"sext.b": (1, 0x30, 4), "sext.h": (1, 0x30, 5)}),
        *_rows("Zbb", Form.UNARY, OP_IMM, {"orc.b": (5, 0x14, 7), "rev8": (5, 0x35, 24)}),
        *_rows("Zbb", Form.UNARY, OP_IMM_32, {"clzw": (1, 0x30, 0), "ctzw": (1, 0x30, 1)}),
        *_rows("Zbb", Form.UNARY, OP_IMM_32, {"cpopw": (1, 0x30, 2)}),
        *_rows("Zbb", Form.UNARY, OP_32, {"zext.h": (4, 0x04, 0)}),
        *_rows(
            "Zbs",
            Form.REGISTER,
            OP,
            {"bclr": (1, 0x24), "bext": (5, 0x24), "binv": (1, 0x34), "bset": (1, 0x14)},
        ),
        *_rows(
            "Zbs",
            Form.SHIFT,
            OP_IMM,
            {"bclri": (1, 0x24), "bexti": (5, 0x24), "binvi": (1, 0x34), "bseti": (1, 0x14)},
        ),
    ]


def _floats() -> list[Encoding]:
    rows = []
    for extension, s, fmt, width, bits in (("F", "s", 0, 2, "w"), ("D", "d", 1, 3, "d")):
        rows += _rows(extension, Form.FLOAT_LOAD, LOAD_FP, {f"fl{bits}": (width,)})
        rows += _rows(extension, Form.FLOAT_STORE, STORE_FP, {f"fs{bits}": (width,)})
        for name, opcode in (("fmadd", MADD), ("fmsub", MSUB), ("fnmsub", NMSUB), ("fnmadd", NMADD)):
            rows += _rows(extension, Form.FLOAT_FUSED, opcode, {f"{name}.{s}": (0, fmt)})
        for form, codes in _float_codes(s, bits).items():
            scaled = {name: (code[0], code[1] << 2 | fmt, *code[2:]) for name, code in codes.items()}
            rows += _rows(extension, form, OP_FP, scaled)
    rows += _rows("D", Form.FLOAT_UNARY, OP_FP, {"fcvt.s.d": (0, 0x20, 1)})
    rows += _rows("D", Form.FLOAT_WIDENING, OP_FP, {"fcvt.d.s": (0, 0x21, 0)})
    return rows


def _float_codes(s: str, bits: str) -> dict[Form, dict[str, tuple[int, ...]]]:
    """Form -> name -> bits 14:12, 31:27 and 24:20 of the instructions that single and double have alike."""
    widths = {name: code for code, name in enumerate(("w", "wu", "l", "lu"))}
    exact = {"w", "wu"} if s == "d" else set()
    return {
        Form.FLOAT_ARITHMETIC: {
            f"{name}.{s}": (0, code) for code, name in enumerate(("fadd", "fsub", "fmul", "fdiv"))
        },
        Form.FLOAT_UNARY: {f"fsqrt.{s}": (0, 0x0B)},
        Form.FLOAT_EXACT: {
            **{f"{name}.{s}": (code, 0x04) for code, name in enumerate(("fsgnj", "fsgnjn", "fsgnjx"))},
            **{f"{name}.{s}": (code, 0x05) for code, name in enumerate(("fmin", "fmax"))},
        },
        Form.FLOAT_COMPARE: {f"{name}.{s}": (code, 0x14) for code, name in enumerate(("fle", "flt", "feq"))},
        Form.FLOAT_TO_INTEGER: {f"fcvt.{name}.{s}": (0, 0x18, code) for name, code in widths.items()},
        Form.INTEGER_TO_FLOAT: {
            f"fcvt.{s}.{name}": (0, 0x1A, code) for name, code in widths.items() if name not in exact
        },
        Form.INTEGER_WIDENING: {f"fcvt.{s}.{name}": (0, 0x1A, widths[name]) for name in sorted(exact)},
        Form.FLOAT_TO_BITS: {f"fmv.x.{bits}": (0, 0x1C), f"fclass.{s}": (1, 0x1C)},
        Form.BITS_TO_FLOAT: {f"fmv.{bits}.x": (0, 0x1E)},
    }


ENCODINGS: tuple[Encoding, ...] = (
    *_base(),
    *_products(),
    *_atomics(),
    *_bit_manipulation(),
    *_floats(),
)
BY_NAME = {encoding.name: encoding for encoding in ENCODINGS}

OPCODE_AND_FUNCT3 = 0x707F


def _index() -> dict[int, tuple[Encoding, ...]]:
    """Opcode and bits 14:12 of a word -> the rows that may match it."""
    rows: dict[int, list[Encoding]] = {}
    for encoding in ENCODINGS:
        for funct3 in range(8):
            key = encoding.match & 0x7F | funct3 << 12
            if (key ^ encoding.match) & encoding.mask & OPCODE_AND_FUNCT3 == 0:
                rows.setdefault(key, []).append(encoding)
    return {key: tuple(found) for key, found in rows.items()}


_CANDIDATES = _index()


def decode(word: int, address: int = 0) -> Instruction | None:
    """The instruction of 32 bits, or None for a word that is none."""
    for encoding in _CANDIDATES.get(word & OPCODE_AND_FUNCT3, ()):
        if word & encoding.mask == encoding.match:
            fields = encoding.form.layout.extract(word)
            if fields.get("rm") in RESERVED_ROUNDING_MODES:
                return None
            return Instruction(encoding, **fields, address=address)
    return None


def encode(instruction: Instruction) -> bytes:
    """The 4 bytes of an instruction, also of one that has a compressed form. Raises EncodingError."""
    word = instruction.encoding.match
    for name, field in instruction.encoding.form.layout.fields.items():
        value = getattr(instruction, name)
        try:
            word |= field.insert(value)
        except ValueError:
            raise EncodingError(f"{instruction.encoding.name} cannot have {value} as its {name}") from None
    return word.to_bytes(4, "little")
