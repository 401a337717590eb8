"""Children of the borough: finding one, recording one, and a record with its needs, requests and who looked at it.

No name is ever in an address: a child is searched for by a form that posts, and pages are named by reference.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children import needs as measures
from app.children import records
from app.children.ages import age_weeks, age_words
from app.children.codes import ethnicities, ethnicity_words
from app.children.queries import views_with_names
from app.core.clock import local_date
from app.core.errors import Invalid, Stale
from app.identity.permissions import Permission
from app.requests.drafting import start_draft
from app.requests.lists import requests_of_child
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.charts import line_chart
from app.web.fields import Choice, DateField, Hidden, Postcode, Text
from app.web.forms import Form
from app.web.records import shown
from app.web.tables import Column, Listing

COLUMNS = (Column("reference", "Reference"), Column("sex", "Sex"), Column("recorded", "Recorded"))
VIEWS = (Column("when", "When"), Column("who", "Who"), Column("what", "Page"))
MEASURES = (
    Column("day", "Day"),
    Column("total", "Total of 36", numeric=True),
    Column("missing", "Not measured", numeric=True),
)


class FindForm(Schema):
    """Finds exactly this name, whatever its case, accents and hyphens."""

    given_name = Text("First name", max_length=100, width="two-thirds", autocomplete="off", spellcheck=False)
    family_name = Text("Last name", max_length=100, width="two-thirds", autocomplete="off", spellcheck=False)


class ChildForm(Schema):
    """Who a child is."""

    given_name = Text("First name", max_length=100, width="two-thirds", autocomplete="off", spellcheck=False)
    family_name = Text("Last name", max_length=100, width="two-thirds", autocomplete="off", spellcheck=False)
    date_of_birth = DateField("Date of birth", hint="For example, 27 3 2013", missing="Enter the child's date of birth")
    sex = Choice("Sex", choices=tuple(records.SEXES.items()), missing="Choose the child's sex")
    ethnicity = Choice(
        "Ethnicity", choices=(("", "Choose"), *ethnicities()), kind="select", missing="Choose the child's ethnicity"
    )
    home_postcode = Postcode(
        "Home postcode",
        hint="Where the child's family home is. Providers see only its first part and one digit",
        missing="Enter the full postcode of the child's family home",
    )


class ChangeForm(ChildForm):
    """The same, with the version that was shown."""

    version = Hidden(number=True)


@bp.get("/children")
@permission(Permission.CHILD_READ)
def children() -> str:
    """The borough's children by reference, and a form to find one by name."""
    listing = Listing.read(request.args, COLUMNS, default="recorded")
    with look() as view:
        rows = records.children_of(view.session, actor=view.actor, limit=listing.limit, offset=listing.offset)
        listing.count(records.count_children(view.session, actor=view.actor))
        page = {"listing": listing, "rows": rows, "sexes": records.SEXES, "find": Form(FindForm)}
        return render_template("borough/children.html", **page)


@bp.post("/children/find")
@permission(Permission.CHILD_READ)
def find_child() -> ResponseReturnValue:
    """Children of exactly this name. Each one found is a view of that child's record."""
    form = Form(FindForm)
    with look() as view:
        found = []
        if form.parse(request.form):
            found = records.find_children(view.session, actor=view.actor, vault=view.wiring.vault, **form.data)
        for child in found:
            shown(view.wiring, view.actor, child.id, "Found by name")
        page = {"form": form, "found": found, "listing": Listing.fixed(COLUMNS), "sexes": records.SEXES}
        return render_template("borough/child_find.html", **page), form.status


