"""What is asked, read from the address: which shortlists, and under which weights."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.datastructures import MultiDict

from app.core.clock import local_date
from app.core.errors import Invalid
from app.reporting.frozen_shortlists import Offered, Period, compare_period, offered
from app.reporting.reach import Scope, scope_of
from app.reporting.what_if import Asked, Compared, LeftOut, Totals, asked_for, totals
from app.reporting.years import FinancialYear, year_of
from app.requests.rules import WEIGHTS, EvaluationRules, evaluation_on
from app.web.acts import Act
from app.web.fields import Choice, Question, WholeNumber
from app.web.forms import Form
from app.web.points import MILLIONTHS_PER_POINT, points
from providers.market.status import SERVICE_TYPE_WORDS, ServiceType

LAST_MONTHS = "12-months"
ASKED = (*WEIGHTS, "tie_band", "prior")


class Points(Question):
    """Points out of 100 with at most four decimals, to millionths of the whole."""

    def __init__(self, label: str = "", **rest: Any) -> None:
        super().__init__(label, width=5, max_length=8, spellcheck=False, **rest)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", str(value)):
            raise ValidationError(f"{self.called} must be a number of points, like 0.5")
        return int(Decimal(str(value)) * MILLIONTHS_PER_POINT)


def _weight(label: str) -> WholeNumber:
    return WholeNumber(label, least=0, most=100, width=3, suffix="%", missing=f"Enter the weight of {label.lower()}")


class OwnWhatIfForm(Schema):
    """What a borough asks of its own shortlists."""

    service = Choice("Kind of service", kind="select", required=False, optional=False)
    period = Choice("Shortlists frozen in", kind="select", required=False, optional=False)
    price = _weight("Price")
    quality = _weight("Quality")
    needs = _weight("Needs")
    practical = _weight("Practical fit")
    tie_band = Points("Tie band in points", required=False)
    prior = WholeNumber("Quality where not known", least=0, most=100, width=3, required=False)


class WhatIfForm(OwnWhatIfForm):
    """What the hub asks, of every borough's shortlists or of one's."""

    borough = Choice("Borough", kind="select", required=False, optional=False)

    class Meta:
        fields = ("borough", *OwnWhatIfForm().fields)


@dataclass
class Asking:
    """What was asked of which shortlists. `asked` is None where the weights cannot be used: the form says why."""

    form: Form
    scope: Scope
    known: Offered
    service_type: ServiceType
    period: Period
    period_words: str
    rules: EvaluationRules
    asked: Asked | None
    borough: str

    @property
    def kind_words(self) -> str:
        return SERVICE_TYPE_WORDS[self.service_type]

    @property
    def in_force(self) -> bool:
        """Whether the weights asked are those of the policy in force, with nothing else changed."""
        return self.asked is not None and weights_of(self.asked) == self.rules.weights and self.plain

    @property
    def plain(self) -> bool:
        """Whether tie band and prior are left as each request had them."""
        return self.asked is not None and self.asked.tie_band is None and self.asked.unknown_quality_prior is None


@dataclass
class Answer:
    """The comparison: what was compared, what was left out, and the sums of both."""

    compared: list[Compared]
    left_out: list[LeftOut]
    totals: Totals

    @property
    def different(self) -> list[Compared]:
        return [one for one in self.compared if one.differs]


def weights_of(asked: Asked) -> dict[str, int]:
    """Per cent by part."""
    return {name: getattr(asked.weights, name) for name in WEIGHTS}


def read_question(view: Act, schema: type[Schema]) -> Asking | None:
    """The question in the address. None where the actor's scope has no frozen shortlist. What narrows and nobody
    offered counts as any; without weights those of the policy in force stand.
    """
    today = local_date(view.now)
    known = offered(view.session, scope=scope_of(view.actor))
    if known.commonest is None or known.first is None:
        return None
    choices = _choices(known, today, "borough" in schema().fields)
    given = {
        name: value for name, value in request.args.items() if value in {code for code, _ in choices.get(name, [])}
    }
    service_type = ServiceType(given.setdefault("service", known.commonest.value))
    given.setdefault("period", LAST_MONTHS)
    rules = evaluation_on(view.session, service_type, today)
    form = Form(schema, choices=choices)
    if "borough" in form.views:
        form.views["borough"] = replace(form.views["borough"], filters=True)
    for name, hint in _hints(rules).items():
        form.views[name] = replace(form.views[name], hint=hint)
    if any(request.args.get(name, "").strip() for name in ASKED):
        given |= {name: request.args.get(name, "") for name in ASKED}
    else:
        given |= {name: str(weight) for name, weight in rules.weights.items()}
    asked = None
    if form.parse(MultiDict(given)):
        try:
            asked = asked_for(
                **{name: form.data[name] for name in WEIGHTS},
                tie_band=form.data["tie_band"],
                unknown_quality_prior=form.data["prior"],
            )
        except Invalid as error:
            form.refuse(error)
    scope = scope_of(view.actor, borough_id=given.get("borough"))
    return Asking(
        form=form,
        scope=scope,
        known=known,
        service_type=service_type,
        period=_period(given["period"], today),
        period_words=dict(choices["period"])[given["period"]].lower(),
        rules=rules,
        asked=asked,
        borough=dict(known.boroughs).get(given.get("borough", ""), ""),
    )


def answer_to(view: Act, question: Asking) -> Answer | None:
    """The comparison, or None where the question cannot be asked."""
    if question.asked is None:
        return None
    compared, left_out = compare_period(
        view.session,
        scope=question.scope,
        service_type=question.service_type,
        period=question.period,
        asked=question.asked,
    )
    return Answer(compared, left_out, totals(compared, left_out))


def _choices(known: Offered, today: dt.date, every_borough: bool) -> dict[str, list[tuple[str, str]]]:
    first = year_of(known.first or today).begins
    years = [FinancialYear(number) for number in range(year_of(today).begins, first - 1, -1)]
    found: dict[str, list[tuple[str, str]]] = {
        "service": [(kind.value, SERVICE_TYPE_WORDS[kind]) for kind, _ in known.kinds],
        "period": [
            (LAST_MONTHS, "The last 12 months"),
            *((str(year.begins), f"Financial year {year.words}") for year in years),
        ],
    }
    if every_borough:
        found["borough"] = list(known.boroughs)
    return found


def _period(code: str, today: dt.date) -> Period:
    return Period.last_months(today) if code == LAST_MONTHS else Period.of(FinancialYear(int(code)))


def _hints(rules: EvaluationRules) -> dict[str, str]:
    """What is in force now, under each box that can be changed."""
    now = {name: f"In force now: {weight}%" for name, weight in rules.weights.items()}
    return now | {
        "tie_band": f"Empty: as each request had it. In force now: {points(rules.policy['tie_band'])}",
        "prior": f"Empty: as each request had it. In force now: {rules.policy['unknown_quality_prior']}",
    }
