"""Who looked at a child's record and when: a list by person and day, and the same as a file."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from marshmallow import Schema

from app.children import records
from app.children.models import Child
from app.children.queries import Looks, count_views, viewers, views_with_names
from app.core.clock import LONDON
from app.identity.permissions import Permission
from app.reporting.exports import csv_of
from app.web.access import permission
from app.web.acts import Act, look
from app.web.borough import bp
from app.web.borough.child_words import tabs
from app.web.fields import Choice, DateField
from app.web.forms import Form
from app.web.records import shown
from app.web.tables import Column, Listing

COLUMNS = (
    Column("when", "When", sort=True),
    Column("who", "Who", sort=True),
    Column("organisation", "For", sort=True),
    Column("what", "Page"),
)


class Filters(Schema):
    """Whose looks, and on which day."""

    person = Choice("Person", kind="select", required=False)
    day = DateField("Day", required=False)


def _asked(view: Act, child_id: str) -> tuple[Child, Form, Looks]:
    row = records.child_for(view.session, actor=view.actor, child_id=child_id)
    people = viewers(view.session, actor=view.actor, child_id=row.id)
    form = Form(Filters, filters=True, choices={"person": people})
    form.parse(request.args)
    return row, form, Looks(form.data.get("person") or "", form.data.get("day"))


@bp.get("/children/<child_id>/views")
@permission(Permission.CHILD_READ)
def child_views(child_id: str) -> str:
    """Everybody who was shown this child's data, the latest first. The record of an erased child keeps it."""
    listing = Listing.read(request.args, COLUMNS, default="when", descending=True, per_page=50)
    with look() as view:
        row, form, looks = _asked(view, child_id)
        shown(view.wiring, view.actor, row.id, f"Who looked at child {row.reference}")
        given: dict[str, Any] = {"actor": view.actor, "child_id": row.id, "looks": looks}
        listing.count(count_views(view.session, **given))
        kept: dict[str, Any] = {**request.args.to_dict(), "child_id": row.id}
        page = {
            "child": row,
            "tabs": [] if row.erased_at else tabs(row, view.actor, "borough.child_views"),
            "filters": form,
            "filtered": looks != Looks(),
            "rows": views_with_names(
                view.session,
                **given,
                order=listing.order,
                descending=listing.descending,
                limit=listing.limit,
                offset=listing.offset,
            ),
            "file": url_for("borough.child_views_csv", **kept),
        }
        return render_template("borough/child_views.html", **page, listing=listing, form=form)


@bp.get("/children/<child_id>/views.csv")
@permission(Permission.CHILD_READ)
def child_views_csv(child_id: str) -> Response:
    """The same list as a file, all pages of it."""
    with look() as view:
        row, _, looks = _asked(view, child_id)
        shown(view.wiring, view.actor, row.id, f"Who looked at child {row.reference}, as a file")
        rows = views_with_names(view.session, actor=view.actor, child_id=row.id, looks=looks, limit=None)
        content = csv_of(
            ["When (London)", "Who", "For", "Page"],
            [
                [f"{one.at.astimezone(LONDON):%Y-%m-%d %H:%M:%S}", one.person, one.organisation, one.what]
                for one in rows
            ],
        )
    name = f"homeward-views-{row.reference}.csv"
    return Response(content, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})
