"""Assembly text to BPF bytes and back, for tests, examples and the disassembly.

One instruction per line: `add32 r1, 5`, `ldxw r0, [r1+4]`, `stxdw [r10-8], r2`, `jeq r1, r2, label` (or
`+3`), `lddw r1, 0x1234`, `be16 r0`, `lock fetch add32 [r1+4], r2`, `lock cmpxchg [r1], r2`, `ldabsh 12`,
`ldindb r3, 14`, `call label`, `syscall sol_log_`, `helper 5`, `callx r3`, `exit`. A line `label:` names the
next slot. `;`, `#` and `//` start a comment. In sBPF v2, which has no lddw, that becomes mov32 and hor64, in
as many slots. Of the spellings of bpf_conformance `%r1`, `swap16` for `bswap16`, `call local label`,
`call helper 5` and `call %r3` for `callx r3` are understood too.
"""

import re
from dataclasses import dataclass

from zisk_py.errors import InputError
from zisk_py.transpiler.bpf.decoder import BpfInstruction, encode
from zisk_py.transpiler.bpf.encodings import ENCODINGS, Encoding, Form
from zisk_py.transpiler.bpf.murmur3 import name_key
from zisk_py.transpiler.bpf.versions import EBPF, Feature, Version

LOCAL_CALL = 1
BY_NAME: dict[str, list[Encoding]] = {}
for _encoding in ENCODINGS:
    BY_NAME.setdefault(_encoding.name, []).append(_encoding)
_NUMBER = r"[-+]?(?:0x[0-9a-fA-F]+|\d+)"
_MEMORY = re.compile(r"\[\s*%?r(\d+)\s*([-+]\s*(?:0x[0-9a-fA-F]+|\d+))?\s*\]")
_REGISTER = re.compile(r"%?r(\d+)")
_LABEL = re.compile(r"[A-Za-z_.][\w.]*")
_ENDIAN = re.compile(r"(le|be|bswap|swap)(16|32|64)")
_SPELLINGS = {"swap": "bswap", "call local": "call", "call helper": "helper"}


class AssemblyError(InputError):
    """A line that is no instruction."""


@dataclass(frozen=True)
class Assembly:
    """Bytes, the slots of the labels, and the calls that a linker has to resolve by name."""

    text: bytes
    labels: dict[str, int]
    syscalls: tuple[
        tuple[int, str], ...
    ]  # slot, name: in sBPF before v3, whose files resolve them by relocation


@dataclass(frozen=True)
class _Line:
    number: int
    slot: int
    name: str
    operands: list[str]


def assemble(source: str, version: Version = EBPF) -> Assembly:
    """Assemble a program. Raises AssemblyError, naming the line."""
    lines, labels, slot = [], {}, 0
    for number, text in enumerate(source.splitlines(), 1):
        text = re.split(r";|#|//", text)[0].strip()
        while match := re.match(r"([A-Za-z_.][\w.]*)\s*:", text):
            labels[match[1]] = slot
            text = text[match.end() :].strip()
        if text:
            name, rest = _split_name(text)
            operands = [operand.strip() for operand in rest.split(",")] if rest.strip() else []
            lines.append(_Line(number, slot, name, operands))
            slot += 2 if name == "lddw" else 1
    syscalls: list[tuple[int, str]] = []
    instructions = []
    for line in lines:
        try:
            instructions += [_parse(part, labels, version, syscalls) for part in _expand(line, version)]
        except (ValueError, IndexError) as error:
            shown = f"{line.name} {', '.join(line.operands)}".strip()
            raise AssemblyError(f"line {line.number}, {shown!r}: {error}") from error
    return Assembly(b"".join(map(encode, instructions)), labels, tuple(syscalls))


def _expand(line: _Line, version: Version) -> list[_Line]:
    """lddw is two instructions where the version has no such one."""
    if line.name != "lddw" or not version.has(Feature.HOR_FOR_LDDW):
        return [line]
    register, value = line.operands[0], _number(line.operands[1], 64) % (1 << 64)
    return [
        _Line(line.number, line.slot, "mov32", [register, str(value & 0xFFFFFFFF)]),
        _Line(line.number, line.slot + 1, "hor64", [register, str(value >> 32)]),
    ]


def _split_name(text: str) -> tuple[str, str]:
    """The name, which is of several words for atomic operations, and the operands."""
    words = text.split()
    length = 1
    if words[0] == "lock":
        length = 3 if words[1:2] == ["fetch"] else 2
    elif " ".join(words[:2]) in _SPELLINGS:
        length = 2
    elif words[0] == "call" and _REGISTER.fullmatch(words[-1]):
        words[0] = "callx"
    name = " ".join(words[:length])
    return _SPELLINGS.get(name, name), " ".join(words[length:])


def _parse(
    line: _Line, labels: dict[str, int], version: Version, syscalls: list[tuple[int, str]]
) -> BpfInstruction:
    operands = line.operands
    if line.name == "syscall":
        imm = name_key(operands[0])
        if not version.has(Feature.STATIC_SYSCALLS):
            syscalls.append((line.slot, operands[0]))
            imm = -1
        return BpfInstruction(line.slot, BY_NAME["call"][0], 0, 0, 0, imm)
    if line.name == "helper":
        return BpfInstruction(line.slot, BY_NAME["call"][0], 0, 0, 0, _number(operands[0]))
    if match := _ENDIAN.fullmatch(line.name):
        row = BY_NAME[_SPELLINGS.get(match[1], match[1])][0]
        return BpfInstruction(line.slot, row, _register(operands[0]), 0, 0, int(match[2]))
    rows = [row for row in BY_NAME.get(line.name, ()) if row.is_in(version)]
    if not rows:
        raise ValueError(f"there is no such instruction in {version.target}")
    from_register = len(operands) > 1 and bool(_REGISTER.fullmatch(operands[1]))
    encoding = next((row for row in rows if row.from_register == from_register), rows[0])
    return _with_operands(line, encoding, labels, version)


