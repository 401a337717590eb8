"""The borough's requests: one list, filtered and sorted in the database."""

from __future__ import annotations

from flask import render_template, request
from marshmallow import Schema

from app.identity.permissions import Permission
from app.requests.queries import CLOSED, requests_of
from app.requests.status import REQUEST, RequestStatus
from app.web.access import permission
from app.web.acts import look
from app.web.borough import bp
from app.web.fields import Choice, Text
from app.web.forms import Form
from app.web.tables import Column, Listing

COLUMNS = (
    Column("reference", "Reference", sort=True),
    Column("status", "Status"),
    Column("child", "Child"),
    Column("lot", "Lot", sort=True),
    Column("needed_from", "Needed from", sort=True),
    Column("offers_close_at", "Offers close", sort=True),
    Column("changed_at", "Last changed", sort=True),
)
STATUSES = (
    ("", "All"),
    *(
        (status.value, "Open for offers" if status is RequestStatus.PUBLISHED else REQUEST.words[status])
        for status in RequestStatus
    ),
    (CLOSED, "Closed for offers"),
)


class Filter(Schema):
    """What the list is narrowed to."""

    status = Choice("Status", choices=STATUSES, kind="select", required=False, optional=False)
    text = Text("Reference", hint="Of a request or a child", required=False, optional=False, max_length=40, width=20)


@bp.get("/requests")
@permission(Permission.REQUEST_READ)
def requests() -> str:
    """The list of requests."""
    listing = Listing.read(request.args, COLUMNS, default="changed_at", descending=True)
    filters = filter_form()
    with look() as view:
        rows, total = requests_of(
            view.session,
            actor=view.actor,
            now=view.now,
            status=request.args.get("status", ""),
            text=request.args.get("text", "")[:40],
            order=listing.order,
            descending=listing.descending,
            limit=listing.limit,
            offset=listing.offset,
        )
        listing.count(total)
        page = {"listing": listing, "rows": rows, "filters": filters, "now": view.now}
        return render_template("borough/requests.html", **page, filtered=bool(request.args))


def filter_form() -> Form:
    """The filter as the address has it."""
    values = {name: request.args.get(name, "")[:40] for name in ("status", "text")}
    return Form(Filter, values=values)
