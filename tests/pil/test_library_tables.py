"""Virtual tables: what virtual airs prove is packed into airs of ours, here compared with packing by hand."""

import random

import pytest

from library_programs import air, all_shown, expanded, shown, values
from zisk_py.field.goldilocks import P
from zisk_py.pil.compiler import compile_source
from zisk_py.pil.errors import Code
from zisk_py.pil.expander import Expander
from zisk_py.pil.expander.air import AirBuilder
from zisk_py.pil.expander.graph import Leaf, Node
from zisk_py.pil.system import NodeKind

TABLES = """
airtemplate T(const int N, const int opid, const int width, const int first, const int table_id = -1) {
    col fixed F[width];
    for (int i = 0; i < width; i++) {
        for (int row = 0; row < N; row++) { F[i][row] = first + 1000 * i + row; }
    }
    col witness mul;
    lookup_proves(opid, F, mul, table_id: table_id);
}
"""


def packed(statements: str) -> Expander:
    return expanded(f"{TABLES} airgroup G {{ {statements} }}")


def cell(builder: AirBuilder, node: Node, row: int) -> int:
    """The value of a constant or a fixed column in a row."""
    assert isinstance(node, Leaf)
    if node.kind == NodeKind.CONSTANT:
        return node.index
    found = builder.fixed[node.index].values
    assert found is not None
    return found[row]


def tuples(expander: Expander) -> set[tuple[int, ...]]:
    """All tuples that the virtual tables prove, each with its opid in front."""
    proven = set()
    for builder in (b for b in expander.airs if b.is_library):
        assert builder.rows is not None
        for message in builder.messages:
            for row in range(builder.rows):
                bus = message.bus if isinstance(message.bus, int) else cell(builder, message.bus, row)
                proven.add((bus, *(cell(builder, value, row) for value in message.values)))
    return proven


def test_a_table_is_padded_with_its_last_row() -> None:
    table = air(packed("virtual T(40, 7, 2, 5) alias Mine;"), "VirtualTableG0")

    assert table.rows == 64
    assert values(table, "VALUE[0][0]") == [*range(5, 45), *[44] * 24]
    assert values(table, "VALUE[0][1]") == [*range(1005, 1045), *[1044] * 24]
    assert all_shown(table.messages) == [("7", 1, "mul[0]", ("VALUE[0][0]", "VALUE[0][1]"), set())]
    assert table.messages[0].names == ("F[0]", "F[1]")


def test_tables_of_several_opids_share_columns_the_narrow_ones_first() -> None:
    expander = packed("virtual T(20, 7, 2, 5) alias Wide; virtual T(44, 9, 1, 80) alias Narrow;")

    table = air(expander, "VirtualTableG0")
    assert table.rows == 32
    assert values(table, "VALUE[0][0]") == [*range(80, 112)]
    assert values(table, "OPID[1]") == [9] * 12 + [7] * 20
    assert values(table, "VALUE[1][0]") == [*range(112, 124), *range(5, 25)]
    assert values(table, "VALUE[1][1]") == [0] * 12 + [*range(1005, 1025)]
    assert [shown(m) for m in table.messages] == [
        ("9", 1, "mul[0]", ("VALUE[0][0]",), set()),
        ("OPID[1] of 7, 9", 1, "mul[1]", ("VALUE[1][0]", "VALUE[1][1]"), {"dynamic"}),
    ]


def test_a_table_that_is_cut_stands_side_by_side_with_its_rest() -> None:
    expander = packed("set_max_bits_virtual_tables(5); virtual T(70, 7, 1, 0);")

    table = air(expander, "VirtualTableG0")
    assert table.rows == 32
    assert [values(table, f"VALUE[{i}][0]") for i in range(3)] == [
        [*range(32)],
        [*range(32, 64)],
        [*range(64, 70), *[69] * 26],
    ]
    assert [message.bus for message in table.messages] == [7, 7, 7]


def test_tables_of_one_opid_are_told_apart_by_table_id() -> None:
    expander = packed(
        "virtual T(8, 7, 1, 0, table_id: 1) alias A; virtual T(8, 7, 1, 100, table_id: 2) alias B;"
    )

    assert tuples(expander) == {(7, value) for first in (0, 100) for value in range(first, first + 8)}


def test_expressions_of_fixed_columns_are_values_of_a_table() -> None:
    expander = expanded("""
        airtemplate T(const int N = 35) {
            col fixed F = [0..34];
            const expr e = 2 * F - F' + 1;
            lookup_proves(7, [F, e, 5, -F, F * F * (1 - F)]);
        }
        airgroup G { virtual T(); }
    """)

    rows = [(f, (2 * f - (f + 1) % 35 + 1) % P, 5, -f % P, f * f * (1 - f) % P) for f in range(35)]
    assert tuples(expander) == {(7, *row) for row in rows}
    # A column of one value is no column.
    assert air(expander, "VirtualTableG0").fixed[2].name == "VALUE[0][3]"


def test_a_periodic_column_is_repeated_in_a_table() -> None:
    expander = expanded("""
        airtemplate T(const int N = 32) {
            col fixed A = [0..31];
            col fixed B = [0, 1]...;
            lookup_proves(7, [A, B]);
        }
        airgroup G { virtual T(); }
    """)

    assert tuples(expander) == {(7, row, row % 2) for row in range(32)}


