"""The forms of a report: JSON that is described, a page that needs nothing else, colours, Jupyter."""

import json
import re
from html.parser import HTMLParser
from io import StringIO

import pytest
from rich.console import Console

from report_systems import FAILURES, SUBJECTS, Witness, report_of
from zisk_py import pil
from zisk_py.pil.authoring import report_json
from zisk_py.pil.authoring.report_model import Excerpt, ExcerptLine, Report
from zisk_py.pil.authoring.report_text import STYLES, headline, lines

REPORTS = [*FAILURES, *(f"honest {name}" for name in SUBJECTS)]
VOID = {"meta"}


def made(name: str) -> Report:
    return report_of(name) if name in FAILURES else pil.check(SUBJECTS[name.removeprefix("honest ")].trace())


class Page(HTMLParser):
    """Follows which tags are open, and collects texts, tags, classes and marked cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.cells: dict[str, list[str]] = {}
        self._class = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self._class = dict(attrs).get("class") or ""
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self._class = ""

    def handle_data(self, data):
        self.texts.append(data)
        self.cells.setdefault(self._class, []).append(data)


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_is_well_formed_and_needs_nothing_else(name):
    text = made(name).to_html()
    page = Page(text)

    assert text.startswith("<!DOCTYPE html>")
    assert not {tag for tag, _, _ in page.attributes} & {"script", "link", "img", "iframe", "a"}
    assert not re.search(r"https?:|//|url\(|@import|\bon\w+=", text)
    assert headline(made(name)) in page.texts
    assert "prefers-color-scheme: dark" in text


def test_the_page_marks_the_cells_that_are_read_on_the_failing_row():
    page = Page(report_of("wrong_cell").to_html())

    assert {"13", "77"} <= set(page.cells["read"])
    assert any(tag == "tr" and value == "failing" for tag, _, value in page.attributes)


def test_the_page_marks_the_values_that_differ_from_the_nearest():
    page = Page(report_of("wrong_pair").to_html())

    assert {"404670", "1"} <= set(page.cells["differs"])


def test_texts_are_escaped():
    report = report_of("wrong_cell")
    (first, *_) = report.constraints
    hostile = '<script>alert(1)</script> & "x"'
    excerpt = Excerpt(hostile, (ExcerptLine(1, hostile, 3, 9),), (hostile,))
    changed = type(first)(hostile, hostile, excerpt, hostile, 1, ((0, 0),), 1, first.rows)
    text = Report(report.airs, (changed,), (), 1, 1, 0, 0).to_html()

    assert "<script" not in text
    assert hostile in "".join(Page(text).texts)


@pytest.mark.parametrize("name", REPORTS)
def test_jupyter_shows_the_page_without_its_frame(name):
    fragment = made(name)._repr_html_()

    Page(fragment)
    assert fragment in made(name).to_html()
    assert "<html" not in fragment


@pytest.mark.parametrize("name", REPORTS)
def test_a_terminal_shows_the_same_text_in_colours(name):
    out = StringIO()
    Console(file=out, force_terminal=True, color_system="standard", width=300).print(made(name))

    plain = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert [line.rstrip() for line in plain.splitlines()] == str(made(name)).splitlines()
    assert "\x1b[" in out.getvalue()


@pytest.mark.parametrize("name", REPORTS)
def test_every_role_has_a_style(name):
    assert {role for line in lines(made(name)) for _, role in line} <= set(STYLES)


VALUE = (str, list)
SENDER = {"instance": str, "row": (int, type(None)), "verb": str, "times": int, "place": str, "text": str}
FORM = {
    "format": str,
    "version": int,
    "ok": bool,
    "constraints": {"checked": int, "failed": int},
    "messages": {"sent": int, "unmatched_tuples": int},
    "instances": [
        {"label": str, "rows": int, "columns": int, "constraints": int, "failed": int, "is_library": bool}
    ],
    "missing_airs": [[str]],
    "failures": [
        {
            "instance": str,
            "text": str,
            "note": str,
            "place": str,
            "expansions": [str],
            "source": [{"number": int, "text": str, "start": int, "width": int}],
            "num_rows": int,
            "ranges": [[int]],
            "num_ranges": int,
            "rows": [
                {
                    "row": int,
                    "left": {"text": str, "value": VALUE},
                    "right": {"text": str, "value": VALUE},
                    "cells": [{"name": str, "offset": int, "row": (int, type(None)), "value": VALUE}],
                    "steps": [{"depth": int, "text": str, "value": VALUE}],
                    "window": {
                        "columns": [str],
                        "rows": [
                            {
                                "number": int,
                                "offset": int,
                                "is_failing": bool,
                                "values": [VALUE],
                                "is_read": [bool],
                            }
                        ],
                    },
                }
            ],
        }
    ],
    "unmatched": [
        {
            "bus": int,
            "bus_name": str,
            "values": [{"name": str, "value": VALUE}],
            "proven": int,
            "assumed": int,
            "explanation": str,
            "senders": [SENDER],
            "num_senders": int,
            "nearest": {"values": [VALUE], "differs": [int], "sender": SENDER},
        }
    ],
}


def conform(data: object, form: object, where: str = "report") -> None:
    """Assert that data has exactly the names and types of a form; what is a dict may also be None."""
    if isinstance(form, dict):
        if data is None and where.endswith("nearest"):
            return
        assert isinstance(data, dict), where
        assert list(data) == list(form), where
        for name, inner in form.items():
            conform(data[name], inner, f"{where}.{name}")
    elif isinstance(form, list):
        assert isinstance(data, list), where
        for item in data:
            conform(item, form[0], f"{where}[]")
    else:
        assert isinstance(data, form), where


@pytest.mark.parametrize("name", REPORTS)
def test_the_json_has_the_form_that_is_described(name):
    report = made(name)
    data = json.loads(report.to_json())

    conform(data, FORM)
    assert (data["format"], data["version"]) == (report_json.FORMAT, report_json.VERSION)
    assert data["ok"] == report.ok
    assert len(data["failures"]) == len(report.constraints)
    assert json.loads(report.to_json(indent=None)) == data


def names_in(form: object) -> set[str]:
    if isinstance(form, dict):
        return set(form).union(*map(names_in, form.values()))
    return set().union(*map(names_in, form)) if isinstance(form, list) else set()


def test_every_name_in_the_json_is_described():
    words = set(re.findall(r"\w+", report_json.__doc__ or ""))

    assert names_in(FORM) - words == set()


def test_values_are_strings_nearest_to_zero():
    def change(witness: Witness) -> None:
        witness["Steps"]["y"][0] = -3

    data = json.loads(pil.check(SUBJECTS["machines"].trace(change)).to_json())

    assert data["unmatched"][0]["values"] == [{"name": "y", "value": "-3"}]


TWO = """
const int PAIRS = 5;
airtemplate Asks(const int N = 32) { col witness a; permutation_assumes(PAIRS, [a]); }
airtemplate Answers(const int N = 32) { col witness b, sel; permutation_proves(PAIRS, [b], sel); }
airgroup Example { Asks(); Answers(); }
"""


def test_an_air_without_which_there_is_no_proof_is_missed_in_every_form():
    system = pil.compile(TWO)
    nothing = {"Answers": {"b": [0] * 32, "sel": [0] * 32}}
    report = pil.check(system.trace(nothing))

    assert not report.ok
    assert report.missing == (("Asks",),)
    sentence = "Asks has no instance; a proof needs one"
    assert str(report).startswith(f"1 air is missing\n\nair {sentence}")
    assert json.loads(report.to_json())["missing_airs"] == [["Asks"]]
    assert any(sentence in text for text in Page(report.to_html()).texts)
    assert pil.check(system.trace(nothing | {"Asks": {"a": [0] * 32}})).missing == ()


CIRCLE = """
airtemplate Asks(const int N = 32) {
    col witness a, sel; permutation_assumes(5, [a], sel); permutation_proves(6, [a], sel);
}
airtemplate Answers(const int N = 32) {
    col witness b, sel; permutation_proves(5, [b], sel); permutation_assumes(6, [b], sel);
}
airtemplate Other(const int N = 32) { col witness c; c * (c - 1) === 0; }
airgroup Example { Asks(); Answers(); Other(); }
"""


def test_of_airs_that_call_each_other_one_will_do():
    report = pil.check(pil.compile(CIRCLE).trace({"Other": {"c": [0] * 32}}))

    assert report.missing == (("Asks", "Answers"),)
    assert "air Asks or Answers has no instance" in str(report)


def test_the_interpreter_shows_the_text():
    report = report_of("wrong_cell")

    assert repr(report) == str(report)


def test_what_fuzzing_found_is_a_text_in_jupyter_too():
    system = pil.compile("airtemplate A(const int N = 32) { col witness x; x === 3; } airgroup G { A(); }")
    found = pil.fuzz(system.trace({"A": {"x": [3] * 32}}), rows=0)

    assert repr(found) == str(found)
    assert " of 1 column on " in str(found)
    assert found._repr_html_().startswith("<pre>")
    assert str(found).splitlines()[0] in found._repr_html_()
