"""Rules under which one input could have two runs are refused, by whoever reads or makes them."""

from dataclasses import replace

import pytest

from zisk_py.errors import InputError
from zisk_py.isa.memory_map import RegionKind
from zisk_py.isa.rules import Claim, Quantity, RegionRule, RegisterRule, Rules

STACK = RegionRule(RegionKind.ZERO, 0x1_0000, 0x4000, writable=True, gapped=True)
INPUT = RegionRule(RegionKind.INPUT, 0x2_0000, Quantity.INPUT_LENGTH, writable=True)
RULES = Rules("ebpf", 1, 0, (STACK, INPUT), (RegisterRule(1, 5), RegisterRule(2, 0, Quantity.INPUT_LENGTH)))
PUBLIC = Claim(input_length=20, public_input=bytes(20))
AMBIGUOUS = {
    "two rules for a register": {"registers": (RegisterRule(1, 5), RegisterRule(1, 6))},
    "a gapped region that is read-only": {"regions": (replace(STACK, writable=False), INPUT)},
    "two gapped regions": {"regions": (STACK, replace(STACK, address=0x8_0000), INPUT)},
    "two inputs": {"regions": (INPUT, replace(INPUT, address=0x8_0000))},
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_ambiguous_rules_are_refused_when_made_and_when_read(name: str, monkeypatch: pytest.MonkeyPatch):
    assert Rules.from_json(RULES.to_json()) == RULES
    with pytest.raises(InputError):
        replace(RULES, **AMBIGUOUS[name])
    with monkeypatch.context() as patch:
        patch.setattr(Rules, "__post_init__", lambda self: None)
        text = replace(RULES, **AMBIGUOUS[name]).to_json()
    with pytest.raises(InputError):
        Rules.from_json(text)


@pytest.mark.parametrize("size", [0, 8, 19, 21, 24])
def test_a_public_input_fills_its_region(size: int):
    assert RULES.start_regions(PUBLIC)
    rules = replace(RULES, regions=(STACK, replace(INPUT, size=size)))
    with pytest.raises(InputError, match="not as long as the public input"):
        rules.start_regions(PUBLIC)
    assert rules.start_regions(Claim(input_length=20))
