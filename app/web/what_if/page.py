"""The tables of a what-if page and its file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request, url_for
from marshmallow import Schema

from app.core.clock import local_date
from app.core.money import pounds
from app.reporting.exports import Pounds, csv_of
from app.reporting.frozen_shortlists import service_names, services_of
from app.reporting.what_if import Compared, Outcome, Side
from app.web.access import may
from app.web.acts import Act
from app.web.spending.tables import Section
from app.web.tables import Column, Listing
from app.web.what_if.asking import ASKED, Answer, answer_to, read_question, weights_of
from app.web.what_if.findings import SIDES, figures_of, left_out_lines, measures

OUTCOME_WORDS = {
    Outcome.SAME: "The same",
    Outcome.WITHIN_TIE: "Within a tie",
    Outcome.ANOTHER: "Another",
}
COLUMNS = (
    Column("reference", "Request", sort=True),
    Column("borough", "Borough", sort=True),
    Column("then", "First as shortlisted"),
    Column("now", "First under these weights"),
    Column("outcome", "First offer", sort=True),
    Column("price", "Price a week, change", sort=True, numeric=True),
    Column("quality", "Quality, change", sort=True, numeric=True),
    Column("miles", "Miles, change", sort=True, numeric=True),
    Column("chosen", "Chosen"),
)
PER_PAGE = 20
SIDE_HEADINGS = ("service", "tied with", "pounds a week", "pounds a year", "quality out of 100", "miles")
HEADINGS = (
    *("Request", "Borough", "Frozen on", "First offer under these weights", "Children", "Offers in the order"),
    *(f"{side}: {what}" for side in SIDES for what in SIDE_HEADINGS),
    *("Chosen", "Decision took an offer that was first", "Why left out"),
)
MEASURES = (
    Column("what", "Of the first offers"),
    Column("then", SIDES[0], numeric=True),
    Column("now", SIDES[1], numeric=True),
    Column("change", "Change"),
    Column("over", "Over"),
)


def page_of(view: Act, *, endpoint: str, schema: type[Schema]) -> dict[str, Any]:
    """What the template is given."""
    question = read_question(view, schema)
    given: dict[str, Any] = {"question": question, "answer": None, "spend_page": endpoint.split(".")[0] + ".spend"}
    if question is None:
        return given
    given |= {"form": question.form, "weights_in_force": url_for(endpoint, **_kept(("borough", "service", "period")))}
    answer = answer_to(view, question)
    if answer is None or question.asked is None:
        return given
    section, rows = _different(answer, endpoint.startswith("hub.") and question.scope.organisation_id is None)
    return given | {
        "answer": answer,
        "weights": weights_of(question.asked),
        "figures": figures_of(answer.totals),
        "measures": measures(answer.totals),
        "measure_listing": Listing.fixed(MEASURES),
        "left_out": left_out_lines(answer.totals),
        "listing": section,
        "rows": rows,
        "names": service_names(view.session, services_of(rows)),
        "cells": cells,
        "outcomes": OUTCOME_WORDS,
        "shortlist_pages": endpoint.startswith("borough.") and may("borough.shortlist", view.actor),
        "download": url_for(f"{endpoint}_csv", **_kept(("borough", "service", "period", *ASKED))),
    }


def _kept(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name in names if (value := request.args.get(name, ""))}


def _change(then: int | None, now: int | None) -> int:
    """A difference to sort by; what is not known of both counts as none."""
    return 0 if then is None or now is None else now - then


ORDERS: dict[str, Callable[[Compared], Any]] = {
    "reference": lambda one: one.about.reference,
    "borough": lambda one: one.about.borough,
    "outcome": lambda one: OUTCOME_WORDS[one.outcome],
    "price": lambda one: one.now.weekly_pence - one.then.weekly_pence,
    "quality": lambda one: _change(one.then.quality, one.now.quality),
    "miles": lambda one: _change(one.then.tenths, one.now.tenths),
}


def _different(answer: Answer, every_borough: bool) -> tuple[Listing, list[Compared]]:
    """A page of the requests whose first offer is another now, in the order that the address asks for."""
    columns = tuple(column for column in COLUMNS if every_borough or column.name != "borough")
    listing = Section.of("requests", columns, default="price", descending=False, per_page=PER_PAGE)
    rows = sorted(answer.different, key=lambda one: one.about.reference)
    rows.sort(key=ORDERS[listing.order], reverse=listing.descending)
    listing.count(len(rows))
    return listing, rows[listing.offset : listing.offset + listing.limit]


def cells(one: Compared, names: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Each cell in words: the line and a smaller one beneath."""
    then, now = one.then, one.now
    return {
        "borough": (one.about.borough, ""),
        "then": (names[then.service_id], _tied(then)),
        "now": (names[now.service_id], _tied(now)),
        "outcome": (OUTCOME_WORDS[one.outcome], ""),
        "price": (_signed(_pounds, then.weekly_pence, now.weekly_pence), _both(_pounds, then, now, "weekly_pence")),
        "quality": (_signed(str, then.quality, now.quality), _both(str, then, now, "quality")),
        "miles": (_signed(_miles, then.tenths, now.tenths), _both(_miles, then, now, "tenths")),
        "chosen": (_chosen(one, names), ""),
    }


