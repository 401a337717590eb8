"""People and companies that arrive: an invitation taken up, a provider's sign-up and its confirmation."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Invalid
from app.identity import invitations, queries
from app.identity import sign_up as sign_ups
from app.identity.models import Membership
from app.identity.sign_in import SignedIn, open_session, switch_organisation
from app.identity.status import ROLE_DOES, ROLE_WORDS
from app.web.access import actor_or_none, limited, public, session_token, start_session
from app.web.account import bp
from app.web.account.forms import ConfirmForm, JoinForm, SignUpForm
from app.web.acts import Act, act, look
from app.web.forms import Form
from app.web.navigation import home_endpoint
from app.web.rendering import flash_success


def _begin(doing: Act, membership: Membership) -> SignedIn:
    """Act for the organisation just joined: in the session that is there, under a new token, or in a new one."""
    token = session_token()
    if doing.visitor is not None and token is not None:
        return switch_organisation(
            doing.session,
            actor=doing.visitor,
            token=token,
            organisation_id=membership.organisation_id,
            now=doing.now,
        )
    return open_session(
        doing.session, person_id=membership.person_id, now=doing.now, organisation_id=membership.organisation_id
    )


def _welcome(signed: SignedIn) -> ResponseReturnValue:
    """Sign the browser in, and say for whom it now acts."""
    start_session(signed.actor, signed.token)
    flash_success(f"You now act for {signed.actor.organisation_name}.", heading="You have joined")
    return redirect(url_for(home_endpoint(signed.actor)), 303)


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@public
@limited("20 per minute")
def invitation(token: str) -> ResponseReturnValue:
    """Take up an invitation: somebody new names themselves and chooses a password, somebody known signs in first."""
    with look() as view:
        row = queries.invitation_by_token(view.session, token, view.now)
        if row is None:
            return render_template("account/dead_link.html", what="invitation"), 410
        known = queries.person_by_email(view.session, row.email)
        must_sign_in = queries.can_sign_in(view.session, known)
        page = {"organisation": row.organisation.name, "role": ROLE_WORDS[row.role], "does": ROLE_DOES[row.role]}
        email = row.email
        known_id = known.id if known else None
    visitor = actor_or_none()
    right_person = visitor is not None and visitor.person_id == known_id
    if (must_sign_in or visitor is not None) and not right_person:
        return render_template("account/sign_in_first.html", email=email, back=request.path, **page)
    form = Form(JoinForm)
    if request.method == "POST" and (right_person or form.parse(request.form)):
        try:
            with act() as doing:
                membership = invitations.accept_invitation(
                    doing.session,
                    token=token,
                    now=doing.now,
                    name=form.data.get("name"),
                    password=form.data.get("password"),
                    actor=doing.visitor,
                )
                signed = _begin(doing, membership)
                doing.go(url_for(home_endpoint(signed.actor)))
        except Invalid as error:
            form.refuse(error)
        else:
            return _welcome(signed)
    return render_template(
        "account/invitation.html", form=form, email=email, right_person=right_person, **page
    ), form.status


@bp.route("/sign-up", methods=["GET", "POST"])
@public
@limited("10 per minute")
def sign_up() -> ResponseReturnValue:
    """A provider company signs itself up."""
    form = Form(SignUpForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                sign_ups.sign_up_provider(
                    doing.session, **form.data, now=doing.now, base_url=doing.wiring.settings.base_url
                )
                return doing.go(url_for("account.sign_up_sent"))
        except Invalid as error:
            form.refuse(error)
    return render_template("account/sign_up.html", form=form), form.status


@bp.get("/sign-up/sent")
@public
def sign_up_sent() -> ResponseReturnValue:
    """Look in your mailbox."""
    return render_template("account/sign_up_sent.html")


@bp.route("/sign-up/<token>", methods=["GET", "POST"])
@public
@limited("20 per minute")
def confirm_sign_up(token: str) -> ResponseReturnValue:
    """Finish a sign-up with the link from the e-mail."""
    with look() as view:
        row = queries.sign_up_by_token(view.session, token, view.now)
        if row is None:
            return render_template("account/dead_link.html", what="sign-up"), 410
        if sign_ups.company_is_in(view.session, row.company_number):
            return render_template("account/company_is_in.html", number=row.company_number), 409
        known = queries.person_by_email(view.session, row.email)
        must_sign_in = queries.can_sign_in(view.session, known)
        known_id = known.id if known else None
        page = {
            "company": row.company_name,
            "number": row.company_number,
            "person": row.person_name,
            "email": row.email,
        }
    visitor = actor_or_none()
    right_person = visitor is not None and visitor.person_id == known_id
    if (must_sign_in or visitor is not None) and not right_person:
        return render_template(
            "account/sign_in_first.html",
            email=page["email"],
            back=request.path,
            organisation=page["company"],
            role="Provider administrator",
            does="",
        )
    form = Form(ConfirmForm)
    if request.method == "POST" and (right_person or form.parse(request.form)):
        try:
            with act() as doing:
                membership = sign_ups.confirm_sign_up(
                    doing.session,
                    token=token,
                    now=doing.now,
                    password=form.data.get("password"),
                    actor=doing.visitor,
                )
                signed = _begin(doing, membership)
                doing.go(url_for(home_endpoint(signed.actor)))
        except Invalid as error:
            form.refuse(error)
        else:
            return _welcome(signed)
    return render_template("account/confirm.html", form=form, right_person=right_person, **page), form.status
