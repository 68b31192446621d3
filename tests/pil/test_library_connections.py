"""Copy constraints: the fixed columns that name the next cell of each circle."""

import numpy as np

from library_programs import air, all_shown, body, expanded, values
from zisk_py.field.goldilocks import P, root_of_unity
from zisk_py.pil.library.connections import powers
from zisk_py.pil.library.constants import COSET

ROWS = 64


def name_of(column: int, row: int) -> int:
    return pow(COSET, column, P) * pow(root_of_unity(6), row, P) % P


def circles(statements: str) -> set[frozenset[tuple[int, int]]]:
    """The circles of more than one cell that CONN_9 describes, each as cells (column, row)."""
    builder = air(body(f"connection_init(9, [a, b]); {statements} connection_connect(9);"), "A")
    cells = {name_of(column, row): (column, row) for column in range(2) for row in range(ROWS)}
    follows = {
        (column, row): cells[target]
        for column in range(2)
        for row, target in enumerate(values(builder, f"CONN_9[{column}]"))
    }
    assert sorted(follows.values()) == sorted(follows)
    found = set()
    for start in follows:
        circle, cell = [start], follows[start]
        while cell != start:
            circle.append(cell)
            cell = follows[cell]
        if len(circle) > 1:
            found.add(frozenset(circle))
    return found


def test_names_of_cells_differ_between_columns_and_rows() -> None:
    names = {name_of(column, row) for column in range(100) for row in range(ROWS)}

    assert len(names) == 100 * ROWS


def test_powers_are_those_of_the_field() -> None:
    assert powers(COSET, 32).tolist() == [pow(COSET, i, P) for i in range(32)]
    assert powers(7, 1).dtype == np.uint64


def test_cells_are_connected_once() -> None:
    assert circles("") == set()
    assert circles("connection_update_one_cell(9, [a, 0, b, 1]);") == {frozenset({(0, 0), (1, 1)})}
    twice = "connection_update_one_cell(9, [a, 0, b, 1]); connection_update_one_cell(9, [b, 1, a, 0]);"
    assert circles(twice) == {frozenset({(0, 0), (1, 1)})}
    assert circles("connection_update_one_cell(9, [a, 0, a, 0]);") == set()


def test_circles_that_meet_become_one() -> None:
    statements = """
        connection_update_multiple_cells(9, [a, 0, a, 1, a, 2, b, 5]);
        connection_update_one_cell_batch(9, [[b, 7, b, 8], [b, 8, b, 9]]);
        connection_update_one_cell(9, [a, 1, b, 9]);
    """
    assert circles(statements) == {frozenset({(0, 0), (0, 1), (0, 2), (1, 5), (1, 7), (1, 8), (1, 9)})}


def test_a_frame_is_repeated() -> None:
    assert circles("connection_update_one_cell(9, [a, 0, b, 3], frame_size: 32);") == {
        frozenset({(0, start), (1, start + 3)}) for start in (0, 32)
    }


def test_each_cell_takes_its_name_and_gives_the_next_one() -> None:
    builder = air(body("col fixed S[2]; connection(9, [a, b], S, PIOP_BUS_PROD);"), "A")

    assert all_shown(builder.messages) == [
        ("9", -1, "1", ("a", "__ID__"), {"product"}),
        ("9", 1, "1", ("a", "S[0]"), {"product"}),
        ("9", -1, "1", ("b", f"__ID__ * {COSET}"), {"product"}),
        ("9", 1, "1", ("b", "S[1]"), {"product"}),
    ]
    assert values(builder, "__ID__") == [name_of(0, row) for row in range(ROWS)]


def test_connections_of_one_air_share_the_names_of_its_cells() -> None:
    expander = expanded("""
        airtemplate A(const int N = 64) {
            col witness a;
            connection_init(1, [a]); connection_init(2, [a]);
            connection_connect(2); connection_connect(1);
        }
        airgroup G { A(); }
    """)

    assert [column.name for column in air(expander, "A").fixed] == ["CONN_2[0]", "__ID__", "CONN_1[0]"]
