"""Offers as the borough sees them: who was told, sealed until the deadline, then the shortlist with its arithmetic, and
the choice with its reason.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Conflict, Invalid
from app.core.money import pounds
from app.identity.permissions import Permission
from app.offers.choosing import choose
from app.offers.content import WHOLE_YEAR
from app.offers.declining import decline_words
from app.offers.exemptions import exemption_of_offer
from app.offers.invitations import invitations_of, left_out_of
from app.offers.models import Offer
from app.offers.offering import unsealed_for_owner
from app.offers.opening import open_by_officer
from app.offers.queries import decider, latest_choice, live_hold, opened_offer, preferred, told
from app.offers.shortlist import Shortlist, read_shortlist
from app.offers.standing import Stopped, stopped_services
from app.offers.terms import terms_of
from app.offers.waves import waves_of
from app.requests.queries import request_for
from app.requests.status import RequestStatus
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.beforehand import chosen_beforehand
from app.web.borough.plans import group_page
from app.web.borough.request_story import tabs_at
from app.web.borough.shortlist_rows import LEVEL_WORDS, Row, funnel_rows, legend_of, relaxation_words, rows_of
from app.web.fields import Choice, LongText
from app.web.forms import Form
from app.web.points import points
from app.web.records import shown
from app.web.rendering import join_words
from app.web.tables import Column, Listing

TOLD = (
    Column("provider", "Provider"),
    Column("service", "Service"),
    Column("when", "Told"),
    Column("answer", "Answer"),
)
LEFT_OUT = (Column("provider", "Provider"), Column("service", "Service"), Column("why", "Why"))


class ChooseForm(Schema):
    """One offer, and why: also for the first."""

    offer = Choice("Which offer do you prefer?", missing="Choose an offer")
    reason = LongText(
        "Why this one?",
        hint="Also when it is the first: say what you looked at besides the score",
        missing="Enter your reason",
        max_length=2000,
        rows=4,
        count=True,
    )


@bp.get("/requests/<request_id>/offers/invitations")
@permission(Permission.OFFER_READ)
def invitations_of_request(request_id: str) -> ResponseReturnValue:
    """Who was told, when, and who said that they will not offer. Who offered is not told before the deadline."""
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        return render_template(
            "borough/invitations.html",
            row=row,
            tabs=tabs_at(row, view.actor, url_for("borough.invitations_of_request", request_id=request_id)),
            listing=Listing.fixed(TOLD),
            invitations=invitations_of(view.session, actor=view.actor, request_id=request_id),
            left_out=left_out_of(view.session, actor=view.actor, request_id=request_id),
            left_listing=Listing.fixed(LEFT_OUT),
            waves=len(waves_of(view.session, actor=view.actor, request_id=request_id)) > 1,
            decline_words=decline_words,
            sealed=row.offers_close_at is not None and view.now < row.offers_close_at,
        )


@bp.get("/requests/<request_id>/offers")
@permission(Permission.OFFER_READ)
def shortlist(request_id: str) -> ResponseReturnValue:
    """Sealed, to be opened, or the shortlist: whatever the moment allows."""
    with look() as view:
        return _page(view, request_id, Form(ChooseForm))


@bp.post("/requests/<request_id>/offers/open")
@permission(Permission.OFFER_READ)
def shortlist_open(request_id: str) -> ResponseReturnValue:
    """Open the offers after the deadline, if the clock has not done it yet."""
    with act() as doing:
        open_by_officer(
            doing.session, actor=doing.actor, vault=doing.wiring.vault, request_id=request_id, now=doing.now
        )
        return doing.go(url_for("borough.shortlist", request_id=request_id), "Offers opened and ranked")


@bp.post("/requests/<request_id>/offers/choice")
@permission(Permission.SHORTLIST_DECIDE)
def shortlist_choose(request_id: str) -> ResponseReturnValue:
    """Prefer an offer. Its places are held from now on."""
    with look() as view:
        form = _choose_form(read_shortlist(view.session, actor=view.actor, request_id=request_id))
    if form.parse(request.form):
        try:
            with act() as doing:
                choose(
                    doing.session,
                    actor=doing.actor,
                    request_id=request_id,
                    offer_id=form.data["offer"],
                    reason=form.data["reason"],
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                return doing.go(
                    url_for("borough.shortlist", request_id=request_id),
                    "Its places are held.",
                    heading="Offer preferred",
                )
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.add_error("offer", error.message)
    with look() as view:
        return _page(view, request_id, form)


@bp.get("/requests/<request_id>/offers/<offer_id>")
@permission(Permission.OFFER_READ)
def offer(request_id: str, offer_id: str) -> ResponseReturnValue:
    """One opened offer as its company wrote it."""
    with look() as view:
        opened = opened_offer(view.session, actor=view.actor, request_id=request_id, offer_id=offer_id)
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        stopped = _stopped(view, request_id)
        for child in row.children:
            shown(view.wiring, view.actor, child.child_id, f"Offer {opened.offer.reference} for {row.reference}")
        return render_template(
            "borough/offer.html",
            row=row,
            opened=opened,
            stopped=next((one for one in stopped if one.offer_id == opened.offer.id), None),
            content=unsealed_for_owner(vault=view.wiring.vault, offer=opened.offer),
            terms=terms_of(view.session, row, opened.offer.children_key),
            given=exemption_of_offer(view.session, opened.offer),
        )


def _choose_form(found: Shortlist | None) -> Form:
    """Every offer that passed the gates, in the order of the shortlist."""
    choices = [
        (
            entry.offer.id,
            f"{entry.rank}. {entry.service_name}",
            f"{_price_words(entry.offer)}, {points(entry.candidate.total)} points",
        )
        for entry in (found.eligible if found else ())
    ]
    return Form(ChooseForm, choices={"offer": choices}, values=chosen_beforehand("offer", choices))


def _price_words(offer: Offer) -> str:
    """The price as it was offered and, where it is charged in fewer weeks than the year has, what a week then costs."""
    offered = f"{pounds(offer.weekly_pence or 0)} a week"
    if offer.weeks_per_year == WHOLE_YEAR:
        return offered
    return f"{offered} for {offer.weeks_per_year} weeks, which is {pounds(offer.payable_pence)} a week over the year"


def _page(view: Act, request_id: str, form: Form) -> ResponseReturnValue:
    row = request_for(view.session, actor=view.actor, request_id=request_id)
    found = read_shortlist(view.session, actor=view.actor, request_id=request_id)
    if found is not None and row.places > 1:
        return group_page(view, row, found)
    page: dict[str, Any] = {
        "row": row,
        "tabs": tabs_at(row, view.actor, url_for("borough.shortlist", request_id=request_id)),
        "stopped": _stopped(view, request_id),
    }
    if found is None:
        page |= {
            "told": told(view.session, actor=view.actor, request_id=request_id),
            "published": row.status is RequestStatus.PUBLISHED,
            "due": row.offers_close_at is not None and view.now >= row.offers_close_at,
        }
        return render_template("borough/offers_sealed.html", **page)
    if not form.errors:
        form = _choose_form(found)
    groups = [[Row.of(entry) for entry in group] for group in found.groups]
    page |= {
        "found": found,
        "groups": groups,
        "excluded": rows_of(found.excluded),
        "funnel": funnel_rows(found),
        "relaxations": relaxation_words(found),
        "legend": legend_of(found),
        "weights_words": join_words(f"{words.lower()} {weight}" for words, weight in found.weights.items()),
        "level_words": LEVEL_WORDS,
        "tie_points": terms_of(view.session, row).tie_points,
        "form": form,
        **_decision(view, request_id, row.status, found),
    }
    return render_template("borough/shortlist.html", **page), form.status


def _stopped(view: Act, request_id: str) -> list[Stopped]:
    """The services behind a request that are suspended or removed now."""
    return stopped_services(view.session, view.actor, [request_id]).get(request_id, [])


def _decision(view: Act, request_id: str, status: RequestStatus, found: Shortlist) -> dict[str, Any]:
    """What was chosen, by whom and why, until when it holds, and whether this person may choose now."""
    chosen = preferred(view.session, actor=view.actor, request_id=request_id)
    choice = latest_choice(view.session, actor=view.actor, request_id=request_id)
    refer = "borough.referral_of_request"
    return {
        "chosen": chosen,
        "chosen_name": next((one.service_name for one in found.eligible if chosen and one.offer.id == chosen.id), ""),
        "choice": choice,
        "chosen_by": decider(view.session, choice) if choice else "",
        "hold": live_hold(view.session, chosen.id, view.now) if chosen else None,
        "may_choose": status is RequestStatus.PUBLISHED and view.actor.may(Permission.SHORTLIST_DECIDE),
        "open_still": status is RequestStatus.PUBLISHED,
        "refer": url_for(refer, request_id=request_id) if refer in current_app.view_functions else None,
    }
