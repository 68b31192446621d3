"""A step that is corrupted while the witness is made gives a refused witness, or changes nothing.

    pytest tests/attacks/test_fault_injection.py -s            (about 200 corruptions)
    pytest tests/attacks/test_fault_injection.py -s -m slow    (over 10,000)

Every corruption is judged as a proof would be: constraints, buses, tables, and what the statement says. The
honest run is accepted; a corrupted one that differs from it in more than free cells must be refused.
"""

from collections import Counter
from dataclasses import replace

import pytest

from attack_faults import (
    ONLY,
    Fate,
    Fault,
    Site,
    Way,
    build,
    failing_emulator,
    fate,
    faults,
    input_of,
)
from attack_runs import Run, run_of
from forged_runs import ForgedRun
from zisk_py.errors import ZiskError

QUICK = ("packet filter", "token transfer", "store out of bounds", "loop", "division by zero")
MANY = {**dict.fromkeys(QUICK, 3000), "random program in segments": 500, "vault": 100}


def try_all(run: Run, count: int, seed: int) -> Counter[Fate]:
    """The fates of random corruptions, with what refused them; one that is accepted fails."""
    fates: Counter[Fate] = Counter()
    by: dict[Fate, Counter[str]] = {what: Counter() for what in Fate}
    accepted = []
    for fault in faults(run, count, seed):
        what, why = fate(run, fault)
        fates[what] += 1
        by[what].update(why)
        assert bool(why) == (what in (Fate.REFUSED, Fate.IMPOSSIBLE)), fault
        if what is Fate.ACCEPTED:
            accepted.append(fault)
    print(f"\n{count} corruptions: " + ", ".join(f"{n} {what.value}" for what, n in fates.items()))
    for what in (Fate.REFUSED, Fate.IMPOSSIBLE):
        print(f"{what.value}: " + ", ".join(f"{name} ({n})" for name, n in by[what].most_common()))
    assert accepted == []
    return fates


def assert_counts(fates: Counter[Fate], count: int) -> None:
    """Every corruption is counted once, and most do change a witness that can be made."""
    assert fates.total() == count
    assert fates[Fate.ACCEPTED] == 0
    assert fates[Fate.REFUSED] > count // 2


@pytest.mark.parametrize("name", QUICK)
def test_a_corrupted_step_is_refused_or_changes_nothing(name):
    assert_counts(try_all(run_of(name), 40, QUICK.index(name)), 40)


@pytest.mark.slow
@pytest.mark.parametrize("name", MANY)
def test_over_ten_thousand_corrupted_steps_are_refused_or_change_nothing(name):
    assert sum(MANY.values()) > 10_000
    assert_counts(try_all(run_of(name), MANY[name], 1000 + len(name)), MANY[name])


@pytest.mark.parametrize("site", Site, ids=lambda site: site.name.lower())
def test_every_site_in_every_way_can_be_refused(site):
    run = run_of("loop")
    for way in (Way.RUN, Way.EXPAND):
        if ONLY.get(site, way) is not way:
            continue
        found = (fate(run, Fault(way, site, step, step * 7917)) for step in range(8, 200))
        assert any(what is Fate.REFUSED for what, _ in found)


@pytest.mark.parametrize("way", [Way.RUN, Way.EXPAND], ids=lambda way: way.name.lower())
@pytest.mark.parametrize("name", ["loop", "store out of bounds"])
def test_a_run_whose_corrupted_step_never_comes_is_accepted(name, way):
    run = run_of(name)
    never = Fault(way, Site.CLOCK, run.execution.steps + 1, 1)
    assert fate(run, never) == (Fate.NOTHING, set())


@pytest.mark.parametrize(
    ("site", "texts"),
    [
        (Site.RESULT, ["trap) * (c0 - b0)", "trap) * (c1 - b1)"]),
        (Site.PC, ["(next_pc - pc - j2 - flag"]),
        (Site.UNITS, ["(units' - next_units)"]),
        (Site.OPERAND, ["a_immediate * (a0 - a_lo)", "b_immediate * (b0 - b_lo)"]),
    ],
    ids=lambda value: value.name.lower() if isinstance(value, Site) else "",
)
def test_without_the_constraint_that_refuses_it_a_corruption_is_accepted(site, texts):
    run = run_of("store out of bounds")
    weaker = run.without("Main", *texts)
    tried = [Fault(Way.RUN, site, step, 31 * step) for step in range(1, 41)]
    accepted = [fault for fault in tried if fate(weaker, fault)[0] is Fate.ACCEPTED]
    assert accepted
    assert {fate(run, fault)[0] for fault in accepted} == {Fate.REFUSED}


def test_what_is_accepted_with_a_private_input_is_an_honest_run_of_another_input():
    subject = replace(run_of("packet filter").subject, public=False)
    run, others = Run(subject), 0
    for fault in faults(run, 400, 5):
        if (fault.way, fault.site) != (Way.RUN, Site.MEMORY):
            continue
        what, _ = fate(run, fault)
        if what is not Fate.ACCEPTED:
            continue
        statement, segments = build(run, fault)
        data = input_of(run, segments)
        honest = Run(replace(subject, data=data)).statement
        assert data != subject.data
        assert statement == replace(honest, multiplicities=statement.multiplicities)
        others += 1
    assert others >= 1


def test_the_quick_judge_agrees_with_the_checker_and_a_fresh_tally():
    run = run_of("loop")
    subject, compared = run.subject, Counter()
    wanted = [fault for fault in faults(run, 60, 77) if fault.way is Way.RUN][:8]
    wanted.append(Fault(Way.RUN, Site.PC, run.execution.steps + 1, 1))
    for fault in wanted:
        try:
            statement, segments = build(run, fault)
        except ZiskError:
            continue
        quick = run.refusals(statement, segments)
        with failing_emulator(fault):
            forged = ForgedRun(subject.rom, subject.data, run.claim, subject.chunk_size)
        assert bool(forged.refusals()) == bool(quick)
        compared[bool(quick)] += 1
    assert compared[True] >= 3
    assert compared[False] >= 1
