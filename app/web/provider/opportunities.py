"""Requests that a company may offer for: the list, one redacted request with its terms, and saying no with a reason."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children.ages import age_words
from app.children.records import SEXES
from app.core.clock import local_date
from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.offers.children import key_of
from app.offers.declining import DECLINE_WORDS, decline, decline_words, declined_code, undo_decline
from app.offers.invitations import Opportunity, opportunity_for
from app.offers.offering import evidence_bars
from app.offers.queries import OpportunityLine, own_offers_for
from app.offers.queries import opportunities as open_opportunities
from app.offers.telling_invited import must_say_whether_it_stands, say_it_stands
from app.offers.terms import terms_of
from app.requests.audiences import provider_view
from app.requests.changes import told_changes
from app.requests.status import SIBLINGS_WORDS, RequestStatus
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import Choice
from app.web.forms import Form
from app.web.provider import bp
from app.web.provider.offer_children import asks_children, children_table
from app.web.records import shown
from app.web.tables import Column, Listing
from providers.market.models import Lot
from providers.market.status import ServiceType

COLUMNS = (
    Column("what", "What is asked for"),
    Column("child", "Child"),
    Column("from", "Needed from"),
    Column("services", "Invited"),
    Column("state", "Where you stand"),
    Column("closes", "Offers close"),
)

ASKED: dict[ServiceType, str] = {
    ServiceType.FOSTERING: "A foster home",
    ServiceType.RESIDENTIAL: "A children's home",
    ServiceType.SUPPORTED: "Supported accommodation",
    ServiceType.NMI_DAY: "A day place at a special school",
    ServiceType.NMI_38: "A 38-week place at a special school",
    ServiceType.NMI_52: "A 52-week place at a special school",
    ServiceType.SUPPORT_PACKAGE: "A support package",
}


class DeclineForm(Schema):
    """Why not: a code, so that reasons can be counted."""

    code = Choice(
        "Why will you not offer?",
        hint="The council sees the reason beside your service's name. No other company does.",
        choices=tuple((code.value, words) for code, words in DECLINE_WORDS.items()),
        missing="Choose why you will not offer",
    )


@bp.get("/opportunities")
@permission(Permission.OPPORTUNITY_READ)
def opportunities() -> ResponseReturnValue:
    """Open requests, the first to close first."""
    listing = Listing.read(request.args, COLUMNS, default="closes")
    with look() as view:
        rows, total = open_opportunities(
            view.session, actor=view.actor, now=view.now, limit=listing.limit, offset=listing.offset
        )
        listing.count(total)
        return render_template(
            "provider/opportunities.html", listing=listing, rows=rows, asked=ASKED, age_words=age_words, state=_state
        )


def _state(row: OpportunityLine) -> tuple[str, str]:
    if row.offered:
        return ("Offer in" if row.offered == 1 else f"{row.offered} offers in", "good")
    return ("You declined", "neutral") if row.declined else ("To answer", "warn")


@bp.get("/opportunities/<request_id>")
@permission(Permission.OPPORTUNITY_READ)
def opportunity(request_id: str) -> ResponseReturnValue:
    """The redacted request, at the stage that the company has reached. Every look at it is written down first."""
    with look() as view:
        found = opportunity_for(view.session, actor=view.actor, request_id=request_id, now=view.now)
        log_look(view, found)
        return render_template("provider/opportunity.html", **_page(view, found))


def log_look(view: Act, found: Opportunity) -> None:
    """The company is about to read about these children."""
    for child in found.request.children:
        stage = found.reach.at(child.position)
        if stage:
            shown(
                view.wiring, view.actor, child.child_id, f"Request {found.request.reference} as provider, stage {stage}"
            )


def bars_of(view: Act, found: Opportunity) -> dict[str, str]:
    """Why a service of the company cannot offer now for want of current evidence, by service id; those that can are
    not in it.
    """
    if found.request.lot_id is None:
        return {}
    service_type = view.session.get_one(Lot, found.request.lot_id).service_type
    return evidence_bars(view.session, found.services, service_type, local_date(view.now))


def _page(view: Act, found: Opportunity) -> dict[str, Any]:
    row = found.request
    closes = row.offers_close_at or view.now
    mine = own_offers_for(view.session, actor=view.actor, request_id=row.id)
    offered = {one.offer.service_id for one in mine}
    terms = terms_of(view.session, row, key_of(found.reach.positions))
    code = declined_code(view.session, actor=view.actor, request_id=row.id)
    return {
        "row": row,
        "stage": found.stage,
        "sections": provider_view(view.session, vault=view.wiring.vault, request=row, reach=found.reach),
        "services": found.services,
        "to_offer": [one for one in found.services if asks_children(row) or one.id not in offered],
        "children": children_table(view.session, row, found.reach),
        "siblings": SIBLINGS_WORDS[row.siblings],
        "mine": mine,
        "closes": closes,
        "is_open": row.status is RequestStatus.PUBLISHED and view.now < closes,
        "now": view.now,
        "terms": terms,
        "declined": decline_words(code),
        "bars": bars_of(view, found),
        "child_words": f"{SEXES.get(row.sex or '', '')}, {age_words(row.age_weeks or 0)}".removeprefix(", "),
        "may_offer": view.actor.may(Permission.OFFER_WRITE),
        "changes": told_changes(view.session, row.id),
        "must_confirm": must_say_whether_it_stands(view.session, actor=view.actor, request_id=row.id),
    }


@bp.post("/opportunities/<request_id>/stands")
@permission(Permission.OFFER_WRITE)
def offer_stands(request_id: str) -> ResponseReturnValue:
    """The request changed, and the company's offer stands as it is."""
    with act() as doing:
        say_it_stands(doing.session, actor=doing.actor, request_id=request_id, now=doing.now)
        return doing.go(url_for("provider.opportunity", request_id=request_id), "Your offer stands")


@bp.route("/opportunities/<request_id>/decline", methods=["GET", "POST"])
@permission(Permission.OFFER_WRITE)
def opportunity_decline(request_id: str) -> ResponseReturnValue:
    """Say that the company will not offer."""
    form = Form(DeclineForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                decline(doing.session, actor=doing.actor, request_id=request_id, code=form.data["code"], now=doing.now)
                return doing.go(
                    url_for("provider.opportunity", request_id=request_id),
                    "You can change your mind until the deadline.",
                    heading="You have declined",
                )
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        found = opportunity_for(view.session, actor=view.actor, request_id=request_id, now=view.now)
        return render_template("provider/opportunity_decline.html", form=form, row=found.request), form.status


@bp.post("/opportunities/<request_id>/decline/undo")
@permission(Permission.OFFER_WRITE)
def opportunity_undo(request_id: str) -> ResponseReturnValue:
    """Think again."""
    with act() as doing:
        undo_decline(doing.session, actor=doing.actor, request_id=request_id, now=doing.now)
        return doing.go(url_for("provider.opportunity", request_id=request_id), "You can make an offer again")
