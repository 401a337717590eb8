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
from app.offers.decided import latest_decided
from app.offers.declining import decline_words
from app.offers.exemptions import exemption_of_offer
from app.offers.explaining import price_beside, prices_beside
from app.offers.invitations import invitations_of, left_out_of, untold_funnel
from app.offers.models import Offer
from app.offers.offering import unsealed_for_owner
from app.offers.opening import open_by_officer
from app.offers.queries import live_hold, opened_offer, preferred, told
from app.offers.shortlist import Shortlist, read_shortlist
from app.offers.shortlist import shortlist as shortlist_of
from app.offers.standing import Stopped, stopped_services
from app.offers.terms import terms_of
from app.offers.waves import waves_of
from app.placements.stability.shown import lasting_beside
from app.requests.queries import request_for
from app.requests.status import RequestStatus
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.beforehand import chosen_beforehand
from app.web.borough.decision_form import reason_code, reason_picks, reason_words
from app.web.borough.funnel_actions import told_actions, wider_actions
from app.web.borough.plans import group_page
from app.web.borough.request_story import tabs_at
from app.web.explaining.comparison import COMPARED, FIXED, compared
from app.web.explaining.funnels import funnel_view
from app.web.explaining.rows import LEVEL_WORDS, Row, legend_of, rows_of
from app.web.explaining.whole import explained
from app.web.fields import Choice
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
SERVICES = ("service", "services")
LEFT_OUT = (Column("provider", "Provider"), Column("service", "Service"), Column("why", "Why"))


class ChooseForm(Schema):
    """One offer, and why: also for the first."""

    offer = Choice("Which offer do you prefer?", missing="Choose an offer")
    reason_code = reason_code()
    reason = reason_words()


@bp.get("/requests/<request_id>/offers/invitations")
@permission(Permission.OFFER_READ)
def invitations_of_request(request_id: str) -> ResponseReturnValue:
    """Who was told, when, and who said that they will not offer. Who offered is not told before the deadline."""
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        invitations = invitations_of(view.session, actor=view.actor, request_id=request_id)
        left_out = left_out_of(view.session, actor=view.actor, request_id=request_id)
        found = None if invitations else funnel_view(untold_funnel(left_out), SERVICES, told_actions(view, row))
        return render_template(
            "borough/invitations.html",
            row=row,
            funnel=found,
            tabs=tabs_at(row, view.actor, url_for("borough.invitations_of_request", request_id=request_id)),
            listing=Listing.fixed(TOLD),
            invitations=invitations,
            left_out=left_out,
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
        form = _choose_form(view, read_shortlist(view.session, actor=view.actor, request_id=request_id))
    if form.parse(request.form):
        try:
            with act() as doing:
                choose(
                    doing.session,
                    actor=doing.actor,
                    request_id=request_id,
                    offer_id=form.data["offer"],
                    reason_code=form.data["reason_code"],
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
            if "offer_id" in form.errors:
                form.errors = {"offer": form.errors.pop("offer_id"), **form.errors}
        except Conflict as error:
            form.add_error("offer", error.message)
    with look() as view:
        return _page(view, request_id, form)


@bp.get("/requests/<request_id>/offers/explanation")
@permission(Permission.OFFER_READ)
def shortlist_explained(request_id: str) -> ResponseReturnValue:
    """The whole explanation on one page, to read or to print: nothing in it says who the child is."""
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        found = shortlist_of(view.session, actor=view.actor, request_id=request_id)
        return render_template(
            "explaining/whole.html",
            **explained(view, row, found),
            decided=latest_decided(view.session, actor=view.actor, request_id=request_id),
            back=(url_for("borough.shortlist", request_id=request_id), f"Shortlist for {row.reference}"),
        )


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
            price=price_beside(view.session, vault=view.wiring.vault, offer=opened.offer),
        )


def _choose_form(view: Act, found: Shortlist | None) -> Form:
    """Every offer that passed the gates, in the order of the shortlist, and the reasons that one of them could have."""
    choices = [
        (
            entry.offer.id,
            f"{entry.rank}. {entry.service_name}",
            f"{_price_words(entry.offer)}, {points(entry.candidate.total)} points",
        )
        for entry in (found.eligible if found else ())
    ]
    picks = reason_picks(view, found.situations if found else ())
    beforehand = chosen_beforehand("offer", choices)
    return Form(ChooseForm, choices={"offer": choices, "reason_code": picks}, values=beforehand)


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
        form = _choose_form(view, found)
    groups = [[Row.of(entry) for entry in group] for group in found.groups]
    rows = [one for group in groups for one in group]
    columns = COMPARED if request.method == "GET" else FIXED  # a refused choice has no address to sort at
    listing = Listing.read(request.args, columns, default="rank", per_page=0).count(len(rows))
    page |= {
        "found": found,
        "groups": groups,
        "compared": compared(rows, listing),
        "listing": listing,
        "offer_page": lambda one: url_for("borough.offer", request_id=request_id, offer_id=one.id),
        "ten_pounds": next((one.ten_pounds for one in rows), ""),
        "some_weeks": len({one.offer.weeks_per_year for one in rows}) > 1,
        "excluded": rows_of(found.excluded),
        "prices": prices_beside(view.session, actor=view.actor, vault=view.wiring.vault, request_id=request_id),
        "lasting": lasting_beside(view.session, actor=view.actor, request_id=request_id, now=view.now),
        "funnel": funnel_view(found.funnel, ("offer", "offers"), wider_actions(view, row)),
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
    refer = "borough.referral_of_request"
    return {
        "chosen": chosen,
        "chosen_name": next((one.service_name for one in found.eligible if chosen and one.offer.id == chosen.id), ""),
        "decided": latest_decided(view.session, actor=view.actor, request_id=request_id),
        "hold": live_hold(view.session, chosen.id, view.now) if chosen else None,
        "may_choose": status is RequestStatus.PUBLISHED and view.actor.may(Permission.SHORTLIST_DECIDE),
        "open_still": status is RequestStatus.PUBLISHED,
        "refer": url_for(refer, request_id=request_id) if refer in current_app.view_functions else None,
    }
