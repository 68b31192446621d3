"""Forgeries of values of instances, airgroups and proofs; and that other systems have other keys."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from forged_traces import HEIGHT, Case, assert_accepted, assert_refused, same, system
from zisk_py.field.goldilocks import P
from zisk_py.pil import Trace
from zisk_py.pil.errors import PilError

SOURCE = """
public p[2];
proofval q;
airtemplate A(const int N = 32) {
    airgroupval aggregate(sum) default(2) total;
    airval v;
    col witness a;
    v <== total + q;
    a === v;
}
airtemplate B(const int N = 32) { col witness b; b === p[1]; }
airgroup G { A(); B(); }
airgroup H { A() alias X; }
G.total === p[0];
H.total * q === p[1];
"""
CASE = Case(
    SOURCE,
    {
        "A": [{"a": same(12), "total": 5}, {"a": same(13), "total": 6}],
        "B": {"b": same(7)},
        "X": {"a": same(8), "total": 1},
    },
    {},
    publics={"p": [13, 7]},
    proof_values={"q": 7},
)


@cache
def honest() -> Trace:
    return CASE.trace()


def with_publics(**added: int) -> Trace:
    names = honest().system.system.publics
    assert set(added) <= set(names)
    publics = [(v + added.get(n, 0)) % P for n, v in zip(names, honest().publics, strict=True)]
    return replace(honest(), publics=tuple(publics))


def with_air_value(air: str, place: int, added: int) -> Trace:
    instances = list(honest().instances)
    at = next(at for at, one in enumerate(instances) if one.air == air)
    values = list(instances[at].air_values)
    values[place] += added
    instances[at] = replace(instances[at], air_values=tuple(values))
    return replace(honest(), instances=tuple(instances))


def without(air: str, number: int) -> Trace:
    kept = tuple(one for one in honest().instances if (one.air, one.number) != (air, number))
    return replace(honest(), instances=kept)


LIES: dict[str, Callable[[], Trace]] = {
    "another public value": lambda: with_publics(**{"p[0]": 1}),
    "another element of an array": lambda: with_publics(**{"p[1]": 1}),
    "another proof value": lambda: with_publics(q=1),
    "a total that nobody reads as such": lambda: with_publics(**{"G.total": 1}),
    "a total and the public value that is to be it": lambda: with_publics(**{"G.total": 1, "p[0]": 1}),
    "a total moved from group to group": lambda: with_publics(
        **{"G.total": 1, "p[0]": 1, "H.total": P - 1, "p[1]": P - 7}
    ),
    "a share that is another one": lambda: with_air_value("A", 1, 1),
    "a value of the air that is another one": lambda: with_air_value("A", 0, 1),
    "a default that is another one": lambda: with_air_value("B", 0, 1),
    "an instance without its share": lambda: without("A", 1),
    "the default left out": lambda: without("B", 0),
}


def test_the_honest_trace_is_accepted() -> None:
    names = honest().system.system.publics
    assert dict(zip(names, honest().publics, strict=True)) == {
        "p[0]": 13,
        "p[1]": 7,
        "q": 7,
        "G.total": 13,
        "H.total": 1,
    }
    assert_accepted(honest())


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused(monkeypatch: pytest.MonkeyPatch, lie: str) -> None:
    assert_refused(LIES[lie](), monkeypatch)


CHAIN = """
airtemplate A(const int N = 32) {
    col witness a, b, c, d;
    b <== c' + 1; c <== d * 2; d <== 'a;
}
airgroup G { A(); }
"""


def test_columns_that_need_later_ones_are_filled() -> None:
    trace = system(CHAIN).trace({"A": {"a": range(HEIGHT)}})
    assert [int(value) for value in trace.instances[0].matrix[2]] == [2, 5, 2, 1]
    assert_accepted(trace)


def test_a_given_column_is_held_to_its_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    witness = {"a": range(HEIGHT), "c": [7, *(2 * (row - 1) for row in range(1, HEIGHT))]}
    assert_refused(system(CHAIN).trace({"A": witness}), monkeypatch)


def air(body: str, height: str = "", *, before: str = "", is_virtual: bool = False) -> str:
    """The source of an air B, in the same airgroup as the one of REST."""
    instance = "virtual B();" if is_virtual else "B();"
    return f"{before} airtemplate B({height}) {{ col witness b; {body} }} airgroup G {{ {instance} }}"


REST = "airtemplate A(const int N = 32) { col witness a; a * a === a; } airgroup G { A(); }"
UPDATES = "airgroup H {{ direct_global_update_proves(3, [{}]); direct_global_update_assumes(3, [{}]); }}"
ONCE = "permutation(3, [b], 1);"
PAIRS = {
    "the name of a challenge": ("challenge stage(2) g;", "challenge stage(2) h;"),
    "a public value that is the prover's": ("public g;", "proofval g;"),
    "a constraint of the whole proof": ("public g; g === 3;", "public g; g === 4;"),
    "a message of the whole proof": (UPDATES.format(1, 1), UPDATES.format(1, 2)),
    "its sign": (UPDATES.format(1, 2), UPDATES.format(2, 1)),
    "what is padded with zeros": (
        air("lookup_assumes_dynamic([3, 4], b, [b, 0]);"),
        air("lookup_assumes_dynamic([3, 4], b, [b]);"),
    ),
    "values of a fixed column": (
        air("col fixed F = [1, 2]; b === F;", "const int N = 32"),
        air("col fixed F = [1, 3]; b === F;", "const int N = 32"),
    ),
    "the height": (air("b === 1;", "const int N = 32"), air("b === 1;", "const int N = 64")),
    "an air that closes its bus alone": (air(ONCE), air(ONCE, before="set_std_mode(STD_MODE_ONE_INSTANCE);")),
    "the default of a total": (
        air("airgroupval aggregate(sum) default(1) t; t === b;"),
        air("airgroupval aggregate(sum) default(2) t; t === b;"),
    ),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_other_meanings_have_other_keys(pair: tuple[str, str]) -> None:
    one, other = (system(f"{text}\n{REST}").key.digest for text in pair)
    assert one != other


REFUSED = {
    "a challenge of stage 3": "challenge stage(3) c;",
    "a challenge of stage 1": "challenge stage(1) c;",
    "a proof value of stage 2": "proofval stage(2) q;",
    "a column of stage 3": air("col witness stage(3) z; z === b;"),
    "a constraint in a virtual air": air("b === 1;", "const int N = 4", is_virtual=True),
    "a range check in a virtual air": air("range_check(b, 0, 9);", "const int N = 4", is_virtual=True),
    "a constraint of constants that never holds": air("const int k = 3; k === 4;"),
    "an opid that is negative": air("permutation(-1, [b]);"),
    "an opid of the product buses": air("permutation(P2_63 + 1, [b]);"),
    "a column of stage 1 that is one of stage 2": air("b <== c;", before="challenge c;"),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_could_not_be_kept_does_not_compile(text: str) -> None:
    with pytest.raises(PilError):
        system(f"{text}\n{REST}")
