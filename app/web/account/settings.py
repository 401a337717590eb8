"""One's own account: name and roles, for whom one acts, password, and where one is signed in."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Invalid
from app.identity import queries, resets
from app.identity import sign_in as sessions
from app.identity.permissions import Permission
from app.identity.status import KIND_WORDS, ROLE_DOES, ROLE_WORDS
from app.web.access import (
    current_actor,
    end_session,
    limited,
    permission,
    safe_next,
    session_token,
    signed_in,
    start_session,
)
from app.web.account import bp
from app.web.account.entrance import network_address
from app.web.account.forms import ChangePasswordForm, SwitchForm
from app.web.acts import act, look
from app.web.forms import Form
from app.web.navigation import home_endpoint
from app.web.rendering import flash_success


@bp.get("/account")
@permission(Permission.ACCOUNT_USE)
def settings() -> ResponseReturnValue:
    """Name, roles, password and sessions."""
    with look() as view:
        here = queries.session_by_token(view.session, session_token() or "", view.now)
        return render_template(
            "account/settings.html",
            person=queries.own_person(view.session, view.actor),
            choices=queries.choices_of(view.session, view.actor.person_id),
            sessions=queries.own_sessions(view.session, view.actor, view.now),
            here=here.id if here else None,
            role_words=ROLE_WORDS,
            role_does=ROLE_DOES,
        )


@bp.route("/account/password", methods=["GET", "POST"])
@permission(Permission.ACCOUNT_USE)
@limited("20 per minute")
def password() -> ResponseReturnValue:
    """Change one's own password."""
    form = Form(ChangePasswordForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                wrong = resets.change_password(
                    doing.session,
                    actor=doing.actor,
                    current=form.data["current"],
                    password=form.data["password"],
                    now=doing.now,
                    token=session_token(),
                    network_address=network_address(),
                )
                doing.go(url_for("account.settings" if wrong is None else "account.password"))
        except Invalid as error:
            form.refuse(error)
        else:
            if wrong is None:
                flash_success("Your password is changed. You are signed out everywhere else.")
                return redirect(url_for("account.settings"), 303)
            form.add_error("current", wrong)
    return render_template("account/password.html", form=form), form.status


@bp.route("/account/acting-for", methods=["GET", "POST"])
@signed_in
def switch() -> ResponseReturnValue:
    """Choose for whom to act."""
    actor = current_actor()
    with look() as view:
        choices = queries.choices_of(view.session, actor.person_id)
    picks = [
        (
            choice.organisation_id,
            choice.organisation_name,
            f"{KIND_WORDS[choice.kind]}: {', '.join(ROLE_WORDS[role].lower() for role in choice.roles)}",
        )
        for choice in choices
    ]
    form = Form(SwitchForm, values={"organisation_id": actor.organisation_id}, choices={"organisation_id": picks})
    if request.method == "POST" and form.parse(request.form):
        with act(keyed=False) as doing:
            signed = sessions.switch_organisation(
                doing.session,
                actor=doing.actor,
                token=session_token() or "",
                organisation_id=form.data["organisation_id"],
                now=doing.now,
            )
        start_session(signed.actor, signed.token)
        return redirect(safe_next(request.args.get("next"), url_for(home_endpoint(signed.actor))), 303)
    return render_template("account/switch.html", form=form, single=len(choices) < 2), form.status


@bp.post("/account/sign-out-everywhere")
@permission(Permission.ACCOUNT_USE)
def sign_out_everywhere() -> ResponseReturnValue:
    """End all of one's sessions, this one included."""
    with act(keyed=False) as doing:
        sessions.sign_out_everywhere(doing.session, actor=doing.actor, now=doing.now)
    end_session()
    flash_success("You are signed out everywhere.")
    return redirect(url_for("account.sign_in"), 303)
