"""The worked cases of the form (tests/cases/form): statements F-22 to F-26 and F-57, each with what must come of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from app.children.ages import age_weeks, age_words
from app.children.needs import totals
from app.children.sdq import SDQ_WORDS, band
from app.core.clock import local_date
from app.requests.answers import clean, judge, words_of
from app.requests.form import form
from tests.factories.requests import NOW, request_answers, send_answers

FORM = form()
FOLDER = Path(__file__).parents[2] / "cases" / "form"


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


JUDGED = [(f"{name}: {case['says']}", case) for name in ("F-22", "F-23") for case in read(name)["cases"]]


@pytest.mark.parametrize("case", [case for _, case in JUDGED], ids=[name for name, _ in JUDGED])
def test_a_form_is_judged_as_the_statement_says(case: dict[str, Any]) -> None:
    whole = send_answers() if case.get("school") else request_answers()
    assert sorted(judge(FORM, whole | case["answers"], local_date(NOW)).errors) == sorted(case["gaps"])


def test_ages_are_shown_to_the_week() -> None:
    """F-24."""
    for one in read("F-24")["ages"]:
        assert age_words(age_weeks(one["born"], one["needed_from"])) == one["says"]


def test_what_identifies_is_of_a_later_stage_or_of_the_borough() -> None:
    """F-25."""
    case = read("F-25")
    assert {one.name for one in FORM.fields if not one.audience.sees(1)} == set(case["later_than_invited"])
    assert {one.name for one in FORM.fields if not one.audience.sees(3)} == set(case["never_outside"])


def test_codes_outside_the_lists_of_the_return_are_refused_when_saved() -> None:
    """F-26."""
    for case in read("F-26")["cases"]:
        field = FORM.field(case["field"])
        assert [clean(field, code) for code in case["accepted"]] == case["accepted"]
        assert field.codes == set(case["accepted"])
        for code in case["refused"]:
            with pytest.raises(ValidationError):
                clean(field, code)


def test_needs_are_summed_without_what_is_missing() -> None:
    """F-57."""
    domains = [one.domain for one in FORM.fields if one.domain]
    for case in read("F-57")["measures"]:
        found = totals([None if score == "" else score for score in case["scores"]], domains)
        assert (found.total, found.missing, found.highest) == (case["total"], case["missing"], case["of"])
        assert list(found.by_domain.values()) == case["domains"]


def test_a_total_of_strengths_and_difficulties_is_read_in_its_band() -> None:
    """F-57."""
    for case in read("F-57")["sdq"]:
        assert SDQ_WORDS[band(case["total"])] == case["band"]
        assert words_of(FORM.field("sdq_total"), str(case["total"])) == f"{case['total']} ({case['band']})"
    for impossible in (-1, 41):
        with pytest.raises(ValueError, match="0 to 40"):
            band(impossible)


@pytest.mark.parametrize("version", ["standard-1", "standard-2"])
def test_a_version_of_the_form_contradicts_itself_nowhere(version: str) -> None:
    """Each field is named once, every code has words of its own, and what holds several lines stays with the borough,
    where nothing looks for identifying words.
    """
    whole = form(version)
    every = [one for section in whole.sections for one in section.fields]
    assert len({one.name for one in every}) == len(every)
    for one in [*every, *(column for field in every for column in field.columns)]:
        assert one.label, one.name
        assert bool(one.choices) == (one.kind in ("radios", "select", "checkboxes", "picks")), one.name
        assert len(one.codes) == len({choice[1] for choice in one.choices}) == len(one.choices), one.name
        assert all(choice[1].strip() for choice in one.choices), one.name
        assert one.max_length or not one.is_free_text, one.name
        assert not one.columns or not one.audience.sees(3), one.name
    assert [one.name for one in every if one.domain] == [f"need_{number}" for number in range(1, 13)]
    assert all(section.title and section.lead for section in whole.sections)


def test_every_level_of_every_indicator_is_described() -> None:
    for one in FORM.fields:
        if one.domain:
            assert [len(choice) for choice in one.choices] == [3, 3, 3, 3, 2], one.name
            assert len({choice[2] for choice in one.choices[:4]}) == 4, one.name
