"""What an author leaves out is filled, in the order in which one thing needs another."""

import random
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest

from zisk_py import pil, stark
from zisk_py.field import extension
from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P
from zisk_py.pil.authoring import errors
from zisk_py.pil.authoring.compiled_system import CompiledSystem
from zisk_py.pil.errors import PilWarning

ROWS = 32


def compiled(source: str) -> CompiledSystem:
    """The system of a text; warnings are not what is tested here."""
    with warnings.catch_warnings(action="ignore", category=PilWarning):
        return pil.compile(source)


def column(trace: pil.Trace, air: str, name: str) -> list[int]:
    """A column of the first instance of an air."""
    instance = next(one for one in trace.instances if one.air == air)
    cells: list[int] = instance.matrix[:, trace.system.system.air(air).column(name)].tolist()
    return cells


TABLE = """
airtemplate Main() {
    col witness x, y, times;
    lookup_assumes(7, [x, y]);
    lookup_proves(7, [y, x], times);
}
airtemplate Squares(const int N = 32) {
    col fixed X = [0..31];
    col witness used;
    lookup_proves(7, [X, X * X], used);
}
airtemplate Cubes(const int N = 64) {
    col fixed X = [0..31]...;
    col witness used;
    lookup_proves(7, [X, X * X * X], used);
}
airgroup G { Main(); Squares(); Cubes(); }
"""


def test_multiplicities_are_what_is_missing_at_the_first_row_that_has_the_tuple() -> None:
    system = compiled(TABLE)
    rows = [(3, 9)] * 5 + [(3, 27)] * 4 + [(1, 1)] * 3 + [(0, 0)] * (ROWS - 12)
    x, y = zip(*rows, strict=True)

    trace = system.trace({"Main": {"x": x, "y": y, "times": [0] * (ROWS - 1) + [6]}})

    assert pil.check(trace).ok
    squares, cubes = column(trace, "Squares", "used"), column(trace, "Cubes", "used")
    assert [(row, count) for row, count in enumerate(squares) if count] == [(0, 14), (1, 3), (3, 5)]
    assert [(row, count) for row, count in enumerate(cubes) if count] == [(3, 4)]
    assert [one.is_added for one in trace.instances] == [False, True, True]


def test_a_multiplicity_that_is_given_stays() -> None:
    used = [ROWS + 1] + [0] * (ROWS - 1)
    main = {"x": [0] * ROWS, "y": [0] * ROWS, "times": [0] * ROWS}

    trace = compiled(TABLE).trace({"Main": main, "Squares": {"used": used}})

    assert column(trace, "Squares", "used") == used
    assert column(trace, "Cubes", "used")[0] == P - 1  # what is there once too often


def test_a_tuple_that_no_table_has_is_left_to_the_check() -> None:
    main = {"x": [2] * ROWS, "y": [4] * (ROWS - 1) + [5], "times": [0] * ROWS}

    trace = compiled(TABLE).trace({"Main": main})
    report = pil.check(trace)

    assert column(trace, "Squares", "used")[2] == ROWS - 1
    assert not report.ok
    assert "x = 2" in str(report)
    assert "y = 5" in str(report)


def test_a_table_that_nothing_looks_into_is_left_out() -> None:
    main = {"x": [3] * ROWS, "y": [9] * ROWS, "times": [0] * ROWS}

    trace = compiled(TABLE).trace({"Main": main})

    assert [one.air for one in trace.instances] == ["Main", "Squares"]
    assert pil.check(trace).ok


def test_a_table_that_nobody_can_look_into_takes_part_in_the_proof() -> None:
    system = compiled("""
        airtemplate Main() {
            col witness x;
            x * x === x;
        }
        airtemplate Table(const int N = 32) {
            col fixed X = [0..31];
            col witness used;
            lookup_proves(7, [X], used);
        }
        airgroup G { Main(); Table(); }
    """)

    trace = system.trace({"Main": {"x": [0] * ROWS}})

    assert [one.air for one in trace.instances] == ["Main", "Table"]
    stark.verify(system.key, stark.prove(trace))


