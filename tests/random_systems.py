"""Random systems with stage 2, challenges, totals and messages, each with a trace that satisfies it.

Of each air some columns are free, and the others are results of random expressions. A message and the same
one a row later with the other sign cancel over all rows, since the row after the last is the first.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from authored_traces import U64, AirDraft, AirTrace, AuthoredSystem, AuthoredTrace, degree_of
from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P
from zisk_py.pil.system import Air, FixedColumn, Globals, NodeKind, System
from zisk_py.stark import reference
from zisk_py.stark.challenges import late_nodes
from zisk_py.stark.program import Builder, operands

TOTALS = 900  # the bus of totals
BUSES = (3, 4, 5)
SHIFTED = (NodeKind.WITNESS, NodeKind.FIXED, NodeKind.PROGRAM)


@dataclass(frozen=True)
class Draft:
    """An air, and the nodes that its results and its columns of stage 2 are."""

    air: Air
    free: int
    results: tuple[int, ...]
    later: tuple[int, ...]


def random_trace(seed: int) -> AuthoredTrace:
    """A system with its trace; the same for the same seed."""
    draw = random.Random(seed)
    publics, challenges = draw.randrange(3), draw.randrange(3)
    drafts = [_draft(draw, number, publics, challenges) for number in range(draw.randint(1, 3))]
    checks = AirDraft("globals")
    total = checks.leaf(NodeKind.PUBLIC, publics)
    checks.send(TOTALS, -1, total, checks.leaf(NodeKind.CONSTANT, 1))
    if publics:
        stated = checks.leaf(NodeKind.PUBLIC, 0)
        checks.zero(checks.nodes.mul(checks.nodes.sub(stated, stated), total))
    system = System(
        tuple(draft.air for draft in drafts),
        (*(f"public[{n}]" for n in range(publics)), "total"),
        1,
        tuple(f"challenge{n}" for n in range(challenges)),
        Globals(tuple(checks.nodes.nodes), *checks.written()),
    )
    values = [draw.randrange(P) for _ in range(publics)]
    heights = [draft.air.log_height or draw.randint(5, 7) for draft in drafts]
    program = {
        draft.air.name: _numbers(draw, 1 << height, len(draft.air.program))
        for draft, height in zip(drafts, heights, strict=True)
        if draft.air.program
    }
    counts = [draw.randint(1, 2) for _ in drafts]
    places = [(which, number) for which, count in enumerate(counts) for number in range(count)]
    chosen = [tuple(draw.randrange(P) for _ in drafts[which].air.air_values) for which, _ in places]
    values.append(sum(air_values[0] for air_values in chosen) % P)
    instances = []
    for (which, number), air_values in zip(places, chosen, strict=True):
        draft = drafts[which]
        air, height = draft.air, 1 << heights[which]
        if air.log_height is None and number and not air.program:
            height = 1 << draw.randint(5, 7)
        free = _numbers(draw, height, draft.free)
        whole = np.hstack([free, np.zeros((height, len(draft.results)), np.uint64)])
        one = AirTrace(air.name, whole, air_values, number)
        made = _values(draft.air, draft.results, one, values, program, ())[:, :, 0]
        matrix = np.ascontiguousarray(np.hstack([free, made]))
        instances.append(replace(one, matrix=matrix))
    by_name = {draft.air.name: draft for draft in drafts}
    trace = AuthoredTrace(AuthoredSystem(system), tuple(instances), tuple(values), program)
    return replace(trace, stage2=_stage2(trace, by_name))


def _stage2(
    trace: AuthoredTrace, drafts: Mapping[str, Draft]
) -> Callable[[tuple[Element, ...]], Mapping[int, U64]]:
    def columns(challenges: tuple[Element, ...]) -> dict[int, U64]:
        found = {}
        for place, one in enumerate(trace.instances):
            draft = drafts[one.air]
            if draft.later:
                values = _values(draft.air, draft.later, one, trace.publics, trace.program, challenges)
                found[place] = np.ascontiguousarray(values.reshape(len(one.matrix), -1))
        return found

    return columns


def _draft(draw: random.Random, number: int, publics: int, challenges: int) -> Draft:
    is_fixed, has_program = draw.random() < 0.4, draw.random() < 0.3
    log_height = draw.randint(5, 6) if is_fixed else None
    fixed = [
        FixedColumn(f"fixed{n}", [draw.randrange(P) for _ in range(1 << (log_height or 0))])
        for n in range(draw.randint(1, 2) * is_fixed)
    ]
    free, results, later = draw.randint(1, 4), draw.randint(0, 3), draw.randint(0, 2)
    draft = AirDraft(
        f"Air{number}",
        [f"c{n}" for n in range(free + results)],
        fixed,
        ["given"] * has_program,
        [f"v{n}" for n in range(draw.randint(1, 2))],
        [f"z{n}" for n in range(later)],
        log_height,
    )
    columns = [(NodeKind.WITNESS, n) for n in range(free)]
    columns += [(NodeKind.FIXED, n) for n in range(len(fixed))] + [(NodeKind.PROGRAM, 0)] * has_program
    scalars = [(NodeKind.AIR_VALUE, n) for n in range(len(draft.air_values))]
    scalars += [(NodeKind.PUBLIC, n) for n in range(publics)] + [(NodeKind.CONSTANT, draw.randrange(P))]
    base = [draft.leaf(*column, offset) for column in columns for offset in (0, 1)]
    base += [draft.leaf(*scalar) for scalar in scalars]
    base += [draft.leaf(NodeKind.FIRST), draft.leaf(NodeKind.LAST)]
    made = [_expression(draw, draft.nodes, base, 3) for _ in range(results)]
    for column, node in enumerate(made):
        draft.zero(draft.nodes.sub(draft.leaf(NodeKind.WITNESS, free + column), node))
    drawn = [draft.leaf(NodeKind.CHALLENGE, n) for n in range(challenges)]
    second = [_expression(draw, draft.nodes, [*base, *drawn, *drawn, *drawn], 3) for _ in range(later)]
    for column, node in enumerate(second):
        draft.zero(draft.nodes.sub(draft.leaf(NodeKind.STAGE2, column), node))
    if draw.random() < 0.8:
        first = draft.nodes.mul(draft.leaf(NodeKind.FIRST), draft.leaf(NodeKind.AIR_VALUE, 0))
        draft.send(TOTALS, 1, first, draft.leaf(NodeKind.CONSTANT, 1))
    else:  # the same in two messages
        for sign in (2, -1):
            times = draft.nodes.mul(
                draft.leaf(NodeKind.CONSTANT, sign % P), draft.leaf(NodeKind.AIR_VALUE, 0)
            )
            draft.send(
                TOTALS,
                1,
                draft.nodes.mul(draft.leaf(NodeKind.FIRST), times),
                draft.leaf(NodeKind.CONSTANT, 1),
            )
    sent = [draft.leaf(*column) for column in columns] + [draft.leaf(*scalars[-1])]
    for _ in range(draw.randrange(4)):
        bus = draw.choice(BUSES)
        values = [_expression(draw, draft.nodes, sent, 1) for _ in range(bus - BUSES[0] + 1)]
        times, sign = _expression(draw, draft.nodes, sent, 1), draw.choice((1, -1))
        draft.send(bus, sign, times, *values)
        draft.send(bus, -sign, _later(draft.nodes, times), *(_later(draft.nodes, one) for one in values))
    return Draft(draft.build(), free, tuple(made), tuple(second))


def _expression(draw: random.Random, nodes: Builder, leaves: Sequence[int], degree: int) -> int:
    """A random expression of at most that degree."""
    found = draw.choice(leaves)
    for _ in range(draw.randrange(6)):
        other = draw.choice(leaves)
        either = {"+": nodes.add(found, other), "-": nodes.sub(other, found), "*": nodes.mul(found, other)}
        either["n"] = nodes.node(NodeKind.NEG, found)
        chosen = either[draw.choice("+-**n")]
        if degree_of(nodes.nodes, chosen) <= degree:
            found = chosen
    return found


def _later(nodes: Builder, node: int) -> int:
    """The same expression one row further."""
    kind, a, b = nodes.nodes[node]
    if kind in SHIFTED:
        return nodes.node(kind, a, b + 1)
    inner = [_later(nodes, one) for one in operands((kind, a, b))]
    return nodes.node(kind, *inner) if inner else node


def _values(
    air: Air,
    outputs: Sequence[int],
    one: AirTrace,
    publics: Sequence[int],
    program: Mapping[str, U64],
    challenges: Sequence[Element],
) -> U64:
    """The values of some nodes on all rows: (rows, outputs, 3)."""
    if not outputs:
        return np.zeros((len(one.matrix), 0, 3), np.uint64)
    rows = len(one.matrix)
    fixed = np.array([column.values for column in air.fixed], dtype=np.uint64).reshape(-1, rows).T
    return reference.run_program(
        Builder(late_nodes(air, 0)).build(outputs),
        one.matrix,
        fixed,
        program.get(air.name, np.zeros((rows, 0), np.uint64)),
        np.zeros((rows, 0), np.uint64),
        np.array(one.air_values, dtype=np.uint64),
        np.array(publics, dtype=np.uint64),
        np.array(challenges, dtype=np.uint64).reshape(-1, 3),
        "natural",
    )


def _numbers(draw: random.Random, rows: int, width: int) -> U64:
    return np.array([draw.randrange(P) for _ in range(rows * width)], dtype=np.uint64).reshape(rows, width)
