"""`Tables.*` of rows of fixed columns, and what `Tables.analyze` finds in them."""

import pytest
from tests.language_programs import in_air, run

from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.expander.table_analysis import PARTITION

# A sequence of 32 rows, and the type, params and cycle that it has; None: the question is refused.
SHAPES = {
    "a constant": ("[7...]", 1, [7], None),
    "a sequence": ("[5, 8..+..]", 2, [5, 3], None),
    "a sequence downwards": ("[31..0]", 2, [31, -1], None),
    "a sequence across 0": ("[-16..15]", 2, [0xFFFFFFFF00000001 - 16, 1], None),
    "a cycle": ("[4, 7, 10, 13]:8", 4, [4], [4, 8, 3]),
    "a cycle of two": ("[9, 2]:16", 4, [9], [2, 16, -7]),
    "halves": ("[1:16, 2:16]", 0, None, None),
    "a cycle that is not whole": ("[1, 2, 3]...", 0, None, None),
    "a cycle with an error": ("[[1, 2, 3, 4]:7, 1, 2, 3, 5]", 0, None, None),
    "anything": ("[[3, 1, 4, 1, 5, 9, 2, 6]:4]", 0, None, None),
}


@pytest.mark.parametrize(("sequence", "shape", "params", "cycle"), SHAPES.values(), ids=SHAPES)
def test_a_shape_is_found(
    sequence: str, shape: int, params: list[int] | None, cycle: list[int] | None
) -> None:
    start = f"col fixed F = {sequence}; const int id = Tables.analyze(F);"
    assert not run(in_air(f"{start} assert_eq(Tables.get_analyzed_type(id), {shape});")).errors
    for part, values in (("params", params), ("cycle", cycle), ("partitions", None)):
        if values is None:
            with pytest.raises(PilError) as refused:
                run(in_air(f"{start} const int x[] = Tables.get_analyzed_{part}(id);"))
            assert refused.value.code == Code.TABLE
        else:
            asked = f"const int x[{len(values)}] = Tables.get_analyzed_{part}(id);"
            checks = "".join(f"assert_eq(x[{i}], {value});" for i, value in enumerate(values))
            assert not run(in_air(f"{start} {asked} {checks}")).errors


PROGRAMS = {
    "the rows that were asked for": """
        col fixed F = [0..31]; const int id = Tables.analyze(F, 4, 3);
        const int s[2] = Tables.get_analyzed_size(id);
        const int r[2] = Tables.get_analyzed_range_values(id); assert_eq(s[0], 4); assert_eq(s[1], 3);
        assert_eq(r[0], 4); assert_eq(r[1], 6); assert_eq(Tables.get_analyzed_bits(id), 3);""",
    "one row is a constant": """
        col fixed F = [0..31]; assert_eq(Tables.get_analyzed_type(Tables.analyze(F, 31)), 1);""",
    "analyses are apart": """
        col fixed F = [0..31]; const int a = Tables.analyze(F, 0, 1); const int b = Tables.analyze(F);
        assert_eq(Tables.get_analyzed_type(a), 1); assert_eq(Tables.get_analyzed_type(b), 2);""",
    "signatures are those of the functions": """
        col fixed F = [3, 1, 4, 1, 5, 9, 2, 6]:4; const int id = Tables.analyze(F, 2, 9);
        assert_eq(Tables.get_analyzed_signature(id), Tables.signature(F, 2, 9));
        assert_eq(Tables.get_analyzed_comparative_signature(id), Tables.comparative_signature(F, 2, 9));""",
    "rows are constant": """
        col fixed F = [1:4, 2...]; assert(Tables.is_constant(F, 0, 4)); assert(!Tables.is_constant(F, 3, 2));
        assert(Tables.is_constant(F, 4)); assert(Tables.is_constant(F, 2, 0));""",
    "rows are a sequence of that step": """
        col fixed F = [0..15, 5...]; assert(Tables.is_sequence(F, 0, 16, 1));
        assert(!Tables.is_sequence(F, 0, 16, 2));
        assert(Tables.is_sequence(F, 16, delta: 0)); assert(!Tables.is_sequence(F));""",
    "rows are equal": """
        col fixed F = [0..15]:2; assert(Tables.are_equals(F, 2, F, 18, 14));
        assert(!Tables.are_equals(F, 2, F, 17, 9));
        assert(!Tables.are_equals(F, 0, F, 16)); assert(Tables.are_equals(F, 3, F, 9, 0));""",
    "rows are others, rotated": """
        col fixed F = [1, 2, 4, 8, 0...]; col fixed G = [14, 18, 11, 12, 0...];
        assert_eq(Tables.compatible_offset(F, 0, G, 0, 4), 2);
        assert_eq(Tables.compatible_offset(F, 0, G, 1, 4), -1);
        assert_eq(Tables.comparative_signature(F, 0, 4), Tables.comparative_signature(G, 0, 4));""",
}


@pytest.mark.parametrize("body", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_holds(body: str) -> None:
    assert not run(in_air(body)).errors


def test_the_fewest_constant_partitions_are_told() -> None:
    body = f"""
        col fixed F = [5:2 * {PARTITION}, 9:2 * {PARTITION}]; const int id = Tables.analyze(F);
        const int parts[2] = Tables.get_analyzed_partitions(id); assert_eq(Tables.get_analyzed_type(id), 3);
        assert_eq(parts[0], 5); assert_eq(parts[1], 9);
        const int none = Tables.analyze(F, 1, 2 * {PARTITION});
        assert_eq(Tables.get_analyzed_type(none), 0);"""
    assert not run(in_air(body, 4 * PARTITION)).errors


WRONG = {
    "rows that are not there": ("Tables.is_constant(F, 30, 3)", Code.FIXED),
    "a row before the first": ("Tables.signature(F, -1, 2)", Code.FIXED),
    "a row behind the last": ("Tables.signature(F, 33)", Code.FIXED),
    "no rows to analyze": ("Tables.analyze(F, 3, 0)", Code.FIXED),
    "an analysis that is not there": ("Tables.get_analyzed_type(0)", Code.TABLE),
    "a number for a column": ("Tables.analyze(3)", Code.TYPE),
}


@pytest.mark.parametrize(("call", "code"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_is_refused(call: str, code: Code) -> None:
    with pytest.raises(PilError) as refused:
        run(in_air(f"col fixed F = [0..31]; const int x = {call};"))
    assert refused.value.code == code
