"""Each constraint and each interaction of every machine is needed: without it, something wrong is accepted.

For every rule of the compiled system there is one of three things.

A forgery    changed cells of an honest instance. Without the rule, all constraints hold, all lookups are
             found and what the instance consumes can be provided; with it, the instance is refused. The
             forged one then either says what is false (by the machine's contract, `forgeries/contracts.py`)
             or says what it said before from other cells: a tamper test passes wrongly.
A silence    of a message between machines: without it, the honest instance breaks its contract, or leaves
             those that wait for the message without it.
A reason     in docs/constraints.md, for the rules that others imply.

Rules are taken from the compiled system, so a new one is tested by being there.
"""

import random
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest
from forgeries import by_hand, records
from forgeries.honest import cases_of
from forgeries.rules import Rule, rules_of
from forgeries.search import AIR_VALUES, Bench, Case, Forgery, collect
from harness import Message, Sheet, evaluate

from zisk_py.field.goldilocks import P
from zisk_py.isa.rules import Rules
from zisk_py.pil.system import System
from zisk_py.pil.system_file import digest
from zisk_py.stark.errors import SystemRefused
from zisk_py.stark.key import VerifyingKey
from zisk_py.statemachines.buses import Bus
from zisk_py.statemachines.constraint_system import constraint_system, verifying_key
from zisk_py.statemachines.statement import ProgramHeader

DOCUMENT = Path(__file__).parents[2] / "docs" / "constraints.md"
SYSTEM = constraint_system()
RULES = {rule.name: rule for air in SYSTEM.airs for rule in rules_of(air)}
TRIES = 300  # of the search, for a rule whose kept forgery no longer shows it


def cases(template: str) -> list[Case]:
    """The honest sheets of a machine; none for a table, which has no witness but counts."""
    return [] if SYSTEM.air(template).fixed or SYSTEM.air(template).program else cases_of(template)


@lru_cache(maxsize=32)
def benches(template: str) -> dict[str, Bench]:
    """The sheets, ready to be changed."""
    return {case.name: Bench(case, random.Random(template)) for case in cases(template)}


@lru_cache(maxsize=32)
def kept(template: str) -> dict[Rule, Forgery]:
    """The kept forgeries."""
    return records.read(SYSTEM.air(template))


@lru_cache(maxsize=512)
def forgery_of(rule: Rule) -> Forgery | None:
    """A forgery that the rule alone refuses: the kept one, or one that is found now."""
    air = SYSTEM.air(rule.air)
    for known in (kept(rule.air).get(rule), by_hand.made(air, rule)):
        if known is not None and shows(known):
            return known
    others = {
        other: Forgery("", other, (), False) for other in rules_of(SYSTEM.air(rule.air)) if other != rule
    }
    return collect(cases(rule.air), TRIES, rule.name, others).get(rule) if cases(rule.air) else None


# ---- accepting, without the code of the search: the harness evaluates, node by node


def accepts(sheet: Sheet, case: Case, honest: Sheet, rows: list[int]) -> bool:
    """Whether these rows of a sheet hold, their lookups are found, and what they consume can be provided.

    What is consumed as on the honest sheet can be. What is given is another matter. A lookup in vain is no
    harm where another row takes it back: only sums stand on a bus.
    """
    in_vain: Counter[Message] = Counter()
    for row in rows:
        values, before = evaluate(sheet, row), evaluate(honest, row)
        if any(values[constraint.node] for constraint in sheet.air.constraints):
            return False
        for interaction in sheet.air.interactions:
            count = interaction.sign * values[interaction.multiplicity] % P
            said = tuple(values[node] for node in interaction.values)
            if count and interaction.bus in case.judge.tables:
                in_vain[interaction.bus, said] += count * (said not in case.judge.tables[interaction.bus])
            elif count and interaction.sign < 0:
                same = all(values[node] == before[node] for node in interaction.values)
                if not same and not case.judge.is_plausible(interaction.bus, said):
                    return False
    return not any(count % P for count in in_vain.values())


def is_wrong(forgery: Forgery) -> bool:
    """Whether the instance says what is false, or the same from other cells."""
    bench = benches(forgery.rule.air)[forgery.case]
    try:
        for place, value in forgery.cells:
            bench.change(place, value)
        words, changed = bench.words()
        changed |= any(row == AIR_VALUES for (row, _), _ in forgery.cells)
        return bench.breaks_contract(words) if changed else bool(forgery.cells)
    finally:
        bench.restore()


def shows(forgery: Forgery) -> bool:
    """Whether the forgery is accepted without its rule, refused with it, and wrong."""
    case = next((case for case in cases(forgery.rule.air) if case.name == forgery.case), None)
    if case is None:
        return False
    forged, rule = forgery.apply(case.sheet), forgery.rule
    rows = affected(forgery, len(case.sheet.rows))
    passes = accepts(without(forged, rule), case, without(case.sheet, rule), rows)
    return passes and not accepts(forged, case, case.sheet, rows) and is_wrong(forgery)


def affected(forgery: Forgery, height: int) -> list[int]:
    """The rows that read a changed cell."""
    if any(row == AIR_VALUES for (row, _), _ in forgery.cells):
        return list(range(height))
    return sorted({reader % height for (row, _), _ in forgery.cells for reader in (row, row - 1)})


