"""Small systems with honest traces, and the changes that reports are written about."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from zisk_py import pil
from zisk_py.field import extension
from zisk_py.field.extension import Element
from zisk_py.field.goldilocks import P
from zisk_py.pil.authoring.report_model import Report
from zisk_py.pil.errors import PilWarning

Witness = dict[str, Any]

FIBONACCI = """\
public out;

airtemplate Fibonacci() {
    col fixed FIRST = [1, 0...];
    const expr LAST = FIRST';
    col witness a, b;

    FIRST * (a - 1) === 0;
    (1 - LAST) * (a' - b) === 0;
    (1 - LAST) * (b' - a
        - b) === 0;
    LAST * (b - out) === 0;
}

airgroup Example { Fibonacci(); }
"""

# A counter that looks back, a product of degree 4, a byte, and pairs that go to two instances of another air.
MACHINES = """\
const int PAIRS = 5;

airtemplate Steps() {
    col fixed FIRST = [1, 0...];
    col witness x, y, z;

    (1 - FIRST) * (x - 'x - 1) === 0;
    z === x * y * (x + y) * (x - y);
    range_check(y, 0, 255);
    permutation_assumes(PAIRS, [x, z]);
}

airtemplate Other() {
    col witness left, right, sel;

    permutation_proves(PAIRS, [left, right], sel);
}

airgroup Example { Steps(); Other(); }
"""

TABLE = """\
const int AND = 7;

airtemplate User() {
    col witness a, b, c, free, tied;
    col witness bits(1) sel;

    sel * (1 - sel) === 0;
    tied <== a * b;
    lookup_assumes(AND, [a, b, c], sel, 1);
}

airtemplate Bits(const int N = 64) {
    col fixed A = [0:8..7:8]...;
    col fixed B = [0..7]...;
    col fixed C;
    for (int i = 0; i < N; i++) { C[i] = (i >> 3) & i & 7; }
    col witness used;
    lookup_proves(AND, [A, B, C], used);
}

airgroup Example { User(); Bits(); }
"""

# A product over all rows by a column of stage 2, and a rule that is checked once per proof.
LATE = """\
public total, part;
proofval rest;
challenge stage(2) gamma;

airtemplate Late() {
    col fixed FIRST = [1, 0...];
    const expr LAST = FIRST';
    col witness x, y;
    col witness stage(2) z;

    FIRST * (z - 1) === 0;
    (LAST + (1 - LAST) * z') * (y + gamma) === z * (x + gamma);
}

airgroup Example { Late(); }

total === part + rest;
"""

ROWS = 32


def fibonacci() -> Witness:
    rows = [(1, 1)]
    while len(rows) < ROWS:
        a, b = rows[-1]
        rows.append((b, (a + b) % P))
    return {"Fibonacci": {"a": [a for a, _ in rows], "b": [b for _, b in rows]}}


def machines() -> Witness:
    pairs = [(x, x % 7) for x in range(2 * ROWS)]
    z = [x * y * (x + y) * (x - y) % P for x, y in pairs]
    other = {"left": [x for x, _ in pairs], "right": z}
    halves = [slice(ROWS), slice(ROWS, None)]
    return {
        "Steps": {"x": other["left"], "y": [y for _, y in pairs], "z": z},
        "Other": [
            {name: cells[half] for name, cells in other.items()} | {"sel": [1] * ROWS} for half in halves
        ],
    }


def table() -> Witness:
    a = [row % 8 for row in range(ROWS)]
    b = [row // 4 for row in range(ROWS)]
    return {
        "User": {
            "a": a,
            "b": b,
            "c": [x & y for x, y in zip(a, b, strict=True)],
            "free": [0] * ROWS,
            "sel": [int(row < 24) for row in range(ROWS)],
        }
    }


def late() -> Witness:
    return {"Late": {"x": [7 * row % ROWS for row in range(ROWS)], "y": list(range(ROWS))}}


def products(witness: Witness, challenges: dict[str, Element]) -> Witness:
    """The column z: the product of (x + gamma) / (y + gamma) over the rows before."""
    found, gamma = [extension.ONE], challenges["gamma"]
    for x, y in zip(witness["Late"]["x"][:-1], witness["Late"]["y"][:-1], strict=True):
        above, below = (extension.add(gamma, extension.embed(cell)) for cell in (x, y))
        found.append(extension.mul(found[-1], extension.mul(above, extension.inverse(below))))
    return {"Late": {"z": found}}


@dataclass(frozen=True)
class Subject:
    """A source with the maker of an honest witness, its publics, proof values and columns of stage 2."""

    source: str
    witness: Callable[[], Witness]
    publics: Callable[[Witness], dict[str, int]] = lambda witness: {}
    proof_values: dict[str, int] = field(default_factory=dict)
    stage2: Callable[[Witness, dict[str, Element]], Witness] | None = None

    def trace(self, change: Callable[[Witness], None] = lambda witness: None) -> "pil.Trace":
        """The honest trace, changed before anything is filled; publics stay honest."""
        witness = self.witness()
        publics = self.publics(witness)
        change(witness)
        return compiled(self.source).trace(
            witness,
            publics=publics,
            proof_values=self.proof_values,
            stage2=partial(self.stage2, witness) if self.stage2 else None,
            check_bits=False,
        )


@lru_cache(maxsize=8)
def compiled(source: str) -> "pil.CompiledSystem":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PilWarning)  # a degree of 4 is meant
        return pil.compile(source)


SUBJECTS = {
    "fibonacci": Subject(FIBONACCI, fibonacci, lambda witness: {"out": witness["Fibonacci"]["b"][-1]}),
    "machines": Subject(MACHINES, machines),
    "table": Subject(TABLE, table),
    "late": Subject(LATE, late, lambda witness: {"total": 5, "part": 3}, {"rest": 2}, products),
}


def put(
    air: str, column: str, row: int, value: int, instance: int | None = None
) -> Callable[[Witness], None]:
    def change(witness: Witness) -> None:
        columns = witness[air] if instance is None else witness[air][instance]
        columns[column][row] = value % P

    return change


# name: system, change
FAILURES = {
    "wrong_cell": ("fibonacci", put("Fibonacci", "b", 5, 77)),
    "wrong_pair": ("machines", put("Other", "right", 9, 1, instance=1)),
    "out_of_range": ("machines", put("Steps", "y", 0, 300)),
    "late": ("late", put("Late", "x", 3, 99)),
    "not_in_the_table": ("table", put("User", "c", 5, 3)),
}


def report_of(name: str) -> Report:
    system, change = FAILURES[name]
    return pil.check(SUBJECTS[system].trace(change))
