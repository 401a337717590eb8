"""The award under an authority, and the authority that a director gives in an emergency."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import LONDON, local_date
from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.offers.children import children_words, positions_of
from app.offers.models import Offer
from app.offers.queries import live_hold, preferred
from app.panels.authorities import (
    emergency_lapses_on,
    give_emergency_authority,
    had_a_part_in,
    shares_of_authority,
    usable_authority,
)
from app.panels.funding import ELEMENT_WORDS
from app.panels.models import Authority, PanelDecision
from app.panels.queries import payer_names, person_names, signature_lines
from app.panels.status import AuthorityKind
from app.placements.awarding import award as make_award
from app.requests.queries import request_for
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.fields import Choice, DateField, Hidden, LongText
from app.web.forms import Form
from app.web.tables import Column, Listing
from providers.services.models import Service

SHARES = (Column("payer", "Payer"), Column("element", "Part"), Column("weekly", "A week", numeric=True))
HOURS = tuple((f"{hour:02}:{half:02}", f"{hour:02}:{half:02}") for hour in range(24) for half in (0, 30))


class AwardForm(Schema):
    """Under which authority."""

    authority_id = Hidden()


class EmergencyForm(Schema):
    """Why it cannot wait for the panel, and when the agreement was given."""

    reason = LongText(
        "Why can this not wait for the panel?",
        hint="What makes it urgent, and which checks of the provider were made. Use no names",
        missing="Say why this cannot wait for the panel",
        max_length=2000,
        rows=5,
        count=True,
    )
    given_on = DateField(
        "On what day did you give it?",
        hint="Today, or a few days ago if a child was placed first",
        missing="Enter the day on which you gave it",
        called="The day on which you gave it",
    )
    given_at = Choice("At what time?", choices=HOURS, kind="select", missing="Choose the time")


@bp.route("/requests/<request_id>/award", methods=["GET", "POST"])
@permission(Permission.AWARD_MAKE)
def award(request_id: str) -> ResponseReturnValue:
    """What will be awarded, under whose authority, and what happens then: one green button."""
    form = Form(AwardForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                made = make_award(
                    doing.session,
                    actor=doing.actor,
                    request_id=request_id,
                    authority_id=form.data["authority_id"],
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                to = url_for("borough.placement_of_request", request_id=request_id)
                who = "the child is" if len(made) == 1 else "the children are"
                return doing.go(to, f"The provider has been told, and sees who {who}.", heading="Awarded")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        asked = request.args.get("offer")
        offer = preferred(view.session, actor=view.actor, request_id=request_id, offer_id=asked)
        page = _terms(view, offer)
        page["children"] = children_words(offer.children_key, row.places) if offer else ""
        page["places"] = len(positions_of(offer.children_key)) if offer else row.places
        if page["authority"] is not None:
            form.raw["authority_id"] = page["authority"].id
        return render_template("borough/award.html", row=row, form=form, offer=offer, **page), form.status


def _terms(view: Act, offer: Offer | None) -> dict[str, Any]:
    today = local_date(view.now)
    found = usable_authority(view.session, actor=view.actor, offer_id=offer.id, on=today) if offer else None
    page: dict[str, Any] = {"authority": found, "listing": Listing.fixed(SHARES), "elements": ELEMENT_WORDS}
    if offer is None or found is None:
        return page
    return page | {
        "service": view.session.get_one(Service, offer.service_id),
        "hold": live_hold(view.session, offer.id, view.now),
        "shares": shares_of_authority(view.session, found.id),
        "payers": payer_names(view.session),
        "given_by": person_names(view.session, {found.given_by})[found.given_by],
        "signatures": _who_signed(view, found),
        "emergency": found.kind is AuthorityKind.EMERGENCY,
        "own": view.actor.person_id in had_a_part_in(view.session, found),
    }


def _who_signed(view: Act, authority: Authority) -> list[Any]:
    if authority.decision_id is None:
        return []
    return signature_lines(view.session, view.session.get_one(PanelDecision, authority.decision_id), now=view.now)


@bp.route("/requests/<request_id>/emergency", methods=["GET", "POST"])
@permission(Permission.EMERGENCY_AUTHORISE)
def emergency(request_id: str) -> ResponseReturnValue:
    """The director authorises the preferred offer at once. The page says on which day that lapses (F-45)."""
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        asked = request.args.get("offer")
        offer = preferred(view.session, actor=view.actor, request_id=request_id, offer_id=asked)
        local = view.now.astimezone(LONDON)
        page = {
            "row": row,
            "children": children_words(offer.children_key, row.places) if offer else "",
            "offer": offer if offer and live_hold(view.session, offer.id, view.now) else None,
            "service": view.session.get_one(Service, offer.service_id) if offer else None,
            "today": local.date(),
            "lapses_on": emergency_lapses_on(
                view.session, offer, organisation_id=row.organisation_id, given_on=local.date()
            )
            if offer
            else None,
        }
    half = "30" if local.minute >= 30 else "00"
    form = Form(EmergencyForm, values={"given_on": local.date(), "given_at": f"{local.hour:02}:{half}"})
    if request.method == "POST" and form.parse(request.form):
        data = form.data
        given_at = dt.datetime.combine(data["given_on"], dt.time.fromisoformat(data["given_at"]), LONDON)
        try:
            with act() as doing:
                given_at = given_at.astimezone(dt.UTC)
                terms: dict[str, Any] = {"request_id": request_id, "reason": data["reason"], "given_at": given_at}
                give_emergency_authority(doing.session, actor=doing.actor, now=doing.now, offer_id=asked, **terms)
                to = url_for("borough.referral_of_request", request_id=request_id, offer=asked)
                return doing.go(to, "A placement officer can now make the award.", heading="Authority given")
        except Invalid as error:
            form.refuse(error)
            if "given_at" in error.errors:
                form.errors["given_on"] = form.errors.pop("given_at")
    return render_template("borough/emergency.html", form=form, **page), form.status
