"""Fixed columns: sequences, cells, closed forms."""

import pytest

from zisk_py.field.goldilocks import P, root_of_unity
from zisk_py.pil.compiler import compile_pil
from zisk_py.pil.errors import PilError
from zisk_py.pil.system import NodeKind, System

N = 32
SEQUENCES = {
    "[7...]": [7] * N,
    "[1, 2, 3...]": [1, 2] + [3] * (N - 2),
    "[1, 0..., 5]": [1] + [0] * (N - 2) + [5],
    "[0..31]": list(range(N)),
    "[31..0]": list(range(N - 1, -1, -1)),
    "[0..3]:8": list(range(4)) * 8,
    "[0..3]...": list(range(4)) * 8,
    "[1, 2]:2...": [1, 2, 1, 2] * 8,
    "[0:8..3:8]": [i // 8 for i in range(N)],
    "[4:16, 5:16]": [4] * 16 + [5] * 16,
    "[[1, 2]:4, [3]:8, 0...]": [1, 2] * 4 + [3] * 8 + [0] * 16,
    "[0, 3..+..93]": list(range(0, 96, 3)),
    "[0, 3..+..]": list(range(0, 96, 3)),
    "[1, 2..*..8, 0...]": [1, 2, 4, 8] + [0] * 28,
    "[1:2, 2:2..*..16:2, 0...]": [1, 1, 2, 2, 4, 4, 8, 8, 16, 16] + [0] * 22,
    "[1, W..*..]": [pow(root_of_unity(5), i, P) for i in range(N)],
    "[-1, 2**64, 0...]": [P - 1, 2**64 - P] + [0] * 30,
}


def compiled(body: str, height: int = N) -> System:
    return compile_pil(
        f"airtemplate A(const int N = 0) {{ col witness w; {body} }} airgroup G {{ A({height}); }}",
        constants={"W": root_of_unity(5)},
    )


@pytest.mark.parametrize("text", SEQUENCES)
def test_a_sequence_has_its_values(text: str) -> None:
    (air,) = compiled(f"col fixed F = {text}; w === F;").airs

    assert list(air.fixed[0].values) == SEQUENCES[text]


def test_cells_are_written_and_read() -> None:
    (air,) = compiled(
        "col fixed F; for (int i = 0; i < N; i++) { F[i] = i < 2 ? i : F[i-1] + F[i-2]; } w === F;"
    ).airs

    assert list(air.fixed[0].values)[:10] == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]


def test_arrays_of_fixed_columns_take_sequences_and_cells() -> None:
    (air,) = compiled("col fixed F[2]; F[0] = [5...]; F[1][3] = 9; w === F[0] + F[1];").airs

    assert [column.name for column in air.fixed] == ["F[0]", "F[1]"]
    assert [air.fixed[0].values[3], air.fixed[1].values[3]] == [5, 9]


@pytest.mark.parametrize("height", [0, N])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("F", NodeKind.FIRST),
        ("L", NodeKind.LAST),
        ("F'", NodeKind.LAST),
    ],
)
def test_first_and_last_rows_are_closed_forms(height: int, text: str, kind: NodeKind) -> None:
    (air,) = compiled(f"col fixed F = [1, 0...]; col fixed L = [0..., 1]; {text} * w === 0;", height).airs

    assert air.fixed == ()
    assert [node for node in air.nodes if node[0] in (NodeKind.FIRST, NodeKind.LAST)] == [(kind, 0, 0)]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("col fixed F = [1, 2, 3];", "the sequence has 3 values and the air has 32 rows"),
        ("col fixed F = [1..., 2...];", "two parts that fill up"),
        ("col fixed F = [0, 2..+..7, 0...];", "the series never reaches 7"),
        ("col fixed F = [1:2..4:3];", "repeated equally often"),
        ("col fixed F; w === F;", "fixed column F is never given values"),
        ("col fixed F; F[32] = 1;", "has rows 0 to 31, not 32"),
        ("col fixed F; F[0] = 1; int x = F[1];", "row 1 of fixed column F has no value yet"),
        ("col fixed F = [1...]; F[0] = 1;", "given as a sequence and cannot be changed"),
        ("col fixed F = [w...];", "must be known when the file is compiled"),
        ("col fixed F = [1...]; F === 1; F = [2...];", "already has values"),
    ],
)
def test_a_wrong_fixed_column_is_refused(body: str, message: str) -> None:
    with pytest.raises(PilError) as caught:
        compiled(body)

    assert message in caught.value.message


@pytest.mark.parametrize("text", ["[0, 1...]", "[1...]", "[1, 0..., 1]", "[0..7]"])
def test_a_height_per_run_has_no_other_fixed_columns(text: str) -> None:
    with pytest.raises(PilError, match=r"only \[1,0\.\.\.\] and \[0\.\.\.,1\] can"):
        compiled(f"col fixed F = {text};", height=0)


def test_a_table_of_2_to_the_16_rows_compiles_from_a_loop() -> None:
    (air,) = compiled(
        "col fixed F; for (int i = 0; i < N; i++) { F[i] = (i >> 8) & i; } w === F;", 1 << 16
    ).airs

    assert list(air.fixed[0].values) == [(i >> 8) & i for i in range(1 << 16)]
