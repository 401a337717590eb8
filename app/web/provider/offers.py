"""A company's own offers: the list, one offer with its result, and taking one back before the deadline."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.identity.permissions import Permission
from app.offers.explaining import asked_of
from app.offers.invitations import may_read
from app.offers.offering import Late, unsealed_for_owner, withdraw_offer
from app.offers.queries import own_offer_line
from app.offers.queries import own_offers as company_offers
from app.offers.results import own_result
from app.offers.status import OfferStatus
from app.offers.terms import terms_of
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus
from app.web.access import permission
from app.web.acts import act, look
from app.web.charts import Part, stacked_bar
from app.web.explaining.rows import NeedsTable, ten_pounds
from app.web.fields import Hidden
from app.web.forms import Form
from app.web.points import points, short_points
from app.web.provider import bp
from app.web.rendering import flash_notice
from app.web.tables import Column, Listing

COLUMNS = (
    Column("reference", "Offer"),
    Column("request", "Request"),
    Column("lot", "Lot"),
    Column("service", "Service"),
    Column("status", "Where it stands"),
    Column("closes", "Deadline"),
    Column("changed", "Last changed"),
)
TONES = {
    OfferStatus.SUBMITTED: "progress",
    OfferStatus.WITHDRAWN: "neutral",
    OfferStatus.PREFERRED: "warn",
    OfferStatus.WON: "good",
    OfferStatus.LOST: "neutral",
}


class WithdrawForm(Schema):
    """The version that was shown."""

    version = Hidden(number=True)


@bp.get("/offers")
@permission(Permission.OPPORTUNITY_READ)
def offers() -> ResponseReturnValue:
    """The company's offers, the latest first."""
    listing = Listing.read(request.args, COLUMNS, default="changed", descending=True)
    with look() as view:
        rows, total = company_offers(view.session, actor=view.actor, limit=listing.limit, offset=listing.offset)
        listing.count(total)
        return render_template("provider/offers.html", listing=listing, rows=rows, now=view.now, tones=TONES)


@bp.get("/offers/<offer_id>")
@permission(Permission.OPPORTUNITY_READ)
def offer(offer_id: str) -> ResponseReturnValue:
    """One offer: what the company wrote and, once decided, its own scores."""
    with look() as view:
        line = own_offer_line(view.session, actor=view.actor, offer_id=offer_id)
        row = view.session.get_one(PlacementRequest, line.offer.request_id)
        result = own_result(view.session, actor=view.actor, offer_id=offer_id)
        asked = asked_of(view.session, actor=view.actor, vault=view.wiring.vault, offer_id=offer_id)
        readable = may_read(view.session, actor=view.actor, request_id=row.id, now=view.now)
        bar = None
        if result is not None and result.total is not None:
            bar = stacked_bar(
                [Part(words, given) for words, given in result.contributions],
                of=1_000_000,
                unit="points",
                total=result.total,
                show=short_points,
            )
        return render_template(
            "provider/offer.html",
            line=line,
            content=unsealed_for_owner(vault=view.wiring.vault, offer=line.offer),
            terms=terms_of(view.session, row, line.offer.children_key) if readable else None,
            result=result,
            asked=asked,
            bar=bar,
            now=view.now,
            tone=TONES[line.offer.status],
            points=points,
            ten_pounds=ten_pounds(result.points_per_pound) if result else "",
            needs=NeedsTable.of(result.needs) if result else None,
            changeable=line.offer.status is OfferStatus.SUBMITTED
            and row.status is RequestStatus.PUBLISHED
            and view.now < line.offers_close_at
            and view.actor.may(Permission.OFFER_WRITE),
            readable=readable,
        )


@bp.get("/offers/<offer_id>/sent")
@permission(Permission.OPPORTUNITY_READ)
def offer_sent(offer_id: str) -> ResponseReturnValue:
    """That the offer is in, and until when nobody can read it."""
    with look() as view:
        line = own_offer_line(view.session, actor=view.actor, offer_id=offer_id)
        content = unsealed_for_owner(vault=view.wiring.vault, offer=line.offer)
        asked = asked_of(view.session, actor=view.actor, vault=view.wiring.vault, offer_id=offer_id)
        return render_template("provider/offer_sent.html", line=line, content=content, asked=asked)


@bp.route("/offers/<offer_id>/withdraw", methods=["GET", "POST"])
@permission(Permission.OFFER_WRITE)
def offer_withdraw(offer_id: str) -> ResponseReturnValue:
    """Take an offer back: asks once, says what follows."""
    form = Form(WithdrawForm)
    if request.method == "POST" and form.parse(request.form):
        with act() as doing:
            outcome = withdraw_offer(
                doing.session, actor=doing.actor, offer_id=offer_id, version=form.data["version"], now=doing.now
            )
            if isinstance(outcome, Late):
                flash_notice(f"{outcome.message} The offer stands.")
                return doing.go(url_for("provider.offer", offer_id=offer_id))
            return doing.go(
                url_for("provider.opportunity", request_id=outcome.request_id),
                "You can make a new one until the deadline.",
                heading="Offer withdrawn",
            )
    with look() as view:
        line = own_offer_line(view.session, actor=view.actor, offer_id=offer_id)
        form.raw["version"] = str(line.offer.version)
        return render_template("provider/offer_withdraw.html", line=line, form=form), form.status
