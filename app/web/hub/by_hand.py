"""What a commissioner types into the register with its source: a school that Ofsted's files do not list, and its
inspections.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Conflict, Invalid
from app.core.geography import authorities
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.fields import Choice, DateField, LongText, Postcode, Text, WholeNumber
from app.web.forms import Form
from app.web.hub import bp
from app.web.hub.register import title_of
from providers.register.by_hand import (
    MAX_NOTE,
    SchoolInspection,
    add_registration,
    record_inspection,
    school_to_inspect,
)
from providers.register.models import MAX_PLACES
from providers.register.status import (
    CARD_AREA_WORDS,
    CARD_WORDS,
    PROVISION_WORDS,
    CardArea,
    CardWord,
    Inspectorate,
    ProvisionType,
)

MET = (("met", "Met"), ("not_met", "Not met"), ("not_said", "The report does not say"))
ADDITIONAL = (
    ("", "A standard inspection", "The only kind that counts: under section 109, or a full inspection"),
    ("Additional inspection: progress monitoring", "Progress monitoring"),
    ("Additional inspection: emergency", "Emergency inspection"),
    ("Additional inspection: material change", "Material change"),
    ("Additional inspection: before registration", "Before registration"),
)


def _source_note() -> LongText:
    return LongText(
        "Where did you read this?",
        hint="The page or the report, so that somebody else can look it up",
        missing="Enter where you read this",
        max_length=MAX_NOTE,
        rows=2,
    )


def _source_read_on() -> DateField:
    return DateField(
        "When did you read it?",
        called="The day on which you read it",
        missing="Enter the day on which you read it",
    )


class RegistrationForm(Schema):
    """A registration as it is typed, with where it was read."""

    urn = Text("URN", hint="A school has 6 digits", max_length=9, width=10, missing="Enter a URN")
    provision_type = Choice(
        "What is it?",
        kind="select",
        choices=[(kind.value, PROVISION_WORDS[kind]) for kind in ProvisionType],
        missing="Choose what it is",
        width="full",
    )
    name = Text("Name", max_length=300, missing="Enter the name")
    owner = Text("Owner", hint="The company, trust or council behind it", required=False, max_length=300)
    local_authority = Choice("Local authority", kind="select", choices=[], missing="Choose the local authority")
    postcode = Postcode(required=False)
    places = WholeNumber("Places", required=False, most=MAX_PLACES)
    source_note = _source_note()
    source_read_on = _source_read_on()


class InspectionForm(Schema):
    """An inspection of a school as its report has it."""

    label = Choice("What kind of inspection?", choices=ADDITIONAL, required=False, optional=False)
    inspected_on = DateField(
        "When was it?", called="The day of the inspection", missing="Enter the day of the inspection"
    )
    published_on = DateField("When was the report published?", called="The day of publication", required=False)
    inspectorate = Choice(
        "Who inspected?", choices=[(one.value, one.value) for one in Inspectorate], missing="Choose who inspected"
    )
    standards_met = Choice("Independent school standards", choices=MET, missing="Choose whether the standards are met")
    safeguarding_met = Choice("Safeguarding", choices=MET, missing="Choose whether safeguarding is met")
    source_note = _source_note()
    source_read_on = _source_read_on()


def _card_field(area: CardArea) -> Choice:
    words = [(word.value, CARD_WORDS[word]) for word in CardWord]
    return Choice(CARD_AREA_WORDS[area], kind="select", choices=words, required=False, optional=False)


CardForm = Schema.from_dict({area.value: _card_field(area) for area in CardArea}, name="CardForm")
"""The areas of a report card: what is left empty was not graded."""


@bp.route("/register/new", methods=["GET", "POST"])
@permission(Permission.REGISTER_RESOLVE)
def registration_new() -> ResponseReturnValue:
    """Add a registration with its source."""
    names = sorted(one.name for one in authorities())
    form = Form(
        RegistrationForm,
        values={"provision_type": ProvisionType.SPECIAL_SCHOOL},
        choices={"local_authority": [(name, name) for name in names]},
    )
    if request.method == "POST" and form.parse(request.form):
        typed = form.data | {"provision_type": ProvisionType(form.data["provision_type"])}
        typed["postcode"] = typed["postcode"] or ""
        try:
            with act() as doing:
                made = add_registration(doing.session, actor=doing.actor, now=doing.now, **typed)
                return doing.go(url_for("hub.registration", urn=made.urn), "Added to the register")
        except (Invalid, Conflict) as error:
            form.refuse(error)
    return render_template("hub/registration_new.html", form=form), form.status


@bp.route("/register/<urn>/inspection", methods=["GET", "POST"])
@permission(Permission.REGISTER_RESOLVE)
def inspection_new(urn: str) -> ResponseReturnValue:
    """Record an inspection of a school."""
    form, card = Form(InspectionForm), Form(CardForm)
    if request.method == "POST":
        right = [one.parse(request.form) for one in (form, card)]
        if all(right):
            try:
                with act() as doing:
                    made = record_inspection(
                        doing.session, actor=doing.actor, urn=urn, typed=_typed(form, card), now=doing.now
                    )
                    return doing.go(url_for("hub.registration", urn=made.urn), "The inspection is recorded")
            except (Invalid, Conflict) as error:
                form.refuse(error)
    with look() as view:
        school = school_to_inspect(view.session, urn)
        return render_template(
            "hub/inspection_new.html", form=form, card=card, registration=school, title_of=title_of
        ), form.status


def _typed(form: Form, card: Form) -> SchoolInspection:
    met = {"met": True, "not_met": False, "not_said": None}
    answers: dict[str, Any] = form.data | {
        "label": form.data["label"] or "",
        "inspectorate": Inspectorate(form.data["inspectorate"]),
        "standards_met": met[form.data["standards_met"]],
        "safeguarding_met": met[form.data["safeguarding_met"]],
        "report_card": {CardArea(area): CardWord(word) for area, word in card.data.items() if word},
    }
    return SchoolInspection(**answers)
