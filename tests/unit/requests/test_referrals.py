"""Reading a referral: files taken apart, values as other systems write them, siblings, and what is wrong."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from marshmallow import ValidationError

from app.core.errors import Invalid
from app.requests.form import CURRENT, FieldDefinition, form
from app.requests.referrals.describing import empty_csv, empty_json
from app.requests.referrals.parsing import MOST_BYTES, MOST_ROWS, decoded, parse
from app.requests.referrals.reading import Referral, read
from app.requests.referrals.values import outward, raw_of
from tests.factories.incoming import CHILD, iso_answers

TODAY = dt.date(2026, 11, 23)


def field(name: str) -> FieldDefinition:
    return form(CURRENT).field(name)


def read_text(text: str) -> Referral:
    return read(form(CURRENT), parse(text), TODAY)


def parts(day: int, month: int, year: int) -> dict[str, str]:
    return {"day": str(day), "month": str(month), "year": str(year)}


@pytest.mark.parametrize(
    ("name", "written", "kept"),
    [
        ("needed_from", "2027-03-27", parts(27, 3, 2027)),
        ("needed_from", "2027-03-27T00:00:00Z", parts(27, 3, 2027)),
        ("needed_from", "27/03/2027", {"day": "27", "month": "03", "year": "2027"}),
        ("needed_from", "27 March 2027", {"day": "27", "month": "March", "year": "2027"}),
        ("needed_from", "31.2.2027", parts(31, 2, 2027)),  # wrong, and kept for somebody to put right
        ("urgency", "same_day", "same_day"),
        ("urgency", " SAME  DAY ", "same_day"),
        ("legal_status", "full care order (c2)", "C2"),
        ("keep_school", True, "yes"),
        ("keep_school", False, "no"),
        ("need_1", 3, "3"),
        ("expected_weeks", 52, "52"),
        ("expected_weeks", 52.0, "52"),
        ("expected_weeks", "many", "many"),
        ("exclude_authorities", "Croydon; E09000029", ["E09000008", "E09000029"]),
        ("exclude_authorities", ["croydon", "Croydon"], ["E09000008"]),
        ("why_now", "  one\r\ntwo ", "one\ntwo"),
        ("why_now", None, ""),
    ],
)
def test_an_answer_is_read_however_it_is_written(name: str, written: object, kept: object) -> None:
    assert raw_of(field(name), written) == kept


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("needed_from", "soon"),
        ("needed_from", "27/3"),
        ("needed_from", 20270327),
        ("urgency", "3"),
        ("keep_school", "perhaps"),
        ("exclude_authorities", "Croydon; Atlantis"),
        ("exclude_authorities", {"E09000008": True}),
        ("why_now", ["a"]),
        ("why_now", True),
        ("why_now", "x" * 4_001),
        ("why_now", "bell\x07"),
    ],
)
def test_what_a_draft_may_not_hold_is_refused(name: str, written: object) -> None:
    with pytest.raises(ValidationError):
        raw_of(field(name), written)


def test_what_goes_out_is_what_came_in() -> None:
    sent: dict[str, Any] = iso_answers(
        exclusion_zones=[{"postcode": "SM1 1AA", "miles": 3, "note": "A relative"}], exclude_authorities=["E09000029"]
    )
    referral = read_text(json.dumps({"child": CHILD, "answers": sent}))
    assert referral.all_faults == []
    told = {name: outward(field(name), raw) for name, raw in referral.answers.items()}
    assert {name: str(one) for name, one in told.items()} == {name: str(one) for name, one in sent.items() if one}


def test_lines_stand_in_csv_by_their_number_and_each_wrong_cell_is_named() -> None:
    text = (
        "field,value\nexclusion_zones.1.postcode,SM1 1AA\nexclusion_zones.1.miles,3\n"
        "exclusion_zones.2.postcode,CR0 1EA\nexclusion_zones.2.colour,green\nexclusion_zones.2.miles,many\n"
    )
    referral = read_text(text)
    assert [(one.where, one.label, one.kept) for one in referral.faults] == [
        ("line 5", "Place 2: colour", False),
        ("line 2", field("exclusion_zones").label, True),
    ]
    assert "Place 2: How many miles around it?: enter a whole number" in referral.faults[1].message
    assert [row["postcode"] for row in referral.answers["exclusion_zones"]] == ["SM1 1AA", "CR0 1EA"]  # type: ignore[index, union-attr, call-overload]


def test_each_child_has_answers_of_its_own_and_the_request_has_its_own() -> None:
    children = [
        {**CHILD, "answers": {"enjoys": "Chess", "why_now": "Said with the first child"}},
        {"reference": "ch-7k4m2p", "answers": {"enjoys": "Judo", "expected_weeks": 3, "need_1": "9"}},
    ]
    referral = read_text(json.dumps({"children": children, "answers": {"urgency": "planned"}}))
    assert {name: referral.answers[name] for name in ("enjoys", "why_now", "urgency")} == {
        "enjoys": "Chess",
        "why_now": "Said with the first child",
        "urgency": "planned",
    }
    second = referral.children[1]
    assert (second.reference, second.answers) == ("CH-7K4M2P", {"enjoys": "Judo"})
    assert {(one.where, one.field) for one in referral.all_faults} == {
        ("children[2].answers.expected_weeks", "expected_weeks"),
        ("children[2].answers.need_1", "need_1"),
    }


def test_a_child_without_reference_must_be_told_whole() -> None:
    referral = read_text('{"child": {"given_name": "Zuleika", "date_of_birth": "31/2/2013", "shoe": 4}}')
    faults = {one.field: one.message for one in referral.all_faults}
    assert set(faults) == {"family_name", "date_of_birth", "sex", "ethnicity", "home_postcode", "shoe"}
    assert "real date" in faults["date_of_birth"]


def test_one_line_of_headings_and_one_of_values_is_a_referral_too() -> None:
    referral = read_text("child.given_name;child.2.given_name;urgency;school_name\nZuleika;Zebedee;urgent;\n")
    assert [child.identity for child in referral.children] == [{"given_name": "Zuleika"}, {"given_name": "Zebedee"}]
    assert referral.answers == {"urgency": "urgent"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"answers": {"urgency": "planned", "urgency": "urgent"}}', "occurs more than once"),
        ('{"answers": []}', "must be an object"),
        ('{"child": 5}', "A child is an object"),
        ('{"child": {"reference": "X"}, "children": []}', "not both"),
        ('{"format": "other-2"}', "homeward-referral-1"),
        ('{"extra": 1}', "nothing of this name"),
        ("field,value\nurgency,planned\nurgency,urgent\n", "on line 2 already"),
        ("field,value\nurgency,planned,urgent\n", "more than a name and a value"),
    ],
)
def test_a_fault_of_the_files_structure_is_named_and_the_rest_is_read(text: str, said: str) -> None:
    assert said in " ".join(one.message for one in read_text(text).all_faults)


@pytest.mark.parametrize(
    "text",
    ["", "[1]", "{", '{"a": NaN}', 'field,value\n"open', "field,value\n" + "x,1\n" * (MOST_ROWS + 1), "{" * 99_999],
)
def test_what_cannot_be_read_at_all_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text)


def test_the_encodings_of_windows_and_of_the_web_are_read() -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp1252"):
        assert decoded("Zoë – “hello”".encode(encoding)) == "Zoë – “hello”"
    with pytest.raises(Invalid, match="smaller than 1 MB"):
        decoded(b" " * (MOST_BYTES + 1))


def test_the_empty_files_name_every_field_and_nothing_else() -> None:
    for data in (empty_csv(form(CURRENT)), empty_json(form(CURRENT))):
        text = decoded(data)
        assert all(one.name in text for one in form(CURRENT).fields)
        referral = read_text(text)
        assert {one.message for one in referral.all_faults if "is missing" not in one.message} == set()
        assert referral.answers == {}
