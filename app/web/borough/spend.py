"""What a borough's own placements cost, will cost and have saved."""

from __future__ import annotations

from flask import Response, render_template, request

from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import look
from app.web.borough import bp
from app.web.spending.files import file_of
from app.web.spending.page import page_of
from app.web.spending.report import OwnFilterForm, read_filters, report_on

PAGE = "borough.spend"


@bp.get("/spend")
@permission(Permission.BOROUGH_SPEND_READ)
def spend() -> str:
    """What the borough's placements cost and will cost, by lot and month, and what was saved against benchmarks."""
    with look() as view:
        return render_template("borough/spend.html", **page_of(view, endpoint=PAGE, schema=OwnFilterForm))


@bp.get("/spend.csv")
@permission(Permission.BOROUGH_SPEND_READ)
def spend_csv() -> Response:
    """One table of the page as a file, under the same filters."""
    with look() as view:
        _, scope, year = read_filters(view, OwnFilterForm)
        return file_of(view, report_on(view, scope, year, endpoint=PAGE), request.args.get("table", ""))