def _with_operands(
    line: _Line, encoding: Encoding, labels: dict[str, int], version: Version
) -> BpfInstruction:
    operands, form = line.operands, encoding.form
    dst = src = offset = imm = 0
    if form in (Form.ALU, Form.BRANCH):
        dst = _register(operands[0])
        if encoding.from_register:
            src = _register(operands[1])
        else:
            imm = _number(operands[1], 32)
        offset = encoding.variant if form is Form.ALU else _target(operands[2], line.slot, labels)
    elif form is Form.NEGATE:
        dst = _register(operands[0])
    elif form is Form.LOAD_IMMEDIATE:
        dst, imm = _register(operands[0]), _number(operands[1], 64) % (1 << 64)
    elif form in (Form.LOAD, Form.LOAD_SIGNED):
        dst, (src, offset) = _register(operands[0]), _memory(operands[1])
    elif form in (Form.STORE, Form.ATOMIC):
        (dst, offset), src = _memory(operands[0]), _register(operands[1])
        imm = encoding.variant if form is Form.ATOMIC else 0
    elif form is Form.STORE_IMMEDIATE:
        (dst, offset), imm = _memory(operands[0]), _number(operands[1], 32)
    elif form is Form.PACKET_LOAD:
        src = _register(operands[0]) if encoding.from_register else 0
        imm = _number(operands[-1], 32)
    elif form is Form.JUMP:
        offset = _target(operands[0], line.slot, labels)
    elif form is Form.JUMP_FAR:
        imm = _target(operands[0], line.slot, labels)
    elif form is Form.CALL:
        src, imm = LOCAL_CALL, _target(operands[0], line.slot, labels)
    elif form is Form.CALLX:
        dst = _register(operands[0])
        if version.has(Feature.CALLX_IN_SRC):
            dst, src = 0, dst
        elif not version.has(Feature.CALLX_IN_DST):
            dst, imm = 0, dst
    if not -(1 << 15) <= offset < 1 << 15:
        raise ValueError("the offset does not fit 16 bits")
    return BpfInstruction(line.slot, encoding, dst, src, offset, imm)


def _register(text: str) -> int:
    if (match := _REGISTER.fullmatch(text)) is None or int(match[1]) > 15:
        raise ValueError(f"{text!r} is no register")
    return int(match[1])


def _number(text: str, bits: int = 32) -> int:
    if not re.fullmatch(_NUMBER, text):
        raise ValueError(f"{text!r} is no number")
    value = int(text, 0)
    if not -(1 << bits - 1) <= value < 1 << bits:
        raise ValueError(f"{text} does not fit {bits} bits")
    return value - (1 << bits) if value >> bits - 1 == 1 else value


def _memory(text: str) -> tuple[int, int]:
    if (match := _MEMORY.fullmatch(text)) is None:
        raise ValueError(f"{text!r} is no place in memory")
    return _register(f"r{match[1]}"), int((match[2] or "0").replace(" ", ""), 0)


def _target(text: str, slot: int, labels: dict[str, int]) -> int:
    if _LABEL.fullmatch(text):
        if text not in labels:
            raise ValueError(f"there is no label {text!r}")
        return labels[text] - slot - 1
    return _number(text)


def format_instruction(instruction: BpfInstruction, version: Version = EBPF) -> str:
    """The text of an instruction; `assemble` reads it back."""
    i, form = instruction, instruction.encoding.form
    name, second = i.encoding.name, f"r{i.src}" if i.encoding.from_register else str(i.imm)
    texts = {
        Form.ALU: lambda: f"{name} r{i.dst}, {second}",
        Form.NEGATE: lambda: f"{name} r{i.dst}",
        Form.ENDIAN: lambda: f"{name}{i.imm} r{i.dst}",
        Form.LOAD_IMMEDIATE: lambda: f"{name} r{i.dst}, {i.imm:#x}",
        Form.LOAD: lambda: f"{name} r{i.dst}, [r{i.src}{i.offset:+d}]",
        Form.LOAD_SIGNED: lambda: f"{name} r{i.dst}, [r{i.src}{i.offset:+d}]",
        Form.STORE: lambda: f"{name} [r{i.dst}{i.offset:+d}], r{i.src}",
        Form.STORE_IMMEDIATE: lambda: f"{name} [r{i.dst}{i.offset:+d}], {i.imm}",
        Form.ATOMIC: lambda: f"{name} [r{i.dst}{i.offset:+d}], r{i.src}",
        Form.PACKET_LOAD: lambda: (
            f"{name} r{i.src}, {i.imm}" if i.encoding.from_register else f"{name} {i.imm}"
        ),
        Form.JUMP: lambda: f"{name} {i.offset:+d}",
        Form.JUMP_FAR: lambda: f"{name} {i.imm:+d}",
        Form.BRANCH: lambda: f"{name} r{i.dst}, {second}, {i.offset:+d}",
        Form.CALL: lambda: f"{name} {i.imm:+d}" if i.src == LOCAL_CALL else f"helper {i.imm:#x}",
        Form.CALLX: lambda: f"{name} r{i.call_register(version)}",
        Form.EXIT: lambda: name,
    }
    return texts[form]()
