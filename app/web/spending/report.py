"""What a spend report covers and where its files are: a scope and a financial year, read from the address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from app.core.clock import local_date
from app.reporting import savings as saving_rules
from app.reporting import spend as spend_rules
from app.reporting import uplifts as uplift_rules
from app.reporting.reach import Scope, scope_of
from app.reporting.savings import Method, SavingPart, Savings
from app.reporting.spend import Money, Part, Running
from app.reporting.uplifts import AvoidancePart, UpliftAvoidance
from app.reporting.years import FinancialYear, year_of
from app.web.acts import Act
from app.web.fields import Choice
from app.web.forms import Form


class FilterForm(Schema):
    """What narrows the report."""

    borough = Choice("Borough", kind="select", required=False, optional=False)
    lot = Choice("Lot", kind="select", required=False, optional=False)
    year = Choice("Financial year", kind="select", required=False, optional=False)


class OwnFilterForm(Schema):
    """What narrows a borough's own report."""

    lot = Choice("Lot", kind="select", required=False, optional=False)
    year = Choice("Financial year", kind="select", required=False, optional=False)


@dataclass
class Report:
    """Everything that a spend page shows."""

    scope: Scope
    year: FinancialYear
    today: dt.date
    now_running: Running
    parts: list[Part]
    names: dict[str, str]
    method: Method | None
    saving_parts: list[SavingPart]
    uplift_parts: list[AvoidancePart]
    every_borough: bool
    endpoint: str
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether the year is not over."""
        return self.today <= self.year.last_day

    @property
    def upto(self) -> dt.date:
        """The last day that the year's figures hold."""
        return min(self.today, self.year.last_day)

    @property
    def money(self) -> Money:
        return spend_rules.total(part.money for part in self.parts)

    @property
    def savings(self) -> Savings:
        return saving_rules.total(self.saving_parts)

    @property
    def uplifts(self) -> UpliftAvoidance:
        """What uplifts avoided: beside the savings, in no sum with them."""
        return uplift_rules.total(self.uplift_parts)

    def download(self, table: str) -> str:
        """The address of a table's file, under the same filters."""
        return url_for(f"{self.endpoint}_csv", **{"table": table, **self.arguments})


def read_filters(view: Act, schema: type[Schema]) -> tuple[Form, Scope, FinancialYear]:
    """The filter form as it stands, with the scope and the year that it asks for. What nobody offered counts as any."""
    today = local_date(view.now)
    reach = scope_of(view.actor)
    boroughs, lots = spend_rules.choices(view.session, scope=reach)
    begun = spend_rules.first_month(view.session, scope=reach)
    this_year = year_of(today)
    first = min(year_of(begun).begins, this_year.begins) if begun else this_year.begins
    years = [FinancialYear(number) for number in range(this_year.begins, first - 1, -1)]
    offered: dict[str, list[tuple[str, str]]] = {
        "lot": [("", "Any"), *lots],
        "year": [(str(year.begins), year.words) for year in years],
    }
    if "borough" in schema().fields:
        offered["borough"] = [("", "Any"), *boroughs]
    form = Form(schema, choices=offered, values={"year": str(this_year.begins)})
    asked = {
        name: value for name, value in request.args.items() if value in {known for known, _ in offered.get(name, [])}
    }
    asked.setdefault("year", str(this_year.begins))
    form.parse(MultiDict(asked))
    scope = scope_of(view.actor, borough_id=asked.get("borough"), lot_id=asked.get("lot"))
    return form, scope, FinancialYear(int(asked["year"]))


def report_on(view: Act, scope: Scope, year: FinancialYear, *, endpoint: str) -> Report:
    """Read a report."""
    today = local_date(view.now)
    now_running = spend_rules.running_on(view.session, scope=scope, today=today)
    parts = spend_rules.spend(view.session, scope=scope, year=year, running=now_running)
    method = saving_rules.method_on(view.session, today)
    saved = saving_rules.savings(view.session, scope=scope, year=year, today=today, method=method) if method else []
    avoided = (
        uplift_rules.uplift_avoidance(view.session, scope=scope, year=year, today=today, method=method)
        if method
        else []
    )
    boroughs, lots = spend_rules.choices(view.session, scope=scope)
    arguments = {name: value for name in ("borough", "lot", "year") if (value := request.args.get(name))}
    return Report(
        scope=scope,
        year=year,
        today=today,
        now_running=now_running,
        parts=parts,
        names=dict([*boroughs, *lots]),
        method=method,
        saving_parts=saved,
        uplift_parts=avoided,
        every_borough=endpoint.startswith("hub.") and scope.organisation_id is None,
        endpoint=endpoint,
        arguments=arguments,
    )