def without(sheet: Sheet, rule: Rule) -> Sheet:
    """The same cells under an air without the rule."""
    changed = sheet.copy()
    changed.air = rule.remove(sheet.air)
    return changed


def is_between_machines(rule: Rule) -> bool:
    """Whether it is a message that no table answers."""
    if not rule.is_interaction:
        return False
    air = SYSTEM.air(rule.air)
    return all(air.interactions[rule.index].bus not in case.judge.tables for case in cases(rule.air))


def silence_is_noticed(rule: Rule) -> bool:
    """Whether an honest instance that does not say this breaks its contract, or no longer balances.

    What is given is taken by others (buses sum to zero on honest runs), so they are left without it.
    """
    for bench in benches(rule.air).values():
        spoken = [said[rule.index] for said in bench.honest]
        silent = [
            bench.judge.words([(0, ()) if index == rule.index else said for index, said in enumerate(row)])
            for row in bench.honest
        ]
        if any(count for count, _ in spoken):
            is_given = SYSTEM.air(rule.air).interactions[rule.index].sign > 0
            return is_given or bench.breaks_contract(silent)
    return False


# ---- the reasons


@lru_cache(maxsize=1)
def explained() -> dict[str, dict[str, str]]:
    """Air -> rule, as `records.rule_keys` writes it -> reason, from the lists of docs/constraints.md."""
    found: dict[str, dict[str, str]] = {}
    air = ""
    for line in DOCUMENT.read_text().replace("\n  ", " ").splitlines():
        if line.startswith("## "):
            air = line[3:].strip()
        item = re.match(r"- `(.+?)`: (.+)", line)
        if item:
            found.setdefault(air, {})[item[1]] = item[2]
    return found


def reason_for(rule: Rule) -> str | None:
    """The reason that is given for a rule, if any."""
    keys = records.rule_keys(SYSTEM.air(rule.air))
    return next((text for key, text in explained().get(rule.air, {}).items() if keys.get(key) == rule), None)


# ---- the tests


@pytest.mark.parametrize("name", RULES)
def test_without_a_rule_something_wrong_is_accepted(name: str) -> None:
    rule = RULES[name]
    if reason_for(rule) is not None:
        return
    if not cases(rule.air):
        # A table: nothing but it answers the bus, so without it no lookup is answered. What is counted is
        # consumed by the verifier, for each thing once.
        message = SYSTEM.air(rule.air).interactions[rule.index]
        bus, is_count = message.bus, message.bus == Bus.COUNT
        givers = [
            (air.name, m)
            for air in SYSTEM.airs
            for m in air.interactions
            if m.bus == bus and m.sign > 0 and (not is_count or m.names == message.names)
        ]
        assert len(givers) == 1
        takers = [m for air in SYSTEM.airs for m in air.interactions if m.bus == bus and m.sign < 0]
        assert bool(takers) != is_count
        return
    forgery = forgery_of(rule)
    if forgery is None and is_between_machines(rule):
        assert silence_is_noticed(rule)
        return
    assert forgery is not None, f"nothing shows that {rule.air} needs: {rule.text(SYSTEM.air(rule.air))}"
    assert shows(forgery)


@lru_cache(maxsize=1)
def key_and_id() -> tuple[bytes, str]:
    """The digest of the verifying key, and the id of some program under it."""
    key = verifying_key().digest
    return key, HEADER.id(key)


HEADER = ProgramHeader(Rules("test", 1, 0, (), ()), (), ())


@pytest.mark.parametrize("name", RULES)
def test_without_a_rule_the_key_and_the_ids_of_programs_are_others(name: str) -> None:
    rule = RULES[name]
    airs = tuple(rule.remove(air) if air.name == rule.air else air for air in SYSTEM.airs)
    changed = System(airs, SYSTEM.publics)
    assert digest(changed) != digest(SYSTEM)
    if len(rules_of(SYSTEM.air(rule.air))) == 1:
        with pytest.raises(SystemRefused, match="neither constraints nor interactions"):
            VerifyingKey(changed, verifying_key().fixed_cap)
        return
    key = VerifyingKey(changed, verifying_key().fixed_cap).digest
    assert key != key_and_id()[0]
    assert HEADER.id(key) != key_and_id()[1]


@pytest.mark.slow
@pytest.mark.parametrize("template", [air.name for air in SYSTEM.airs if cases(air.name)])
def test_the_search_finds_most_forgeries_again(template: str) -> None:
    found = collect(cases(template), TRIES, "again")
    assert len(found) > len(rules_of(SYSTEM.air(template))) // 2
    assert all(shows(forgery) for forgery in found.values())


def test_every_reason_is_of_a_rule_that_exists_and_that_no_forgery_shows() -> None:
    for name, reasons in explained().items():
        keys = records.rule_keys(SYSTEM.air(name))
        assert set(reasons) <= set(keys), f"docs/constraints.md explains what {name} does not have"
        for key in reasons:
            for known in (kept(name).get(keys[key]), by_hand.made(SYSTEM.air(name), keys[key])):
                assert known is None or not shows(known), (
                    f"{name}: {key} is explained, but a forgery shows it"
                )
