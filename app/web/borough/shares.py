"""Who pays what of the weekly price, part by part, with what is still short said on the page itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Invalid
from app.core.money import pounds
from app.identity.permissions import Permission
from app.offers.models import Offer
from app.panels import referrals
from app.panels.funding import ELEMENT_WORDS, Share, missing_pence
from app.panels.models import Payer
from app.panels.setting_up import payers_of
from app.panels.status import Element, PayerKind
from app.web.access import permission
from app.web.acts import act, look
from app.web.borough import bp
from app.web.fields import Hidden, LongText, Money
from app.web.forms import Form

CHECK = "check"
"""The name of the button that works out what is short and saves nothing."""


def _name(element: Element, place: int) -> str:
    return f"{element.value}_{place}"


def _schema(prices: dict[Element, int], payers: list[Payer]) -> type[Schema]:
    questions: dict[str, Any] = {"version": Hidden(number=True)}
    for element, pence in prices.items():
        for place, payer in enumerate(payers):
            if pence and (element is not Element.EDUCATION or payer.kind is PayerKind.EDUCATION):
                questions[_name(element, place)] = Money(payer.name, required=False, optional=False, suffix="a week")
    questions["split_reason"] = LongText(
        "Why is care split this way?",
        hint="Needed where more than one budget pays for care",
        required=False,
        optional=False,
        max_length=2000,
        rows=4,
    )
    return Schema.from_dict(questions, name="SharesForm")


def _given(form: Form, payers: list[Payer]) -> list[Share]:
    return [
        Share(payer.id, payer.kind, element, pence)
        for element in Element
        for place, payer in enumerate(payers)
        if (pence := form.data.get(_name(element, place)))
    ]


def _statement(prices: dict[Element, int], shares: list[Share]) -> list[dict[str, Any]]:
    """For each priced part: its price, what is shared, and what is short or too much, in words."""
    lines = []
    for element, missing in missing_pence(prices, shares).items():
        price = prices[element]
        says = "Adds up" if missing == 0 else f"{pounds(abs(missing))} {'short' if missing > 0 else 'too much'}"
        words = ELEMENT_WORDS[element].capitalize()
        lines.append({"element": element, "words": words, "price": price, "shared": price - missing, "says": says})
    return lines


@bp.route("/referrals/<referral_id>/shares", methods=["GET", "POST"])
@permission(Permission.REFERRAL_WRITE)
def referral_shares(referral_id: str) -> ResponseReturnValue:
    """Enter what each payer pays of each part of the price."""
    with look() as view:
        row = referrals.referral_for(view.session, actor=view.actor, referral_id=referral_id)
        offer = view.session.get_one(Offer, row.offer_id)
        prices = referrals.prices_of(offer)
        payers = payers_of(view.session, organisation_id=row.organisation_id)
        shares = referrals.shares_of(view.session, row.id)
    places = {payer.id: place for place, payer in enumerate(payers)}
    values: dict[str, Any] = {_name(one.element, places[one.payer_id]): one.weekly_pence for one in shares}
    form = Form(_schema(prices, payers), values=values | {"version": row.version, "split_reason": row.split_reason})
    if request.method == "POST" and form.parse(request.form):
        shares = _given(form, payers)
        if CHECK not in request.form and _refuse_what_is_short(form, prices, shares):
            try:
                return _save(referral_id, form, shares)
            except Invalid as error:
                form.refuse(error)
    page = {"offer": offer, "statement": _statement(prices, shares), "groups": _groups(form, prices), "check": CHECK}
    return render_template("borough/referral_shares.html", row=row, form=form, **page), form.status


def _refuse_what_is_short(form: Form, prices: dict[Element, int], shares: list[Share]) -> bool:
    for element, missing in missing_pence(prices, shares).items():
        if missing:
            first = next((name for name in form.views if name.startswith(f"{element.value}_")), "")
            over = "short of" if missing > 0 else "more than"
            words = ELEMENT_WORDS[element]
            form.add_error(
                first, f"The shares of {words} are {pounds(abs(missing))} {over} its price of {pounds(prices[element])}"
            )
    return not form.errors


def _save(referral_id: str, form: Form, shares: list[Share]) -> ResponseReturnValue:
    with act() as doing:
        given: dict[str, Any] = {"actor": doing.actor, "referral_id": referral_id, "now": doing.now}
        row = referrals.referral_for(doing.session, actor=doing.actor, referral_id=referral_id)
        facts = replace(referrals.facts_of(row), split_reason=form.data["split_reason"])
        row = referrals.save_referral(doing.session, facts=facts, version=form.data["version"], **given)
        split = [(one.payer_id, one.element, one.weekly_pence) for one in shares]
        referrals.save_shares(doing.session, shares=split, version=row.version, **given)
        return doing.go(url_for("borough.referral", referral_id=referral_id), "Saved")


def _groups(form: Form, prices: dict[Element, int]) -> list[tuple[str, int, list[str]]]:
    """(part in words, its price, its questions) for each priced part."""
    return [
        (
            ELEMENT_WORDS[element].capitalize(),
            pence,
            [name for name in form.views if name.startswith(f"{element.value}_")],
        )
        for element, pence in prices.items()
        if pence
    ]
