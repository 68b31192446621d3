"""Airs: sequences, heights, virtual airs, domains, definitions, stages, values, commits, external columns."""

import struct
from pathlib import Path

import pytest
from tests.language_programs import in_air, run

from zisk_py.field.goldilocks import P
from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.expander.graph import text
from zisk_py.pil.expander.settings import Settings

SEQUENCES = {
    "[0..7]:4": [*range(8)] * 4,
    "[1:3, 2:5, 0...]": [1] * 3 + [2] * 5 + [0] * 24,
    "[0..., 1, 2]": [0] * 30 + [1, 2],
    "[[1, 2]:2, 3...]": [1, 2, 1, 2] + [3] * 28,
    "[[1, 2, 3]...]": [1, 2, 3] * 10 + [1, 2],
    "[1, 2]...": [1, 2] * 16,
    "[5..0, 0...]": [5, 4, 3, 2, 1, 0] + [0] * 26,
    "[-1..1, 0...]": [P - 1, 0, 1] + [0] * 29,
    "[3:2..5:2, 0...]": [3, 3, 4, 4, 5, 5] + [0] * 26,
    "[1, 3..+..9, 0...]": [1, 3, 5, 7, 9] + [0] * 27,
    "[9, 7..+..1, 0...]": [9, 7, 5, 3, 1] + [0] * 27,
    "[2, 4..+..]": [2 * k for k in range(1, 33)],
    "[1, 2..*..16, 0...]": [1, 2, 4, 8, 16] + [0] * 27,
    "[1:2, 2:2..*..4, 0...]": [1, 1, 2, 2, 4, 4] + [0] * 26,
    "[1, 7..*..]": [pow(7, k, P) for k in range(32)],
    "[PRIME + 4...]": [4] * 32,
    "[4:N]": [4] * 32,
    "[7:0, 1:N]": [1] * 32,
}


def fixed(body: str, rows: int = 32) -> list[int]:
    """The values of the fixed column F of an air with that body."""
    (air,) = run(in_air(body, rows)).airs
    table = next(table for table in air.fixed if table.name == "F")
    assert table.values is not None
    return list(table.values)


@pytest.mark.parametrize(("sequence", "values"), SEQUENCES.items(), ids=SEQUENCES)
def test_a_sequence_has_its_values(sequence: str, values: list[int]) -> None:
    assert fixed(f"col fixed F = {sequence};") == values


def test_a_short_sequence_is_repeated_with_a_warning() -> None:
    assert fixed("col fixed F = [1, 2, 3, 4];") == [1, 2, 3, 4] * 8
    assert [one.code for one in run(in_air("col fixed F = [1, 2];")).warnings] == [Code.PERIODIC]


WRONG_SEQUENCES = ["[1, 2, 3]", "[0..32]", "[1..., 2...]", "[1, 3..+..4, 0...]", "[1:-1, 0...]", "[[1...]:2]"]


@pytest.mark.parametrize("sequence", WRONG_SEQUENCES)
def test_a_sequence_that_does_not_fit_is_refused(sequence: str) -> None:
    with pytest.raises(PilError) as refused:
        run(in_air(f"col fixed F = {sequence};"))
    assert refused.value.code == Code.FIXED


# ---- heights


def test_an_air_can_set_its_height_while_it_is_built() -> None:
    source = "airtemplate T(int N = 0) { N = 2 ** 6; col fixed F = [0..N-1]; assert_eq(BITS, 6); }"
    (air,) = run(f"{source} airgroup G {{ T(); }}").airs
    assert (air.rows, air.log_height) == (64, 6)


def test_a_virtual_air_has_any_height_and_keeps_its_columns() -> None:
    source = """airtemplate T(int N = 0) {
        if (N == 0) { N = VIRTUAL ? 37 : 64; }
        col fixed F = [0..N-1]; col witness w;
    } airgroup G { virtual T() alias V; T(); }"""
    virtual, real = run(source).airs
    assert (virtual.name, virtual.rows, virtual.is_virtual) == ("V", 37, True)
    assert (real.rows, real.is_virtual) == (64, False)
    assert virtual.fixed[0].values is not None
    assert len(virtual.fixed[0].values) == 37


