"""Random programs and runs, shared by the tests of the emulator."""

import dataclasses
import random
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from zisk_py import emulator
from zisk_py.emulator import reference
from zisk_py.isa.instruction import (
    INDIRECT,
    LAST_C,
    UNITS,
    Instruction,
    Operand,
    Store,
    hidden,
    immediate,
    register,
)
from zisk_py.isa.memory_map import (
    ENVIRONMENT_WORD,
    EXIT_PC,
    FAULT_PC,
    HIDDEN_KEY,
    NUM_HIDDEN_WORDS,
    OUTPUT_WORD,
    REGISTER_KEY,
    RegionKind,
)
from zisk_py.isa.operations import COPY, OPERATIONS, Operation
from zisk_py.isa.rom import ImageSegment, Rom
from zisk_py.isa.rules import ENVIRONMENT_RULE, Claim, Quantity, RegionRule, RegisterRule, Rules

IMAGE, STACK, HEAP, INPUT = (n << 32 for n in (1, 2, 3, 4))
REGIONS = (
    RegionRule(RegionKind.ZERO, 0, 24, True),
    RegionRule(RegionKind.IMAGE, IMAGE, 93, False),
    RegionRule(RegionKind.ZERO, STACK, 2 * 8192 + 4096, True, True),
    RegionRule(RegionKind.ZERO, HEAP, 4096, True),
    RegionRule(RegionKind.INPUT, INPUT, Quantity.INPUT_LENGTH, True),
    ENVIRONMENT_RULE,
)
REGISTERS = (
    RegisterRule(1, INPUT, zero_if_empty_input=True),
    RegisterRule(2, 0, Quantity.INPUT_LENGTH),
    RegisterRule(3, HEAP + 64),
    RegisterRule(10, STACK + 4096),
    RegisterRule(11, 0, Quantity.BUDGET),
)
NUM_SLOTS = 24
ENVIRONMENT_WORDS = 7
HIDDEN_NUMBERS = (
    *(0, 5, NUM_HIDDEN_WORDS - 1, OUTPUT_WORD + 1, OUTPUT_WORD + 128),
    *(ENVIRONMENT_WORD + 3, ENVIRONMENT_WORD + ENVIRONMENT_WORDS - 1),
)
EDGES = (0, 1, 2, 7, 8, 63, 64, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


def guest_row(
    pc: int, is_store: bool, a: Operand, offset: int, width: int, end: int = 1, **more: Any
) -> Instruction:
    """A row with a guest access: a load into register 5, or a store of register 6."""
    other: dict[str, Any]
    if is_store:
        other = {"b": register(6), "store": Store.INDIRECT}
    else:
        other = {"b": INDIRECT, "store": Store.KEYED, "store_key": REGISTER_KEY + 5}
    return Instruction(
        pc=pc, op=COPY, a=a, offset=offset, width=width, j1=FAULT_PC - pc, j2=end, **(other | more)
    )


class Author:
    """Writes random programs in which all kinds of rows occur."""

    def __init__(self, seed: int, traps: float, charges: bool) -> None:
        self.random = random.Random(seed)
        self.traps, self.charges = traps, charges

    def program(self) -> Rom:
        """A ROM of NUM_SLOTS instructions, some of several rows, that jump among each other."""
        rows: list[Instruction] = []
        for slot in range(NUM_SLOTS):
            count = self.random.choice((1, 1, 1, 2, 3))
            for micro in range(count):
                pc = 8 * slot + micro
                end = 1 if micro + 1 < count else 8 * (slot + 1) - pc
                rows.append(dataclasses.replace(self.row(pc, end), cost=micro == 0))
        end = 8 * NUM_SLOTS
        rows.append(Instruction(end, COPY, b=register(0), cost=True, j1=EXIT_PC - end, j2=EXIT_PC - end))
        image = ImageSegment(IMAGE, self.random.randbytes(90))
        return Rom.from_instructions(rows, [image], Rules("ebpf", NUM_SLOTS, 0, REGIONS, REGISTERS))

    def row(self, pc: int, end: int) -> Instruction:
        """One random row that goes on at pc + end, or sometimes elsewhere."""
        draw = self.random.random()
        if draw < 0.4:
            return self.guest(pc, end)
        if draw < 0.5:
            return self.hidden(pc, end)
        if draw < 0.56:
            target = self.random.randrange(NUM_SLOTS + 1)
            return Instruction(pc, COPY, self.source(), immediate(target), set_pc=True, j1=0)
        if draw < 0.62 and self.charges:
            number = immediate(self.random.randrange(4))
            return Instruction(pc, COPY, self.source(), number, charge=True, j1=end, j2=end)
        operation = self.random.choice(list(OPERATIONS))
        away = 8 * self.random.randrange(NUM_SLOTS + 1) - pc if self.random.random() < 0.3 else end
        store, key = Store.NONE, 0
        if self.random.random() < 0.8:
            store, key = Store.KEYED, self.key()
        b = self.source() if self.random.random() < 0.9 else UNITS
        return Instruction(pc, operation, self.source(), b, store, key, j1=away, j2=end)

    def source(self) -> Operand:
        """A source of a, or of b."""
        draw = self.random.random()
        if draw < 0.2:
            return LAST_C
        if draw < 0.4:
            return immediate(self.random.choice((*EDGES, self.random.getrandbits(64))))
        return Operand(register(0).source, self.key())

    def key(self) -> int:
        """Key of a register that holds no address, of a hidden word or of an output word."""
        draw = self.random.random()
        if draw < 0.7:
            return REGISTER_KEY + self.random.choice((0, 4, 5, 6, 7, 16, 63))
        return HIDDEN_KEY + self.random.choice(HIDDEN_NUMBERS)

    def guest(self, pc: int, end: int) -> Instruction:
        """A guest access, inside a region or (with the chance `traps`) anywhere near."""
        width = self.random.choice((1, 2, 4, 8, 8))
        is_store = self.random.random() < 0.5
        base, size = self.random.choice(((0, 24), (IMAGE, 93), (STACK, 4096), (HEAP, 64), (INPUT, 45)))
        if self.random.random() < self.traps:
            address = base + self.random.choice((0, size)) + self.random.randrange(-12, 12)
        else:
            is_store = is_store and base != IMAGE
            address = base + self.random.randrange(size - width + 1)
            if base == STACK:
                address += self.random.choice((0, 8192)) + self.random.choice((0, 0, width - 1))
            if self.random.random() < 0.4:
                address -= address % 8
        near = self.random.choice((1, 3, 10))
        value = {1: INPUT, 3: HEAP + 64, 10: STACK + 4096}[near]
        a, offset = register(near), address - value
        if abs(offset) >= 1 << 31:
            offset = self.random.randrange(-5000, 5000)
            a = immediate(address - offset)  # modulo 2^64: the sum wraps around to low addresses
        return guest_row(pc, is_store, a, offset, width, end)

    def hidden(self, pc: int, end: int) -> Instruction:
        """A hidden word at a computed place."""
        number = self.random.choice((6, *HIDDEN_NUMBERS))
        offset = self.random.randrange(-3, 3) if number else 0
        a = immediate((number - offset) % (1 << 32) | self.random.getrandbits(32) << 32)
        if self.random.random() < 0.5:
            return Instruction(
                pc, COPY, a, INDIRECT, Store.KEYED, self.key(), offset, guest=False, j1=end, j2=end
            )
        return Instruction(
            pc, COPY, a, self.source(), Store.INDIRECT, offset=offset, guest=False, j1=end, j2=end
        )


@dataclasses.dataclass(frozen=True)
class Case:
    """A program with its claim and input."""

    rom: Rom
    claim: Claim
    data: bytes

    @property
    def regions(self) -> tuple[Any, ...]:
        return self.rom.rules.start_regions(self.claim)


def loop_case(trips: int) -> Case:
    """A loop of register, stack and heap rows; words touched before it and again after it."""
    body = [
        Instruction(0, COPY, b=immediate(0), store=Store.KEYED, store_key=REGISTER_KEY + 7, j1=8, j2=8),
        guest_row(8, False, register(1), 3, 8, 8),
        Instruction(16, COPY, hidden(9), immediate(77), Store.KEYED, HIDDEN_KEY + 9, j1=8, j2=8),
        Instruction(
            24,
            OPERATIONS["add"],
            register(7),
            immediate(1),
            Store.KEYED,
            REGISTER_KEY + 7,
            cost=True,
            j1=8,
            j2=8,
        ),
        guest_row(32, True, register(10), -4, 8, 8),
        guest_row(40, False, register(3), 8, 8, 8),
        Instruction(48, OPERATIONS["ltu"], register(7), immediate(trips), j1=-24, j2=8),
        guest_row(56, False, register(1), 3, 8, 8),
        Instruction(64, COPY, hidden(9), register(5), Store.KEYED, REGISTER_KEY, j1=8, j2=8),
        Instruction(72, COPY, b=register(0), j1=EXIT_PC - 72, j2=EXIT_PC - 72),
    ]
    rom = Rom.from_instructions(body, [], Rules("ebpf", 10, 0, REGIONS, REGISTERS))
    return Case(rom, Claim(45), bytes(range(45)))


@pytest.fixture(params=["reference", "compiled"])
def phases(request: pytest.FixtureRequest) -> ModuleType:
    """The reference and the compiled emulator."""
    return reference if request.param == "reference" else emulator


@pytest.fixture
def foreign() -> Iterator[Operation]:
    """An operation that has no kernel, proven by a machine that the package does not know."""
    operation = OPERATIONS.add(
        Operation(
            "swap_halves", 0xF7, "swapper", lambda a, b: (b >> 32 | (b & 0xFFFFFFFF) << 32, a & 1), False
        )
    )
    yield operation
    OPERATIONS.remove(operation)


@pytest.fixture
def random_case() -> Callable[..., Case]:
    """Make a random program with a claim and an input."""

    def make(seed: int, budget: int = 150, traps: float = 0.01, charges: bool = True) -> Case:
        length = 45 + seed % 3
        source = random.Random(-seed)
        data, environment = source.randbytes(length), source.randbytes(8 * ENVIRONMENT_WORDS)
        claim = Claim(length, budget=budget, environment=environment)
        return Case(Author(seed, traps, charges).program(), claim, data)

    return make


@pytest.fixture
def long_case() -> Callable[[int], Case]:
    """Make a loop of four rows per trip."""
    return loop_case


@pytest.fixture
def one_access() -> Callable[..., Case]:
    """Make a program that makes one guest access and exits."""

    def make(address: int, width: int, is_store: bool) -> Case:
        rows = [
            guest_row(0, is_store, immediate(address), 0, width, 8),
            Instruction(8, COPY, b=register(5), j1=EXIT_PC - 8, j2=EXIT_PC - 8),
        ]
        rom = Rom.from_instructions(rows, [], Rules("ebpf", 2, 0, REGIONS, REGISTERS))
        return Case(rom, Claim(45), bytes(range(1, 46)))

    return make


@pytest.fixture
def simple_case() -> Callable[..., Case]:
    """Make a program from rows, with the regions and registers of the random ones."""

    def make(rows: Sequence[Instruction], data: bytes = b"", **claim: Any) -> Case:
        rom = Rom.from_instructions(rows, [], Rules("ebpf", 8, 0, REGIONS, REGISTERS))
        return Case(rom, Claim(len(data), **claim), data)

    return make


@pytest.fixture
def difference() -> Callable[[Any, Any], str]:
    """Say where two results differ; empty if they are equal."""

    def compare(one: Any, two: Any, path: str = "") -> str:
        if type(one) is not type(two):
            return f"{path}: {type(one)} {type(two)}"
        if isinstance(one, np.ndarray):
            same = one.dtype == two.dtype and one.shape == two.shape and (one == two).all()
            return "" if same and two.flags.c_contiguous else f"{path}: {one} {two}"
        if dataclasses.is_dataclass(one):
            one, two = ({f.name: getattr(x, f.name) for f in dataclasses.fields(x)} for x in (one, two))
        if isinstance(one, tuple | list):
            one, two = dict(enumerate(one)), dict(enumerate(two))
        if isinstance(one, dict):
            if list(one) != list(two):
                return f"{path}: {list(one)} {list(two)}"
            found = (compare(one[key], two[key], f"{path}.{key}") for key in one)
            return next((text for text in found if text), "")
        return "" if one == two else f"{path}: {one} {two}"

    return compare
