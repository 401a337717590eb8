"""What people type becomes a value or a sentence, and nothing typed is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validates_schema
from werkzeug.datastructures import MultiDict

from app.core.errors import Conflict, Invalid
from app.web.fields import (
    Choice,
    Choices,
    DateField,
    Email,
    FieldView,
    Hidden,
    LongText,
    Money,
    Postcode,
    Question,
    Text,
    Tick,
    WholeNumber,
    YesNo,
)
from app.web.forms import Form, read_raw, text_problem


def asked(question: Question, posted: dict[str, str] | list[tuple[str, str]]) -> tuple[Any, str | None]:
    """What one question makes of what was posted: its value, or its message."""
    form = Form(type("One", (Schema,), {"answer": question}))
    form.parse(MultiDict(posted))
    return form.data.get("answer"), form.errors.get("answer")


def day(day: str, month: str, year: str) -> dict[str, str]:
    return {"answer-day": day, "answer-month": month, "answer-year": year}


@pytest.mark.parametrize(
    ("question", "posted", "value"),
    [
        (Text("Name"), {"answer": "  Cedar House \r\n"}, "Cedar House"),
        (Text("Name", required=False), {}, ""),
        (LongText("Why"), {"answer": "One\r\ntwo"}, "One\ntwo"),
        (Money("Price"), {"answer": "£4,250.5"}, 425_050),
        (Money("Price", required=False), {"answer": " "}, None),
        (WholeNumber("Places"), {"answer": "1,200"}, 1200),
        (DateField("Start"), day("27", "3", "2027"), dt.date(2027, 3, 27)),
        (DateField("Start"), day(" 1 ", "September", "2027"), dt.date(2027, 9, 1)),
        (DateField("Start", required=False), day("", "", ""), None),
        (Choice("Lot", choices=[("a", "A"), ("b", "B")]), {"answer": "b"}, "b"),
        (Choices("Needs", choices=[("a", "A"), ("b", "B")]), [("answer", "b"), ("answer", "a")], ["a", "b"]),
        (Choices("Needs", choices=[("a", "A")], required=False), {}, []),
        (YesNo("Urgent"), {"answer": "no"}, False),
        (Tick("Agree"), {}, False),
        (Tick("Agree", must="Agree first"), {"answer": "yes"}, True),
        (Email(), {"answer": "ana@example.gov.uk"}, "ana@example.gov.uk"),
        (Postcode(), {"answer": "cr01ea"}, "CR0 1EA"),
        (Hidden(number=True), {"answer": "7"}, 7),
    ],
)
def test_an_answer_becomes_its_value(question: Question, posted: Any, value: Any) -> None:
    assert asked(question, posted) == (value, None)


@pytest.mark.parametrize(
    ("question", "posted", "message"),
    [
        (Text("Name"), {"answer": "   "}, "Enter name"),
        (Text("URN"), {}, "Enter URN"),
        (Text("Name", missing="Enter the home's name"), {}, "Enter the home's name"),
        (Text("Name", max_length=3), {"answer": "four"}, "Name must be 3 characters or fewer"),
        (Text("Name"), {"answer": "a\x00b"}, "Name has characters in it that cannot be seen. Type it again"),
        (Text("Name"), {"answer": "a\nb"}, "Name has characters in it that cannot be seen. Type it again"),
        (Money("Price"), {"answer": "lots"}, "Price must be an amount of money, like 4,250 or 4250.50"),
        (Money("Price", least=100), {"answer": "0.99"}, "Price must be £1 or more"),
        (Money("Price", most=10_000), {"answer": "100.01"}, "Price must be £100 or less"),
        (WholeNumber("Places", least=1, most=12), {"answer": "13"}, "Places must be between 1 and 12"),
        (WholeNumber("Places"), {"answer": "1.5"}, "Places must be a whole number, like 12"),
        (DateField("Start"), day("", "3", ""), "Start must include a day and year"),
        (DateField("Start"), day("31", "2", "2027"), "Start must be a real date, like 27 3 2027"),
        (DateField("Start"), day("1", "2", "27"), "Start must have a year of 4 numbers, like 2027"),
        (DateField("Start"), day("1", "²", "2027"), "Start must be a real date, like 27 3 2027"),
        (Choice("Lot", choices=[("a", "A")]), {"answer": "z"}, "Choose lot"),
        (Choices("Needs", choices=[("a", "A")]), {"answer": "z"}, "Choose needs"),
        (YesNo("Urgent"), {}, "Choose yes or no"),
        (Tick("Agree", must="Agree first"), {"answer": "no"}, "Agree first"),
        (Email(), {"answer": "ana@example"}, "Enter an email address in the correct format, like name@example.gov.uk"),
        (Postcode(), {"answer": "CR0"}, "Enter a full UK postcode, like CR0 1EA"),
    ],
)
def test_what_cannot_be_read_gets_a_plain_sentence(question: Question, posted: Any, message: str) -> None:
    assert asked(question, posted) == (None, message)


class Home(Schema):
    name = Text("Name")
    lot = Choice("Lot", choices=[("foster", "Fostering"), ("home", "Home")])
    places = WholeNumber("Places")

    @validates_schema
    def small(self, data: dict[str, Any], **_: Any) -> None:
        if data["lot"] == "foster" and data["places"] > 3:
            raise ValidationError("A foster home has 3 places or fewer", "places")


def test_values_are_kept_and_errors_come_in_the_order_of_the_page() -> None:
    form = Form(Home)
    assert not form.parse(MultiDict({"places": "many", "name": ""}))
    assert list(form.errors) == ["name", "lot", "places"]
    assert form.value("places") == "many"
    assert form.data == {}
    assert form.status == 400
    assert form.error_links()[0] == {"text": "Enter name", "href": "#name"}


def test_a_rule_across_fields_lands_at_its_field() -> None:
    form = Form(Home)
    assert not form.parse(MultiDict({"name": "Cedar", "lot": "foster", "places": "4"}))
    assert form.errors == {"places": "A foster home has 3 places or fewer"}


def test_choices_known_only_at_run_time_are_the_ones_that_count() -> None:
    form = Form(Home, choices={"lot": [("school", "School")]})
    assert not form.parse(MultiDict({"name": "Cedar", "lot": "foster", "places": "1"}))
    assert form.errors == {"lot": "Choose lot"}


def test_the_domains_refusal_is_shown_at_its_field_or_at_the_top() -> None:
    form = Form(Home)
    form.refuse(Invalid({"name": "Taken", "elsewhere": "Closed"}))
    form.refuse(Conflict("The market is closed."))
    assert form.errors == {"name": "Taken", "": "The market is closed."}
    assert form.error_links()[1]["href"] == "#main-content"


def test_a_date_error_links_to_the_first_box_of_its_group() -> None:
    form = Form(type("Dates", (Schema,), {"start": DateField("Start")}))
    form.parse(MultiDict())
    assert form.error_links() == [{"text": "Enter start", "href": "#start-day"}]


def test_stored_values_fill_the_form_as_people_would_type_them() -> None:
    schema = type(
        "Filled",
        (Schema,),
        {"price": Money("Price"), "start": DateField("Start"), "urgent": YesNo("Urgent"), "ok": Tick("Ok")},
    )
    form = Form(schema, values={"price": 425_050, "start": dt.date(2027, 3, 1), "urgent": False, "ok": False})
    assert form.value("price") == "4250.50"
    assert form.value("start") == {"day": "1", "month": "3", "year": "2027"}
    assert (form.value("urgent"), form.value("ok")) == ("no", "")


def test_plain_marshmallow_fields_are_questions_too() -> None:
    class Plain(Schema):
        title = fields.String(required=True, metadata={"label": "Title", "hint": "Short"})
        size = fields.Integer()

    form = Form(Plain)
    assert (form.view("title").label, form.view("title").kind, form.view("size").kind) == ("Title", "text", "number")
    assert form.view("size").title == "Size (optional)"
    assert form.parse(MultiDict({"title": "A", "size": "3"}))
    assert form.data == {"title": "A", "size": 3}


def test_a_question_of_a_form_version_is_read_as_posted_for_its_draft() -> None:
    view = FieldView.of({"name": "moved", "kind": "date", "label": "Moved", "audience": "borough"})
    assert read_raw(view, MultiDict({"moved-day": "31", "moved-month": "2"})) == {"day": "31", "month": "2", "year": ""}
    many = FieldView.of({"name": "needs", "kind": "checkboxes", "choices": [["a", "A"], ["b", "B"]]})
    assert read_raw(many, MultiDict([("needs", "b"), ("needs", "zz")])) == ["b"]
    assert text_problem(FieldView(name="x", label="X", max_length=2), "abc") == "X must be 2 characters or fewer"


@given(st.dictionaries(st.sampled_from(["answer", "answer-day", "answer-month", "answer-year"]), st.text(max_size=30)))
def test_nothing_that_can_be_posted_breaks_a_question(posted: dict[str, str]) -> None:
    for question in (
        Money("M"),
        WholeNumber("N"),
        DateField("D"),
        Email(),
        Postcode(),
        YesNo("Y"),
        Hidden(number=True),
    ):
        value, message = asked(question, posted)
        assert (value is None) != (message is None) or (value is None and message is None and not question.required)
