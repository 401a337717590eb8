"""Erasing a child's record, in two steps: what would go and on what basis, then the reference typed to show that it is
meant.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children import erasing
from app.children.records import child_for, reveal
from app.children.status import ERASURE_WORDS
from app.core.errors import Invalid, Stale
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.borough import bp
from app.web.borough.child_words import placements_of, requests_of
from app.web.fields import Choice, Hidden, LongText, Text
from app.web.forms import Form
from app.web.records import shown


class EraseForm(Schema):
    """On what basis, and why."""

    version = Hidden(number=True)
    basis = Choice(
        "On what basis?",
        choices=tuple((basis.value, words) for basis, words in ERASURE_WORDS.items()),
        missing="Choose on what basis the record is erased",
    )
    reason = LongText(
        "Why?",
        hint="It stays when the record is gone, so it must not name the child",
        missing="Say why the record is erased",
        max_length=2000,
        rows=4,
    )


class ConfirmForm(EraseForm):
    """The same, with the reference typed."""

    typed_reference = Text(
        "Type the reference of the record",
        max_length=20,
        width=10,
        autocomplete="off",
        spellcheck=False,
        missing="Type the reference of the record",
    )


@bp.route("/children/<child_id>/erase", methods=["GET", "POST"])
@permission(Permission.CHILD_ERASE)
def erase_child(child_id: str) -> ResponseReturnValue:
    """What erasing would destroy and what stays; the basis and the reason."""
    with look() as view:
        found = erasing.plan(view.session, actor=view.actor, vault=view.wiring.vault, child_id=child_id, now=view.now)
        shown(view.wiring, view.actor, found.child.id, f"Erase child {found.child.reference}")
        form, sure = Form(EraseForm, values={"version": found.child.version}), None
        if request.method == "POST" and form.parse(request.form):
            try:
                identity = reveal(vault=view.wiring.vault, child=found.child)
                erasing.check(found, identity, form.data["basis"], form.data["reason"])
                sure = Form(ConfirmForm, values=form.data)
            except Invalid as error:
                form.refuse(error)
    page: dict[str, Any] = {"found": found, "child": found.child, "bases": ERASURE_WORDS}
    if sure is not None:
        return render_template("borough/child_erase_sure.html", form=sure, **page)
    return render_template("borough/child_erase.html", form=form, **page), form.status


@bp.get("/children/<child_id>/erased")
@permission(Permission.CHILD_READ, Permission.CHILD_ERASE)
def child_erased(child_id: str) -> ResponseReturnValue:
    """What is left of a record that was erased: the proof. Of another one it leads to where this person may go on."""
    with look() as view:
        row = child_for(view.session, actor=view.actor, child_id=child_id)
        if row.erased_at is None:
            on = "borough.child" if view.actor.may(Permission.CHILD_READ) else "borough.erase_child"
            return redirect(url_for(on, child_id=row.id), 303)
        page = {
            "child": row,
            "erasure": erasing.erasure_of(view.session, actor=view.actor, child_id=row.id),
            "bases": ERASURE_WORDS,
            "requests": requests_of(view, row.id),
            "placements": placements_of(view, row.id),
        }
        return render_template("borough/child_erased.html", **page)


@bp.post("/children/<child_id>/erase/sure")
@permission(Permission.CHILD_ERASE)
def erase_child_surely(child_id: str) -> ResponseReturnValue:
    """Erase the record."""
    form = Form(ConfirmForm)
    if form.parse(request.form):
        try:
            with act() as doing:
                child = erasing.erase(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    child_id=child_id,
                    now=doing.now,
                    **form.data,
                )
                return doing.go(url_for("borough.child_erased", child_id=child.id), f"{child.reference} was erased")
        except (Invalid, Stale) as error:
            form.refuse(error)
    with look() as view:
        found = erasing.plan(view.session, actor=view.actor, vault=view.wiring.vault, child_id=child_id, now=view.now)
        shown(view.wiring, view.actor, found.child.id, f"Erase child {found.child.reference}")
    page: dict[str, Any] = {"found": found, "child": found.child, "bases": ERASURE_WORDS}
    return render_template("borough/child_erase_sure.html", form=form, **page), form.status
