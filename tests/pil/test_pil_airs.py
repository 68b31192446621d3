"""From templates to compiled airs: columns, nodes, constraints, messages."""

from pathlib import Path

import pytest

from zisk_py.field.goldilocks import P
from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.system import Air, NodeKind

K = NodeKind


def air_of(body: str, parameters: str = "", **constants: int) -> Air:
    source = f"airtemplate A({parameters}) {{ {body} }} airgroup G {{ A(); }}"
    air, *_ = compile_pil(source, constants=constants).airs  # tables of ranges stand behind it
    return air


def text_of(air: Air, node: int) -> str:
    """A node in Polish notation."""
    kind, left, right = air.nodes[node]
    if kind == K.CONSTANT:
        return str(left)
    if kind == K.NEG:
        return f"(- {text_of(air, left)})"
    if kind in (K.ADD, K.SUB, K.MUL):
        sign = {K.ADD: "+", K.SUB: "-", K.MUL: "*"}[K(kind)]
        return f"({sign} {text_of(air, left)} {text_of(air, right)})"
    names = {
        K.WITNESS: [column.name for column in air.columns],
        K.PROGRAM: air.program,
        K.AIR_VALUE: air.air_values,
    }
    return names[K(kind)][left] + "'" * right if kind in names else f"{K(kind).name}{left}"


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("a === b", "(- a b)"),
        ("a === 0", "a"),
        ("0 === a", "(- a)"),
        ("a + 0 === 0 + b", "(- a b)"),
        ("a - 0 === b * 1", "(- a b)"),
        ("1 * a === b * 0", "a"),
        ("a - (-3) === 0", "(+ a 3)"),
        ("a + (-3) === 0", "(- a 3)"),
        ("a * -1 === 0", "(- a)"),
        ("-(-a) === 0", "a"),
        ("a === -1", "(+ a 1)"),
        ("a * 2**64 === 0", f"(* a {2**64 % P})"),
        ("a * (2 + 3 * 4) === 0", "(* a 14)"),
        ("a**3 === 0", "(* (* a a) a)"),
        ("a' + a'(0) === 0", "(+ a' a)"),
        ("pair' === 0", "(+ a' b')"),
        ("pair'(1) * x === 0", "(* (+ a' b') x)"),
        ("1 ? a : nothing === 0", "a"),
        ("pc' === 0", "pc'"),
        ("x' === 0", "x"),
        ("K' * a === 0", "(* a 7)"),
    ],
)
def test_a_constraint_becomes_the_simplified_node(constraint: str, expected: str) -> None:
    air = air_of(
        "col witness a, b; airval x; commit stage(0) program; col program pc; const expr pair = a + b; "
        + ("const int K = 7; a * K === 0;" if "K" in constraint else "")
        + (f"{constraint};" if "?" not in constraint else "(1 ? a : nothing) === 0;")
    )

    assert [text_of(air, c.node) for c in air.constraints][:1] == [expected]


def test_equal_nodes_are_shared_and_operands_come_first() -> None:
    air = air_of("col witness a, b; (a + b) * (a + b) === 0; (a + b) * a === a + b;")

    assert len(set(air.nodes)) == len(air.nodes)
    for number, (kind, left, right) in enumerate(air.nodes):
        if kind >= K.ADD:
            assert max(left, right) < number


def test_equal_constraints_are_one() -> None:
    air = air_of("col witness a; a * (1 - a) === 0; for (int i = 0; i < 3; i++) { a * (1 - a) === 0; }")

    assert len(air.constraints) == 1


def test_true_constraints_vanish() -> None:
    assert air_of("col witness a; a === 0; 3 === 1 + 2; 5 === 5 + PRIME;").constraints[1:] == ()


def test_degrees_count_columns_and_no_values() -> None:
    air = air_of(
        "col witness a, b; airval x; col fixed F = [1, 0...]; F * a * b === x * x; a * x === 0; x === 0;"
    )

    assert [constraint.degree for constraint in air.constraints] == [3, 1, 0]


def test_columns_are_named_and_know_their_bits() -> None:
    air = air_of("col witness bits(8) a, arr[2]; col witness m[2][2]; a === 0;")

    assert [(c.name, c.bits) for c in air.columns] == [
        ("a", 8),
        ("arr[0]", 8),
        ("arr[1]", 8),
        ("m[0][0]", 0),
        ("m[0][1]", 0),
        ("m[1][0]", 0),
        ("m[1][1]", 0),
    ]
    assert air.column("arr[1]") == 2


def test_columns_of_one_name_are_numbered() -> None:
    air = air_of("for (int i = 0; i < 3; i++) { col witness im; im === i; }")

    assert [column.name for column in air.columns] == ["im", "im#2", "im#3"]


def test_a_name_of_the_air_outlives_its_block() -> None:
    air = air_of("col witness a; if (1) { const expr air.wr = a + 1; } wr === 0; air.wr' === 0;")

    assert [text_of(air, c.node) for c in air.constraints] == ["(+ a 1)", "(+ a' 1)"]


def test_a_function_in_a_template_sees_the_template_but_not_its_caller() -> None:
    air = air_of(
        """
        col witness a;
        function bound() { assert_eq(defined(local), 0); a === K; }
        { const int local = 1; bound(); }""",
        "const int K = 5",
    )

    assert [text_of(air, c.node) for c in air.constraints] == ["(- a 5)"]