@pytest.mark.parametrize("seed", range(3))
def test_multiplicities_are_those_of_plain_counting(seed: int) -> None:
    """Against a Counter: selectors, weights, repeated rows, several columns of one table, two instances."""
    system = compiled("""
        airtemplate Main() {
            col witness x, y, sel, weight;
            lookup_assumes(1, [x, y], sel);
            lookup_proves(1, [y, x], -weight);
        }
        airtemplate Table(const int N = 64) {
            col fixed X = [0..3]...;
            col fixed Y = [0:16..3:16];
            col witness a, b;
            lookup_proves(1, [X, Y], a);
            lookup_proves(1, [X + 2, Y], b);
        }
        airgroup G { Main(); Table(); }
    """)
    rng = random.Random(seed)
    counts: Counter[tuple[int, int]] = Counter()
    instances = []
    for rows in (64, 256):
        x, y = ([rng.randrange(4) for _ in range(rows)] for _ in range(2))
        sel, weight = (
            [rng.randrange(2) for _ in range(rows)],
            [rng.choice((0, 1, 5, -2)) for _ in range(rows)],
        )
        instances.append({"x": x, "y": y, "sel": sel, "weight": weight})
        for row in range(rows):
            counts[x[row], y[row]] += sel[row]
            counts[y[row], x[row]] += weight[row]

    trace = system.trace({"Main": instances})

    assert pil.check(trace).ok
    found: Counter[tuple[int, int]] = Counter()
    for row, (a, b) in enumerate(zip(column(trace, "Table", "a"), column(trace, "Table", "b"), strict=True)):
        found[row % 4, row // 16] += a
        found[row % 4 + 2, row // 16] += b
    assert {key: count % P for key, count in found.items() if count % P} == {
        key: count % P for key, count in counts.items() if count % P
    }
    assert max(row for row, a in enumerate(column(trace, "Table", "a")) if a) % 16 < 4


def test_what_the_verifier_and_an_air_value_look_up_is_counted() -> None:
    system = compiled("""
        public x, y;
        airtemplate Main() {
            airval once;
            col witness c;
            c * (c - once) === 0;
            direct_update_assumes(7, [once, once * once]);
        }
        airtemplate Squares(const int N = 32) {
            col fixed X = [0..31];
            col witness used;
            lookup_proves(7, [X, X * X], used);
        }
        airgroup G { Main(); Squares(); direct_global_update_assumes(7, [x, y], sel: 5); }
    """)
    main = [{"c": [0] * ROWS, "once": 6}, {"c": [0] * ROWS, "once": 7}]

    trace = system.trace({"Main": main}, {"x": 6, "y": 36})

    assert [(row, n) for row, n in enumerate(column(trace, "Squares", "used")) if n] == [(6, 6), (7, 1)]
    assert trace.messages() == ((7, (6, 36), -5),)
    assert pil.check(trace).ok
    assert not pil.check(system.trace({"Main": main}, {"x": 6, "y": 37})).ok


def test_ranges_of_the_library_are_filled() -> None:
    system = compiled("""
        airtemplate A() {
            col witness x, wide;
            range_check(x, 0, 255);
            range_check(wide, -5, 70000);
        }
        airgroup G { A(); }
    """)
    x = np.arange(ROWS)

    trace = system.trace({"A": {"x": 8 * x, "wide": x - 5}})

    assert pil.check(trace).ok
    assert sum(int(one.matrix.sum()) for one in trace.instances if one.is_added) == 2 * ROWS
    assert not pil.check(system.trace({"A": {"x": 8 * x + 8, "wide": x}})).ok
    library = next(one.air for one in trace.instances if one.is_added)
    with pytest.raises(errors.FilledByUs, match="is of the standard library and is filled by us"):
        system.trace({"A": {"x": x, "wide": x}, library: {"mul": x}})


CHAIN = """
airtemplate A() {
    col witness last, middle, first, x;
    last <== middle * middle' + first;
    middle <== first'2 - 'x;
    first <== x * x * x * x + 1;
    lookup_assumes(1, [last]);
}
airtemplate Seen(const int N = 32) {
    col witness value, used;
    lookup_proves(1, [value], used);
}
airgroup G { A(); Seen(); }
"""


def chain(x: list[int]) -> tuple[list[int], list[int], list[int]]:
    """The three columns, one value at a time."""
    rows = len(x)
    first = [v**4 + 1 for v in x]
    middle = [first[(row + 2) % rows] - x[row - 1] for row in range(rows)]
    last = [middle[row] * middle[(row + 1) % rows] + first[row] for row in range(rows)]
    return first, middle, last


def test_columns_are_computed_in_their_order_at_all_rows() -> None:
    x = [3 * row + 1 for row in range(ROWS)]
    first, middle, last = chain(x)

    trace = compiled(CHAIN).trace({"A": {"x": x}, "Seen": {"value": last}})

    assert [column(trace, "A", name) for name in ("first", "middle", "last")] == [
        [value % P for value in values] for values in (first, middle, last)
    ]
    assert column(trace, "Seen", "used") == [1] * ROWS
    assert pil.check(trace).ok


def test_a_computed_column_that_is_given_stays_and_is_checked() -> None:
    x = list(range(ROWS))
    first, _, last = chain(x)
    first[4] += 1

    trace = compiled(CHAIN).trace({"A": {"x": x, "first": first}, "Seen": {"value": last}})

    assert column(trace, "A", "first")[4] == first[4]
    assert not pil.check(trace).ok


def test_columns_that_need_each_other_are_named() -> None:
    system = compiled("""
        airtemplate A() {
            col witness a, b, c, x;
            x * x === x;
            a <== b + 1;
            b <== c - 1;
            c <== a;
        }
        airgroup G { A(); }
    """)

    with pytest.raises(
        errors.CannotFill, match=r"in a circle: column . of A needs column . of A needs column"
    ):
        system.trace({"A": {"x": [0] * ROWS}})


def test_blocks_of_many_rows_meet() -> None:
    x = (np.arange(1 << 15) % 1000).tolist()
    first, middle, last = chain(x)

    trace = compiled(CHAIN.replace("lookup_assumes(1, [last]);", "")).trace({"A": {"x": x}})

    for name, values in (("first", first), ("middle", middle), ("last", last)):
        assert column(trace, "A", name) == [value % P for value in values]


TOTALS = """
public sum;
proofval offset;
airtemplate A() {
    airgroupval aggregate(sum) total;
    col fixed FIRST = [1, 0...];
    const expr LAST = FIRST';
    col witness x, run;
    FIRST * (run - x) === 0;
    (1 - LAST) * (run' - run - x') === 0;
    LAST * (run - total) === 0;
}
airgroup G { A(); }
G.total === sum + offset;
"""


def test_totals_are_summed_over_all_instances() -> None:
    system = compiled(TOTALS)
    parts = [[row * factor % P for row in range(ROWS)] for factor in (1, P - 3)]
    instances = [
        {"x": x, "run": np.cumsum(np.array(x, dtype=object)) % P, "total": sum(x) % P} for x in parts
    ]
    total = sum(map(sum, parts)) % P

    trace = system.trace({"A": instances}, {"sum": total - 5}, proof_values={"offset": 5})

    assert trace.publics == ((total - 5) % P, 5, total)
    assert trace.public_values == ((total - 5) % P,)
    assert pil.check(trace).ok
    stark.verify(system.key, stark.prove(trace), {"sum": total - 5})
    assert not pil.check(system.trace({"A": instances}, {"sum": total}, proof_values={"offset": 5})).ok
    together = system.trace({"A": instances}, {"sum": total - 5, "offset": 5})
    assert together.publics == trace.publics
    with pytest.raises(errors.GivenTwice, match="offset is given twice; leave it out of the publics"):
        system.trace({"A": instances}, {"sum": 0, "offset": 5}, proof_values={"offset": 5})
    with pytest.raises(errors.Missing, match="proof value offset; pass proof_values="):
        system.trace({"A": instances}, {"sum": total})


STAGE2 = """
challenge stage(2) gamma, delta;
airtemplate A() {
    col fixed FIRST = [1, 0...];
    const expr LAST = FIRST';
    col witness x, y;
    col witness stage(2) z;
    col witness stage(2) w, v;
    v <== w' * x - z;
    w <== (x + gamma) * (y + delta);
    FIRST * (z - 1) === 0;
    (LAST + (1 - LAST) * z') * (y + gamma) === z * (x + gamma);
}
airgroup G { A(); }
"""
X = [(7 * row) % ROWS for row in range(ROWS)]


def running(challenges: dict[str, Element], x: list[int] = X) -> list[Element]:
    """The column z: the products of (x + gamma) / (row + gamma) before each row."""
    found = [extension.ONE]
    for row, value in enumerate(x[:-1]):
        above, below = (extension.add(challenges["gamma"], extension.embed(n)) for n in (value, row))
        found.append(extension.mul(found[-1], extension.mul(above, extension.inverse(below))))
    return found


def test_columns_of_stage_2_are_the_authors_and_computed_ones() -> None:
    system = compiled(STAGE2)
    witness = {"A": {"x": X, "y": list(range(ROWS))}}

    trace = system.trace(witness, stage2=lambda challenges: {"A": {"z": running(challenges)}})

    gamma, delta = (1, 2, 3), (4, 5, 6)
    (made,) = trace.stage2((gamma, delta)).values()
    z = running({"gamma": gamma})
    w = [
        extension.mul(extension.add(gamma, extension.embed(x)), extension.add(delta, extension.embed(row)))
        for row, x in enumerate(X)
    ]
    v = [extension.sub(extension.scale(w[(row + 1) % ROWS], x), z[row]) for row, x in enumerate(X)]
    cells = {"z": z, "w": w, "v": v}
    assert made.shape == (ROWS, 3 * len(system.system.air("A").stage2))
    for index, name in enumerate(system.system.air("A").stage2):
        if name in cells:
            assert made[:, 3 * index : 3 * index + 3].tolist() == [list(value) for value in cells[name]]
    assert pil.check(trace).ok
    stark.verify(system.key, stark.prove(trace))


def z_of(value: Any) -> Any:
    return lambda challenges: {"A": {"z": value}}


STAGE2_MISTAKES: dict[str, tuple[Any, type[Exception], str]] = {
    "shape": (z_of(np.zeros(ROWS, dtype=int)), errors.WrongShape, r"its shape is \(32, 3\), not \(32,\)"),
    "floats": (z_of(np.zeros((ROWS, 3))), errors.WrongType, "column z of A has values of type float64"),
    "column": (lambda _: {"A": {"u": 1}}, errors.UnknownName, "A has no column u of stage 2"),
    "missing": (lambda _: {}, errors.Missing, "stage2 did not return z of A"),
    "air": (lambda _: {"B": {}}, errors.UnknownName, "no air B, which stage2 names"),
    "instances": (lambda _: {"A": [{}, {}]}, errors.WrongShape, "2 instances of A; the witness has 1"),
    "nothing": (lambda _: None, errors.WrongType, "stage2 must return a dict of airs"),
}


@pytest.mark.parametrize("name", STAGE2_MISTAKES)
def test_a_mistake_in_stage_2_is_named(name: str) -> None:
    function, kind, text = STAGE2_MISTAKES[name]
    trace = compiled(STAGE2).trace({"A": {"x": X, "y": X}}, stage2=function)

    with pytest.raises(kind, match=text):
        trace.stage2(((1, 0, 0), (0, 1, 0)))


def test_a_function_for_stage_2_is_asked_for_at_once() -> None:
    system = compiled(STAGE2)

    with pytest.raises(errors.Missing, match="columns of stage 2 are not given: z of A; pass stage2="):
        system.trace({"A": {"x": X, "y": X}})
    with pytest.raises(errors.FilledByUs, match="column z of A is of stage 2; pass stage2="):
        system.trace({"A": {"x": X, "y": X, "z": X}})


def test_what_this_prover_cannot_do_has_no_traces() -> None:
    system = compiled("""
        airtemplate A() {
            airgroupval aggregate(prod) total;
            col witness x;
            x * (x - total) === 0;
        }
        airgroup G { A(); }
    """)

    with pytest.raises(
        errors.Unprovable, match=r"<text>:5:13: this reads a value of an airgroup that is a product"
    ):
        system.trace({"A": {"x": [0] * ROWS}})