REFUSED = {
    "rows that are no power of two": ("airtemplate T(const int N) {} airgroup G { T(48); }", Code.AIR),
    "a height that changes too late": (in_air("col fixed F = [1...]; N = 64;"), Code.AIR),
    "an air outside of a group": ("airtemplate T(const int N) {} T(32);", Code.OUTSIDE),
    "two airs of one name": ("airtemplate T(const int N) {} airgroup G { T(32); T(64); }", Code.AIR),
    "a constraint of a virtual air": (
        "airtemplate T(const int N) { col witness a; a === 0; } airgroup G { virtual T(32); }",
        Code.AIR,
    ),
    "a constraint of an airgroup": ("public x; airgroup G { x === 0; }", Code.OUTSIDE),
    "a column of the proof": (
        "airtemplate T(const int N) { col witness proof.a; } airgroup G { T(32); }",
        Code.SYNTAX,
    ),
    "an unknown domain": (in_air("col witness a; a === 0 domain D;"), Code.UNKNOWN_NAME),
    "a domain of other numbers": (in_air("domain D = [0, 2];"), Code.FIXED),
    "a definition of an expression": (in_air("col witness a, b; a + b <== 1;"), Code.ASSIGNMENT),
    "a third stage": (in_air("col witness stage(3) a;"), Code.STAGE),
    "a challenge of stage 1": ("challenge stage(1) c;", Code.STAGE),
    "a public twice": ("public x; public x;", Code.ALREADY_DECLARED),
    "a group value without an aggregate": ("airgroup G { airgroupval stage(1) v; }", Code.VALUES),
    "another group value of that name": (
        "airgroup G { airgroupval aggregate(sum) v; airgroupval aggregate(prod) v; }",
        Code.ALREADY_DECLARED,
    ),
    "columns of an unknown commit": (in_air("col rom a;"), Code.COLUMN),
    "a commit of stage 1": (in_air("commit stage(1) rom;"), Code.STAGE),
    "a commit whose root is no public": (in_air("airval v; commit stage(0) public(v) rom;"), Code.COMMIT),
    "a column that nobody supplies": (in_air("#pragma fixed_external\ncol fixed F;"), Code.FIXED),
    "a file that is not there": (in_air("#pragma extern_fixed_file nothing.bin\ncol fixed F;"), Code.FILE),
    "a constraint that never holds": (in_air("1 === 2;"), Code.NEVER_HOLDS),
}


@pytest.mark.parametrize(("source", "code"), REFUSED.values(), ids=REFUSED)
def test_a_program_is_refused(source: str, code: Code) -> None:
    with pytest.raises(PilError) as refused:
        run(source)
    assert refused.value.code == code


# ---- constraints

CONSTRAINTS = {
    "a === b;": ["a - b"],
    "domain D = [1, 0]; a === b domain D;": ["D * (a - b)"],
    "domain D = [1, 0]; a === b domain !D;": ["(1 - D) * (a - b)"],
    "domain D = [1, 0...]; domain D { a === 0; b === 0; }": ["D * a", "D * b"],
    "domain D = [1, 0]; domain E = [0, 1]; domain D { domain !E { a === 0; } b === 0; }": [
        "(1 - E) * a",
        "D * b",
    ],
    "domain D = [1, 0]; domain E = [0, 1]; domain D { a === 0 domain E; }": ["E * a"],
    "a <== b + 1;": ["a - (b + 1)"],
    "const expr e = a * b'; e' === 0;": ["a' * b'2"],
    "if (1) { const expr air.e = a; } e === b;": ["a - b"],
}


@pytest.mark.parametrize(("body", "claims"), CONSTRAINTS.items(), ids=CONSTRAINTS)
def test_constraints_are_what_was_written(body: str, claims: list[str]) -> None:
    (air,) = run(in_air(f"col witness a, b; {body}")).airs
    assert [text(claim.node) for claim in air.claims] == claims


def test_a_definition_on_the_next_row_defines_this_row() -> None:
    (air,) = run(in_air("col witness a, b; a' <== b * 2;")).airs
    (definition,) = air.definitions
    assert (text(definition.target), text(definition.value)) == ("a", "'b * 2")


def test_a_definition_in_a_domain_leaves_other_rows_free() -> None:
    (air,) = run(in_air("col witness a; domain D = [1, 0]; a <== 3 domain D;")).airs
    assert not air.definitions
    assert [text(claim.node) for claim in air.claims] == ["D * (a - 3)"]


# ---- values


