"""Rules under which one input could have two runs are refused, by whoever reads or makes them."""

from dataclasses import replace

import pytest

from zisk_py.errors import InputError
from zisk_py.isa.memory_map import ENVIRONMENT_WORD, HIDDEN_KEY, MAX_ENVIRONMENT_BYTES, RegionKind
from zisk_py.isa.rules import ENVIRONMENT_RULE, Claim, Quantity, RegionRule, RegisterRule, Rules

STACK = RegionRule(RegionKind.ZERO, 0x1_0000, 0x4000, writable=True, gapped=True)
INPUT = RegionRule(RegionKind.INPUT, 0x2_0000, Quantity.INPUT_LENGTH, writable=True)
RULES = Rules("ebpf", 1, 0, (STACK, INPUT), (RegisterRule(1, 5), RegisterRule(2, 0, Quantity.INPUT_LENGTH)))
PUBLIC = Claim(input_length=20, public_input=bytes(20))
AMBIGUOUS = {
    "two rules for a register": {"registers": (RegisterRule(1, 5), RegisterRule(1, 6))},
    "a gapped region that is read-only": {"regions": (replace(STACK, writable=False), INPUT)},
    "two gapped regions": {"regions": (STACK, replace(STACK, address=0x8_0000), INPUT)},
    "two environments": {"regions": (ENVIRONMENT_RULE, INPUT, ENVIRONMENT_RULE)},
    "an environment of a fixed size": {"regions": (replace(ENVIRONMENT_RULE, size=8),)},
    "an environment with an address": {"regions": (replace(ENVIRONMENT_RULE, address=8),)},
    "an environment that is read-only": {"regions": (replace(ENVIRONMENT_RULE, writable=False),)},
    "an environment with gaps": {"regions": (replace(ENVIRONMENT_RULE, gapped=True),)},
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


READER = replace(RULES, regions=(ENVIRONMENT_RULE, *RULES.regions))


def test_the_environment_is_the_last_region_and_has_no_address():
    regions = READER.start_regions(Claim(0, environment=bytes(24)))
    (last,) = [region for region in regions if region.kind is RegionKind.ENVIRONMENT]
    assert regions[-1] is last
    assert (last.start, last.num_words) == (HIDDEN_KEY + ENVIRONMENT_WORD, 3)
    assert last.whole_attribute == last.last_attribute == 1
    assert regions[:-1] == RULES.start_regions(Claim(0)) == READER.start_regions(Claim(0))


@pytest.mark.parametrize("size", [1, 7, 12, MAX_ENVIRONMENT_BYTES + 8])
def test_an_environment_is_of_whole_words_and_not_too_long(size: int):
    with pytest.raises(InputError, match=f"the environment has {size} bytes"):
        READER.start_regions(Claim(0, environment=bytes(size)))


def test_an_environment_that_the_program_does_not_read_is_refused():
    with pytest.raises(InputError, match="reads no environment"):
        RULES.start_regions(Claim(0, environment=bytes(8)))
