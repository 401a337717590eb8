"""A company's prices: what each service charges on each lot now, later and before, and its discounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid, NotFound
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import Choice, DateField, Hidden, Money, WholeNumber
from app.web.forms import Form
from app.web.per_cent import PerCent
from app.web.provider import bp
from app.web.tables import Column, Listing
from providers.services.prices.discounts import ELEMENTS, Itemised, Rule, rule_words
from providers.services.prices.models import KIND_WORDS, DiscountKind, DiscountRule
from providers.services.prices.queries import LotPrices, own_discount, own_listing, own_prices
from providers.services.prices.setting import (
    ALL_YEAR_ROUND,
    MOST_PENCE,
    WHOLE_YEAR,
    NewPrice,
    end_discount,
    price_version,
    set_discount,
    set_prices,
)

LABELS = {"care": "Care", "education": "Education", "health": "Health", "transport": "Transport"}
SERVICES = (
    Column("name", "Service"),
    Column("priced", "Bands with a price", numeric=True),
    Column("range", "A week today", numeric=True),
    Column("coming", "Prices to come", numeric=True),
)
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
DISCOUNTS = (
    Column("rule", "Discount"),
    Column("kind", "For"),
    Column("from", "From"),
    Column("last", "Until"),
    Column("end", "End", hidden_label=True),
)
EVERY = "every"


@bp.get("/prices")
@permission(Permission.SERVICE_READ)
def prices() -> ResponseReturnValue:
    """What the company charges, by lot and service."""
    with look() as view:
        return render_template(
            "provider/prices.html",
            lots=own_prices(view.session, view.actor, local_date(view.now)),
            listing=Listing.fixed(SERVICES),
            discount_words=discount_words,
            may_write=view.actor.may(Permission.PRICE_WRITE),
        )


@bp.get("/services/<claim_id>/prices/<lot_id>")
@permission(Permission.SERVICE_READ)
def price_list(claim_id: str, lot_id: str) -> ResponseReturnValue:
    """One service's list on one lot: now, to come and before."""
    with look() as view:
        return render_template(
            "provider/price_list.html",
            found=own_listing(view.session, view.actor, claim_id, lot_id, local_date(view.now)),
            listing=Listing.fixed(PRICES),
            may_write=view.actor.may(Permission.PRICE_WRITE),
        )


@bp.route("/prices/<lot_id>/set", methods=["GET", "POST"])
@permission(Permission.PRICE_WRITE)
def set_price(lot_id: str) -> ResponseReturnValue:
    """A new price of a band from a day on, for one service or for every service of the lot."""
    with look() as view:
        found = _lot(view, lot_id)
        version = price_version(view.session, view.actor.organisation_id, [lot_id])
        form = _price_form(found, {**_standing(found), "version": version})
    if request.method == "POST" and form.parse(request.form):
        chosen = form.data["service"]
        ids = [one.service.id for one in found.services if chosen in (EVERY, one.service.id)]
        price = Itemised(
            care_pence=form.data["care_pence"] or 0,
            education_pence=form.data["education_pence"] or 0,
            health_pence=form.data["health_pence"] or 0,
            transport_pence=form.data["transport_pence"] or 0,
            weeks_per_year=form.data.get("weeks_per_year", WHOLE_YEAR),
        )
        try:
            with act() as doing:
                written = set_prices(
                    doing.session,
                    actor=doing.actor,
                    prices=[NewPrice(id_, form.data["band"], price, form.data["from_day"]) for id_ in ids],
                    now=doing.now,
                    version=form.data["version"],
                )
                message = "Price set" if written == 1 else f"Price set for {written} services"
                return doing.go(_back(found, chosen, lot_id), message)
        except Invalid as error:
            form.refuse(error)
    return render_template("provider/set_price.html", form=form, found=found), form.status


