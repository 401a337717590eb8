"""Who joined the register and who left it, by the list of a year."""

from __future__ import annotations

import datetime as dt

from flask import render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.workdays import date_words
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import look
from app.web.fields import Choice
from app.web.forms import Form
from app.web.hub import bp
from app.web.tables import Column, Listing
from providers.register.history import change_dates, changes, count_changes
from providers.register.queries import held_of, local_authorities
from providers.register.status import ChangeKind, provision_words

COLUMNS = (
    Column("name", "Name", sort=True),
    Column("urn", "URN"),
    Column("kind", "What"),
    Column("day", "On", sort=True),
    Column("type", "Type", sort=True),
    Column("authority", "Local authority", sort=True),
    Column("places", "Places", numeric=True, sort=True),
)
KINDS = (("", "Joined or left"), (ChangeKind.JOINED.value, "Joined"), (ChangeKind.LEFT.value, "Left"))


class FilterForm(Schema):
    """What narrows the list."""

    day = Choice("Year to", kind="select", required=False, optional=False)
    kind = Choice("What", kind="select", required=False, optional=False, choices=KINDS)
    authority = Choice("Local authority", kind="select", required=False, optional=False, width="full")


@bp.get("/register/changes")
@permission(Permission.REGISTER_READ)
def register_changes() -> ResponseReturnValue:
    """The market's comings and goings, the latest first."""
    listing = Listing.read(request.args, COLUMNS, default="day", descending=True)
    with look() as view:
        days = change_dates(view.session)
        choices = {
            "day": [(day.isoformat(), date_words(day)) for day in days],
            "authority": [("", "Any authority"), *local_authorities(view.session)],
        }
        form = Form(FilterForm, choices=choices)
        form.parse(request.args)
        day = next((one for one in days if one.isoformat() == form.data.get("day")), days[0] if days else None)
        form.raw["day"] = day.isoformat() if day else ""
        rows, total = changes(
            view.session,
            as_of=day or dt.date.min,
            kind=ChangeKind(form.data["kind"]) if form.data.get("kind") else None,
            authority=form.data.get("authority") or "",
            order=listing.order,
            descending=listing.descending,
            limit=listing.limit,
            offset=listing.offset,
        )
        return render_template(
            "hub/register_changes.html",
            listing=listing.count(total),
            filter_form=form,
            day=day,
            rows=rows,
            counts=count_changes(view.session, day) if day else {},
            held=held_of(view.session, [row.urn for row in rows]),
            provision_words=provision_words,
        )
