"""The children of a request: brothers and sisters on one draft, the plan for them, and answers taken from the first.

No name is ever in an address: a child is added by its reference, which a form posts, or from those known as brothers
and sisters.
"""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children.records import child_for, reveal
from app.core.errors import Conflict, Invalid, Stale
from app.identity.permissions import Permission
from app.requests import grouping
from app.requests.drawers import named_child
from app.requests.queries import request_for
from app.requests.status import SIBLINGS_WORDS, Siblings
from app.web.access import permission
from app.web.acts import act, look
from app.web.borough import bp
from app.web.borough.request_form import must_be_draft, open_request, position_asked
from app.web.fields import Choice, Text
from app.web.forms import Form

PLANS = tuple((one.value, words) for one, words in SIBLINGS_WORDS.items() if one is not Siblings.ALONE)


class AddForm(Schema):
    """Which child."""

    child = Text(
        "Reference of the child",
        hint="As it stands on the child's record, for example CH-7K4M2P",
        missing="Enter the reference of the child",
        max_length=20,
        width=20,
        spellcheck=False,
    )


class PlanForm(Schema):
    """How the children are to be placed."""

    siblings = Choice(
        "Plan",
        hint="The law prefers together, where that is right for each of them",
        choices=PLANS,
        missing="Choose how the children are to be placed",
    )


@bp.get("/requests/<request_id>/children")
@permission(Permission.REQUEST_WRITE)
def request_children(request_id: str) -> ResponseReturnValue:
    """Who is on a draft, and how to change it."""
    return _page(request_id, Form(AddForm))


def _page(request_id: str, form: Form, plan: Form | None = None) -> ResponseReturnValue:
    with look() as view:
        row, children = open_request(view, request_id, "children")
        must_be_draft(row)
        page = {
            "children": [reveal(vault=view.wiring.vault, child=child) for child in children],
            "form": form,
            "plan": plan or Form(PlanForm, values={"siblings": row.siblings}),
        }
        return render_template("borough/request_children.html", row=row, **page), form.status


@bp.post("/requests/<request_id>/children/add")
@permission(Permission.REQUEST_WRITE)
def request_child_add(request_id: str) -> ResponseReturnValue:
    """Add a child by its reference."""
    form = Form(AddForm)
    if form.parse(request.form):
        try:
            with act() as doing:
                child = grouping.find_by_reference(doing.session, actor=doing.actor, reference=form.data["child"])
                grouping.add_child(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    request_id=request_id,
                    child_id=child.id,
                    now=doing.now,
                )
                return doing.go(url_for("borough.request_children", request_id=request_id), "Child added")
        except Stale:
            raise
        except Conflict as error:
            form.add_error("child", error.message)
        except Invalid as error:
            form.refuse(error)
    return _page(request_id, form)


@bp.route("/requests/<request_id>/children/off", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_child_off(request_id: str) -> ResponseReturnValue:
    """Take a child off, after asking once."""
    position = position_asked()
    if request.method == "POST":
        with act() as doing:
            row = request_for(doing.session, actor=doing.actor, request_id=request_id)
            grouping.take_off_child(
                doing.session,
                actor=doing.actor,
                store=doing.wiring.files,
                request_id=request_id,
                child_id=named_child(row, position).child_id,
                now=doing.now,
            )
            return doing.go(url_for("borough.request_children", request_id=request_id), "Child taken off")
    with look() as view:
        row, _ = open_request(view, request_id, "take a child off")
        must_be_draft(row)
        child = child_for(view.session, actor=view.actor, child_id=named_child(row, position).child_id)
        page = {"position": position, "child": reveal(vault=view.wiring.vault, child=child)}
        return render_template("borough/request_child_off.html", row=row, **page)


@bp.post("/requests/<request_id>/children/plan")
@permission(Permission.REQUEST_WRITE)
def request_siblings(request_id: str) -> ResponseReturnValue:
    """Say how the children are to be placed."""
    plan = Form(PlanForm)
    if plan.parse(request.form):
        with act() as doing:
            grouping.plan_siblings(
                doing.session,
                actor=doing.actor,
                request_id=request_id,
                siblings=Siblings(plan.data["siblings"]),
                now=doing.now,
            )
            return doing.go(url_for("borough.request_form", request_id=request_id), "Plan saved")
    return _page(request_id, Form(AddForm), plan)


@bp.post("/requests/<request_id>/children/copy")
@permission(Permission.REQUEST_WRITE)
def request_copy(request_id: str) -> ResponseReturnValue:
    """Copy the first child's answers into the sections of another that nobody has begun."""
    position = position_asked()
    with act() as doing:
        copied = grouping.copy_from_first(
            doing.session,
            actor=doing.actor,
            vault=doing.wiring.vault,
            request_id=request_id,
            position=position,
            now=doing.now,
        )
        said = f"Copied to child {position}: {', '.join(copied)}. Look through each" if copied else "Nothing to copy"
        return doing.go(url_for("borough.request_form", request_id=request_id), said)
