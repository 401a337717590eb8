"""Children of the borough: the list, finding one, recording one who is not known yet, and a child's record.

No name is ever in an address: a child is searched for by a form that posts, and pages are named by reference.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children import duplicates, finding, records
from app.children.ages import age_weeks, age_words
from app.children.codes import ethnicities, ethnicity_words
from app.children.links import sibling_lines
from app.children.merging import former_records
from app.children.models import Child
from app.children.queries import views_with_names
from app.children.status import SIBLING_WORDS
from app.core.clock import local_date
from app.core.errors import Invalid, Stale
from app.identity.permissions import Permission
from app.requests.caseload import AGE_BANDS, children_of
from app.requests.drafting import start_draft
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.child_words import needs_summary, placements_of, requests_of, tabs
from app.web.fields import Choice, DateField, Hidden, LongText, Postcode, Text, Tick
from app.web.forms import Form
from app.web.records import shown
from app.web.tables import Column, Listing

COLUMNS = (
    Column("reference", "Reference", sort=True),
    Column("sex", "Sex"),
    Column("open", "Open requests", sort=True, numeric=True),
    Column("recorded", "Recorded", sort=True),
)
FOUND = (
    Column("reference", "Reference"),
    Column("name", "Name"),
    Column("born", "Date of birth"),
    Column("how", "How it was found"),
)
ALIKE = (
    Column("reference", "Reference"),
    Column("name", "Name"),
    Column("born", "Date of birth"),
    Column("why", "Why it may be the same child"),
)
VIEWS = (Column("when", "When"), Column("who", "Who"), Column("what", "Page"))
SIBLINGS = (Column("name", "Name"), Column("kind", "How related"), Column("added", "Added"), Column("do", "Do"))


class FindForm(Schema):
    """By reference, by name however it is written, or by date of birth."""

    reference = Text("Reference", max_length=20, width=10, autocomplete="off", spellcheck=False, required=False)
    given_name = Text("First name", max_length=100, width=20, autocomplete="off", spellcheck=False, required=False)
    family_name = Text("Last name", max_length=100, width=20, autocomplete="off", spellcheck=False, required=False)
    date_of_birth = DateField("Date of birth", hint="For example, 27 3 2013", required=False)


class Filters(Schema):
    """What the list shows."""

    text = Text("Reference", max_length=20, width=10, required=False)
    age = Choice(
        "Age", choices=tuple((code, band[0]) for code, band in AGE_BANDS.items()), kind="select", required=False
    )
    sex = Choice("Sex", choices=tuple(records.SEXES.items()), kind="select", required=False)
    requests = Choice("Requests", choices=(("open", "With an open request"),), kind="select", required=False)


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


class AnotherForm(ChildForm):
    """The same, once somebody has seen who the child may be: that it is another one, and why."""

    another = Tick("This is another child")
    reason = LongText(
        "Why is it another child?",
        hint="For example, twins, or cousins with one name. It is kept, encrypted, with both records",
        required=False,
        optional=False,
        max_length=2000,
        rows=3,
    )
    seen = Hidden(required=False)


class ChangeForm(ChildForm):
    """The same, with the version that was shown."""

    version = Hidden(number=True)


@bp.get("/children")
@permission(Permission.CHILD_READ)
def children() -> str:
    """The borough's children by reference, and a form to find one."""
    listing = Listing.read(request.args, COLUMNS, default="recorded", descending=True)
    filters = Form(Filters, filters=True)
    filters.parse(request.args)
    asked = filters.data
    with look() as view:
        rows, total = children_of(
            view.session,
            actor=view.actor,
            vault=view.wiring.vault,
            now=view.now,
            sex=asked.get("sex") or "",
            age=asked.get("age") or "",
            only_open=asked.get("requests") == "open",
            text=asked.get("text") or "",
            order=listing.order,
            descending=listing.descending,
            limit=listing.limit,
            offset=listing.offset,
        )
        listing.count(total)
        page = {
            "listing": listing,
            "rows": rows,
            "sexes": records.SEXES,
            "find": Form(FindForm, filters=True),
            "filters": filters,
        }
        return render_template("borough/children.html", **page, filtered=any(asked.values()))


@bp.post("/children/find")
@permission(Permission.CHILD_READ)
def find_child() -> ResponseReturnValue:
    """The child with a reference, or children of this name or one that sounds like it. Each one shown is a view of that
    child's record.
    """
    form = Form(FindForm, filters=True)
    with look() as view:
        rows: list[dict[str, Any]] = []
        if form.parse(request.form):
            data = form.data
            try:
                if data["reference"]:
                    child = records.child_by_reference(
                        view.session, actor=view.actor, reference=data["reference"], field="reference"
                    )
                    return redirect(url_for("borough.child", child_id=child.id), 303)
                found = finding.search(
                    view.session,
                    actor=view.actor,
                    vault=view.wiring.vault,
                    given_name=data["given_name"],
                    family_name=data["family_name"],
                    date_of_birth=data["date_of_birth"],
                )
                rows = [
                    _who(view, one.child, "Found by name")
                    | {"how": finding.MATCH_WORDS[one.match], "former": one.former}
                    for one in found
                ]
            except Invalid as error:
                form.refuse(error)
        page = {"form": form, "found": rows, "listing": Listing.fixed(FOUND)}
        return render_template("borough/child_find.html", **page), form.status