def test_cells_that_are_written_after_the_lookup_are_in_the_table() -> None:
    expander = expanded("""
        airtemplate T(const int N = 32) {
            col fixed A;
            lookup_proves(7, [A]);
            for (int row = 0; row < N; row++) { A[row] = row * row; }
        }
        airgroup G { virtual T(); }
    """)

    assert tuples(expander) == {(7, row * row) for row in range(32)}


def test_tables_go_where_they_are_told_and_the_others_where_there_is_room() -> None:
    expander = packed("""
        set_num_virtual_tables(3);
        set_group_virtual_tables([1, 2]);
        virtual T(10, 1, 3, 0) alias A; virtual T(20, 2, 1, 0) alias B;
        virtual T(32, 3, 1, 0) alias C; virtual T(16, 4, 2, 0) alias D; virtual T(32, 5, 2, 0) alias E;
    """)

    opids = [
        {opid for message in builder.messages for opid in message.opids or (message.bus,)}
        for builder in expander.airs
        if builder.is_library
    ]
    # 178 values: 60 for each. A and B have 50; C and D have 64, too many for one air.
    assert opids == [{1, 2}, {3}, {4, 5}]
    assert [b.name for b in expander.airs if b.is_library] == [f"VirtualTableG{i}" for i in range(3)]


@pytest.mark.parametrize("limit", ["set_max_num_rows_virtual(64)", "set_max_bits_virtual_tables(6)"])
def test_both_versions_limit_the_height(limit: str) -> None:
    expander = packed(f"{limit}; set_max_num_virtual_tables(1); virtual T(200, 7, 1, 0);")

    assert air(expander, "VirtualTableG0").rows == 64


def test_airgroups_have_tables_of_their_own() -> None:
    expander = expanded(
        f"{TABLES} airgroup G {{ virtual T(40, 7, 1, 0) alias A; }} "
        "airgroup H { virtual T(40, 8, 1, 0) alias B; }"
    )

    made = [builder for builder in expander.airs if builder.is_library]
    assert [(b.name, b.airgroup, b.messages[0].bus) for b in made] == [
        ("VirtualTableG0", "G", 7),
        ("VirtualTableH0", "H", 8),
    ]


def test_columns_can_be_collected_by_hand() -> None:
    expander = expanded("""
        airtemplate T(const int N = 32) { col fixed A = [0..31]; collect_virtual_table(7, table_cols: [A]); }
        airgroup G { virtual T(); }
    """)

    assert tuples(expander) == {(7, row) for row in range(32)}


def test_a_table_of_tuples_of_another_width_is_dynamic() -> None:
    expander = expanded("""
        airtemplate T(const int N = 32) {
            col fixed A = [0..31]; lookup_proves(7, [A], surname: PIOP_SURNAME_DYNAMIC);
        }
        airgroup G { virtual T(); }
    """)

    assert air(expander, "VirtualTableG0").messages[0].is_dynamic


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_packed_just_the_tuples_of_the_tables_are_proven(seed: int) -> None:
    choose = random.Random(seed)
    made = [
        (choose.randint(1, 150), opid, choose.randint(1, 5), choose.randint(0, 10**6))
        for opid in range(choose.randint(1, 9))
    ]
    airs, bits = choose.randint(1, 4), choose.randint(5, 9)
    settings = f"set_num_virtual_tables({airs}); set_max_bits_virtual_tables({bits});"
    calls = " ".join(f"virtual T({n}, {opid}, {w}, {first}) alias T{opid};" for n, opid, w, first in made)

    expander = packed(settings + calls)

    wanted = {
        (opid, *(first + 1000 * i + row for i in range(w))) for n, opid, w, first in made for row in range(n)
    }
    # Narrow tuples have zeros behind them where they share columns with wider ones.
    assert {trim(one) for one in tuples(expander)} == {trim(one) for one in wanted}


def trim(one: tuple[int, ...]) -> tuple[int, ...]:
    """Without zeros at the end."""
    while len(one) > 2 and one[-1] == 0:
        one = one[:-1]
    return one


def test_a_large_table_is_packed_into_columns_side_by_side() -> None:
    expander = expanded("""
        airtemplate T(const int N = 2**20 + 1) { col fixed A = [0..2**20]; lookup_proves(7, [A]); }
        airgroup G { set_max_bits_virtual_tables(18); virtual T(); }
    """)

    table = air(expander, "VirtualTableG0")
    assert (table.rows, len(table.messages)) == (1 << 18, 5)
    assert list(table.fixed[3].values or ())[-1] == 2**20 - 1


def test_the_padding_of_packed_tables_is_not_warned_of() -> None:
    compiled = compile_source(f"""{TABLES}
        airtemplate User(const int N = 64) {{
            col witness x;
            lookup_assumes(1, [x]);
            lookup_assumes(2, [x, x + 1000]);
        }}
        airgroup G {{
            set_max_num_virtual_tables(1);
            virtual T(40, 1, 1, 0) alias A;
            virtual T(40, 2, 2, 0) alias B;
            User();
        }}
    """)

    widths = {len(message.values) for message in compiled.authored[-1].messages}
    assert widths == {2}
    assert Code.PADDED not in [warning.code for warning in compiled.warnings]
