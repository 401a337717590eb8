"""The borough's requests: one list, filtered and sorted in the database; the lists that a person keeps; the same as a
file.
"""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid
from app.identity.permissions import Permission
from app.reporting.exports import csv_of
from app.requests import views
from app.requests.lists import (
    CLOSED,
    LATE,
    MINE,
    NEEDED_SOON,
    OFFERS_TODAY,
    SOON_DAYS,
    WAITING,
    RequestFilter,
    requests_of,
)
from app.requests.status import REQUEST, URGENCY_WORDS, RequestStatus, Urgency
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.fields import Choice, Text
from app.web.forms import Form
from app.web.tables import DIRECTION, SORT, Column, Listing
from providers.market.queries import lots_of_borough

COLUMNS = (
    Column("reference", "Reference"),
    Column("status", "Status"),
    Column("child", "Child"),
    Column("urgency", "Urgency"),
    Column("lot", "Lot"),
    Column("needed_from", "Needed from", sort=True),
    Column("offers_close_at", "Offers close", sort=True),
    Column("changed_at", "Last changed", sort=True),
)
STATUSES = (
    *(
        (status.value, "Open for offers" if status is RequestStatus.PUBLISHED else REQUEST.words[status])
        for status in RequestStatus
    ),
    (CLOSED, "Closed for offers"),
)
DUE = (
    (OFFERS_TODAY, "Offers close today"),
    (NEEDED_SOON, f"Needed within {SOON_DAYS} days"),
    (LATE, "Late: needed before today"),
)
SHIPPED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("All", {}),
    ("Waiting for me", {"whose": WAITING}),
    ("My requests", {"whose": MINE}),
    ("Today's deadlines", {"due": OFFERS_TODAY, SORT: "offers_close_at"}),
)
MOST_IN_A_FILE = 20_000


class Filter(Schema):
    """What the list is narrowed to."""

    whose = Choice(
        "Whose", kind="select", required=False, choices=((WAITING, "Waiting for me"), (MINE, "Written by me"))
    )
    status = Choice("Status", kind="select", required=False, choices=STATUSES)
    due = Choice("Deadline", kind="select", required=False, choices=DUE)
    urgency = Choice("Urgency", kind="select", required=False, choices=tuple(URGENCY_WORDS.items()))
    lot = Choice("Lot", kind="select", required=False)
    text = Text("Reference", hint="Of a request or a child", required=False, max_length=40, width=20)


class KeepForm(Schema):
    """A name for the list as it is narrowed now."""

    name = Text("Name of this list", max_length=views.NAME_LONGEST, width=20)


@bp.get("/requests")
@permission(Permission.REQUEST_READ)
def requests() -> ResponseReturnValue:
    """The list of requests."""
    with look() as view:
        return _list_page(view, Form(KeepForm))


@bp.post("/requests")
@permission(Permission.REQUEST_READ)
def keep_requests() -> ResponseReturnValue:
    """Keep the list as it is narrowed now under a name."""
    form = Form(KeepForm)
    if form.parse(request.form):
        try:
            with act() as doing:
                asked = _asked(_filters(doing))
                kept = views.keep_view(
                    doing.session, actor=doing.actor, name=form.data["name"], asked=asked, now=doing.now
                )
                return doing.go(url_for("borough.requests", **kept.asked), f"You keep this list as {kept.name}")
        except (Invalid, Conflict) as error:
            form.refuse(error)
    with look() as view:
        return _list_page(view, form), form.status


@bp.post("/requests/lists/<view_id>/drop")
@permission(Permission.REQUEST_READ)
def drop_requests(view_id: str) -> ResponseReturnValue:
    """Keep a list no more."""
    with act() as doing:
        name = views.drop_view(doing.session, actor=doing.actor, view_id=view_id)
        return doing.go(url_for("borough.requests"), f"You no longer keep the list {name}")


@bp.get("/requests.csv")
@permission(Permission.REQUEST_READ)
def requests_csv() -> ResponseReturnValue:
    """The requests that the filters let through, as a CSV file: no more than fit a spreadsheet that people read."""
    listing = Listing.read(request.args, COLUMNS, default="changed_at", descending=True)
    with look() as view:
        rows, _ = requests_of(
            view.session,
            actor=view.actor,
            now=view.now,
            wanted=_wanted(_filters(view)),
            order=listing.order,
            descending=listing.descending,
            limit=MOST_IN_A_FILE,
        )
        content = csv_of([*(column.label for column in COLUMNS), "Written by"], [_cells(view, row) for row in rows])
        name = f"homeward-requests-{local_date(view.now).isoformat()}.csv"
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, mimetype="text/csv", headers=disposition)


def _list_page(view: Act, keep: Form) -> str:
    listing = Listing.read(request.args, COLUMNS, default="changed_at", descending=True)
    filters = _filters(view)
    rows, total = requests_of(
        view.session,
        actor=view.actor,
        now=view.now,
        wanted=_wanted(filters),
        order=listing.order,
        descending=listing.descending,
        limit=listing.limit,
        offset=listing.offset,
    )
    asked = _asked(filters)
    kept = views.views_of(view.session, actor=view.actor)
    tabs = [(name, url_for("borough.requests", **wanted), wanted == asked) for name, wanted in SHIPPED]
    tabs += [(one.name, url_for("borough.requests", **one.asked), one.asked == asked) for one in kept]
    return render_template(
        "borough/requests.html",
        listing=listing.count(total),
        rows=rows,
        filters=filters,
        form=keep,
        now=view.now,
        asked=asked,
        tabs=tabs,
        here=next((one for one in kept if one.asked == asked), None),
        shipped=any(wanted == asked for _, wanted in SHIPPED),
        urgencies=URGENCY_WORDS,
        file=url_for("borough.requests_csv", **asked),
    )


def _filters(view: Act) -> Form:
    """The filters as the address has them. What no filter offers narrows nothing."""
    lots = lots_of_borough(view.session, view.actor.organisation_id, local_date(view.now))
    form = Form(Filter, choices={"lot": [(lot.id, lot.name) for lot in lots]}, filters=True)
    form.parse(request.args)
    return form


def _wanted(form: Form) -> RequestFilter:
    said = {name: value or "" for name, value in form.data.items()}
    return RequestFilter(lot_id=said.pop("lot", ""), **said)


def _asked(form: Form) -> dict[str, Any]:
    """What is set, for an address: the filters, and the order where one was chosen."""
    said: dict[str, Any] = {name: str(value) for name, value in form.data.items() if value}
    sortable = {column.name for column in COLUMNS if column.sort}
    if request.args.get(SORT) in sortable:
        said[SORT] = request.args[SORT]
        if request.args.get(DIRECTION) == "descending":
            said[DIRECTION] = "descending"
    return said


def _cells(view: Act, row: Any) -> list[str | None]:
    return [
        row.reference,
        row.words(view.now),
        row.child_reference,
        URGENCY_WORDS[Urgency(row.urgency)] if row.urgency else None,
        row.lot_name,
        row.needed_from.isoformat() if row.needed_from else None,
        row.offers_close_at.isoformat() if row.offers_close_at else None,
        row.changed_at.isoformat(),
        row.writer,
    ]