def test_heights_and_aliases_and_parameters() -> None:
    system = compile_pil("""
        airtemplate A(const int N = 0, const int K = 1) { col witness a; a === K; }
        airtemplate A { a' === K; }
        airgroup G { A(); A(N: 2**5, K: 2) alias B;
            for (int i = 0; i < 2; i++) { A(64, i) alias `C${i}`; } }""")

    assert [(air.name, air.log_height, len(air.constraints)) for air in system.airs] == [
        ("A", None, 2),
        ("B", 5, 2),
        ("C0", 6, 2),
        ("C1", 6, 2),
    ]


def test_publics_and_air_values_are_in_the_order_of_their_text() -> None:
    system = compile_pil("""
        public out[2];
        airtemplate A() { airval x, y[2]; col witness a; a === y[1] + out[1]; }
        airgroup G { A(); }""")

    assert system.publics == ("out[0]", "out[1]")
    assert system.airs[0].air_values == ("x", "y[0]", "y[1]")
    assert (K.AIR_VALUE, 2, 0) in system.airs[0].nodes
    assert (K.PUBLIC, 1, 0) in system.airs[0].nodes


def messages_of(body: str) -> list[tuple[int, int, str, list[str], tuple[str, ...]]]:
    air = air_of(f"col witness a, b, s, v[2]; {body}", OP=3)
    return [
        (m.bus, m.sign, text_of(air, m.multiplicity), [text_of(air, v) for v in m.values], m.names)
        for m in air.interactions
    ]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("lookup_assumes(OP, [a, b + 1])", (3, -1, "1", ["a", "(+ b 1)"], ("a", "b + 1"))),
        ("lookup_assumes(OP, [a'], s, 1)", (3, -1, "s", ["a'"], ("a'",))),
        ("lookup_proves(OP, [a, 7], mul: s)", (3, 1, "s", ["a", "7"], ("a", "7"))),
        ("lookup(OP, [a], -s)", (3, 1, "(- s)", ["a"], ("a",))),
        ("permutation_assumes(OP, v, sel: s)", (3, -1, "s", ["v[0]", "v[1]"], ("v[0]", "v[1]"))),
        ("permutation_proves(OP, [...v, 1])", (3, 1, "1", ["v[0]", "v[1]", "1"], ("v[0]", "v[1]", "1"))),
        ("permutation(OP, [a], s)", (3, 1, "s", ["a"], ("a",))),
        ("range_check(a - b, 0, 99, s)", (102, -1, "s", ["(- a b)"], ("a - b",))),
    ],
)
def test_a_call_of_the_standard_library_is_a_message(call: str, expected: tuple[object, ...]) -> None:
    assert messages_of(f"{call};") == [expected]


@pytest.mark.parametrize(
    ("call", "constraints"),
    [
        ("lookup_assumes(1, [a], s)", ["(* s (- 1 s))"]),
        ("lookup_assumes(1, [a], s, 1)", []),
        ("lookup_assumes(1, [a], 1)", []),
        ("lookup_proves(1, [a], s)", []),
        ("permutation_assumes(1, [a], s)", ["(* s (- 1 s))"]),
        ("permutation_proves(1, [a], s)", ["(* s (- 1 s))"]),
        ("permutation_proves(1, [a], s, sel_is_binary: 1)", []),
        ("permutation(1, [a], s)", ["(* (* s (- 1 s)) (+ s 1))"]),
        ("permutation(1, [a], s, sel_is_ternary: 1)", []),
        ("range_check(a, 0, 99, s)", []),
    ],
)
def test_a_selector_is_constrained_unless_the_author_says_that_it_is(
    call: str, constraints: list[str]
) -> None:
    air = air_of(f"col witness a, s; {call};")

    assert [text_of(air, c.node) for c in air.constraints] == constraints


def test_the_booleanity_of_a_shared_selector_is_one_constraint() -> None:
    air = air_of(
        "col witness a, s; s * (1 - s) === 0; lookup_assumes(1, [a], s); permutation_proves(2, [a], s);"
    )

    assert len(air.constraints) == 1


def test_files_are_required_once_and_found_in_the_search_path(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.pil").write_text('require "b.pil"; airtemplate A() { col witness a; a === B; }')
    (tmp_path / "parts" / "b.pil").write_text("const int B = 4;")
    main = tmp_path / "main.pil"
    main.write_text(
        'require "parts/a.pil"\nrequire "parts/b.pil"; require "std_lookup.pil"\nairgroup G { A(); }'
    )

    (air,) = compile_pil(main, include=[tmp_path / "parts"]).airs

    assert air.constraints[0].source.file == "a.pil"
    assert (air.constraints[0].source.line, air.constraints[0].source.text) == (1, "a === B")


def test_deep_expressions_compile() -> None:
    air = air_of("col witness a; expr e = a; for (int i = 0; i < 20000; i++) { e = e * 2 + i; } e' === 0;")

    assert len(air.nodes) > 40_000


def test_fixed_columns_are_left_out_of_an_air_that_only_marks_its_ends() -> None:
    air = air_of(
        "col fixed F = [1, 0...]; const expr L = F'; col witness a; F * a === 0; (1 - L) * (a' - a) === 0;"
    )

    assert [node for node in air.nodes if node[0] in (K.FIRST, K.LAST)] == [(K.FIRST, 0, 0), (K.LAST, 0, 0)]