def test_values_have_their_stages_and_places() -> None:
    source = """
        public out[2]; proofval pv; challenge stage(2) gamma;
        airtemplate T(const int N) {
            airval v; airval stage(2) w; col witness stage(2) s; airgroupval aggregate(sum) default(3) total;
            s * gamma === w + v * out[1] + pv; total === v;
        }
        airgroup G { T(32); T(32) alias U; } G.total * pv === out[0];
    """
    state = run(source)
    first, second = state.airs
    assert state.publics == ["out[0]", "out[1]"]
    assert (state.proof_values, state.challenges) == (["pv"], ["gamma"])
    assert (first.air_values, first.stage2_values) == (["v"], ["w"])
    assert [column.name for column in second.stage2] == ["s"]
    (total,) = state.group_values
    assert (total.name, total.airgroup, total.default, total.is_product) == ("total", "G", 3, False)
    assert [text(claim.node) for claim in state.claims] == ["G.total * pv - out[0]"]


def test_a_public_with_a_value_has_it_in_every_proof() -> None:
    assert [text(claim.node) for claim in run("public x = 5;").claims] == ["x - 5"]


def test_an_air_has_several_commits() -> None:
    body = "commit stage(0) public(root) rom; commit stage(0) ram; col rom pc, op; col ram word; pc === word;"
    (air,) = run(f"public root[4]; {in_air(body)}").airs
    assert air.program == ["pc", "op", "word"]
    assert {name: [leaf.name for leaf in leaves] for name, leaves in air.commits.items()} == {
        "rom": ["root[0]", "root[1]", "root[2]", "root[3]"],
        "ram": [],
    }


# ---- values from outside


def cnst(rows: int, columns: dict[tuple[str, int | None], list[int]]) -> bytes:
    """A file with values of fixed columns."""
    body = b"G\0A\0" + struct.pack("<QI", rows, len(columns))
    for (name, index), values in columns.items():
        indexes = () if index is None else (index,)
        body += name.encode() + b"\0" + struct.pack(f"<I{len(indexes)}I", len(indexes), *indexes)
        body += struct.pack(f"<{rows}Q", *values)
    return b"cnst" + struct.pack("<IIIQ", 1, 1, 1, len(body)) + body


def test_columns_come_from_a_file_that_says_how_many_rows(tmp_path: Path) -> None:
    columns = {("F", None): [*range(5)], ("G", 0): [7] * 5, ("G", 1): [8] * 5}
    (tmp_path / "table.bin").write_bytes(cnst(5, columns))
    main = tmp_path / "main.pil"
    main.write_text(
        """airtemplate T(int N = 0, const string file = "table") {
            #pragma extern_fixed_file `${file}.bin`
            col fixed F; col fixed G[2]; assert_eq(N, 5); assert_eq(F[3] + G[0][0] + G[1][4], 18);
        } airgroup G { virtual T(); }"""
    )
    (air,) = run(main).airs
    assert (air.rows, len(air.fixed)) == (5, 3)


BROKEN = {
    "no magic": b"none",
    "too short": cnst(5, {("F", None): [0] * 5})[:-3],
    "too many rows": cnst(0, {})[:32] + bytes([255] * 8),
    "empty": b"",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_none_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "table.bin").write_bytes(data)
    main = tmp_path / "main.pil"
    main.write_text(in_air("#pragma extern_fixed_file table.bin\ncol fixed F;"))
    with pytest.raises(PilError) as refused:
        run(main)
    assert refused.value.code == Code.FILE


def test_the_caller_supplies_columns() -> None:
    settings = Settings(fixed={"A": {"F[1]": [-1] * 32, "F[0]": range(32)}})
    (air,) = run(in_air("#pragma fixed_external\ncol fixed F[2];"), settings=settings).airs
    assert [list(table.values or ()) for table in air.fixed] == [[*range(32)], [P - 1] * 32]


def test_missing_values_are_zeros_only_where_the_caller_allows_it() -> None:
    settings = Settings(missing_files=True)
    (air,) = run(in_air("#pragma fixed_external\ncol fixed F;"), settings=settings).airs
    assert list(air.fixed[0].values or ()) == [0] * 32


def test_the_columns_of_a_virtual_air_are_kept_in_few_bytes() -> None:
    source = """airtemplate T(const int N) {
        col fixed A; for (int i = 0; i < N; i++) { A[i] = i; }
        col fixed B = [7, -1...]; col fixed C; C[1] = 300;
    } airgroup G { virtual T(N: 100); }"""
    (air,) = run(source).airs
    assert [table.stored for table in air.fixed] == [None] * 3
    assert [table.cells.head.dtype.itemsize for table in air.fixed if table.cells] == [1, 1, 2]
    a, b, c = (list(table.values or ()) for table in air.fixed)
    assert (a, b, c) == ([*range(100)], [7] + [P - 1] * 99, [0, 300] + [0] * 98)
    with pytest.raises(PilError) as refused:
        air.fixed[2].read(0, air.span)
    assert refused.value.code == Code.NO_VALUE
