"""Who works here: the list, inviting somebody, cancelling an invitation, ending a role."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Conflict, Invalid, NotFound
from app.identity import invitations, leaving, queries
from app.identity.permissions import Permission
from app.identity.status import ROLE_DOES, ROLE_WORDS, Role
from app.web.access import current_actor, permission
from app.web.acts import act, look
from app.web.forms import Form
from app.web.people import bp
from app.web.people.forms import InviteForm
from app.web.tables import Column, Listing

COLUMNS = (
    Column("name", "Name"),
    Column("role", "Role"),
    Column("email", "Email address"),
    Column("seen", "Last signed in"),
    Column("act", "Action"),
)
WAITING = (
    Column("email", "Email address"),
    Column("role", "Role"),
    Column("organisation", "Organisation"),
    Column("until", "Works until"),
    Column("act", "Action"),
)


@bp.get("/")
@permission(Permission.PEOPLE_MANAGE)
def index() -> ResponseReturnValue:
    """The people of one's organisation, and the invitations that wait."""
    listing = Listing.read(request.args, COLUMNS, default="name", descending=False, per_page=50)
    with look() as view:
        listing.count(queries.count_people(view.session, view.actor))
        return render_template(
            "people/index.html",
            listing=listing,
            people=queries.people_of(view.session, view.actor, limit=listing.limit, offset=listing.offset),
            waiting=queries.open_invitations(view.session, view.actor, view.now),
            waiting_listing=Listing.fixed(WAITING),
            role_words=ROLE_WORDS,
        )


@bp.route("/invite", methods=["GET", "POST"])
@permission(Permission.PEOPLE_MANAGE)
def invite() -> ResponseReturnValue:
    """Invite somebody to a role here."""
    roles = invitations.roles_to_give(current_actor())
    picks = [(role.value, ROLE_WORDS[role], ROLE_DOES[role]) for role in roles]
    form = Form(InviteForm, choices={"role": picks})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                sent = invitations.invite(
                    doing.session,
                    actor=doing.actor,
                    email=form.data["email"],
                    role=Role(form.data["role"]),
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                return doing.go(url_for("people.index"), f"An invitation is on its way to {sent.email}.")
        except Invalid as error:
            form.refuse(error)
    return render_template("people/invite.html", form=form), form.status


@bp.post("/invitations/<invitation_id>/cancel")
@permission(Permission.PEOPLE_MANAGE)
def cancel(invitation_id: str) -> ResponseReturnValue:
    """Cancel an invitation."""
    with act() as doing:
        row = invitations.cancel_invitation(
            doing.session, actor=doing.actor, invitation_id=invitation_id, now=doing.now
        )
        return doing.go(url_for("people.index"), f"The invitation to {row.email} is cancelled.")


@bp.route("/<membership_id>/end", methods=["GET", "POST"])
@permission(Permission.PEOPLE_MANAGE)
def end(membership_id: str) -> ResponseReturnValue:
    """Say what will happen, then end a role."""
    refused = None
    if request.method == "POST":
        try:
            with act() as doing:
                ended = leaving.leave(doing.session, actor=doing.actor, membership_id=membership_id, now=doing.now)
                words = f"{ended.person.name} is no longer {ROLE_WORDS[ended.role].lower()} here."
                return doing.go(url_for("people.index"), words)
        except Conflict as error:
            refused = error.message
    with look() as view:
        membership = queries.membership_within_reach(view.session, view.actor, membership_id)
        if membership is None:
            raise NotFound("person")
        page = render_template(
            "people/end.html", membership=membership, role=ROLE_WORDS[membership.role], refused=refused
        )
    return page, 409 if refused else 200
