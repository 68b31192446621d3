"""THE table of compressed instructions (RV64C): 16 bits, and the instruction of 32 bits that each stands for.

Reserved encodings are not instructions; hints are, and expand to ones that change nothing.
"""

from dataclasses import dataclass, replace

from zisk_py.transpiler.riscv.encodings import BY_NAME, Encoding, EncodingError, Instruction
from zisk_py.transpiler.riscv.fields import Layout, parse_layout


@dataclass(frozen=True, slots=True)
class CompressedEncoding:
    """One row: a half-word is this one where its bits of `mask` are `match` and no field is excluded."""

    name: str
    layout: Layout
    base: Encoding
    syntax: str  # operands as assembly writes them, as in the table of encodings
    fixed: dict[str, int]  # fields of the base that are always so
    excluded: tuple[tuple[str, int], ...]  # field and the value that makes it another row, or reserved


def _row(
    name: str,
    pattern: str,
    base: str,
    syntax: str,
    imm: str = "",
    is_signed: bool = False,
    fixed: dict[str, int] | None = None,
    excluded: tuple[tuple[str, int], ...] = (),
) -> CompressedEncoding:
    layout = parse_layout(pattern, imm, is_signed)
    return CompressedEncoding(name, layout, BY_NAME[base], syntax, fixed or {}, excluded)


LINK, STACK = {"rd": 1}, {"rs1": 2}
NO_IMM, NO_RD, NO_RS1, NO_RS2 = ("imm", 0), ("rd", 0), ("rs1", 0), ("rs2", 0)

COMPRESSED: tuple[CompressedEncoding, ...] = (
    _row(
        "c.addi4spn",
        "000 iiiiiiii ddd 00",
        "addi",
        "rd, sp, imm",
        "5:4|9:6|2|3",
        fixed=STACK,
        excluded=(NO_IMM,),
    ),
    _row("c.fld", "001 iii sss ii ddd 00", "fld", "fd, [imm](rs1)", "5:3|7:6"),
    _row("c.lw", "010 iii sss ii ddd 00", "lw", "rd, [imm](rs1)", "5:3|2|6"),
    _row("c.ld", "011 iii sss ii ddd 00", "ld", "rd, [imm](rs1)", "5:3|7:6"),
    _row("c.fsd", "101 iii sss ii ttt 00", "fsd", "fs2, [imm](rs1)", "5:3|7:6"),
    _row("c.sw", "110 iii sss ii ttt 00", "sw", "rs2, [imm](rs1)", "5:3|2|6"),
    _row("c.sd", "111 iii sss ii ttt 00", "sd", "rs2, [imm](rs1)", "5:3|7:6"),
    _row("c.addi", "000 i bbbbb iiiii 01", "addi", "rd, imm", "5|4:0", True, excluded=(NO_RD,)),
    _row("c.nop", "000 i 00000 iiiii 01", "addi", "[imm]", "5|4:0", True),
    _row("c.addiw", "001 i bbbbb iiiii 01", "addiw", "rd, imm", "5|4:0", True, excluded=(NO_RD,)),
    _row("c.li", "010 i ddddd iiiii 01", "addi", "rd, imm", "5|4:0", True),
    _row(
        "c.addi16sp",
        "011 i 00010 iiiii 01",
        "addi",
        "sp, imm",
        "9|4|6|8:7|5",
        True,
        fixed={"rd": 2, "rs1": 2},
        excluded=(NO_IMM,),
    ),
    _row(
        "c.lui",
        "011 i ddddd iiiii 01",
        "lui",
        "rd, upper",
        "17|16:12",
        True,
        excluded=(("rd", 2), NO_IMM),
    ),
    _row("c.srli", "100 i 00 bbb iiiii 01", "srli", "rd, imm", "5|4:0"),
    _row("c.srai", "100 i 01 bbb iiiii 01", "srai", "rd, imm", "5|4:0"),
    _row("c.andi", "100 i 10 bbb iiiii 01", "andi", "rd, imm", "5|4:0", True),
    _row("c.sub", "100 0 11 bbb 00 ttt 01", "sub", "rd, rs2"),
    _row("c.xor", "100 0 11 bbb 01 ttt 01", "xor", "rd, rs2"),
    _row("c.or", "100 0 11 bbb 10 ttt 01", "or", "rd, rs2"),
    _row("c.and", "100 0 11 bbb 11 ttt 01", "and", "rd, rs2"),
    _row("c.subw", "100 1 11 bbb 00 ttt 01", "subw", "rd, rs2"),
    _row("c.addw", "100 1 11 bbb 01 ttt 01", "addw", "rd, rs2"),
    _row("c.j", "101 iiiiiiiiiii 01", "jal", "target", "11|4|9:8|10|6|7|3:1|5", True),
    _row("c.beqz", "110 iii sss iiiii 01", "beq", "rs1, target", "8|4:3|7:6|2:1|5", True),
    _row("c.bnez", "111 iii sss iiiii 01", "bne", "rs1, target", "8|4:3|7:6|2:1|5", True),
    _row("c.slli", "000 i bbbbb iiiii 10", "slli", "rd, imm", "5|4:0"),
    _row("c.fldsp", "001 i ddddd iiiii 10", "fld", "fd, [imm](sp)", "5|4:3|8:6", fixed=STACK),
    _row(
        "c.lwsp", "010 i ddddd iiiii 10", "lw", "rd, [imm](sp)", "5|4:2|7:6", fixed=STACK, excluded=(NO_RD,)
    ),
    _row(
        "c.ldsp", "011 i ddddd iiiii 10", "ld", "rd, [imm](sp)", "5|4:3|8:6", fixed=STACK, excluded=(NO_RD,)
    ),
    _row("c.jr", "100 0 sssss 00000 10", "jalr", "rs1", excluded=(NO_RS1,)),
    _row("c.mv", "100 0 ddddd ttttt 10", "add", "rd, rs2", excluded=(NO_RS2,)),
    _row("c.ebreak", "100 1 00000 00000 10", "ebreak", ""),
    _row("c.jalr", "100 1 sssss 00000 10", "jalr", "rs1", fixed=LINK, excluded=(NO_RS1,)),
    _row("c.add", "100 1 bbbbb ttttt 10", "add", "rd, rs2", excluded=(NO_RS2,)),
    _row("c.fsdsp", "101 iiiiii ttttt 10", "fsd", "fs2, [imm](sp)", "5:3|8:6", fixed=STACK),
    _row("c.swsp", "110 iiiiii ttttt 10", "sw", "rs2, [imm](sp)", "5:2|7:6", fixed=STACK),
    _row("c.sdsp", "111 iiiiii ttttt 10", "sd", "rs2, [imm](sp)", "5:3|8:6", fixed=STACK),
)
COMPRESSED_BY_NAME = {row.name: row for row in COMPRESSED}

