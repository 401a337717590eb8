"""Free places confirmed by a link in an e-mail. Opening it changes nothing; its button acts once."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Invalid
from app.core.links import DeadLink
from app.web.access import limited, public
from app.web.acts import act, look
from app.web.public import bp
from app.web.vacancy_form import numbers, vacancy_form
from providers.services.asking import asked_by, confirm_by_link


@bp.route("/confirm-places/<token>", methods=["GET", "POST"])
@public
@limited("20 per minute")
def confirm_places(token: str) -> ResponseReturnValue:
    """What the link would confirm, with the numbers to be changed; and the confirmation."""
    try:
        with look() as view:
            asked = asked_by(view.session, token=token, now=view.now)
        form = vacancy_form(asked.rows)
        if request.method == "POST" and form.parse(request.form):
            try:
                with act() as doing:
                    confirm_by_link(doing.session, token=token, places=numbers(form), now=doing.now)
                    return doing.go(url_for("public.places_confirmed"))
            except Invalid as error:
                form.refuse(error)
    except DeadLink:
        return render_template("public/dead_places_link.html"), 410
    return render_template("public/confirm_places.html", form=form, asked=asked), form.status


@bp.get("/confirm-places")
@public
def places_confirmed() -> ResponseReturnValue:
    """Confirmed: what it means, and the way in for everything else."""
    return render_template("public/places_confirmed.html")
