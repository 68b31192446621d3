"""Constants, settings, small helps, and the names by which parameters go."""

import pytest

from library_programs import air, body, expanded, values
from zisk_py.field.goldilocks import P
from zisk_py.pil import compiler
from zisk_py.pil.errors import Code, PilError
from zisk_py.pil.expander.graph import text
from zisk_py.pil.library.aliases import ALIASES
from zisk_py.pil.library.constants import CONSTANTS, SETTINGS
from zisk_py.pil.library.settings import SETTERS, SWITCHES
from zisk_py.pil.loader import STANDARD


@pytest.mark.parametrize(
    "fact",
    [
        "P2_1 == 2",
        "P2_64 == 2**64",
        "MASK_16 == 65535",
        "PIOP_NAME_RANGE_CHECK == 3",
        "PIOP_SURNAME_DYNAMIC == 2",
        "PIOP_BUS_PROD == 2",
        "STD_MODE_ONE_INSTANCE == 1",
        "k_coset == 12275445934081160404",
        "GEN[0] == 1",
        "GEN[1] == PRIME - 1",
        "GEN[32]**(2**31) % PRIME == PRIME - 1",
        "length(GEN) == 33",
        "2 * ONE_HALF % PRIME == 1",
        "MAX_RANGE_LEN == (PRIME - 1) / 2",
        'get_piop_name(PIOP_NAME_CONNECTION) == "Connection"',
        'get_piop_name(0) == ""',
        'get_piop_surname(PIOP_SURNAME_ISOLATED) == "Isolated"',
    ],
)
def test_constants_are_known_everywhere(fact: str) -> None:
    fact = fact.replace("GEN[32]**(2**31) % PRIME", str(pow(_generator(), 2**31, P)))

    expanded(f"assert({fact}); function f() {{ assert({fact}); }} f();")


def _generator() -> int:
    generators = CONSTANTS["GEN"]
    assert isinstance(generators, list)
    return generators[32]


@pytest.mark.parametrize("name", sorted(STANDARD))
def test_files_of_the_library_need_not_be_there(name: str) -> None:
    assert expanded(f'require "{name}"; include "{name}"').airs == []


@pytest.mark.parametrize("name", ["P2_8", "GEN", "STD_MODE"])
def test_a_program_can_have_names_of_the_library_for_itself(name: str) -> None:
    expanded(f"const int {name} = 3; assert({name} == 3);")


@pytest.mark.parametrize("name", sorted(SETTERS))
def test_a_setter_sets_within_its_bounds(name: str) -> None:
    setter = SETTERS[name]

    expanded(f"{name}({setter.lowest}); assert({setter.setting} == {setter.lowest});")
    for wrong in (setter.lowest - 1, setter.highest + 1):
        with pytest.raises(PilError) as caught:
            compiler.compile_source(f"{name}({wrong});")
        assert caught.value.code == Code.LIMIT


@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_a_switch_switches_on(name: str) -> None:
    settings = SWITCHES[name]

    before = " ".join(f"assert({setting} == 0);" for setting in settings)
    expanded(f"{before} {name}(); {before.replace('== 0', '== 1')}")


def test_settings_and_constants_are_apart() -> None:
    assert not CONSTANTS.keys() & SETTINGS.keys()
    assert {setter.setting for setter in SETTERS.values()} | {
        s for all_ in SWITCHES.values() for s in all_
    } == (SETTINGS.keys())


def test_columns_that_many_need_are_made_once() -> None:
    expander = body("""
        const expr L1 = get_L1(); L1 * a === 0; get_L1() * b === 0;
        const expr row = get_ROW_INDEX(); row * a === 0; get_ROW_INDEX() * b === 0;
    """)

    builder = air(expander, "A")
    assert [column.name for column in builder.fixed] == ["__L1__", "__ROW_INDEX__"]
    assert values(builder, "__L1__") == [1] + [0] * 63
    assert values(builder, "__ROW_INDEX__") == list(range(64))


def test_the_first_row_is_known_where_the_height_is_chosen_per_run() -> None:
    expander = expanded("airtemplate A() { col witness a; get_L1() * a === 0; } airgroup G { A(); }")

    assert text(air(expander, "A").claims[0].node) == "__L1__ * a"


def test_tuples_are_compressed_with_powers_of_a_challenge() -> None:
    expander = body("assert_eq(compress_exprs(7, []), 7); col witness c; c === compress_exprs(b, [a, s]);")

    (claim,) = air(expander, "A").claims
    assert text(claim.node) == "c - ((s * std_alpha + a) * std_alpha + b)"
    assert expander.challenges == ["std_alpha"]


def test_the_challenge_of_a_program_is_the_one_that_compresses() -> None:
    expander = body("col witness c; c === compress_exprs(1, [a]);", before="challenge stage(2) std_alpha;")

    assert expander.challenges == ["std_alpha"]


@pytest.mark.parametrize(
    "call",
    [
        "lookup_assumes(1, e: [a])",
        "lookup_proves(1, expressions: [a], mul: s)",
        "lookup_proves(1, expression: [a])",
        "range_check(e: a, min: 0, max: 99)",
        "range_check(expression: a, min: 0, max: 99)",
        "range_check(expressions: a, min: 0, max: 99)",
        "range_check_group(e: [a], min: 0, max: 99, sels: [s])",
        "multi_range_check(e: a, min1: 0, max1: 99, min2: 0, max2: 9, range_sel: s)",
        "direct_update(1, e: [v])",
        "connection_init(1, [a], frame_size: 64); connection_connect(1)",
        "connection_init(1, [a]); connection_update_one_cell(1, [a, 0, a, 1], frame: 2); "
        "connection_connect(1)",
    ],
)
def test_parameters_go_by_the_names_of_both_versions(call: str) -> None:
    assert air(body(f"{call};"), "A").messages


@pytest.mark.parametrize("name", ["sele", "expresions"])
def test_a_name_of_no_version_is_an_error(name: str) -> None:
    with pytest.raises(PilError) as caught:
        body(f"lookup_assumes(1, [a], {name}: 1);")

    assert name not in ALIASES
    assert caught.value.code == Code.ARGUMENTS
