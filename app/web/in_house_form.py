"""The answer of a borough's own service: the same questions for its people and for an officer who writes it down."""

from __future__ import annotations

import datetime as dt
from typing import Any

from marshmallow import Schema

from app.requests.models import InHouseAsk
from app.requests.route import Route
from app.web.fields import Choice, DateField, Hidden, LongText, YesNo
from app.web.forms import Form


class AnswerForm(Schema):
    """Can it take the child, from when, or why not."""

    version = Hidden(number=True)
    can_take = YesNo("Can the service take the child?", missing="Choose whether the service can take the child")
    can_from = DateField("If it can, from which day?", hint="For example, 27 3 2027", required=False)
    code = Choice("If it cannot, why not?", kind="select", required=False)
    words = LongText("Anything to add", hint="Do not use names", required=False, max_length=1000, rows=3)


def answer_form(route: Route, ask: InHouseAsk, today: dt.date) -> Form:
    """The form for one question, filled with what was said before, or with today."""
    picks = [(one.code, one.words) for one in route.in_house_codes]
    values = {"version": ask.version, "can_from": ask.can_from or today, "code": ask.code, "words": ask.words}
    if ask.can_take is not None:
        values["can_take"] = ask.can_take
    return Form(AnswerForm, values=values, choices={"code": picks})


def answered(form: Form) -> dict[str, Any]:
    """What was answered, as the use case takes it."""
    data = dict(form.data)
    return {**data, "code": data["code"] or "", "words": data["words"] or "", "can_from": data["can_from"] or None}
