"""Systems of an author with a trace each, written by hand: a fibonacci, and a shuffle over several airs."""

from dataclasses import replace

import numpy as np

from authored_traces import U64, AirDraft, AirTrace, AuthoredSystem, AuthoredTrace
from zisk_py.field.extension import ONE, Element, add, embed, inverse, mul
from zisk_py.field.goldilocks import P
from zisk_py.pil.system import FixedColumn, Globals, NodeKind, System
from zisk_py.stark import ProvingKey

TABLE, TOTALS = 1, 2
ROWS = 32


def fibonacci() -> AuthoredTrace:
    """Two columns; the public value is the last one of them."""
    air = AirDraft("Fibonacci", ["a", "b"])
    n, going = air.nodes, _not_last(air)
    a, b = air.leaf(NodeKind.WITNESS, 0), air.leaf(NodeKind.WITNESS, 1)
    air.zero(n.mul(going, n.sub(air.leaf(NodeKind.WITNESS, 0, 1), b)))
    air.zero(n.mul(going, n.sub(air.leaf(NodeKind.WITNESS, 1, 1), n.add(a, b))))
    air.zero(n.mul(air.leaf(NodeKind.FIRST), n.sub(a, air.leaf(NodeKind.CONSTANT, 1))))
    air.zero(n.mul(air.leaf(NodeKind.FIRST), n.sub(b, air.leaf(NodeKind.CONSTANT, 1))))
    air.zero(n.mul(air.leaf(NodeKind.LAST), n.sub(b, air.leaf(NodeKind.PUBLIC, 0))))
    rows = [(1, 1)]
    while len(rows) < ROWS:
        rows.append((rows[-1][1], sum(rows[-1]) % P))
    system = AuthoredSystem(System((air.build(),), ("out",)))
    return AuthoredTrace(
        system, (AirTrace("Fibonacci", np.array(rows, dtype=np.uint64)),), publics=(rows[-1][1],)
    )


def shuffle() -> AuthoredTrace:
    """Two shuffles prove that b is a permutation of a by a product over all rows, at a challenge.

    Every a is in a table, which stands in both segments. The first a of each shuffle goes into a total, a
    value of the prover's own that the public value `sum` must equal. Claim says that `out[0]` times `out[1]`
    is `sum`, without any bus.
    """
    system = AuthoredSystem(_shuffle_system())
    draw = np.random.default_rng(1)
    columns = [draw.integers(0, ROWS, 2 * ROWS).astype(np.uint64) for _ in range(2)]
    shuffles = [
        AirTrace("Shuffle", np.stack([a, draw.permutation(a)], axis=1).copy(), (int(a[0]),), number)
        for number, a in enumerate(columns)
    ]
    tables = [
        AirTrace(
            "Table", np.bincount(a.astype(np.int64), minlength=ROWS)[:, None].astype(np.uint64), (), number
        )
        for number, a in enumerate(columns)
    ]
    total = sum(one.air_values[0] for one in shuffles)
    claim = AirTrace("Claim", np.full((ROWS, 1), total, dtype=np.uint64))
    trace = AuthoredTrace(system, (*shuffles, *tables, claim), (total, total, 1, total))

    def stage2(challenges: tuple[Element, ...]) -> dict[int, U64]:
        return {place: products(shuffles[place].matrix, challenges[0]) for place in range(len(shuffles))}

    return replace(trace, stage2=stage2)


def products(matrix: U64, gamma: Element) -> U64:
    """The product of (a + gamma) / (b + gamma) over the rows before each row: (rows, 3)."""
    rows, product = [], ONE
    for a, b in matrix.tolist():
        rows.append(product)
        product = mul(product, mul(add(gamma, embed(a)), inverse(add(gamma, embed(b)))))
    return np.array(rows, dtype=np.uint64)


def key_of(trace: AuthoredTrace) -> ProvingKey:
    return trace.system.proving_key


def _shuffle_system() -> System:
    air = AirDraft("Shuffle", ["a", "b"], air_values=["first"], stage2=["z"])
    n, gamma, z = air.nodes, air.leaf(NodeKind.CHALLENGE), air.leaf(NodeKind.STAGE2)
    a, b = air.leaf(NodeKind.WITNESS, 0), air.leaf(NodeKind.WITNESS, 1)
    air.zero(n.mul(air.leaf(NodeKind.FIRST), n.sub(z, air.leaf(NodeKind.CONSTANT, 1))))
    following = n.mul(air.leaf(NodeKind.STAGE2, 0, 1), n.add(gamma, b))
    air.zero(n.sub(following, n.mul(z, n.add(gamma, a))))
    first = air.leaf(NodeKind.AIR_VALUE)
    air.zero(n.mul(air.leaf(NodeKind.FIRST), n.sub(a, first)))
    air.send(TABLE, -1, air.leaf(NodeKind.CONSTANT, 1), a)
    air.send(TOTALS, 1, n.mul(air.leaf(NodeKind.FIRST), first), air.leaf(NodeKind.CONSTANT, 0))
    table = AirDraft("Table", ["m"], [FixedColumn("x", range(ROWS))], log_height=5)
    table.send(TABLE, 1, table.leaf(NodeKind.WITNESS), table.leaf(NodeKind.FIXED))
    claim = AirDraft("Claim", ["x"])
    n, x = claim.nodes, claim.leaf(NodeKind.WITNESS)
    claim.zero(n.sub(x, n.mul(claim.leaf(NodeKind.PUBLIC, 1), claim.leaf(NodeKind.PUBLIC, 2))))
    claim.zero(n.sub(x, claim.leaf(NodeKind.PUBLIC, 0)))
    checks = AirDraft("globals")
    n, total = checks.nodes, checks.leaf(NodeKind.PUBLIC, 3)
    checks.zero(n.sub(checks.leaf(NodeKind.PUBLIC, 0), total))
    checks.send(TOTALS, -1, total, checks.leaf(NodeKind.CONSTANT, 0))
    return System(
        (air.build(), table.build(), claim.build()),
        ("sum", "out[0]", "out[1]", "total"),
        1,
        ("gamma",),
        Globals(tuple(checks.nodes.nodes), *checks.written()),
    )


def _not_last(air: AirDraft) -> int:
    return air.nodes.sub(air.leaf(NodeKind.CONSTANT, 1), air.leaf(NodeKind.LAST))
