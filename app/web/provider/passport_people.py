"""The people and companies connected to the company: added, corrected and ended."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.fields import Choice, DateField, Hidden, Text
from app.web.forms import Form
from app.web.provider import bp
from providers.passport.connected import (
    Connection,
    add_connected,
    change_connected,
    end_connected,
    own_connected,
)
from providers.passport.connected import connected_people as connections_of
from providers.passport.models import ConnectedPerson
from providers.passport.roles import ROLE_HINTS, ROLE_WORDS, SHARE_WORDS, ConnectedRole, ShareBand

WORDS = {"role_words": ROLE_WORDS, "share_words": SHARE_WORDS}


class ConnectedForm(Schema):
    """Somebody who is connected to the company."""

    name = Text("Full name, or name of the company", missing="Enter the full name", max_length=200)
    role = Choice(
        "What are they to your company?",
        choices=tuple((role.value, words, ROLE_HINTS[role]) for role, words in ROLE_WORDS.items()),
        missing="Choose what they are to your company",
    )
    share = Choice(
        "How much of the shares or votes do they hold?",
        hint="Needed for a person with significant control and a parent company",
        choices=tuple((share.value, words) for share, words in SHARE_WORDS.items()),
        required=False,
        optional=False,
    )
    company_number = Text(
        "Companies House number", hint="Where it is a company", required=False, max_length=12, width=10
    )
    from_day = DateField("Since which day?", called="The first day", missing="Enter the first day")
    to_day = DateField("Until which day?", hint="Leave it empty while it is so", called="The last day", required=False)
    version = Hidden(required=False)


class EndForm(Schema):
    """The last day."""

    to_day = DateField("Last day", hint="For example, 27 3 2027", called="The last day", missing="Enter the last day")
    version = Hidden(number=True)


@bp.get("/passport/people")
@permission(Permission.PASSPORT_READ)
def connected_people() -> ResponseReturnValue:
    """Everybody who is or was connected to the company."""
    with look() as view:
        people = connections_of(view.session, view.actor.organisation_id)
        may_write = view.actor.may(Permission.PASSPORT_WRITE)
        return render_template("provider/passport_people.html", people=people, may_write=may_write, **WORDS)


@bp.route("/passport/people/new", methods=["GET", "POST"])
@permission(Permission.PASSPORT_WRITE)
def connected_new() -> ResponseReturnValue:
    """Add somebody."""
    form = Form(ConnectedForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                row = add_connected(doing.session, actor=doing.actor, connection=_said(form.data), now=doing.now)
                return doing.go(_back(), f"{row.name} added")
        except Invalid as error:
            form.refuse(error)
    return render_template("provider/passport_person.html", form=form, row=None, back=_back()), form.status


@bp.route("/passport/people/<connected_id>", methods=["GET", "POST"])
@permission(Permission.PASSPORT_WRITE)
def connected_change(connected_id: str) -> ResponseReturnValue:
    """Correct what was said of somebody."""
    with look() as view:
        row = own_connected(view.session, view.actor, connected_id)
        form = Form(ConnectedForm, values=_values(row))
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                row = change_connected(
                    doing.session,
                    actor=doing.actor,
                    connected_id=connected_id,
                    connection=_said(form.data),
                    version=int(form.data["version"] or 0),
                    now=doing.now,
                )
                return doing.go(_back(), f"{row.name} changed")
        except Invalid as error:
            form.refuse(error)
    return render_template("provider/passport_person.html", form=form, row=row, back=_back()), form.status


@bp.route("/passport/people/<connected_id>/end", methods=["GET", "POST"])
@permission(Permission.PASSPORT_WRITE)
def connected_end(connected_id: str) -> ResponseReturnValue:
    """Say when somebody ceased to be connected."""
    with look() as view:
        row = own_connected(view.session, view.actor, connected_id)
        form = Form(EndForm, values={"version": row.version})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                row = end_connected(
                    doing.session, actor=doing.actor, connected_id=connected_id, now=doing.now, **form.data
                )
                return doing.go(_back(), f"{row.name} ended")
        except Invalid as error:
            form.refuse(error)
    return render_template("provider/passport_person_end.html", form=form, row=row, back=_back()), form.status


def _said(data: dict[str, Any]) -> Connection:
    return Connection(
        name=data["name"],
        role=ConnectedRole(data["role"]),
        from_day=data["from_day"],
        to_day=data["to_day"],
        share=ShareBand(data["share"]) if data["share"] else None,
        company_number=data["company_number"] or None,
    )


def _values(row: ConnectedPerson) -> dict[str, Any]:
    names = ("name", "role", "share", "company_number", "from_day", "to_day", "version")
    return {name: getattr(row, name) for name in names}


def _back() -> str:
    return url_for("provider.connected_people")
