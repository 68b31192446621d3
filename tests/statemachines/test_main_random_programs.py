"""Random programs with accesses at the edges of all regions: every run is accepted, exit or fault."""

import random

import pytest
from memory_runs import (
    FRAME,
    HEAP,
    INPUT,
    INPUT_BYTES,
    STACK,
    TEXT,
    Writer,
    complaints,
    make_run,
    rules_of,
)

from zisk_py.emulator.reference import reach
from zisk_py.isa.instruction import INDIRECT, LAST_C, UNITS, Operand, Store, immediate, register
from zisk_py.isa.memory_map import REGISTER_KEY, Region
from zisk_py.isa.operations import OPERATIONS
from zisk_py.isa.rules import NO_BUDGET, Claim

EDGES = (
    *(TEXT, TEXT + 20, HEAP, HEAP + 4096, INPUT, INPUT + len(INPUT_BYTES)),
    *(STACK + n * FRAME for n in (0, 1, 2, 3, 6, 7)),
)
OFFSETS = (0, 1, -1, 5, -9, 4000, -4000, 2**31 - 1, -(2**31) + 1)
EXTERNAL = [operation for operation in OPERATIONS if operation.is_external]


class RandomWriter(Writer):
    """Writes random rows over registers 3 to 8."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = random.Random(seed)
        self.gapped = self.rng.random() < 0.5
        self.regions: tuple[Region, ...] = rules_of([], gapped=self.gapped).start_regions(
            Claim(len(INPUT_BYTES))
        )
        for _ in range(self.rng.randrange(5, 50)):
            self.rng.choice((self.guest, self.guest, self.hidden, self.operation, self.operation))()
        self.exit()

    def operand(self) -> Operand:
        value = immediate(self.rng.getrandbits(self.rng.choice((1, 16, 32, 64))))
        return self.rng.choice((register(self.number()), register(self.number()), LAST_C, value))

    def number(self) -> int:
        return self.rng.randrange(3, 9)

    def guest(self) -> None:
        """An access that is legal as a rule."""
        rng = self.rng
        width, offset, is_store = rng.choice((1, 2, 4, 8)), rng.choice(OFFSETS), rng.random() < 0.5
        address = (rng.choice(EDGES) + rng.randrange(-24, 24)) % (1 << 64)
        if not reach(self.regions, address, width, is_store) and rng.random() < 0.98:
            return
        self.move(2, immediate((address - offset) % (1 << 64)))
        if is_store:
            self.store(2, offset, self.operand(), width)
        else:
            self.load(self.number(), 2, offset, width)

    def hidden(self) -> None:
        self.move(9, immediate(self.rng.randrange(50)))
        place = {"a": register(9), "guest": False, "offset": self.rng.randrange(5)}
        if self.rng.random() < 0.5:
            self.row(b=self.operand(), store=Store.INDIRECT, **place)
        else:
            self.move(self.number(), INDIRECT, **place)

    def operation(self) -> None:
        b = UNITS if self.rng.random() < 0.1 else self.operand()
        self.row(
            op=self.rng.choice(EXTERNAL),
            a=self.operand(),
            b=b,
            store=Store.KEYED,
            store_key=REGISTER_KEY + self.number(),
            j1=8,
        )


def check(seed: int) -> str:
    w = RandomWriter(seed)
    run = make_run(
        w.rows,
        rules_of(w.rows, gapped=w.gapped),
        INPUT_BYTES,
        public=w.rng.random() < 0.5,
        chunk_size=w.rng.choice((8, 16, 32, 64)),
        budget=w.rng.choice((NO_BUDGET, NO_BUDGET, 30)),
    )
    assert complaints(run) == []
    return str(run.outcome).split("(")[0]


@pytest.mark.parametrize("seed", range(12))
def test_a_random_run_is_accepted(seed):
    assert check(seed) in ("Exit", "Fault")


@pytest.mark.slow
def test_many_random_runs_are_accepted_and_end_in_both_ways():
    assert {check(seed) for seed in range(100, 300)} == {"Exit", "Fault"}
