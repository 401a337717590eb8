"""The standard form: what its definition promises, and what may be submitted (F-22, F-23, F-26, F-57)."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import inspect
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from app.core.clock import local_date
from app.core.errors import NotFound
from app.requests import submitting, zones
from app.requests.answers import asked, clean, judge, needed, scores_of, words_of
from app.requests.form import Audience, form
from tests.factories.requests import NOW, request_answers, send_answers
from tests.shared_data import shared_folder

TODAY = local_date(NOW)
FORM = form()
LOOKED_AFTER_ONLY = ("current_placement", "time_in_placement", "planned_move")


def errors(**replaced: Any) -> dict[str, str]:
    return judge(FORM, request_answers(**replaced), TODAY).errors


def test_a_whole_form_has_no_gaps() -> None:
    judged = judge(FORM, request_answers(), TODAY)
    assert judged.errors == {}
    assert judged.values["needed_from"] == TODAY + dt.timedelta(days=21)
    assert judged.values["expected_weeks"] == 52


def test_an_empty_form_lists_every_required_answer_by_its_field() -> None:
    gaps = judge(FORM, {}, TODAY).errors
    assert set(gaps) == {one.name for one in FORM.fields if one.required and not one.conditions}
    # F-23: what the form must say; initials, age, sex and ethnicity are the record's
    assert {"referral_date", "needed_from", "first_language", "religion", "why_now"} <= set(gaps)


def test_each_required_answer_is_missed_by_name() -> None:
    """F-23."""
    home = request_answers(
        urgency="same_day",
        same_day_reason="A carer is ill",
        current_placement="other",
        current_placement_other="A hotel",
    )
    school = send_answers()
    for whole in (home, school):
        assert judge(FORM, whole, TODAY).errors == {}
        for one in FORM.fields:
            if asked(one, whole) and needed(one, whole):
                missing = judge(FORM, {**whole, one.name: {} if one.kind == "date" else ""}, TODAY).errors
                assert one.name in missing
    by_law = ("legal_status", "category_of_need", "risk_missing")
    assert all(needed(FORM.field(name), home) and not needed(FORM.field(name), school) for name in by_law)


@pytest.mark.parametrize("name", LOOKED_AFTER_ONLY)
def test_placement_is_required_exactly_when_looked_after(name: str) -> None:
    """F-22."""
    assert set(errors(**{name: ""})) == {name}
    nobody = dict.fromkeys(LOOKED_AFTER_ONLY, "")
    assert errors(looked_after="no", **nobody) == {}
    kept = request_answers()[name]
    assert set(errors(looked_after="no", **{**nobody, name: kept})) == {name}


def test_same_day_needs_its_reason() -> None:
    """F-35."""
    assert set(errors(urgency="same_day")) == {"same_day_reason"}
    assert errors(urgency="same_day", same_day_reason="The carer was taken to hospital") == {}
    assert set(errors(urgency="urgent", same_day_reason="Left over")) == {"same_day_reason"}


@pytest.mark.parametrize("code", ["C3", "c1", "V1", "L9", "C1 ", "N1"])
def test_codes_outside_the_list_are_refused_when_saved(code: str) -> None:
    """F-26: lower case is refused, consistently; edges are trimmed."""
    field = FORM.field("legal_status")
    if code.strip() in field.codes:
        assert clean(field, code) == code.strip()
    else:
        with pytest.raises(ValidationError):
            clean(field, code)
        assert "legal_status" in judge(FORM, request_answers(legal_status=code), TODAY).errors


@pytest.mark.parametrize(
    ("list_name", "field"),
    [
        ("legal_status", "legal_status"),
        ("category_of_need", "category_of_need"),
        ("placement_type", "placement_code"),
        ("placement_provider", "placement_provider_code"),
        ("reason_for_placement_change", "change_reason_code"),
    ],
)
def test_codes_are_those_of_the_return(list_name: str, field: str) -> None:
    with shared_folder("reference", "ssda903", "ssda903_code_lists.csv").open(encoding="utf-8", newline="") as lines:
        real = {row["code"] for row in csv.DictReader(lines) if row["list"] == list_name}
    assert FORM.field(field).codes == real
    assert len(real) == {"legal_status": 13, "category_of_need": 8}.get(field, len(real))


def test_ethnicities_are_those_of_the_return() -> None:
    from app.children.codes import ethnicities

    with shared_folder("reference", "ssda903", "ssda903_code_lists.csv").open(encoding="utf-8", newline="") as lines:
        real = {row["code"] for row in csv.DictReader(lines) if row["list"] == "ethnicity"}
    assert {code for code, _ in ethnicities()} == real


@pytest.mark.parametrize(
    ("replaced", "field"),
    [
        ({"needed_from": {"day": "31", "month": "2", "year": "2027"}}, "needed_from"),
        ({"needed_from": {"day": "1", "month": "", "year": "2027"}}, "needed_from"),
        ({"needed_from": TODAY - dt.timedelta(days=1)}, "needed_from"),
        ({"referral_date": TODAY + dt.timedelta(days=1)}, "referral_date"),
        ({"expected_weeks": "0"}, "expected_weeks"),
        ({"expected_weeks": "1.5"}, "expected_weeks"),
        ({"max_miles": "far"}, "max_miles"),
        ({"need_3": "4"}, "need_3"),
        ({"other_language": "x" * 201}, "other_language"),
        ({"why_now": "hidden \x00 letter"}, "why_now"),
    ],
)
def test_a_wrong_answer_is_named(replaced: dict[str, Any], field: str) -> None:
    assert set(errors(**replaced)) == {field}


@given(st.lists(st.sampled_from([0, 1, 2, 3, None]), min_size=12, max_size=12))
def test_scores_come_back_as_they_were_given_and_missing_stays_missing(needs: list[int | None]) -> None:
    """F-57."""
    judged = judge(FORM, request_answers(needs=needs), TODAY)
    assert judged.errors == {}
    assert scores_of(judged.values) == needs


@given(st.dictionaries(st.sampled_from([one.name for one in FORM.fields]), st.text(max_size=30), max_size=20))
def test_no_answers_make_the_judge_fall_over(typed: dict[str, str]) -> None:
    judged = judge(FORM, typed, TODAY)
    assert set(judged.errors) <= {one.name for one in FORM.fields}
    for name, raw in typed.items():
        assert isinstance(words_of(FORM.field(name), raw), str)
        assert asked(FORM.field(name), typed) in (True, False)


def test_the_form_promises() -> None:
    assert [section.name for section in FORM.sections] == [
        "key_information",
        "identity",
        "current_placement",
        "reason",
        "the_child",
        "education",
        "contact",
        "wishes",
        "needs",
        "outcomes",
        "location",
        "living",
        "risks",
        "send",
    ]
    assert len([one for one in FORM.fields if one.name.startswith("need_")]) == 12
    assert all(one.max_length for one in FORM.fields if one.is_free_text)
    hidden = {one.name for one in FORM.fields if not one.audience.sees(1)}
    assert {"legal_status", "category_of_need", "school_name", "same_day_reason", "funding_until"} <= hidden
    assert not Audience.BOROUGH.sees(3)
    with pytest.raises(NotFound):
        form("../policies/evaluation_1")


@pytest.mark.parametrize("version", ["standard-1", "standard-2"])
def test_every_answer_from_which_a_frozen_fact_is_written_is_frozen(version: str) -> None:
    tree = ast.parse(inspect.getsource(submitting))
    read = {
        one.slice.value
        for one in ast.walk(tree)
        if isinstance(one, ast.Subscript) and isinstance(one.slice, ast.Constant) and isinstance(one.slice.value, str)
    } | {
        one.args[0].value
        for one in ast.walk(tree)
        if isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr == "get"
        and isinstance(one.args[0], ast.Constant)
    }
    assert {"urgency", "needed_from", "adaptations", "solo"} <= read, "what submission reads is found"
    definition = form(version)
    # The zones are opened when offers are judged, and the needs are read by their kind.
    wanted = {*read, zones.FIELD, *(f"need_{number}" for number in range(1, 13))}
    loose = [name for name in sorted(wanted) if definition.has(name) and not definition.field(name).frozen]
    assert loose == []
    assert not definition.field("enjoys").frozen