QUADRANT_AND_FUNCT3 = 0xE003
_CANDIDATES: dict[int, list[CompressedEncoding]] = {}
for _encoding in COMPRESSED:
    _CANDIDATES.setdefault(_encoding.layout.match & QUADRANT_AND_FUNCT3, []).append(_encoding)


def find_row(half: int) -> CompressedEncoding | None:
    """The row of a half-word, or None for one that is reserved, illegal or half of a longer instruction."""
    for row in _CANDIDATES.get(half & QUADRANT_AND_FUNCT3, ()):
        if half & row.layout.mask == row.layout.match:
            fields = row.layout.fields
            if all(fields[name].extract(half) != value for name, value in row.excluded):
                return row
    return None


def expand(half: int, address: int = 0) -> Instruction | None:
    """The instruction that a half-word stands for, of size 2, or None for one that is none."""
    row = find_row(half)
    if row is None:
        return None
    return Instruction(row.base, **row.fixed, **row.layout.extract(half), size=2, address=address)


def compress(row: CompressedEncoding, instruction: Instruction) -> bytes:
    """The 2 bytes of an instruction in the form of a row. Raises EncodingError where it has none there."""
    half = row.layout.match
    for name, field in row.layout.fields.items():
        value = getattr(instruction, name)
        try:
            half |= field.insert(value)
        except ValueError:
            raise EncodingError(f"{row.name} cannot have {value} as its {name}") from None
    if find_row(half) is not row or expand(half, instruction.address) != replace(instruction, size=2):
        raise EncodingError(f"{row.name} cannot have these operands; use {instruction.encoding.name}")
    return half.to_bytes(2, "little")
