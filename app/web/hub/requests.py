"""Every borough's requests on the market, for the hub: who asks for what kind of place, by when, and what became of it.

Nothing here is about a child: no name, no child reference, no answers.
"""

from __future__ import annotations

from flask import render_template, request
from marshmallow import Schema

from app.identity.permissions import Permission
from app.requests.lists import CLOSED, RequestFilter, market_requests
from app.requests.status import REQUEST, RequestStatus
from app.web.access import permission
from app.web.acts import look
from app.web.fields import Choice, Text
from app.web.forms import Form
from app.web.hub import bp
from app.web.tables import Column, Listing

COLUMNS = (
    Column("reference", "Reference"),
    Column("borough", "Borough"),
    Column("lot", "Lot"),
    Column("status", "Status"),
    Column("needed_from", "Needed from", sort=True),
    Column("offers_close_at", "Offers close", sort=True),
)
ON_THE_MARKET = (RequestStatus.PUBLISHED, RequestStatus.AWARDED, RequestStatus.UNPLACED, RequestStatus.WITHDRAWN)
STATUSES = (
    ("", "All"),
    *(
        (one.value, "Open for offers" if one is RequestStatus.PUBLISHED else REQUEST.words[one])
        for one in ON_THE_MARKET
    ),
    (CLOSED, "Closed for offers"),
)


class Filter(Schema):
    """What the list is narrowed to."""

    status = Choice("Status", choices=STATUSES, kind="select", required=False, optional=False)
    text = Text("Reference", required=False, optional=False, max_length=40, width=20)


@bp.get("/requests")
@permission(Permission.MARKET_READ)
def requests() -> str:
    """The list."""
    listing = Listing.read(request.args, COLUMNS, default="offers_close_at", descending=True)
    values = {name: request.args.get(name, "")[:40] for name in ("status", "text")}
    with look() as view:
        rows, total = market_requests(
            view.session,
            actor=view.actor,
            now=view.now,
            wanted=RequestFilter(status=values["status"], text=values["text"]),
            order=listing.order,
            descending=listing.descending,
            limit=listing.limit,
            offset=listing.offset,
        )
        page = {"listing": listing.count(total), "rows": rows, "filters": Form(Filter, values=values), "now": view.now}
        return render_template("hub/requests.html", **page, filtered=bool(request.args))
