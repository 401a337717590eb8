"""The organisations of the consortium, for the hub's administrator: who is in, adding one, inviting its first
administrator."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Conflict, Invalid
from app.identity import invitations, queries
from app.identity.organisations import found_organisation
from app.identity.permissions import Permission
from app.identity.status import ADMINISTRATOR_OF, KIND_WORDS, OrganisationKind
from app.web.access import permission
from app.web.acts import act, look
from app.web.forms import Form
from app.web.people import bp
from app.web.people.forms import InviteAdministratorForm, OrganisationForm
from app.web.tables import Column, Listing

COLUMNS = (
    Column("name", "Organisation"),
    Column("kind", "Kind"),
    Column("people", "People", numeric=True),
    Column("administrators", "Administrators", numeric=True),
)


@bp.get("/organisations")
@permission(Permission.ORGANISATION_MANAGE)
def organisations() -> ResponseReturnValue:
    """Every organisation, and whether somebody manages its people."""
    with look() as view:
        return render_template(
            "people/organisations.html",
            listing=Listing.fixed(COLUMNS),
            rows=queries.organisations(view.session, view.actor),
            kind_words=KIND_WORDS,
        )


@bp.route("/organisations/add", methods=["GET", "POST"])
@permission(Permission.ORGANISATION_MANAGE)
def add_organisation() -> ResponseReturnValue:
    """Add an organisation."""
    with look() as view:
        rows = queries.organisations(view.session, view.actor)
    boroughs = [(row.id, row.name) for row in rows if row.kind is OrganisationKind.BOROUGH]
    form = Form(OrganisationForm, choices={"in_house_of": boroughs})
    if request.method == "POST" and form.parse(request.form):
        given = {**form.data, "kind": OrganisationKind(form.data["kind"])}
        try:
            with act() as doing:
                row = found_organisation(doing.session, actor=doing.actor, now=doing.now, **given)
                words = f"{row.name} is added. Invite its first administrator now."
                return doing.go(url_for("people.invite_administrator", organisation=row.id), words)
        except (Invalid, Conflict) as error:
            form.refuse(error)
    return render_template("people/add_organisation.html", form=form), form.status


@bp.route("/organisations/invite", methods=["GET", "POST"])
@permission(Permission.ORGANISATION_MANAGE)
def invite_administrator() -> ResponseReturnValue:
    """Invite an administrator of another organisation."""
    with look() as view:
        rows = queries.organisations(view.session, view.actor)
    kinds = {row.id: row.kind for row in rows}
    form = Form(
        InviteAdministratorForm,
        values={"organisation_id": request.args.get("organisation", "")},
        choices={"organisation_id": [(row.id, row.name) for row in rows]},
    )
    if request.method == "POST" and form.parse(request.form):
        organisation_id = form.data["organisation_id"]
        try:
            with act() as doing:
                sent = invitations.invite(
                    doing.session,
                    actor=doing.actor,
                    email=form.data["email"],
                    role=ADMINISTRATOR_OF[kinds[organisation_id]],
                    organisation_id=organisation_id,
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                return doing.go(url_for("people.organisations"), f"An invitation is on its way to {sent.email}.")
        except Invalid as error:
            form.refuse(error)
    return render_template("people/invite_administrator.html", form=form), form.status
