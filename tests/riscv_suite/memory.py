"""Programs for loads, stores and atomic instructions, at every alignment that they may have."""

from collections.abc import Iterator

from riscv_suite.integers import ATOMIC_MEANINGS, EDGES, FEW_PAIRS, LEAST, LOW, ONE, Pairs, signed
from riscv_suite.program import MIDDLE, PATTERN, Check, Table

LOADS = {"lb": (1, True), "lh": (2, True), "lw": (4, True), "ld": (8, True)}
LOADS |= {"lbu": (1, False), "lhu": (2, False), "lwu": (4, False)}
STORES = {"sb": 1, "sh": 2, "sw": 4, "sd": 8}
WIDTHS = {".w": 4, ".d": 8}
FILL = "sd a1, -8(s3)\nsd a1, 0(s3)\nsd a1, 8(s3)\n"
NEIGHBOURS = (-8, 0, 8)
NOT_RESERVED = "lr.d t0, (s3)\nsc.d t0, t0, (s3)\n"
ATOMIC_PAIRS: Pairs = (
    *((a, b) for a in (0, 1, LEAST, LOW) for b in EDGES),
    *FEW_PAIRS,
    (0x0000000180000000, 0xFFFFFFFF7FFFFFFF),
)


def pattern_at(offset: int, width: int, is_signed: bool = True) -> int:
    """What a load finds at s2 + offset."""
    return int.from_bytes(PATTERN[MIDDLE + offset :][:width], "little", signed=is_signed)


def _load_table(name: str, width: int, is_signed: bool) -> Table:
    def check(lines: str, offset: int) -> Check:
        return Check(lines, lambda a, b: pattern_at(offset, width, is_signed))

    checks = [check(f"{name} a2, {offset}(s2)", offset) for offset in range(-17, 18)]
    checks += [check(f"addi t0, s2, 2047\n{name} a2, -2048(t0)", -1)]
    checks += [check(f"addi t0, s2, -2048\n{name} a2, 2047(t0)", -1)]
    checks += [check(f"mv a2, s2\n{name} a2, 3(a2)", 3)]
    checks += [Check(f"{name} zero, 0(s2)\nmv a2, zero", lambda a, b: 0)]
    return Table(ONE, tuple(checks))


def _store_table(name: str, width: int) -> Table:
    def check(offset: int, place: int, source: str) -> Check:
        def meaning(a: int, b: int) -> int:
            words = bytearray(3 * b.to_bytes(8, "little"))
            stored = 0 if source == "zero" else a
            words[8 + offset : 8 + offset + width] = stored.to_bytes(8, "little")[:width]
            return int.from_bytes(words[8 + place : 16 + place], "little")

        return Check(f"{FILL}{name} {source}, {offset}(s3)\nld a2, {place}(s3)", meaning)

    checks = [check(offset, place, "a0") for offset in range(-8, 9) for place in NEIGHBOURS]
    checks += [check(0, 0, "zero")]
    return Table(FEW_PAIRS, tuple(checks))


def access_tables() -> Iterator[tuple[str, tuple[Table, ...]]]:
    """Name and tables of each load and store."""
    for name, (width, is_signed) in LOADS.items():
        yield name, (_load_table(name, width, is_signed),)
    for name, width in STORES.items():
        yield name, (_store_table(name, width),)


