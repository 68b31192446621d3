"""Operands of RISC-V assembly: how each kind is written and read, in one table.

A syntax, as the tables of encodings have it, names the kinds in their order, with what may be left out in
brackets: `rd, [imm](rs1)`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from zisk_py.transpiler.riscv.encodings import DYNAMIC_ROUNDING, Instruction

REGISTERS = (
    *("zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1"),
    *(f"a{i}" for i in range(8)),
    *(f"s{i}" for i in range(2, 12)),
    *(f"t{i}" for i in range(3, 7)),
)
FLOAT_REGISTERS = (
    *(f"ft{i}" for i in range(8)),
    *("fs0", "fs1"),
    *(f"fa{i}" for i in range(8)),
    *(f"fs{i}" for i in range(2, 12)),
    *(f"ft{i}" for i in range(8, 12)),
)
CSRS = {"fflags": 0x001, "frm": 0x002, "fcsr": 0x003, "cycle": 0xC00, "time": 0xC01, "instret": 0xC02}
ROUNDING_MODES = {"rne": 0, "rtz": 1, "rdn": 2, "rup": 3, "rmm": 4, "dyn": DYNAMIC_ROUNDING}
ACCESSES = "iorw"  # device input and output, memory reads and writes: bits 3 to 0 of half a fence
UPPER_SHIFT = 12

Symbols = dict[str, int]
_CSR_NAMES = {number: name for name, number in CSRS.items()}
_ROUNDING_NAMES = {number: name for name, number in ROUNDING_MODES.items()}
_INTEGER_NUMBERS = {
    "fp": 8,
    **{f"x{i}": i for i in range(32)},
    **{name: i for i, name in enumerate(REGISTERS)},
}
_FLOAT_NUMBERS = {**{f"f{i}": i for i in range(32)}, **{name: i for i, name in enumerate(FLOAT_REGISTERS)}}
_OPTIONAL = {"[": "(?:", "]": ")?"}
_TOKEN = re.compile(r"[a-z]\w*")
_EXPRESSION = re.compile(r"([A-Za-z_.][\w.$]*)?\s*(?:([-+]?)\s*(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+))?")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of operand: the field that it is in, how many bits up, its text, and its number."""

    field: str
    write: Callable[[int], str]
    read: Callable[[str, Symbols], int]
    shift: int = 0


def read_number(text: str, symbols: Symbols) -> int:
    """The value of `5`, `-0x10`, `label`, `label+4` or `.-2`. Raises ValueError."""
    match = _EXPRESSION.fullmatch(text.strip())
    if match is None or not (match[1] or match[3]) or (match[1] and match[3] and not match[2]):
        raise ValueError(f"{text!r} is no number and no label")
    if match[1] and match[1] not in symbols:
        raise ValueError(f"there is no label {match[1]!r}")
    value = int(match[3] or "0", 0)
    return symbols.get(match[1], 0) + (-value if match[2] == "-" else value)


def _register(field: str) -> Kind:
    return Kind(field, REGISTERS.__getitem__, lambda text, _: _look_up(text, _INTEGER_NUMBERS, "register"))


def _float_register(field: str) -> Kind:
    return Kind(
        field,
        FLOAT_REGISTERS.__getitem__,
        lambda text, _: _look_up(text, _FLOAT_NUMBERS, "floating-point register"),
    )


def _look_up(text: str, names: dict[str, int], what: str) -> int:
    if text not in names:
        raise ValueError(f"{text!r} is no {what}")
    return names[text]


def _read_upper(text: str, symbols: Symbols) -> int:
    value = read_number(text, symbols)
    if not -(1 << 19) <= value < 1 << 20:
        raise ValueError(f"{text} does not fit 20 bits")
    return ((value & 0xFFFFF) ^ 0x80000) - 0x80000 << UPPER_SHIFT


def _read_csr(text: str, symbols: Symbols) -> int:
    return CSRS[text] if text in CSRS else read_number(text, symbols)


def _write_accesses(bits: int) -> str:
    return "".join(letter for i, letter in enumerate(ACCESSES) if bits >> 3 - i & 1) or "0"


def _read_accesses(text: str, symbols: Symbols) -> int:
    if text == "0":
        return 0
    if not text or set(text) - set(ACCESSES):
        raise ValueError(f"{text!r} is no part of {ACCESSES}")
    return sum(1 << 3 - ACCESSES.index(letter) for letter in set(text))


KINDS: dict[str, Kind] = {
    **{name: _register(name) for name in ("rd", "rs1", "rs2")},
    **{f"f{name}": _float_register(f"r{name}") for name in ("d", "s1", "s2", "s3")},
    "imm": Kind("imm", str, read_number),
    "upper": Kind("imm", lambda value: hex(value >> UPPER_SHIFT & 0xFFFFF), _read_upper),
    "target": Kind("imm", hex, read_number),  # an address; the field has the distance to it
    "csr": Kind("csr", lambda value: _CSR_NAMES.get(value, hex(value)), _read_csr),
    "rm": Kind("rm", _ROUNDING_NAMES.__getitem__, lambda text, _: _look_up(text, ROUNDING_MODES, "rounding")),
    "pred": Kind("imm", lambda value: _write_accesses(value >> 4), _read_accesses, 4),
    "succ": Kind("imm", _write_accesses, _read_accesses),
}
DEFAULTS = {"imm": "0", "rm": "dyn", "pred": ACCESSES, "succ": ACCESSES}  # of operands that are left out


def write_operands(instruction: Instruction, syntax: str) -> str:
    """The operands of an instruction; targets as addresses."""

    def write(token: re.Match[str]) -> str:
        if (kind := KINDS.get(token[0])) is None:
            return token[0]
        value: int = getattr(instruction, kind.field)
        return kind.write(value + instruction.address if token[0] == "target" else value)

    return _TOKEN.sub(write, re.sub(r"[][]", "", syntax)).removesuffix(f", {DEFAULTS['rm']}")


def read_operands(text: str, syntax: str, address: int, symbols: Symbols) -> dict[str, int]:
    """Field -> value of operands at an address. Raises ValueError where they are not of the syntax."""
    symbols = {**symbols, ".": address}
    match = _pattern(syntax).fullmatch(text)
    if match is None:
        raise ValueError(f"the operands must be {syntax or 'none'}")
    fields: dict[str, int] = {}
    for name, operand in match.groupdict().items():
        kind = KINDS[name]
        value = kind.read(DEFAULTS[name] if operand is None else operand, symbols) << kind.shift
        fields[kind.field] = fields.get(kind.field, 0) | value - (address if name == "target" else 0)
    return fields


@cache
def _pattern(syntax: str) -> re.Pattern[str]:
    """What operands of a syntax look like."""
    pattern = ""
    for token in re.findall(r"\w+|[][,()]", syntax):
        if token in _OPTIONAL:
            pattern += _OPTIONAL[token]
        else:
            pattern += rf"\s*(?P<{token}>[^,()]+?)\s*" if token in KINDS else rf"\s*{re.escape(token)}\s*"
    return re.compile(pattern)
