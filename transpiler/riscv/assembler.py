"""Assembly text to RISC-V bytes and back, for tests, examples and listings.

One instruction per line, in the words of the manual: `addi a0, zero, 5`, `lw a0, 4(sp)`, `beq a0, a1, label`,
`amoadd.w.aq a0, a1, (a2)`, `csrrw a0, fcsr, a1`, `fadd.d fa0, fa1, fa2, rtz`, and compressed ones by their
own names: `c.addi a0, 1`. A target is a label, an address, or a distance such as `.+8`. Of the short forms of
the manual those in `SHORT_FORMS` are understood, `li` with any number and `la` with a label. A line `label:`
names the next address. `.byte`, `.half`, `.word`, `.dword`, `.zero`, `.ascii` and `.balign` are data. `#` and
`//` start a comment.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from zisk_py.errors import InputError
from zisk_py.transpiler.riscv.compressed import COMPRESSED_BY_NAME, CompressedEncoding, compress
from zisk_py.transpiler.riscv.encodings import BY_NAME, EncodingError, Instruction, encode
from zisk_py.transpiler.riscv.operands import (
    KINDS,
    Symbols,
    read_number,
    read_operands,
    write_operands,
)

SHORT_FORMS = {
    "nop": "addi zero, zero, 0",
    "mv": "addi {0}, {1}, 0",
    "not": "xori {0}, {1}, -1",
    "neg": "sub {0}, zero, {1}",
    "negw": "subw {0}, zero, {1}",
    "sext.w": "addiw {0}, {1}, 0",
    "seqz": "sltiu {0}, {1}, 1",
    "snez": "sltu {0}, zero, {1}",
    "beqz": "beq {0}, zero, {1}",
    "bnez": "bne {0}, zero, {1}",
    "bltz": "blt {0}, zero, {1}",
    "bgez": "bge {0}, zero, {1}",
    "bgtz": "blt zero, {0}, {1}",
    "blez": "bge zero, {0}, {1}",
    "bgt": "blt {1}, {0}, {2}",
    "ble": "bge {1}, {0}, {2}",
    "bgtu": "bltu {1}, {0}, {2}",
    "bleu": "bgeu {1}, {0}, {2}",
    "j": "jal zero, {0}",
    "call": "jal ra, {0}",
    "jr": "jalr zero, 0({0})",
    "ret": "jalr zero, 0(ra)",
    "csrr": "csrrs {0}, {1}, zero",
    "csrw": "csrrw zero, {0}, {1}",
}
NUM_OPERANDS = {
    **{name: len(set(re.findall(r"{\d}", form))) for name, form in SHORT_FORMS.items()},
    **{"li": 2, "la": 2, ".zero": 1, ".balign": 1},
}
DATA_BYTES = {".byte": 1, ".half": 2, ".word": 4, ".dword": 8}
MAX_ZEROS = 1 << 24
ORDERINGS = {".aqrl": (1, 1), ".aq": (1, 0), ".rl": (0, 1)}  # aq, rl
_TEXT = re.compile(r'"(?:[ !#-[\]-~]|\\[ -~])*"')
_COMMENT = re.compile(rf"({_TEXT.pattern})|(?:#|//).*")
_LABEL = re.compile(r"([A-Za-z_][\w.$]*)\s*:\s*")


class AssemblyError(InputError):
    """A line that is no instruction."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """Bytes, and the addresses of the labels."""

    text: bytes
    labels: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Statement:
    line: int
    address: int
    name: str
    operands: str


def assemble(source: str, base: int = 0) -> Assembly:
    """Assemble a program that lies at `base`. Raises AssemblyError, naming the line."""
    statements, labels, address = [], {}, base
    for line, text in enumerate(source.splitlines(), 1):
        text = _COMMENT.sub(lambda found: found[1] or "", text).strip()
        while match := _LABEL.match(text):
            if match[1] in labels:
                raise AssemblyError(f"line {line}: there is a label {match[1]!r} already")
            labels[match[1]] = address
            text = text[match.end() :]
        if text:
            name, _, operands = text.replace("\t", " ").partition(" ")
            statement = _Statement(line, address, name, operands.strip())
            statements.append(statement)
            with _naming(statement):
                address += _size(statement)
    parts = []
    for statement in statements:
        with _naming(statement):
            parts.append(_emit(statement, labels))
    return Assembly(b"".join(parts), labels)


@contextmanager
def _naming(statement: _Statement) -> Iterator[None]:
    """Turn what is wrong with a statement into one sentence."""
    try:
        yield
    except (ValueError, EncodingError) as error:
        shown = f"{statement.name} {statement.operands}".strip()
        raise AssemblyError(f"line {statement.line}, {shown!r}: {error}") from error


def _size(statement: _Statement) -> int:
    """How many bytes a statement becomes; labels may still be unknown."""
    name, operands = statement.name, statement.operands
    if name in DATA_BYTES:
        return DATA_BYTES[name] * len(operands.split(","))
    if name == "la":
        return 8
    if name in ("li", ".zero", ".ascii", ".balign"):
        return len(_emit(statement, {}))
    return 2 if name.startswith("c.") else 4


def _emit(statement: _Statement, symbols: Symbols) -> bytes:
    name, operands = statement.name, [operand.strip() for operand in statement.operands.split(",")]
    if name in DATA_BYTES:
        return b"".join(_to_bytes(read_number(item, symbols), DATA_BYTES[name]) for item in operands)
    if name == ".ascii":
        return _read_text(statement.operands)
    needed = NUM_OPERANDS.get(name)
    if needed is not None and len(operands) - (operands == [""]) != needed:
        raise ValueError(f"{name} has {needed} operand{'s' * (needed != 1)}")
    if name in (".zero", ".balign"):
        count = read_number(operands[0], {})
        if not 0 < count <= MAX_ZEROS:
            raise ValueError(f"{count} is not from 1 to {MAX_ZEROS}")
        return bytes(count if name == ".zero" else -statement.address % count)
    if name == "li":
        return _load_number(_read_rd(operands[0]), read_number(operands[1], {}))
    if name == "la":
        return _load_address(_read_rd(operands[0]), read_number(operands[1], symbols) - statement.address)
    if name in SHORT_FORMS:
        name, _, text = SHORT_FORMS[name].format(*operands).partition(" ")
        return _assemble(name, text, statement.address, symbols)
    return _assemble(name, statement.operands, statement.address, symbols)


def _assemble(name: str, operands: str, address: int, symbols: Symbols) -> bytes:
    if row := COMPRESSED_BY_NAME.get(name):
        fields = {**row.fixed, **read_operands(operands, row.syntax, address, symbols)}
        if row.layout.fields.get("rd") is row.layout.fields.get("rs1", row):
            fields["rs1"] = fields["rd"]
        return compress(row, Instruction(row.base, **fields, size=2, address=address))
    encoding, ordering = BY_NAME.get(name), ""
    if encoding is None:
        name, ordering = name[: name.rfind(".")], name[name.rfind(".") :]
        encoding = BY_NAME.get(name)
    if encoding is None or (ordering and not ("aq" in encoding.form.layout.fields and ordering in ORDERINGS)):
        raise ValueError("there is no such instruction")
    aq, rl = ORDERINGS.get(ordering, (0, 0))
    fields = read_operands(operands, encoding.form.syntax, address, symbols)
    return encode(Instruction(encoding, **fields, address=address, aq=aq, rl=rl))


def _to_bytes(value: int, width: int) -> bytes:
    bits = 8 * width
    if not -(1 << bits - 1) <= value < 1 << bits:
        raise ValueError(f"{value} does not fit {bits} bits")
    return (value % (1 << bits)).to_bytes(width, "little")


def _read_text(text: str) -> bytes:
    if not _TEXT.fullmatch(text):
        raise ValueError(".ascii has one text in quotes, of printable ASCII characters")
    return bytes(ast.literal_eval(f"b{text}"))


def _read_rd(text: str) -> int:
    return KINDS["rd"].read(text, {})


def _load_number(rd: int, value: int) -> bytes:
    """The shortest lui, addi and slli that make a number of 64 bits."""
    if not -(1 << 63) <= value < 1 << 64:
        raise ValueError(f"{value} does not fit 64 bits")
    value = _sign_extend(value, 64)
    low = _sign_extend(value, 12)
    rest = value - low
    if rest == 0:
        return encode(Instruction(BY_NAME["addi"], rd, 0, imm=low))
    if -(1 << 31) <= value < 1 << 31:
        text = encode(Instruction(BY_NAME["lui"], rd, imm=_sign_extend(rest, 32)))
        return text + (encode(Instruction(BY_NAME["addiw"], rd, rd, imm=low)) if low else b"")
    shift = (rest & -rest).bit_length() - 1
    text = _load_number(rd, _sign_extend(rest >> shift, 64 - shift))
    text += encode(Instruction(BY_NAME["slli"], rd, rd, imm=shift))
    return text + (encode(Instruction(BY_NAME["addi"], rd, rd, imm=low)) if low else b"")


def _load_address(rd: int, distance: int) -> bytes:
    low = _sign_extend(distance, 12)
    upper = encode(Instruction(BY_NAME["auipc"], rd, imm=distance - low))
    return upper + encode(Instruction(BY_NAME["addi"], rd, rd, imm=low))


def _sign_extend(value: int, bits: int) -> int:
    sign = 1 << bits - 1
    return (value & 2 * sign - 1 ^ sign) - sign


def format_instruction(instruction: Instruction, row: CompressedEncoding | None = None) -> str:
    """The text of an instruction, in its compressed form where that is given; `assemble` reads it back."""
    if row is not None:
        return f"{row.name} {write_operands(instruction, row.syntax)}".strip()
    orderings = {bits: suffix for suffix, bits in ORDERINGS.items()}
    name = instruction.encoding.name + orderings.get((instruction.aq, instruction.rl), "")
    return f"{name} {write_operands(instruction, instruction.encoding.form.syntax)}".strip()