def _atomic_table(name: str, suffix: str, offset: int) -> Table:
    """What comes to the register, and to the two words around."""
    bits, shift = 8 * WIDTHS[suffix], 8 * offset
    is_signed = name.endswith(("min", "max"))

    def old(a: int, _: int) -> int:
        return signed(a >> shift, bits)

    def new(a: int, b: int) -> int:
        was, other = a >> shift & (1 << bits) - 1, b & (1 << bits) - 1
        if is_signed:
            was, other = signed(was, bits), signed(other, bits)
        value = ATOMIC_MEANINGS[name](was, other) & (1 << bits) - 1
        return a & ~((1 << bits) - 1 << shift) | value << shift

    start = f"sd a0, 0(s3)\naddi t0, s3, {offset}\n"
    checks = [
        Check(f"{start}{name}{suffix} a2, a1, (t0)", old),
        Check("ld a2, 0(s3)", new),
        Check(f"{start}{name}{suffix}.aqrl a1, a1, (t0)\nmv a2, a1", old),
        Check(f"{start}{name}{suffix}.aq t0, a1, (t0)\nmv a2, t0", old),
        Check(f"{start}{name}{suffix}.rl zero, a1, (t0)\nld a2, 0(s3)", new),
        Check(f"{start}{name}{suffix} a2, zero, (t0)\nld a2, 0(s3)", lambda a, _: new(a, 0)),
    ]
    return Table(ATOMIC_PAIRS, tuple(checks))


def _conditional_table(suffix: str) -> Table:
    width, start = WIDTHS[suffix], "sd a0, 0(s3)\n"
    load, store = f"lr{suffix}", f"sc{suffix}"
    read = f"{'lw' if width == 4 else 'ld'} a2, 0(s3)"
    first, second = (lambda a, _: signed(a, 8 * width)), (lambda _, b: signed(b, 8 * width))
    succeeds, fails = (lambda a, b: 0), (lambda a, b: 1)
    reserved = f"{start}{load} t0, (s3)\n"
    return Table(
        FEW_PAIRS,
        (
            Check(f"{reserved}{store} a2, a1, (s3)", succeeds),
            Check(read, second),
            Check(f"{start}{store} a2, a1, (s3)", fails),
            Check(read, first),
            Check(f"{reserved}addi t1, s3, 8\n{store} a2, a1, (t1)", fails),
            Check(f"{store} a2, a1, (s3)", fails),  # the failed one took the reservation
            Check(f"{reserved}{store} t0, t0, (s3)\n{store} a2, a1, (s3)", fails),
            Check(read, first),
            Check(f"{reserved}addi t1, s3, 8\n{load} t0, (t1)\n{store} a2, a1, (s3)", fails),
            Check(f"{reserved}{store}.rl zero, a1, (s3)\n{read}", second),
            Check(f"{reserved}{store}.aqrl a1, a1, (s3)\nmv a2, a1", succeeds),
            Check(f"{reserved}{load[:-2]}{suffix}.aq t1, (s3)\n{store} a2, zero, (s3)\nmv a2, t1", first),
            Check(
                f"{start}li t2, 5\n@again:\n{load} t0, (s3)\naddi t0, t0, 3\n{store} t1, t0, (s3)\n"
                f"bnez t1, @again\naddi t2, t2, -1\nbnez t2, @again\n{read}",
                lambda a, _: signed(a + 15, 8 * width),
            ),
        ),
    )


def _reserved_table(suffix: str) -> Table:
    width = WIDTHS[suffix]
    checks = [
        Check(f"sd a0, 0(s3)\naddi t0, s3, {offset}\nlr{suffix}{order} {rd}, (t0)\nmv a2, {rd}", meaning)
        for offset in range(0, 8, width)
        for order in ("", ".aq", ".aqrl")
        for rd, meaning in (
            ("a2", lambda a, _, offset=offset: signed(a >> 8 * offset, 8 * width)),
            ("t0", lambda a, _, offset=offset: signed(a >> 8 * offset, 8 * width)),
            ("zero", lambda a, _: 0),
        )
    ]
    return Table(ATOMIC_PAIRS, tuple(checks))


def atomic_tables() -> Iterator[tuple[str, tuple[Table, ...]]]:
    """Name and tables of each instruction of A."""
    for suffix, width in WIDTHS.items():
        yield f"lr{suffix}", (_reserved_table(suffix),)
        yield f"sc{suffix}", (_conditional_table(suffix),)
        for name in ATOMIC_MEANINGS:
            yield name + suffix, tuple(_atomic_table(name, suffix, offset) for offset in range(0, 8, width))
