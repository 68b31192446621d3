"""Forgeries that the search has found, kept so that the tests need not search again.

One file per air, `found/<air>.json`: for each rule, by its text in the .pil and its number among the rules of
that text, the case and the changed cells by name. Where a record no longer shows its rule, the test searches
anew; the slow test does so for all, and `write` keeps what was found.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from forgeries.rules import Rule, rules_of
from forgeries.search import AIR_VALUES, Forgery

from zisk_py.pil.system import Air

FOLDER = Path(__file__).parent / "found"


def rule_keys(air: Air) -> dict[str, Rule]:
    """Rules by their text, with a number where several have the same (a loop in the .pil)."""
    rules = rules_of(air)
    total = Counter((rule.is_interaction, rule.text(air)) for rule in rules)
    seen: Counter[tuple[bool, str]] = Counter()
    found = {}
    for rule in rules:
        name = rule.is_interaction, rule.text(air)
        suffix = f" #{seen[name]}" if total[name] > 1 else ""
        boolean = " (its multiplicity is boolean)" if not rule.is_interaction and "BUS_" in name[1] else ""
        found[f"{name[1]}{suffix}{boolean}"] = rule
        seen[name] += 1
    return found


def read(air: Air) -> dict[Rule, Forgery]:
    """The forgeries that are kept for an air, but for those of rules, columns or cases that are gone."""
    path = FOLDER / f"{air.name}.json"
    kept = json.loads(path.read_text()) if path.is_file() else {}
    keys = rule_keys(air)
    columns = {column.name: index for index, column in enumerate(air.columns)}
    found = {}
    for key, fields in kept.items():
        try:
            cells = tuple(
                ((row, air.air_values.index(name) if row == AIR_VALUES else columns[name]), value)
                for row, name, value in fields["cells"]
            )
            found[keys[key]] = Forgery(fields["case"], keys[key], cells, fields["lies"])
        except (KeyError, ValueError):
            continue  # the .pil has changed: a new one is to be found
    return found


def write(air: Air, forgeries: Iterable[Forgery]) -> None:
    """Keep forgeries, in the order of the rules."""
    by_rule: Mapping[Rule, Forgery] = {forgery.rule: forgery for forgery in forgeries}
    fields = {}
    for key, rule in rule_keys(air).items():
        if rule in by_rule:
            forgery = by_rule[rule]
            cells = [
                [row, air.air_values[column] if row == AIR_VALUES else air.columns[column].name, value]
                for (row, column), value in forgery.cells
            ]
            fields[key] = {"case": forgery.case, "lies": forgery.lies, "cells": cells}
    FOLDER.mkdir(exist_ok=True)
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in fields.items()]
    (FOLDER / f"{air.name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