@bp.route("/prices/<lot_id>/discounts", methods=["GET", "POST"])
@permission(Permission.PRICE_WRITE)
def discounts(lot_id: str) -> ResponseReturnValue:
    """The discounts of a lot, and a new one."""
    form = Form(DiscountForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                set_discount(
                    doing.session,
                    actor=doing.actor,
                    lot_id=lot_id,
                    kind=DiscountKind(form.data["kind"]),
                    threshold=form.data["threshold"],
                    basis_points=form.data["rate"],
                    from_day=form.data["from_day"],
                    now=doing.now,
                )
                return doing.go(url_for("provider.discounts", lot_id=lot_id), "Discount saved")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        page = {"found": _lot(view, lot_id), "form": form, "listing": Listing.fixed(DISCOUNTS)}
        words = {"discount_words": discount_words, "kind_words": KIND_WORDS}
        return render_template("provider/discounts.html", **page, **words), form.status


@bp.post("/discounts/<discount_id>/end", endpoint="end_discount")
@permission(Permission.PRICE_WRITE)
def end(discount_id: str) -> ResponseReturnValue:
    """End a discount with today, or take back one that has not begun."""
    with act() as doing:
        rule = own_discount(doing.session, doing.actor, discount_id)
        version = request.form.get("version", "")
        end_discount(
            doing.session,
            actor=doing.actor,
            discount_id=discount_id,
            version=int(version) if version.isdecimal() and len(version) < 10 else 0,
            now=doing.now,
        )
        return doing.go(url_for("provider.discounts", lot_id=rule.lot_id), "Discount ended")


class DiscountForm(Schema):
    """A rate from a threshold on."""

    kind = Choice(
        "What is the discount for?",
        choices=(
            (DiscountKind.SIBLING.value, "Brothers and sisters placed together", "From the second child, say"),
            (DiscountKind.LONG_TERM.value, "Long placements", "From so many expected weeks"),
            (DiscountKind.VOLUME.value, "Placements with the consortium", "From so many live placements with you"),
        ),
        missing="Choose what the discount is for",
    )
    threshold = WholeNumber(
        "From which child, how many weeks or how many placements?",
        hint="For example 2 for the second child, 52 for a year, 5 for five live placements",
        called="The threshold",
        missing="Enter from which number the discount counts",
        least=1,
        most=1000,
        width=4,
    )
    rate = PerCent("How much comes off?", called="The discount", missing="Enter the discount, like 5", least=1)
    from_day = DateField("From which day?", hint="Today or later, for example 1 4 2027", missing="Enter the day")


def discount_words(rule: DiscountRule) -> str:
    """A discount in a sentence."""
    return rule_words(Rule(rule.kind, rule.threshold, rule.basis_points))


def _lot(view: Act, lot_id: str) -> LotPrices:
    for found in own_prices(view.session, view.actor, local_date(view.now)):
        if found.lot.id == lot_id:
            return found
    raise NotFound("lot")


def _price_form(found: LotPrices, values: dict[str, Any]) -> Form:
    services: Sequence[tuple[str, str]] = [(one.service.id, one.service.name) for one in found.services]
    if len(services) > 1:
        services = [(EVERY, f"All {len(services)} services on this lot"), *services]
    questions: dict[str, Any] = {
        "service": Choice("Service", choices=services, kind="select", missing="Choose the service"),
        "band": Choice(
            "Band", choices=[(band.id, band.name) for band in found.bands], kind="select", missing="Choose the band"
        ),
    }
    for element in ELEMENTS:
        questions[f"{element}_pence"] = Money(
            LABELS[element], required=False, optional=False, most=MOST_PENCE, suffix="a week"
        )
    if found.lot.service_type not in ALL_YEAR_ROUND:
        questions["weeks_per_year"] = WholeNumber(
            "Weeks a year", missing="Enter how many weeks a year are charged", least=1, most=WHOLE_YEAR, width=2
        )
    questions["from_day"] = DateField(
        "From which day?", hint="Today or later, for example 1 4 2027", missing="Enter the day from which it counts"
    )
    questions["version"] = Hidden(number=True)
    return Form(Schema.from_dict(questions), values=values)


def _standing(found: LotPrices) -> dict[str, Any]:
    """The service and band asked for in the address, with what they charge now."""
    service_id = request.args.get("service", found.services[0].service.id if len(found.services) == 1 else "")
    band_id = request.args.get("band", "")
    values: dict[str, Any] = {"service": service_id, "band": band_id, "weeks_per_year": WHOLE_YEAR}
    for listing in found.services:
        for one in listing.bands:
            if listing.service.id == service_id and one.band.id == band_id and one.now:
                price = one.now.price
                values |= {f"{name}_pence": getattr(price, f"{name}_pence") or None for name in ELEMENTS}
                values["weeks_per_year"] = price.weeks_per_year
    return values


def _back(found: LotPrices, chosen: str, lot_id: str) -> str:
    for one in found.services:
        if one.service.id == chosen:
            return url_for("provider.price_list", claim_id=one.service.claim_id, lot_id=lot_id)
    return url_for("provider.prices")
