"""A forgotten password: ask for a link, and choose a new one with it. No page says whether an address is known."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Invalid
from app.identity import queries, resets
from app.web.access import limited, public
from app.web.account import bp
from app.web.account.forms import ForgottenForm, NewPasswordForm
from app.web.acts import act, look
from app.web.forms import Form


@bp.route("/forgotten-password", methods=["GET", "POST"])
@public
@limited("10 per minute")
def forgotten() -> ResponseReturnValue:
    """Ask for a link to choose a new password."""
    form = Form(ForgottenForm)
    if request.method == "POST" and form.parse(request.form):
        with act() as doing:
            resets.ask_for_reset(
                doing.session,
                email=form.data["email"],
                now=doing.now,
                base_url=doing.wiring.settings.base_url,
            )
            return doing.go(url_for("account.forgotten_sent"))
    return render_template("account/forgotten.html", form=form), form.status


@bp.get("/forgotten-password/sent")
@public
def forgotten_sent() -> ResponseReturnValue:
    """Look in your mailbox."""
    return render_template("account/forgotten_sent.html")


@bp.route("/reset-password/<token>", methods=["GET", "POST"])
@public
@limited("20 per minute")
def reset(token: str) -> ResponseReturnValue:
    """Choose a new password with the link from the e-mail."""
    form = Form(NewPasswordForm)
    with look() as view:
        alive = queries.reset_by_token(view.session, token, view.now) is not None
    if not alive:
        return render_template("account/dead_link.html", what="reset"), 410
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                resets.reset_password(doing.session, token=token, password=form.data["password"], now=doing.now)
                return doing.go(url_for("account.sign_in"), "Your password is changed. Sign in with the new one.")
        except Invalid as error:
            form.refuse(error)
    return render_template("account/reset.html", form=form), form.status
