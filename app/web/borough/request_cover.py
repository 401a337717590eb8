"""Who approves requests in one's place while one is away, and in whose place one approves."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.identity.status import ROLE_WORDS
from app.requests.covering import LONGEST_REASON, could_cover, covers_of, end_cover, name_cover
from app.web.access import permission
from app.web.acts import act, look
from app.web.borough import bp
from app.web.fields import Choice, DateField, Hidden, LongText
from app.web.forms import Form


class CoverForm(Schema):
    """Who stands in, from when until when, and why."""

    covering_id = Choice("Who approves in your place?", missing="Choose who approves in your place")
    first_day = DateField("First day", hint="For example, 27 3 2027", missing="Enter the first day")
    last_day = DateField("Last day", missing="Enter the last day")
    reason = LongText(
        "Why?",
        hint="For example, annual leave",
        missing="Say why somebody stands in for you",
        max_length=LONGEST_REASON,
    )


class EndCoverForm(Schema):
    """Which version of the cover is ended."""

    version = Hidden(number=True)


@bp.route("/cover", methods=["GET", "POST"])
@permission(Permission.REQUEST_APPROVE)
def cover() -> ResponseReturnValue:
    """My cover and whom I cover; naming somebody."""
    with look() as view:
        people = could_cover(view.session, actor=view.actor, now=view.now)
    picks = [(one.id, one.name, ", ".join(ROLE_WORDS[role] for role in sorted(one.roles))) for one in people]
    form = Form(CoverForm, choices={"covering_id": picks})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                name_cover(doing.session, actor=doing.actor, now=doing.now, **form.data)
                return doing.go(url_for("borough.cover"), "Cover arranged")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        lines = covers_of(view.session, actor=view.actor, now=view.now)
        page = {
            "form": form,
            "people": people,
            "away": [one for one in lines if one.cover.covered_id == view.actor.person_id],
            "standing_in": [one for one in lines if one.cover.covering_id == view.actor.person_id],
        }
        return render_template("borough/cover.html", **page), form.status


@bp.post("/cover/<cover_id>/end")
@permission(Permission.REQUEST_APPROVE)
def cover_end(cover_id: str) -> ResponseReturnValue:
    """End a cover now."""
    form = Form(EndCoverForm)
    form.parse(request.form)
    with act() as doing:
        end_cover(
            doing.session, actor=doing.actor, cover_id=cover_id, version=form.data.get("version") or 0, now=doing.now
        )
        return doing.go(url_for("borough.cover"), "Cover ended")
