"""Small systems and their traces, written by hand: what the tests of `stark` prove."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from zisk_py.field.goldilocks import P
from zisk_py.pil.system import (
    Air,
    Column,
    Constraint,
    FixedColumn,
    Interaction,
    Node,
    NodeKind,
    Source,
    System,
)
from zisk_py.stark.program import Builder, degrees

U64 = NDArray[np.uint64]
HERE = Source("small.pil", 1, 1, "")


@dataclass(frozen=True)
class SmallTrace:
    """What `prove` takes."""

    air: str
    matrix: U64
    air_values: tuple[int, ...] = ()


@dataclass
class AirBuilder:
    """Collects constraints and interactions of an air over a builder of nodes."""

    name: str
    columns: Sequence[str]
    fixed: Sequence[FixedColumn] = ()
    program: Sequence[str] = ()
    air_values: Sequence[str] = ()
    log_height: int | None = None
    nodes: Builder = field(default_factory=Builder)
    constraints: list[int] = field(default_factory=list)
    interactions: list[tuple[int, int, int, tuple[int, ...]]] = field(default_factory=list)

    def col(self, name: str, offset: int = 0) -> int:
        return self.nodes.node(NodeKind.WITNESS, list(self.columns).index(name), offset)

    def const(self, value: int) -> int:
        return self.nodes.node(NodeKind.CONSTANT, value % P)

    def node(self, kind: NodeKind, first: int = 0, second: int = 0) -> int:
        return self.nodes.node(kind, first, second)

    def zero(self, node: int) -> None:
        self.constraints.append(node)

    def send(self, bus: int, sign: int, multiplicity: int, *values: int) -> None:
        self.interactions.append((bus, sign, multiplicity, values))

    def build(self) -> Air:
        nodes: tuple[Node, ...] = tuple(self.nodes.nodes)
        degree = degrees(nodes)
        return Air(
            self.name,
            self.log_height,
            tuple(Column(name, 0, HERE) for name in self.columns),
            tuple(self.fixed),
            tuple(self.program),
            tuple(self.air_values),
            nodes,
            tuple(Constraint(node, degree[node], HERE) for node in self.constraints),
            tuple(Interaction(b, s, m, v, tuple(map(str, v)), HERE) for b, s, m, v in self.interactions),
        )


def fibonacci() -> System:
    """One air without buses: a' = b, b' = a + b; the first a is 1, the last b is the air value."""
    air = AirBuilder("Fibonacci", ["a", "b"], air_values=["end"])
    n = air.nodes
    going = n.sub(air.const(1), air.node(NodeKind.LAST))
    air.zero(n.mul(going, n.sub(air.col("a", 1), air.col("b"))))
    air.zero(n.mul(going, n.sub(air.col("b", 1), n.add(air.col("a"), air.col("b")))))
    air.zero(n.mul(air.node(NodeKind.FIRST), n.sub(air.col("a"), air.const(1))))
    air.zero(n.mul(air.node(NodeKind.LAST), n.sub(air.col("b"), air.node(NodeKind.AIR_VALUE, 0))))
    return System((air.build(),))


def fibonacci_trace(log_height: int, second: int = 1) -> SmallTrace:
    a, b = 1, second
    rows = []
    for _ in range(1 << log_height):
        rows.append((a, b))
        a, b = b, (a + b) % P
    return SmallTrace("Fibonacci", np.array(rows, dtype=np.uint64), (rows[-1][1],))


SQUARES, CODES, WIDE = 1, 2, 7


def lookups() -> System:
    """Four airs on three buses: uses of a fixed table and of a program's table, and messages of the verifier.

    Use: x, y = x^2 from the fixed table, z from the program's codes, and a cube so that a constraint has
    degree 3.
    """
    squares = [
        FixedColumn(
            "x",
            tuple(range(64)),
        ),
        FixedColumn("y", tuple(x * x for x in range(64))),
    ]
    use = AirBuilder("Use", ["live", "x", "y", "z", "cube"], air_values=["first"])
    n = use.nodes
    live = use.col("live")
    use.zero(n.mul(live, n.sub(live, use.const(1))))
    use.zero(n.sub(use.col("cube"), n.mul(n.mul(use.col("x"), use.col("x")), use.col("x"))))
    use.zero(
        n.mul(
            n.sub(use.const(1), use.node(NodeKind.LAST)), n.mul(use.col("live", 1), n.sub(live, use.const(1)))
        )
    )
    use.zero(n.mul(use.node(NodeKind.FIRST), n.sub(use.col("x"), use.node(NodeKind.AIR_VALUE, 0))))
    use.send(SQUARES, -1, live, use.col("x"), use.col("y"))
    use.send(CODES, -1, live, use.col("z"))
    use.send(WIDE, +1, live, use.const(5), use.col("x"), use.col("cube"))
    use.send(SQUARES, -1, n.mul(live, live), use.col("x"), n.mul(use.col("x"), use.col("x")))
    sink = AirBuilder("Sink", ["m", "x", "cube"])
    n = sink.nodes
    sink.send(WIDE, -1, sink.col("m"), sink.const(5), sink.col("x"), sink.col("cube"))
    table = AirBuilder("Squares", ["m"], fixed=squares, log_height=6)
    table.send(SQUARES, +1, table.col("m"), table.node(NodeKind.FIXED, 0), table.node(NodeKind.FIXED, 1))
    codes = AirBuilder("Codes", ["m"], program=["code"])
    codes.send(CODES, +1, codes.col("m"), codes.node(NodeKind.PROGRAM, 0))
    return System((use.build(), sink.build(), table.build(), codes.build()))


def use_trace(log_height: int, live: int, seed: int) -> SmallTrace:
    """`live` rows of uses, then rows that use nothing."""
    generator = np.random.default_rng(seed)
    x = generator.integers(0, 64, 1 << log_height).astype(object)
    z = generator.choice(np.array(PROGRAM_CODES, dtype=object), 1 << log_height)
    alive = np.array([int(row < live) for row in range(1 << log_height)], dtype=object)
    matrix = np.stack([alive, x, x * x, z, x * x * x], axis=1).astype(np.uint64)
    return SmallTrace("Use", np.ascontiguousarray(matrix), (int(x[0]),))


PROGRAM_CODES = [1000 + 3 * i for i in range(128)]


def codes_matrix() -> dict[str, U64]:
    """The program's columns."""
    return {"Codes": np.array(PROGRAM_CODES, dtype=np.uint64)[:, None].copy()}


def table_traces(
    uses: Sequence[SmallTrace], verifier: Mapping[int, int] = MappingProxyType({}), sink_log_height: int = 7
) -> list[SmallTrace]:
    """The tables and the sink that balance these uses, and cubes that the verifier sends that many times."""
    squares, codes = np.zeros((64, 1), dtype=np.uint64), np.zeros((128, 1), dtype=np.uint64)
    cubes = dict(verifier)
    for trace in uses:
        for live, x, _, z, _ in trace.matrix.tolist():
            if live:
                squares[x] += np.uint64(2)
                codes[PROGRAM_CODES.index(z)] += np.uint64(1)
                cubes[x] = cubes.get(x, 0) + 1
    sink = np.zeros((1 << sink_log_height, 3), dtype=np.uint64)
    for row, (x, count) in enumerate(sorted(cubes.items())):
        sink[row] = (count % P, x, x**3)
    return [SmallTrace("Sink", sink), SmallTrace("Squares", squares), SmallTrace("Codes", codes)]
