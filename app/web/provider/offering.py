"""Writing an offer: one page to fill in, one to check, and then it is sealed. What was typed is never lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound
from app.identity.permissions import Permission
from app.offers.content import ELEMENTS, LONGEST_TEXT, MOST_PENCE, OfferContent, checked
from app.offers.invitations import Opportunity, opportunity_for
from app.offers.models import Offer
from app.offers.offering import Late, own_offer, submit_offer, unsealed_for_owner
from app.offers.queries import own_offers_for
from app.offers.terms import MeasuredNeed, Terms, terms_of
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import DateField, Hidden, LongText, Money, Postcode, WholeNumber
from app.web.forms import Form
from app.web.provider import bp
from app.web.provider.opportunities import log_look
from providers.services.models import Service

LABELS = {"care": "Care", "education": "Education", "health": "Health", "transport": "Transport"}
HINTS = {
    "care": "Everything a week that is not in the three below, for one child",
    "education": "Tuition, if it is part of the offer",
    "health": "Therapy and nursing, where you charge for them",
    "transport": "To school and to contact, where you charge for it",
}
CHECK, SUBMIT, CHANGE = "check", "submit", "change"


@dataclass(frozen=True)
class Writing:
    """What the pages of one offer need: the request, the named service, and the offer that is changed (None: new)."""

    request_id: str
    reference: str
    scores: tuple[int | None, ...]
    closes: dt.datetime
    service_id: str
    service_name: str
    offer_id: str | None
    terms: Terms
    now: dt.datetime


def offer_form(needs: Sequence[MeasuredNeed], values: dict[str, Any] | None = None) -> Form:
    """The form of one request: the usual questions, and one for each need measured above 0."""
    questions: dict[str, Any] = {
        f"{element}_pence": Money(
            LABELS[element], hint=HINTS[element], required=False, optional=False, most=MOST_PENCE, suffix="a week"
        )
        for element in ELEMENTS
    }
    questions["weeks_per_year"] = WholeNumber(
        "Weeks a year", hint="52 for all year round, 38 for term time only", least=1, most=52, width=2
    )
    questions["can_start_on"] = DateField(
        "First day on which the child can come", hint="For example, 27 3 2027", missing="Enter the first day"
    )
    questions["place_postcode"] = Postcode(
        "Postcode of the home where the child would live",
        hint="It is used for the distance. Nobody sees it before the offers are opened",
    )
    for need in needs:
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


def content_of(data: dict[str, Any], needs: Sequence[MeasuredNeed]) -> OfferContent:
    """What was typed, as an offer."""
    return OfferContent(
        **{f"{element}_pence": data[f"{element}_pence"] or 0 for element in ELEMENTS},
        weeks_per_year=data["weeks_per_year"],
        can_start_on=data["can_start_on"],
        place_postcode=data["place_postcode"],
        how_needs_are_met={need.number: data[f"need_{need.number}"] for need in needs},
        note=data["note"],
    )


def _values(content: OfferContent, version: int) -> dict[str, Any]:
    """An offer as the form shows it."""
    given = {f"{element}_pence": getattr(content, f"{element}_pence") or None for element in ELEMENTS}
    met = {f"need_{number}": text for number, text in content.how_needs_are_met.items()}
    place = {name: getattr(content, name) for name in ("weeks_per_year", "can_start_on", "place_postcode", "note")}
    return {**given, **met, **place, "version": version}


@bp.route("/opportunities/<request_id>/offer", methods=["GET", "POST"])
@permission(Permission.OFFER_WRITE)
def offer_new(request_id: str) -> ResponseReturnValue:
    """A new offer with one of the invited services; which one, if there are several, is asked first."""
    with look() as view:
        found = opportunity_for(view.session, actor=view.actor, request_id=request_id)
        mine = own_offers_for(view.session, actor=view.actor, request_id=request_id)
        has = {one.offer.service_id: one.offer.id for one in mine}
        left = [service for service in found.services if service.id not in has]
        asked = request.args.get("service", left[0].id if len(left) == 1 else "")
        if not asked:
            return render_template("provider/offer_service.html", row=found.request, services=left)
        if request.method == "GET" and asked in has:
            return redirect(url_for("provider.offer_edit", offer_id=has[asked]))
        service = next((one for one in found.services if one.id == asked), None)
        if service is None:
            raise NotFound("service")
        log_look(view, found)
        # A fostering agency's office is not a home: the household's postcode is asked for.
        first = {"place_postcode": service.postcode if service.easting is not None else "", "weeks_per_year": 52}
        writing = _writing(view, found, service, None)
    return _write(writing, offer_form(writing.terms.needs, first))


@bp.route("/offers/<offer_id>/edit", methods=["GET", "POST"])
@permission(Permission.OFFER_WRITE)
def offer_edit(offer_id: str) -> ResponseReturnValue:
    """Change an offer until the deadline. The new content takes the place of the old one, sealed as before."""
    with look() as view:
        offer = own_offer(view.session, actor=view.actor, offer_id=offer_id)
        found = opportunity_for(view.session, actor=view.actor, request_id=offer.request_id)
        service = view.session.get_one(Service, offer.service_id)
        log_look(view, found)
        content = unsealed_for_owner(vault=view.wiring.vault, offer=offer)
        writing, values = _writing(view, found, service, offer), _values(content, offer.version)
    return _write(writing, offer_form(writing.terms.needs, values))


def _writing(view: Act, found: Opportunity, service: Service, offer: Offer | None) -> Writing:
    return Writing(
        request_id=found.request.id,
        reference=found.request.reference,
        scores=tuple(found.request.needs or ()),
        closes=found.request.offers_close_at or view.now,
        service_id=service.id,
        service_name=service.name,
        offer_id=offer.id if offer else None,
        terms=terms_of(view.session, found.request),
        now=view.now,
    )


def _write(writing: Writing, form: Form) -> ResponseReturnValue:
    """Fill in, check, send: whatever is wrong leads back to the form with everything still in it."""
    step, late = request.form.get("step", CHECK), None
    if request.method == "POST" and form.parse(request.form) and step != CHANGE:
        content = content_of(form.data, writing.terms.needs)
        try:
            if step == SUBMIT:
                outcome = _send(writing, form, content)
                if not isinstance(outcome, Late):
                    return outcome
                late = outcome
            else:
                content = checked(content, needs=writing.scores, today=local_date(writing.now))
                return render_template("provider/offer_check.html", form=form, content=content, writing=writing)
        except Conflict as error:
            form.add_error("", error.message)
        except Invalid as error:
            form.refuse(error)
    if step == CHANGE:
        form.errors = {}
    if late is not None:
        form.add_error("", late.message)
    status = 409 if late is not None else form.status
    return render_template("provider/offer_form.html", form=form, late=late, writing=writing), status


def _send(writing: Writing, form: Form, content: OfferContent) -> ResponseReturnValue | Late:
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
        )
        if isinstance(outcome, Late):
            return outcome
        return doing.go(url_for("provider.offer_sent", offer_id=outcome.id))