def _tied(side: Side) -> str:
    return f"Tied with {side.tied} other{'s' if side.tied > 1 else ''}" if side.tied else ""


def _pounds(pence: int) -> str:
    return pounds(pence, whole=True)


def _miles(value: int) -> str:
    return f"{value // 10:,}.{value % 10}"


def _signed(show: Callable[[int], str], then: int | None, now: int | None) -> str:
    if then is None or now is None:
        return "Not known"
    if then == now:
        return "None"
    sign = "+" if now > then else "\N{MINUS SIGN}"
    return f"{sign}{show(abs(now - then))}"


def _both(show: Callable[[int], str], then: Side, now: Side, name: str) -> str:
    values: list[int | None] = [getattr(side, name) for side in (then, now)]
    words = ["not known" if value is None else show(value) for value in values]
    return f"{words[0]} to {words[1]}"


def _chosen(one: Compared, names: dict[str, str]) -> str:
    if not one.chosen_services:
        return "Nobody yet"
    return ", ".join(names[service] for service in one.chosen_services)


def file_of(view: Act, schema: type[Schema]) -> Response:
    """Every request compared and every one left out as a CSV file; only headings where the weights cannot be used."""
    question = read_question(view, schema)
    answer = answer_to(view, question) if question else None
    rows = _file_rows(view, answer) if answer else []
    kind, until = (question.service_type.value, question.period.last.isoformat()) if question else ("none", "now")
    name = f"homeward-what-if-{kind}-{until}.csv".replace("_", "-")
    return Response(
        csv_of(HEADINGS, rows),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
        status=question.form.status if question else 200,
    )


def _file_rows(view: Act, answer: Answer) -> list[list[Any]]:
    names = service_names(view.session, services_of(answer.compared))
    rows: list[list[Any]] = []
    for one in answer.compared:
        line: list[Any] = [
            one.about.reference,
            one.about.borough,
            local_date(one.about.frozen_at).isoformat(),
            OUTCOME_WORDS[one.outcome],
            one.about.places,
            one.ranked,
        ]
        for side in (one.then, one.now):
            line += [names[side.service_id], side.tied, Pounds(side.weekly_pence), Pounds(side.annual_pence)]
            line += ["" if side.quality is None else side.quality, "" if side.tenths is None else _miles(side.tenths)]
        followed = "" if one.followed is None else "Yes" if one.followed else "No"
        rows.append([*line, _chosen(one, names), followed, ""])
    blank = [""] * (len(HEADINGS) - 3)
    return rows + [[one.reference, one.borough, *blank, one.words] for one in answer.left_out]