def _who(view: Act, child: Child, what: str) -> dict[str, Any]:
    """A child in a list of a few, by name: a view of the record, logged first."""
    shown(view.wiring, view.actor, child.id, what)
    return {"child": child, "identity": records.reveal(vault=view.wiring.vault, child=child)}


@bp.route("/children/new", methods=["GET", "POST"])
@permission(Permission.CHILD_WRITE)
def new_child() -> ResponseReturnValue:
    """Record a child. Whoever may be the same is shown first: the officer opens that record, or says why it is another
    child.
    """
    form, ask, data = Form(AnotherForm), False, {}
    if request.method == "POST" and form.parse(request.form):
        data = dict(form.data)
        seen = str(data.pop("seen") or "").split()
        try:
            with act() as doing:
                child = duplicates.record_new_child(
                    doing.session, actor=doing.actor, vault=doing.wiring.vault, now=doing.now, seen=seen, **data
                )
                return doing.go(url_for("borough.child", child_id=child.id), f"Child recorded as {child.reference}")
        except duplicates.LikelyKnown:
            ask = True
            if data["another"]:
                form.add_error("another", "Another record that may be this child was found. Look at all of them")
        except Invalid as error:
            form.refuse(error)
            ask = "reason" in error.errors
    with look() as view:
        likely = _likely(view, data) if ask else []
    form.raw["seen"] = " ".join(one["child"].reference for one in likely)
    page = {"form": form, "child": None, "likely": likely, "listing": Listing.fixed(ALIKE)}
    status = form.status if form.errors else 409 if likely else 200
    return render_template("borough/child_form.html", **page), status


def _likely(view: Act, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Who the child being recorded may be: each is a view of that child's record."""
    found = duplicates.suggestions_for(
        view.session,
        actor=view.actor,
        vault=view.wiring.vault,
        **{name: data[name] for name in ("given_name", "family_name", "date_of_birth")},
    )
    return [_who(view, one.child, "May be a child being recorded") | {"why": one.words} for one in found]


@bp.get("/children/<child_id>")
@permission(Permission.CHILD_READ)
def child(child_id: str) -> ResponseReturnValue:
    """A child's record. A merged one leads to the record that stands for the child."""
    with look() as view:
        row = records.child_for(view.session, actor=view.actor, child_id=child_id)
        if row.id != child_id:
            return redirect(url_for("borough.child", child_id=row.id), 303)
        if row.erased_at is not None:
            return redirect(url_for("borough.child_erased", child_id=row.id), 303)
        shown(view.wiring, view.actor, row.id, f"Child {row.reference}")
        vault = view.wiring.vault
        identity = records.reveal(vault=vault, child=row)
        siblings = sibling_lines(view.session, actor=view.actor, vault=vault, child_id=row.id)
        for one in siblings:
            shown(view.wiring, view.actor, one.child.id, f"Sibling on child {row.reference}")
        seen = views_with_names(view.session, actor=view.actor, child_id=row.id, limit=10)
        page: dict[str, Any] = {
            "child": row,
            "tabs": tabs(row, view.actor, "borough.child"),
            "identity": identity,
            "age": age_words(age_weeks(identity.date_of_birth, local_date(view.now))),
            "sex": records.SEXES[row.sex],
            "ethnicity": ethnicity_words(identity.ethnicity),
            "siblings": [(one, records.reveal(vault=vault, child=one.child)) for one in siblings],
            "sibling_words": SIBLING_WORDS,
            "sibling_listing": Listing.fixed(SIBLINGS),
            "former": former_records(view.session, actor=view.actor, vault=vault, child_id=row.id),
            "requests": requests_of(view, row.id),
            "placements": placements_of(view, row.id),
            **needs_summary(view, row.id),
        }
        return render_template("borough/child.html", **page, seen=seen, seen_listing=Listing.fixed(VIEWS))


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
        return render_template("borough/child_form.html", form=form, child=row, likely=[]), form.status


@bp.post("/children/<child_id>/request")
@permission(Permission.REQUEST_WRITE)
def start_request(child_id: str) -> ResponseReturnValue:
    """Start a request for a child."""
    with act() as doing:
        draft = start_draft(
            doing.session, actor=doing.actor, vault=doing.wiring.vault, child_id=child_id, now=doing.now
        )
        return doing.go(url_for("borough.request_form", request_id=draft.id))
