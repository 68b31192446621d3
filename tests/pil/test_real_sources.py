"""The bench on real PIL reads what another compiler made of the files, and says where ours differs."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from zisk_py.pil.compiler import compile_source

BENCH = Path(__file__).parents[2] / "bench" / "zisk_pil"

GENERATED = """
trace_row!(AddFixedRow<F> {
 CLK_0: F, __L1__: F,
});
pub type AddFixed<F> = GenericTrace<AddFixedRow<F>, 64, 0, 0>;

trace_row!(AddTraceRow<F> {
 a:[[u8; 2]; 3], carry:bit, step:ubit(40), mul:F,
});

pub type AddTrace<R> = GenericTrace<R, 64, 0, 0>;

trace_row!(AddRomTraceRow<F> {
 line: F, flags: F,
});
pub type AddRomTrace<F> = GenericTrace<AddRomTraceRow<F>, 64, 0, 0, 0>;

values!(AddAirValues<F> {
 last: [F; 2], im_direct: [FieldExtension<F>; 2],
});
values!(MinePublicValues<F> {
 root: [F; 4],
});
values!(MineProofValues<F> {
 enable: F,
});
pub const AIR_NAMES: &[(usize, usize, &str)] = &[
    (0, 0, "Add"),
];
"""

SAME = """
public root[4];
proofval enable;
enable * (1 - enable) === 0;
airtemplate Add(int N = 64) {
    commit stage(0) public(root) rom;
    col rom line;
    col rom flags;
    col fixed CLK_0 = [1, 0...];
    col witness bits(8) a[3][2];
    col witness bits(1) carry;
    col witness bits(40) step;
    col witness mul;
    airval last[2];
    carry * CLK_0 * (line - flags) === mul * last[0];
    direct_update_proves(1, [last[0]]);
    direct_update_assumes(1, [last[1]]);
}
airgroup G { Add(); }
"""


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Its modules, by name."""
    monkeypatch.syspath_prepend(BENCH)
    names = ("comparison", "generated", "sources")
    yield SimpleNamespace(**{name: import_module(name) for name in names})
    for name in names:
        del sys.modules[name]


def test_columns_have_shapes_and_bits(bench: SimpleNamespace) -> None:
    (air,) = bench.generated.parse(GENERATED).airs
    assert (air.name, air.number, air.rows) == ("Add", (0, 0), 64)
    columns = [(column.name, column.shape, column.bits) for column in air.columns]
    assert columns == [("a", (3, 2), 8), ("carry", (), 1), ("step", (), 40), ("mul", (), 0)]
    assert [column.name for column in (*air.fixed, *air.commits)] == ["CLK_0", "line", "flags"]
    assert [(value.name, value.shape) for value in air.air_values] == [("last", (2,))]
    assert air.direct == 2


def test_values_of_the_whole_proof_are_found(bench: SimpleNamespace) -> None:
    original = bench.generated.parse(GENERATED)
    assert [(value.name, value.size) for value in original.publics] == [("root", 4)]
    assert [(value.name, value.size) for value in original.proof_values] == [("enable", 1)]


@pytest.mark.parametrize(
    "text",
    ["", GENERATED.replace("bit,", "bits,"), GENERATED.replace("a:", "a;"), GENERATED.replace('"Add"', "0")],
)
def test_another_form_is_refused(bench: SimpleNamespace, text: str) -> None:
    with pytest.raises(ValueError, match=r"one type per air|unknown type|no column"):
        bench.generated.parse(text)


CHANGES = {  # what is changed in the PIL file, and what differs then
    ("N = 64", "N = 128"): ["Add: rows"],
    ("Add(); }", "Add() alias Plus; }"): ["airs"],
    ("bits(8) a[3][2]", "bits(8) a[2][3]"): ["Add: columns"],
    ("bits(40)", "bits(39)"): ["Add: columns"],
    ("col witness mul;", "col witness mul; col witness more;"): ["Add: columns"],
    ("airval last[2];", "airval last[2]; airval more;"): ["Add: air values"],
    ("direct_update_proves(1, [last[0]]);", ""): ["Add: direct messages"],
    ("col rom flags;", "col rom flags; col rom more;"): ["Add: committed columns"],
    ("CLK", "TICK"): ["Add: fixed columns"],
    ("public root[4];", "public root[4]; public more;"): ["publics"],
    ("proofval enable;", "proofval enable; proofval more;"): ["proof values"],
    ("", ""): [],
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_differs_is_named(bench: SimpleNamespace, change: tuple[str, str]) -> None:
    compiled = compile_source(SAME.replace(*change))
    found = bench.comparison.differences(compiled, bench.generated.parse(GENERATED))
    assert [text.rpartition(":")[0] for text in found] == CHANGES[change]


def test_a_crate_with_another_digest_is_refused(bench: SimpleNamespace, tmp_path: Path) -> None:
    sources = bench.sources
    (tmp_path / f"{sources.MAIN_CRATE}-{sources.VERSION}.crate").write_bytes(b"another")
    with pytest.raises(
        sources.SourceError, match=r"crate zisk-pil .* has the digest [0-9a-f]{64}, not 081a7f"
    ):
        sources.fetch(tmp_path)
