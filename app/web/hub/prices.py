"""Prices as the hub sees them: how they lie on each lot and band, and a company's own lists."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.money import pounds
from app.identity.permissions import Permission
from app.web.access import may, permission
from app.web.acts import look
from app.web.charts import RangeChart, range_chart
from app.web.fields import Choice
from app.web.forms import Form
from app.web.hub import bp
from app.web.rendering import pounds_whole
from app.web.tables import Column, Listing
from providers.market.models import Lot, PriceBand
from providers.market.queries import open_lots
from providers.passport.directory import company
from providers.services.prices.discounts import Rule, rule_words
from providers.services.prices.models import DiscountRule
from providers.services.prices.queries import company_prices, priced_companies, spreads
from providers.services.prices.spread import Spread
from providers.services.uplifts.queries import open_uplifts

SPREAD = (
    Column("band", "Band"),
    Column("lowest", "Lowest", numeric=True),
    Column("lower", "Lower quartile", numeric=True),
    Column("median", "Median", numeric=True),
    Column("upper", "Upper quartile", numeric=True),
    Column("highest", "Highest", numeric=True),
    Column("count", "Services", numeric=True),
)
COMPANIES = (Column("name", "Company"), Column("services", "Services with a price", numeric=True))
PRICES = (
    Column("band", "Band"),
    Column("care", "Care", numeric=True),
    Column("education", "Education", numeric=True),
    Column("health", "Health", numeric=True),
    Column("transport", "Transport", numeric=True),
    Column("week", "A week", numeric=True),
    Column("weeks", "Weeks a year", numeric=True),
    Column("from", "From"),
)


class LotForm(Schema):
    """Which lot."""

    lot = Choice("Lot", kind="select", required=False, optional=False)


@bp.get("/prices")
@permission(Permission.MARKET_READ)
def prices() -> ResponseReturnValue:
    """How the list prices of one lot lie today, band by band, and whose they are."""
    with look() as view:
        today = local_date(view.now)
        lots = open_lots(view.session, today)
        form = Form(LotForm, choices={"lot": [(lot.id, lot.name) for lot in lots]}, filters=True)
        asked = request.args.get("lot", "")
        lot = next((one for one in lots if one.id == asked), lots[0] if lots else None)
        form.raw["lot"] = lot.id if lot else ""
        found = spreads(view.session, view.actor, lot.id, today) if lot else []
        known = [(band, spread) for band, spread in found if spread is not None]
        return render_template(
            "hub/prices.html",
            filter_form=form,
            waiting=open_uplifts(view.session, view.actor),
            tariff=may("public.tariff", view.actor),
            lot=lot,
            bands=found,
            known=known,
            chart=_chart(lot, known) if lot and known else None,
            listing=Listing.fixed(SPREAD),
            companies=priced_companies(view.session, view.actor, lot.id, today) if lot else [],
            company_listing=Listing.fixed(COMPANIES),
        )


@bp.get("/providers/<organisation_id>/prices")
@permission(Permission.MARKET_READ)
def provider_prices(organisation_id: str) -> ResponseReturnValue:
    """A company's price lists: today's and those to come, with its discounts."""
    with look() as view:
        return render_template(
            "hub/provider_prices.html",
            company=company(view.session, view.actor, organisation_id),
            lots=company_prices(view.session, view.actor, organisation_id, local_date(view.now)),
            listing=Listing.fixed(PRICES),
            discount_words=discount_words,
        )


def discount_words(rule: DiscountRule) -> str:
    """A discount in a sentence."""
    return rule_words(Rule(rule.kind, rule.threshold, rule.basis_points))


def _chart(lot: Lot, known: list[tuple[PriceBand, Spread]]) -> RangeChart:
    widest, spread = max(known, key=lambda pair: (pair[1].highest - pair[1].lowest, pair[0].name))
    title = f"{widest.name} varies most: {pounds(spread.lowest)} to {pounds(spread.highest)} a week"
    if spread.lowest == spread.highest:
        title = f"Every band of {lot.name} has one price"
    return range_chart(
        title,
        [(band.name, found.figures, found.count) for band, found in known],
        show=pounds_whole,
        unit="List price for each week of a year of 52 weeks, today",
        label_heading="Band",
    )
