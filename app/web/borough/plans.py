"""The shortlist of a request for several children: the plans first, then the offers by the children whom they are for,
and the choice of a plan.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Conflict, Invalid, NotFound
from app.identity.permissions import Permission
from app.offers.children import children_words, facts_of, list_words, positions_of
from app.offers.choosing import choose_plan
from app.offers.decided import latest_decided
from app.offers.explaining import prices_beside
from app.offers.models import Offer
from app.offers.planning import Planning, planning_of
from app.offers.queries import chosen_offers, live_hold
from app.offers.reasons import LONGEST_REASON
from app.offers.shortlist import Shortlist, read_shortlist
from app.offers.standing import stopped_services
from app.offers.status import OfferStatus
from app.offers.terms import terms_of
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.requests.status import SIBLINGS_WORDS, RequestStatus, Siblings
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.beforehand import chosen_beforehand
from app.web.borough.decision_form import reason_code, reason_picks, reason_words
from app.web.borough.funnel_actions import wider_actions
from app.web.borough.plan_rows import PlanRow, plan_rows, sorted_plans
from app.web.borough.request_story import tabs_at
from app.web.explaining.comparison import FIXED
from app.web.explaining.funnels import funnel_view
from app.web.explaining.rows import LEVEL_WORDS, Row, legend_of, rows_of
from app.web.fields import Choice, LongText
from app.web.forms import Form
from app.web.rendering import join_words
from app.web.tables import Column, Listing

PLAN_COLUMNS = (
    Column("number", "Plan", sort=True),
    Column("homes", "Who takes whom"),
    Column("together", "Together or apart", sort=True),
    Column("left", "Left out", sort=True),
    Column("price", "A week in all", sort=True, numeric=True),
    Column("score", "Score", sort=True),
)
STILL = tuple(replace(one, sort=False) for one in PLAN_COLUMNS)
"""The same for a choice that was refused: its address cannot be sorted at."""


class PlanForm(Schema):
    """One plan, and why: also for the first."""

    plan = Choice("Which plan do you prefer?", missing="Choose a plan")
    reason_code = reason_code()
    reason = reason_words()
    apart_reason = LongText(
        "Why apart?",
        hint="Only where one home could take all the children and the plan places them apart. The law prefers brothers "
        "and sisters together",
        required=False,
        max_length=LONGEST_REASON,
        rows=3,
        count=True,
    )


@bp.post("/requests/<request_id>/offers/plan")
@permission(Permission.SHORTLIST_DECIDE)
def plan_choose(request_id: str) -> ResponseReturnValue:
    """Prefer a plan: every offer of it holds its places from now on."""
    with look() as view:
        form = _form(view, *_plans(view, request_id))
    if form.parse(request.form):
        try:
            with act() as doing:
                made = choose_plan(
                    doing.session,
                    actor=doing.actor,
                    request_id=request_id,
                    offer_ids=form.data["plan"].split("+"),
                    reason_code=form.data["reason_code"],
                    reason=form.data["reason"],
                    apart_reason=form.data["apart_reason"],
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                said = "Its places are held." if len(made) == 1 else "The places of each of its offers are held."
                return doing.go(url_for("borough.shortlist", request_id=request_id), said, heading="Plan preferred")
        except Invalid as error:
            form.refuse(error)
            for name in ("", "offer_id"):
                if name in form.errors:
                    form.errors = {"plan": form.errors.pop(name), **form.errors}
        except Conflict as error:
            form.add_error("plan", error.message)
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        found = read_shortlist(view.session, actor=view.actor, request_id=request_id)
        if found is None:
            raise NotFound("shortlist")
        return group_page(view, row, found, form)


def group_page(view: Act, row: PlacementRequest, found: Shortlist, form: Form | None = None) -> ResponseReturnValue:
    """The shortlist of a group. `form` is the choice as it was refused, None for a new one."""
    planning = planning_of(view.session, row, found.evaluation)
    plans = plan_rows(planning, found.eligible)
    columns = PLAN_COLUMNS if request.method == "GET" else STILL
    listing = Listing.read(request.args, columns, default="number", per_page=100).count(len(plans))
    if form is None:
        form = _form(view, planning, plans)
    page = {
        "row": row,
        "tabs": tabs_at(row, view.actor, url_for("borough.shortlist", request_id=row.id)),
        "stopped": stopped_services(view.session, view.actor, [row.id]).get(row.id, []),
        "found": found,
        "plans": sorted_plans(plans, listing.order, listing.descending),
        "planning": planning,
        "listing": listing,
        "sets": [(one, [[Row.of(entry) for entry in group] for group in one.groups]) for one in found.sets],
        "compared_listing": Listing.fixed(FIXED),
        "offer_page": lambda one: url_for("borough.offer", request_id=row.id, offer_id=one.id),
        "excluded": rows_of(found.excluded),
        "prices": prices_beside(view.session, actor=view.actor, vault=view.wiring.vault, request_id=row.id),
        "funnel": funnel_view(found.funnel, ("offer", "offers"), wider_actions(view, row)),
        "legend": legend_of(found),
        "weights_words": join_words(f"{words.lower()} {weight}" for words, weight in found.weights.items()),
        "level_words": LEVEL_WORDS,
        "tie_points": terms_of(view.session, row).tie_points,
        "siblings": SIBLINGS_WORDS[row.siblings],
        "words_of": lambda offer: children_words(offer.children_key, row.places),
        "form": form,
        **_standing(view, row, found, planning),
    }
    return render_template("borough/shortlist_group.html", **page), form.status


def _plans(view: Act, request_id: str) -> tuple[Planning | None, list[PlanRow]]:
    row = request_for(view.session, actor=view.actor, request_id=request_id)
    found = read_shortlist(view.session, actor=view.actor, request_id=request_id)
    if found is None:
        return None, []
    planning = planning_of(view.session, row, found.evaluation)
    return planning, plan_rows(planning, found.eligible)


def _form(view: Act, planning: Planning | None, plans: list[PlanRow]) -> Form:
    """Every plan that is listed, in the order of the plans, and the reasons that one of them could have."""
    situations = {planning.situation(row.plan.key.split("+")) for row in plans} if planning else ()
    picks = reason_picks(view, situations)
    choices = [(row.plan.key, row.words, row.hint) for row in plans]
    return Form(PlanForm, choices={"plan": choices, "reason_code": picks}, values=chosen_beforehand("plan", choices))


def _standing(view: Act, row: PlacementRequest, found: Shortlist, planning: Planning) -> dict[str, Any]:
    """Where each child stands, what was chosen last, by whom and why, and whether this person may choose now."""
    chosen = chosen_offers(view.session, actor=view.actor, request_id=row.id)
    holds = {offer.id: live_hold(view.session, offer.id, view.now) for offer in chosen}
    names = {entry.offer.id: entry.service_name for entry in found.eligible}
    held = {p for offer in chosen if holds[offer.id] for p in positions_of(offer.children_key)}
    ended = [offer for offer in chosen if offer.status is OfferStatus.PREFERRED and holds[offer.id] is None]
    homeless = [position for position in planning.children if position not in held]
    refer = "borough.referral_of_request"
    return {
        "children": [(child, *_of_child(child.position, chosen, names)) for child in facts_of(row)],
        "holds": holds,
        "first_hold": min((hold.valid_until for hold in holds.values() if hold), default=None),
        "ended": ended,
        "ended_words": list_words(p for offer in ended for p in positions_of(offer.children_key)) if ended else "",
        "homeless": homeless,
        "homeless_words": list_words(homeless) if homeless else "",
        "placed_words": f"{len(planning.placed)} of {row.places} children placed",
        "chosen": chosen,
        "decided": latest_decided(view.session, actor=view.actor, request_id=row.id),
        "apart_asked": row.siblings is Siblings.PREFERRED and planning.found.together is not None,
        "may_choose": row.status is RequestStatus.PUBLISHED and view.actor.may(Permission.SHORTLIST_DECIDE),
        "open_still": row.status is RequestStatus.PUBLISHED,
        "refer": url_for(refer, request_id=row.id) if refer in current_app.view_functions else None,
    }


def _of_child(position: int, chosen: list[Offer], names: dict[str, str]) -> tuple[Offer | None, str]:
    """The offer that is preferred or has won for a child, and its service."""
    offer = next((one for one in chosen if position in positions_of(one.children_key)), None)
    return offer, names.get(offer.id, "") if offer else ""
