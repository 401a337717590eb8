"""Two records side by side: suspected duplicates, telling two children apart, merging two records of one; and
siblings.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children import duplicates, links, merging, records
from app.children.codes import ethnicity_words
from app.children.indexes import marks_on
from app.children.status import SIBLING_WORDS, SiblingKind
from app.core.errors import Conflict, Invalid, Stale
from app.core.workdays import date_words
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.fields import Choice, Hidden, LongText, Text
from app.web.forms import Form
from app.web.records import shown
from app.web.tables import Column, Listing

SUSPECTED = (
    Column("one", "Recorded first"),
    Column("two", "Recorded later"),
    Column("why", "Why they may be one child"),
    Column("do", "Do"),
)
FIELDS = {
    "given_name": "First name",
    "family_name": "Last name",
    "date_of_birth": "Date of birth",
    "sex": "Sex",
    "ethnicity": "Ethnicity",
    "home_postcode": "Home postcode",
}
REFERENCE: dict[str, Any] = {"max_length": 20, "width": 10, "autocomplete": "off", "spellcheck": False}


class OtherForm(Schema):
    """Which other record."""

    reference = Text("Reference of the other record", hint="It looks like CH-7K4M2P", **REFERENCE)


class DistinctForm(Schema):
    """Why two records are of two children."""

    reference = Hidden()
    apart = LongText(
        "Why are they two children?",
        hint="For example, twins, or cousins with one name. It is kept, encrypted, with both records",
        missing="Say why they are two children",
        max_length=2000,
        rows=3,
    )


class SiblingForm(Schema):
    """Who is a sibling, how, and how that is known."""

    reference = Text(
        "Reference of the sibling",
        hint="It looks like CH-7K4M2P. Record the sibling first if they are not here yet",
        missing="Enter the sibling's reference",
        **REFERENCE,
    )
    kind = Choice(
        "How are they related?",
        choices=tuple((one.value, SIBLING_WORDS[one]) for one in SiblingKind),
        missing="Choose how they are related",
    )
    reason = LongText(
        "How is it known?",
        hint="For example, the birth certificates, or what the family said. It is kept encrypted",
        missing="Say how it is known that they are siblings",
        max_length=2000,
        rows=3,
    )


class UnlinkForm(Schema):
    """Why two children are not to be linked."""

    reference = Hidden()
    reason = LongText("Why is the link removed?", missing="Say why the link is removed", max_length=2000, rows=3)


@bp.get("/children/duplicates")
@permission(Permission.CHILD_READ)
def suspected_duplicates() -> str:
    """Records that may be of one child, until somebody has decided."""
    listing = Listing.read(request.args, SUSPECTED, default="one")
    with look() as view:
        rows, total = duplicates.suspected(view.session, actor=view.actor, limit=listing.limit, offset=listing.offset)
        return render_template("borough/children_duplicates.html", listing=listing.count(total), rows=rows)


@bp.get("/children/<child_id>/compare")
@permission(Permission.CHILD_READ)
def compare_children(child_id: str) -> ResponseReturnValue:
    """Two records side by side, and what merging them would do."""
    form = Form(OtherForm)
    asked = "reference" in request.args
    with look() as view:
        row = records.child_for(view.session, actor=view.actor, child_id=child_id)
        if asked and form.parse(request.args):
            try:
                return _compared(view, row.id, form.data["reference"]), 200
            except Invalid as error:
                form.refuse(error)
        return render_template("borough/child_compare_with.html", form=form, child=row), form.status


def _compared(
    view: Act, child_id: str, reference: str, *, merge_form: Form | None = None, distinct_form: Form | None = None
) -> str:
    found = merging.preview(
        view.session, actor=view.actor, vault=view.wiring.vault, child_id=child_id, reference=reference
    )
    kept, merged = found.kept.child, found.merged.child
    for one, other in ((kept, merged), (merged, kept)):
        shown(view.wiring, view.actor, one.id, f"Compared with child {other.reference}")
    why = duplicates.alike(marks_on(kept), marks_on(merged))
    versions = {"reference": merged.reference, "version": kept.version, "other_version": merged.version}
    merge_form = merge_form or Form(_merge_schema(found), values=versions)
    for name, value in versions.items():
        merge_form.raw[name] = merge_form.raw[name] or str(value)
    forms = [one for one in (merge_form, distinct_form) if one and one.errors]
    page: dict[str, Any] = {
        "found": found,
        "rows": [(FIELDS[name], _said(found.kept, name), _said(found.merged, name)) for name in FIELDS],
        "why": duplicates.ALIKE_WORDS[why] if why else "",
        "apart": duplicates.distinct_reason(view.session, vault=view.wiring.vault, one=kept, two=merged),
        "decided": duplicates.are_distinct(view.session, kept.id, merged.id),
        "merge_form": merge_form,
        "distinct_form": distinct_form or Form(DistinctForm, values=versions),
        "form": forms[0] if forms else merge_form,
    }
    return render_template("borough/child_compare.html", **page)


def _said(side: merging.Side, name: str) -> str:
    """One part of an identity as it is read."""
    value = getattr(side.identity, name)
    if name == "date_of_birth":
        return date_words(value)
    return records.SEXES[value] if name == "sex" else ethnicity_words(value) if name == "ethnicity" else str(value)


def _merge_schema(found: merging.Preview) -> type[Schema]:
    """Which of the two is right where they differ, why, and the versions that were shown."""
    fields: dict[str, Any] = {
        "reference": Hidden(),
        "version": Hidden(number=True),
        "other_version": Hidden(number=True),
    }
    for name in found.differ:
        fields[f"keep_{name}"] = Choice(
            f"Which {FIELDS[name].lower()} is right?",
            choices=(("kept", _said(found.kept, name)), ("merged", _said(found.merged, name))),
            missing=f"Choose which {FIELDS[name].lower()} is right",
        )
    fields["reason"] = LongText(
        "Why are they one child?",
        hint="It is kept encrypted",
        missing="Say why they are one child",
        max_length=2000,
        rows=3,
    )
    return Schema.from_dict(fields)


@bp.post("/children/<child_id>/merge")
@permission(Permission.CHILD_MERGE)
def merge_children(child_id: str) -> ResponseReturnValue:
    """Merge another record into this one."""
    reference = request.form.get("reference", "")[:20]
    with look() as view:
        found = merging.preview(
            view.session, actor=view.actor, vault=view.wiring.vault, child_id=child_id, reference=reference
        )
    form = Form(_merge_schema(found))
    if form.parse(request.form):
        data = form.data
        try:
            with act() as doing:
                kept = merging.merge(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    child_id=child_id,
                    reference=reference,
                    keep={name: data[f"keep_{name}"] for name in found.differ},
                    reason=data["reason"],
                    version=data["version"],
                    other_version=data["other_version"],
                    now=doing.now,
                )
                return doing.go(
                    url_for("borough.child", child_id=kept.id),
                    f"{found.merged.child.reference} is now part of {kept.reference}",
                )
        except (Invalid, Stale) as error:
            form.refuse(error)
    with look() as view:
        return _compared(view, child_id, reference, merge_form=form), form.status


@bp.post("/children/<child_id>/distinct")
@permission(Permission.CHILD_WRITE)
def tell_children_apart(child_id: str) -> ResponseReturnValue:
    """Say that two records are of two children, with the reason."""
    form = Form(DistinctForm)
    reference = request.form.get("reference", "")[:20]
    if form.parse(request.form):
        try:
            with act() as doing:
                duplicates.tell_apart(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    child_id=child_id,
                    reference=reference,
                    reason=form.data["apart"],
                    now=doing.now,
                )
                return doing.go(url_for("borough.suspected_duplicates"), "Kept as two children")
        except (Invalid, Conflict) as error:
            form.refuse(error)
    with look() as view:
        return _compared(view, child_id, reference, distinct_form=form), form.status


@bp.route("/children/<child_id>/siblings/new", methods=["GET", "POST"])
@permission(Permission.CHILD_WRITE)
def link_sibling(child_id: str) -> ResponseReturnValue:
    """Link a sibling."""
    form = Form(SiblingForm)
    if request.method == "POST" and form.parse(request.form):
        data = form.data
        try:
            with act() as doing:
                links.link_siblings(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    child_id=child_id,
                    reference=data["reference"],
                    kind=SiblingKind(data["kind"]),
                    reason=data["reason"],
                    now=doing.now,
                )
                return doing.go(url_for("borough.child", child_id=child_id), "Sibling linked")
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.add_error("reference", error.message)
    with look() as view:
        row = records.child_for(view.session, actor=view.actor, child_id=child_id)
        return render_template("borough/child_sibling.html", form=form, child=row), form.status


@bp.route("/children/<child_id>/siblings/remove", methods=["GET", "POST"])
@permission(Permission.CHILD_WRITE)
def unlink_sibling(child_id: str) -> ResponseReturnValue:
    """Remove the link to a sibling, with the reason."""
    form = Form(UnlinkForm, values={"reference": request.args.get("reference", "")[:20]})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                links.unlink_siblings(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    child_id=child_id,
                    now=doing.now,
                    **form.data,
                )
                return doing.go(url_for("borough.child", child_id=child_id), "Link removed")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        row = records.child_for(view.session, actor=view.actor, child_id=child_id)
        others = {one.reference for one in links.siblings_of(view.session, actor=view.actor, child_id=row.id)}
        if form.raw["reference"] not in others:
            return redirect(url_for("borough.child", child_id=row.id), 303)
        return render_template("borough/child_unlink.html", form=form, child=row), form.status
