"""A small interpreter of eBPF, written from RFC 9669 and independent of the package: an oracle for tests."""

import struct

M64, M32 = (1 << 64) - 1, (1 << 32) - 1
INPUT, STACK, FRAME, DEPTH, TEXT = 0x1000_0000, 0x2_0000_0000, 512, 8, 0x5_0000_0000


class Trap(Exception):
    """The program did something that ends it: the name of the fault and the slot where it was."""

    def __init__(self, kind: str, slot: int) -> None:
        super().__init__(f"{kind} at slot {slot}")


def signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value


def divide(a: int, b: int) -> int:
    quotient = abs(a) // abs(b)
    return -quotient if (a < 0) != (b < 0) else quotient


def arithmetic(code: int, a: int, b: int, bits: int, offset: int) -> int:
    """One ALU operation on operands that are truncated to `bits`."""
    sa, sb = signed(a, bits), signed(b, bits)
    if code == 3:
        return 0 if b == 0 else divide(sa, sb) if offset else a // b
    if code == 9:
        return a if b == 0 else sa - sb * divide(sa, sb) if offset else a % b
    if code == 11:
        return signed(b, offset) if offset else b
    shift = b % bits
    table = {0: a + b, 1: a - b, 2: a * b, 4: a | b, 5: a & b, 6: a << shift, 7: a >> shift, 8: -a, 10: a ^ b}
    return sa >> shift if code == 12 else table[code]


def holds(code: int, a: int, b: int, bits: int) -> bool:
    """One comparison."""
    sa, sb = signed(a, bits), signed(b, bits)
    table = {
        1: a == b,
        2: a > b,
        3: a >= b,
        4: a & b != 0,
        5: a != b,
        6: sa > sb,
        7: sa >= sb,
        10: a < b,
        11: a <= b,
        12: sa < sb,
        13: sa <= sb,
    }
    return table[code]


def exchange(r: list[int], content: bytearray, place: int, size: int, src: int, imm: int) -> None:
    """One atomic operation."""
    mask = (1 << 8 * size) - 1
    old, operand = int.from_bytes(content[place : place + size], "little"), r[src] & mask
    new = {0x00: old + operand, 0x40: old | operand, 0x50: old & operand, 0xA0: old ^ operand, 0xE0: operand}
    if imm == 0xF1:
        new[0xF0] = operand if old == r[0] & mask else old
    content[place : place + size] = (new[imm & 0xFE] & mask).to_bytes(size, "little")
    if imm & 1:
        r[0 if imm == 0xF1 else src] = old


def interpret(text: bytes, data: bytes = b"", limit: int = 100_000, visited: set[int] | None = None) -> int:
    """r0 at the exit; adds the slots of the instructions that ran to `visited`. Raises Trap."""
    slots = [
        (t[0], t[1] & 15, t[1] >> 4, *struct.unpack("<hi", t[2:])) for (t,) in struct.iter_unpack("8s", text)
    ]
    memory = {INPUT: bytearray(data), STACK: bytearray(FRAME * DEPTH)}
    r = [0] * 11
    r[1], r[2], r[10] = INPUT if data else 0, len(data), STACK + FRAME * DEPTH
    frames: list[tuple[int, list[int]]] = []
    visited = set() if visited is None else visited

    def reach(address: int, size: int, fault: str) -> tuple[bytearray, int]:
        for start, content in memory.items():
            if start <= address and address + size <= start + len(content):
                return content, address - start
        raise Trap(fault, pc - 1)

    pc = 0
    for _ in range(limit):
        if pc >= len(slots):
            raise Trap("EXECUTION_OVERRUN", pc)
        opcode, dst, src, offset, imm = slots[pc]
        visited.add(pc)
        pc += 1
        kind, code = opcode & 7, opcode >> 4
        bits = 64 if kind in (5, 7) else 32
        mask = (1 << bits) - 1
        operand = (r[src] if opcode & 8 else imm) & mask
        if opcode == 0x18:
            r[dst] = imm & M32 | (slots[pc][4] & M32) << 32
            pc += 1
        elif opcode == 0:  # the second half of a lddw
            raise Trap("UNSUPPORTED_INSTRUCTION", pc - 1)
        elif kind == 0:
            place, size = ((r[src] if opcode & 0x40 else 0) + imm) & M32, {0: 4, 8: 2, 16: 1}[opcode & 0x18]
            if place + size <= len(data):
                r[0] = int.from_bytes(memory[INPUT][place : place + size], "big")
            elif frames:
                r[0] = 0
                pc, r[6:11] = frames.pop()
            else:
                return 0
        elif kind in (4, 7) and code == 13:
            value = r[dst] & (1 << imm) - 1
            swap = kind == 7 or opcode & 8
            r[dst] = int.from_bytes(value.to_bytes(imm // 8, "little"), "big" if swap else "little")
        elif kind in (4, 7):
            r[dst] = arithmetic(code, r[dst] & mask, operand, bits, offset) & mask
        elif opcode == 0x95:
            if not frames:
                return r[0]
            pc, r[6:11] = frames.pop()
        elif opcode in (0x85, 0x8D):
            target = pc + imm if opcode == 0x85 else ((r[dst or imm] - TEXT) & M64) >> 3
            if len(frames) == DEPTH - 1:
                raise Trap("CALL_DEPTH_EXCEEDED", pc - 1)
            if target >= len(slots):
                raise Trap("CALL_OUTSIDE_TEXT", pc - 1)
            frames.append((pc, r[6:11]))
            r[10] -= FRAME
            pc = target
        elif opcode in (5, 6):
            pc += offset if opcode == 5 else imm
        elif kind in (5, 6):
            pc += offset if holds(code, r[dst] & mask, operand, bits) else 0
        else:
            size = {0: 4, 8: 2, 16: 1, 24: 8}[opcode & 0x18]
            is_atomic = opcode & 0xE0 == 0xC0
            fault = "LOAD_VIOLATION" if kind == 1 or is_atomic else "STORE_VIOLATION"
            content, place = reach((r[src if kind == 1 else dst] + offset) & M64, size, fault)
            if is_atomic:
                exchange(r, content, place, size, src, imm)
            elif kind == 1:
                value = int.from_bytes(content[place : place + size], "little")
                r[dst] = signed(value, 8 * size) & M64 if opcode & 0xE0 == 0x80 else value
            else:
                value = imm if kind == 2 else r[src]
                content[place : place + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
    raise AssertionError(f"{limit} instructions and no end")
