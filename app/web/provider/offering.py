"""Writing an offer: one page to fill in, one to check, and then it is sealed. What was typed is never lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound
from app.identity.permissions import Permission
from app.offers.children import children_words, needs_of, positions_of
from app.offers.content import (
    ALL_YEAR_ROUND,
    LONGEST_TEXT,
    MOST_PENCE,
    WHOLE_YEAR,
    OfferContent,
    checked,
    own_postcode,
)
from app.offers.invitations import Opportunity, opportunity_for
from app.offers.listed import LONGEST_REASON, ListedPrice, against_list, listed_price
from app.offers.models import Offer
from app.offers.offering import Late, evidence_bars, own_offer, refuse_late, submit_offer, unsealed_for_owner
from app.offers.pricing import ELEMENTS
from app.offers.queries import own_offers_for
from app.offers.terms import Terms, terms_of
from app.placements.queries import live_placements_with
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import DATE_PARTS, Choice, DateField, Hidden, LongText, Money, Postcode, WholeNumber
from app.web.forms import Form
from app.web.provider import bp
from app.web.provider.offer_children import asks_children, children_asked, children_page
from app.web.provider.opportunities import log_look
from providers.market.models import Lot
from providers.market.status import ServiceType
from providers.services.homes import homes_to_offer
from providers.services.models import Service
from providers.services.shown import home_words

LABELS = {"care": "Care", "education": "Education", "health": "Health", "transport": "Transport"}
HINTS = {
    "care": "Everything a week that is not in the three below, for one child",
    "education": "Tuition, if it is part of the offer",
    "health": "Therapy and nursing, where you charge for them",
    "transport": "To school and to contact, where you charge for it",
}
_WEEKS_HINT = (
    "As many as you contract for: {weeks}. Your price is for each of those weeks. It is compared, and paid, as an even "
    "amount for each week of the year"
)
WEEKS_HINT = {
    ServiceType.NMI_DAY: _WEEKS_HINT.format(weeks="39 for the usual school year"),
    ServiceType.NMI_38: _WEEKS_HINT.format(weeks="38 for term time only"),
    ServiceType.SUPPORT_PACKAGE: _WEEKS_HINT.format(weeks="52 for all year round"),
}
USUAL_WEEKS = {ServiceType.NMI_DAY: 39, ServiceType.NMI_38: 38}
LATE_LABELS = {
    **{f"{element}_pence": f"{label} a week" for element, label in LABELS.items()},
    "weeks_per_year": "Weeks a year",
    "place_postcode": "Postcode of the home",
    "note": "Anything else",
    "above_list_reason": "Why the price is above your list",
}
ANOTHER = "another"
CHECK, SUBMIT, CHANGE = "check", "submit", "change"


@dataclass(frozen=True)
class HomeChoice:
    """A household or premises of the service as the form offers it."""

    id: str
    code_name: str
    words: str
    postcode: str


@dataclass(frozen=True)
class Writing:
    """What the pages of one offer need: the request, the named service, and the offer that is changed (None: new).
    `children` are the positions of those whom it is for, `children_words` who they are where the request has several.

    `own_place` is the service's postcode where the child would live at the service; then it is not asked for.
    `homes` are those of the service's own that a child could come to: the place is chosen among them, or typed.
    `own_place` is the service's postcode where the child would live at the service; then it is not asked for. `listed`
    is what the company's own price list says, where it has a price for this child.
    """

    request_id: str
    reference: str
    scores: tuple[int | None, ...]
    children: tuple[int, ...]
    children_words: str
    closes: dt.datetime
    service_id: str
    service_name: str
    service_type: ServiceType
    own_place: str | None
    homes: tuple[HomeChoice, ...]
    offer_id: str | None
    terms: Terms
    now: dt.datetime
    bar: str | None
    listed: ListedPrice | None = None

    @property
    def asks_weeks(self) -> bool:
        """Whether a place on this lot may be for fewer weeks than the year has."""
        return self.service_type not in ALL_YEAR_ROUND


def offer_form(writing: Writing, values: dict[str, Any] | None = None) -> Form:
    """The form of one request: the usual questions, and one for each need measured above 0.

    Weeks are asked for where the lot leaves them open, the postcode where the service is not the place, and why the
    price is above the company's list where it has one.
    """
    questions: dict[str, Any] = {
        f"{element}_pence": Money(
            LABELS[element], hint=HINTS[element], required=False, optional=False, most=MOST_PENCE, suffix="a week"
        )
        for element in ELEMENTS
    }
    if writing.asks_weeks:
        questions["weeks_per_year"] = WholeNumber(
            "Weeks a year",
            hint=WEEKS_HINT[writing.service_type],
            missing="Enter how many weeks a year you contract for",
            least=1,
            most=WHOLE_YEAR,
            width=2,
        )
    if writing.listed is not None:
        questions["above_list_reason"] = LongText(
            "Why is your price above your list price?",
            hint="Only where it is above what your discounts leave. The council reads it once the offers are opened",
            required=False,
            max_length=LONGEST_REASON,
            rows=3,
            count=True,
        )
    questions["can_start_on"] = DateField(
        "First day on which the child can come", hint="For example, 27 3 2027", missing="Enter the first day"
    )
    if writing.own_place is None:
        questions |= _place_questions(writing.homes)
    for need in writing.terms.needs:
        questions[f"need_{need.number}"] = LongText(
            f"{need.label}: {need.words.lower()} need",
            hint="How will you meet it, by whom, and how often?",
            missing=f"Say how you will meet this need: {need.label}",
            max_length=LONGEST_TEXT,
            rows=4,
            count=True,
        )
    questions["note"] = LongText("Anything else", required=False, max_length=LONGEST_TEXT, rows=4, count=True)
    questions["version"] = Hidden(required=False)
    return Form(Schema.from_dict(questions), values=values or {})


def _place_questions(homes: tuple[HomeChoice, ...]) -> dict[str, Any]:
    """Where the child would live: one of the homes that the service lists, or a postcode that is typed."""
    hint = "It is used for the distance. Nobody sees it before the offers are opened"
    missing = "Enter the full postcode of the home where the child would live"
    label = "Postcode of the home where the child would live"
    if not homes:
        return {"place_postcode": Postcode(label, hint=hint, missing=missing)}
    return {
        "home": Choice(
            "Home where the child would live",
            hint=hint,
            choices=(
                *((home.id, home.code_name, home.words) for home in homes),
                (ANOTHER, "Another home", "Enter its postcode below"),
            ),
            missing="Choose the home where the child would live",
        ),
        "place_postcode": Postcode(
            "Postcode of another home", hint="Only if you chose another home", required=False, optional=False
        ),
    }


def place_of(data: dict[str, Any], writing: Writing) -> str:
    """The postcode of the place that was chosen or typed."""
    chosen = next((home for home in writing.homes if home.id == data.get("home")), None)
    return writing.own_place or (chosen.postcode if chosen else data["place_postcode"] or "")


def content_of(data: dict[str, Any], writing: Writing) -> OfferContent:
    """What was typed, as an offer."""
    return OfferContent(
        care_pence=data["care_pence"] or 0,
        education_pence=data["education_pence"] or 0,
        health_pence=data["health_pence"] or 0,
        transport_pence=data["transport_pence"] or 0,
        weeks_per_year=data["weeks_per_year"] if writing.asks_weeks else WHOLE_YEAR,
        can_start_on=data["can_start_on"],
        place_postcode=place_of(data, writing),
        how_needs_are_met={need.number: data[f"need_{need.number}"] for need in writing.terms.needs},
        note=data["note"],
        above_list_reason=data.get("above_list_reason", ""),
    )


def _first_values(writing: Writing) -> dict[str, Any]:
    """What a new form shows: the list price after discounts, where there is one, and the usual weeks."""
    if writing.listed is None:
        return {"weeks_per_year": USUAL_WEEKS.get(writing.service_type, WHOLE_YEAR)}
    net = writing.listed.net
    prices = {f"{element}_pence": getattr(net, f"{element}_pence") or None for element in ELEMENTS}
    return {**prices, "weeks_per_year": net.weeks_per_year}


def _values(content: OfferContent, version: int, homes: tuple[HomeChoice, ...]) -> dict[str, Any]:
    """An offer as the form shows it."""
    given = {f"{element}_pence": getattr(content, f"{element}_pence") or None for element in ELEMENTS}
    met = {f"need_{number}": text for number, text in content.how_needs_are_met.items()}
    kept = ("weeks_per_year", "can_start_on", "place_postcode", "note", "above_list_reason")
    place = {name: getattr(content, name) for name in kept}
    listed = next((home for home in homes if home.postcode == content.place_postcode), None)
    if listed is not None:
        place |= {"home": listed.id, "place_postcode": None}
    elif homes:
        place["home"] = ANOTHER
    return {**given, **met, **place, "version": version}


@bp.route("/opportunities/<request_id>/offer", methods=["GET", "POST"])
@permission(Permission.OFFER_WRITE)
def offer_new(request_id: str) -> ResponseReturnValue:
    """A new offer with one of the invited services; which one, if there are several, is asked first.

    After the deadline a company without an offer no longer reads the request: what it sends is refused by name.
    """
    try:
        return _offer_new(request_id)
    except NotFound:
        if request.method != "POST":
            raise
    with act() as doing:
        doing.location = url_for("provider.opportunities")
        late = refuse_late(doing.session, actor=doing.actor, request_id=request_id, now=doing.now)
    if late is None:
        raise NotFound("service")
    return _late_page(late)


def _offer_new(request_id: str) -> ResponseReturnValue:
    with look() as view:
        found = opportunity_for(view.session, actor=view.actor, request_id=request_id, now=view.now)
        mine = own_offers_for(view.session, actor=view.actor, request_id=request_id)
        has = {(one.offer.service_id, one.offer.children_key): one.offer.id for one in mine}
        some = asks_children(found.request)
        offered = {service_id for service_id, _ in has}
        left = [service for service in found.services if some or service.id not in offered]
        asked = request.args.get("service", left[0].id if len(left) == 1 else "")
        if not asked:
            return render_template("provider/offer_service.html", row=found.request, services=left)
        service = next((one for one in found.services if one.id == asked), None)
        if service is None:
            raise NotFound("service")
        key = children_asked(found.request)
        there = has.get((asked, key or ""))
        if request.method == "GET" and there is not None:
            return redirect(url_for("provider.offer_edit", offer_id=there))
        log_look(view, found)
        if key is None:
            page: ResponseReturnValue = children_page(view.session, found.request, service)
            return page
        writing = _writing(view, found, service, None, key)
    return _write(writing, offer_form(writing, _first_values(writing)))


@bp.route("/offers/<offer_id>/edit", methods=["GET", "POST"])
@permission(Permission.OFFER_WRITE)
def offer_edit(offer_id: str) -> ResponseReturnValue:
    """Change an offer until the deadline. The new content takes the place of the old one, sealed as before."""
    with look() as view:
        offer = own_offer(view.session, actor=view.actor, offer_id=offer_id)
        found = opportunity_for(view.session, actor=view.actor, request_id=offer.request_id, now=view.now)
        service = view.session.get_one(Service, offer.service_id)
        log_look(view, found)
        content = unsealed_for_owner(vault=view.wiring.vault, offer=offer)
        writing = _writing(view, found, service, offer, offer.children_key)
        values = _values(content, offer.version, writing.homes)
    return _write(writing, offer_form(writing, values))


def _writing(view: Act, found: Opportunity, service: Service, offer: Offer | None, key: str) -> Writing:
    service_type = view.session.get_one(Lot, found.request.lot_id).service_type
    own_place = own_postcode(service, service_type)
    homes = () if own_place else homes_to_offer(view.session, view.actor, service.id)
    return Writing(
        request_id=found.request.id,
        reference=found.request.reference,
        scores=needs_of(found.request, key),
        children=positions_of(key),
        children_words=children_words(key, found.request.places),
        closes=found.request.offers_close_at or view.now,
        service_id=service.id,
        service_name=service.name,
        service_type=service_type,
        own_place=own_place,
        homes=tuple(HomeChoice(home.id, home.code_name, home_words(home), home.postcode) for home in homes),
        offer_id=offer.id if offer else None,
        terms=terms_of(view.session, found.request, key),
        now=view.now,
        listed=listed_price(
            view.session,
            request=found.request,
            service=service,
            live_placements=live_placements_with(view.session, service.organisation_id),
            today=local_date(view.now),
            children_key=key,
        ),
        bar=evidence_bars(view.session, [service], service_type, local_date(view.now)).get(service.id),
    )


def _write(writing: Writing, form: Form) -> ResponseReturnValue:
    """Fill in, check, send: whatever is wrong leads back to the form with everything still in it."""
    step = request.form.get("step", CHECK)
    if request.method == "POST" and form.parse(request.form) and step != CHANGE:
        content = content_of(form.data, writing)
        try:
            if step == SUBMIT:
                return _send(writing, form, content)
            content = checked(
                content,
                needs=writing.scores,
                today=local_date(writing.now),
                service_type=writing.service_type,
                own_place=writing.own_place,
            )
            content = against_list(content, writing.listed)
            return render_template("provider/offer_check.html", form=form, content=content, writing=writing)
        except Conflict as error:
            form.add_error("", error.message)
        except Invalid as error:
            form.refuse(error)
    if step == CHANGE:
        form.errors = {}
    return render_template("provider/offer_form.html", form=form, writing=writing), form.status


def _send(writing: Writing, form: Form, content: OfferContent) -> ResponseReturnValue:
    """Seal it. A late one is an answer and not an error: that it was refused is committed."""
    version = form.data["version"]
    with act() as doing:
        outcome = submit_offer(
            doing.session,
            actor=doing.actor,
            vault=doing.wiring.vault,
            request_id=writing.request_id,
            service_id=writing.service_id,
            content=content,
            now=doing.now,
            version=int(version) if str(version or "").isdecimal() else None,
            live_placements=live_placements_with(doing.session, doing.actor.organisation_id),
            children=writing.children,
        )
        if not isinstance(outcome, Late):
            return doing.go(url_for("provider.offer_sent", offer_id=outcome.id))
        doing.location = url_for("provider.opportunities")
    return _late_page(outcome)


def _late_page(late: Late) -> ResponseReturnValue:
    """That it came too late, with what was typed and nothing of the request but its reference."""
    typed = [
        (LATE_LABELS.get(name) or f"Need {name.removeprefix('need_')}", text)
        for name, text in request.form.items()
        if text.strip() and (name in LATE_LABELS or name.startswith("need_"))
    ]
    first_day = " ".join(request.form.get(f"can_start_on-{part}", "") for part in DATE_PARTS).strip()
    if first_day:
        typed.append(("First day", first_day))
    return render_template("provider/offer_late.html", late=late, typed=typed), 409
