"""Keys for the council's own systems: made, shown once, and revoked by its administrator."""

from __future__ import annotations

import datetime as dt

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.identity.service_keys import SCOPES, key_for, keys_of, make_key, revoke_key
from app.web.access import permission
from app.web.acts import act, look
from app.web.borough import bp
from app.web.fields import Choices, DateField, Text
from app.web.forms import Form
from app.web.tables import Column, Listing

COLUMNS = (
    Column("name", "System"),
    Column("scope", "What it may do"),
    Column("made", "Made"),
    Column("until", "Works until"),
    Column("used", "Last used"),
    Column("state", "State"),
    Column("act", "Action"),
)
USUAL = dt.timedelta(days=180)


class KeyForm(Schema):
    """What a key is for."""

    name = Text("Name of the system", hint="What it does is written down under this name", max_length=80)
    scope = Choices(
        "What it may do",
        hint="To approve, publish or award needs a person",
        choices=tuple((one.value, words) for one, words in SCOPES.items()),
        missing="Choose what the key may do",
    )
    expires_on = DateField("Last day", hint="At most a year from today", missing="Enter the last day of the key")


@bp.get("/keys")
@permission(Permission.KEY_MANAGE)
def keys() -> str:
    """The council's keys."""
    with look() as view:
        rows = keys_of(view.session, actor=view.actor)
        return render_template("borough/keys.html", rows=rows, listing=Listing.fixed(COLUMNS), now=view.now)


@bp.route("/keys/new", methods=["GET", "POST"])
@permission(Permission.KEY_MANAGE)
def key_new() -> ResponseReturnValue:
    """Make a key. Its secret is on the page that answers, and nowhere else ever."""
    with look() as view:
        form = Form(KeyForm, values={"expires_on": local_date(view.now) + USUAL})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                row, secret = make_key(doing.session, actor=doing.actor, now=doing.now, **form.data)
                doing.location = url_for("borough.keys")
                page = {"name": row.name, "secret": secret, "base_url": doing.wiring.settings.base_url}
            return render_template("borough/key_made.html", **page)
        except Invalid as error:
            form.refuse(error)
    return render_template("borough/key_new.html", form=form), form.status


@bp.route("/keys/<key_id>/revoke", methods=["GET", "POST"])
@permission(Permission.KEY_MANAGE)
def key_revoke(key_id: str) -> ResponseReturnValue:
    """End a key at once."""
    if request.method == "POST":
        with act() as doing:
            row = revoke_key(doing.session, actor=doing.actor, key_id=key_id, now=doing.now)
            return doing.go(url_for("borough.keys"), f"The key of {row.name} no longer works")
    with look() as view:
        row = key_for(view.session, actor=view.actor, key_id=key_id)
        return render_template("borough/key_revoke.html", row=row)
