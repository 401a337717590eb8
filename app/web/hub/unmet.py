"""Needs that the market did not meet, counted by reason, lot, age and month: for the hub of every borough."""

from __future__ import annotations

import datetime as dt

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from app.core.clock import local_date
from app.identity.permissions import Permission
from app.offers.ending import children_placed
from app.reporting.exports import Cell, Pounds, csv_of
from app.requests.unmet import UnmetNeeds, unmet_needs
from app.web.access import permission
from app.web.acts import Act, look
from app.web.hub import bp
from app.web.tables import Column, Listing

COLUMNS = (
    Column("month", "Month"),
    Column("why", "Why"),
    Column("lot", "Lot"),
    Column("age", "Age"),
    Column("requests", "Requests", numeric=True),
    Column("children", "Children", numeric=True),
)
MONTHS = 24


@bp.get("/requests/unmet")
@permission(Permission.MARKET_READ)
def unmet() -> ResponseReturnValue:
    """The last two years."""
    with look() as view:
        since, found = _found(view)
        return render_template("hub/unmet.html", listing=Listing.fixed(COLUMNS), found=found, since=since)


@bp.get("/requests/unmet.csv")
@permission(Permission.MARKET_READ)
def unmet_csv() -> Response:
    """The same as a file."""
    with look() as view:
        _, found = _found(view)
    rows: list[list[Cell | Pounds]] = [
        [f"{one.month:%Y-%m}", one.code, one.words, one.lot, one.age_band, one.requests, one.children]
        for one in found.lines
    ]
    content = csv_of(("Month", "Code", "Why", "Lot", "Age", "Requests", "Children"), rows)
    headers = {"Content-Disposition": 'attachment; filename="unmet-needs.csv"'}
    return Response(content, mimetype="text/csv", headers=headers)


def _found(view: Act) -> tuple[dt.date, UnmetNeeds]:
    today = local_date(view.now)
    since = today.replace(year=today.year - MONTHS // 12, day=1)
    return since, unmet_needs(view.session, actor=view.actor, since=since, until=today, placed=children_placed())