@bp.route("/children/new", methods=["GET", "POST"])
@permission(Permission.CHILD_WRITE)
def new_child() -> ResponseReturnValue:
    """Record a child."""
    form = Form(ChildForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                child = records.record_child(
                    doing.session, actor=doing.actor, vault=doing.wiring.vault, now=doing.now, **form.data
                )
                return doing.go(url_for("borough.child", child_id=child.id), f"Child recorded as {child.reference}")
        except Invalid as error:
            form.refuse(error)
    return render_template("borough/child_form.html", form=form, child=None), form.status


@bp.get("/children/<child_id>")
@permission(Permission.CHILD_READ)
def child(child_id: str) -> str:
    """A child's record."""
    with look() as view:
        row = records.child_for(view.session, actor=view.actor, child_id=child_id)
        shown(view.wiring, view.actor, row.id, f"Child {row.reference}")
        identity = records.reveal(vault=view.wiring.vault, child=row)
        weeks = age_weeks(identity.date_of_birth, local_date(view.now))
        page: dict[str, Any] = {
            "child": row,
            "identity": identity,
            "age": age_words(weeks),
            "sex": records.SEXES[row.sex],
            "ethnicity": ethnicity_words(identity.ethnicity),
            "requests": _requests(view, row.id),
            **_needs(view, row.id),
        }
        seen = views_with_names(view.session, actor=view.actor, child_id=row.id, limit=20)
        return render_template("borough/child.html", **page, seen=seen, seen_listing=Listing.fixed(VIEWS))


def _requests(view: Act, child_id: str) -> list[dict[str, Any]]:
    return [
        {
            "title": one.reference,
            "href": url_for("borough.request", request_id=one.id),
            "meta": f"Written by {one.writer}",
            "tag": (one.words(view.now), "neutral"),
        }
        for one in requests_of_child(view.session, actor=view.actor, child_id=child_id)
    ]


def _needs(view: Act, child_id: str) -> dict[str, Any]:
    history = measures.history(view.session, actor=view.actor, child_id=child_id)
    domains = [one.domain for one in measures.indicators(view.session, local_date(view.now))]
    totals = [(one.measured_on, measures.totals(one.scores, domains)) for one in history]
    chart = None
    if len(totals) > 1:
        first, last = totals[0][1].total, totals[-1][1].total
        way = "fell" if last < first else "rose" if last > first else "stayed the same"
        chart = line_chart(
            f"Needs {way} from {first} to {last} of 36" if first != last else f"Needs stayed at {last} of 36",
            [f"{day.day} {day:%b %Y}" for day, _ in totals],
            {"Total": [float(total.total) for _, total in totals]},
            unit="total of the 12 indicators",
            label_heading="Day",
        )
    return {"totals": totals[::-1], "needs_chart": chart, "needs_listing": Listing.fixed(MEASURES)}


@bp.route("/children/<child_id>/change", methods=["GET", "POST"])
@permission(Permission.CHILD_WRITE)
def change_child(child_id: str) -> ResponseReturnValue:
    """Put a child's record right."""
    form = Form(ChangeForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                child = records.correct_child(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    child_id=child_id,
                    now=doing.now,
                    **form.data,
                )
                return doing.go(url_for("borough.child", child_id=child.id), "Record changed")
        except (Invalid, Stale) as error:
            form.refuse(error)
    with look() as view:
        row = records.child_for(view.session, actor=view.actor, child_id=child_id)
        shown(view.wiring, view.actor, row.id, f"Change child {row.reference}")
        if request.method == "GET":
            identity = records.reveal(vault=view.wiring.vault, child=row)
            names = [name for name in form.views if name != "version"]
            form = Form(ChangeForm, values={name: getattr(identity, name) for name in names} | {"version": row.version})
        return render_template("borough/child_form.html", form=form, child=row), form.status


@bp.post("/children/<child_id>/request")
@permission(Permission.REQUEST_WRITE)
def start_request(child_id: str) -> ResponseReturnValue:
    """Start a request for a child."""
    with act() as doing:
        draft = start_draft(
            doing.session, actor=doing.actor, vault=doing.wiring.vault, child_id=child_id, now=doing.now
        )
        return doing.go(url_for("borough.request_form", request_id=draft.id))
