"""What a provider has to do now: profiles to complete, places, needs and homes to confirm, decisions to read."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.children.ages import age_words
from app.children.records import SEXES
from app.core.clock import local_date
from app.core.workdays import date_words
from app.identity.permissions import Actor, Permission
from app.offers.explaining import still_to_explain
from app.offers.invitations import missed
from app.offers.queries import OpportunityLine, opportunities
from app.requests.in_house import OwnAsk, own_asks
from app.web.access import permission
from app.web.acts import Act, look
from app.web.provider import bp
from app.web.provider.passport import renewals
from providers.passport.clarifications import OpenQuestion, open_questions
from providers.passport.expiry import needs_attention
from providers.passport.queries import ApplicationFacts, ClaimFacts, own_applications, own_claims
from providers.passport.status import ApplicationStatus, ClaimStatus, EnrolmentStatus
from providers.services.homes import homes_due, homes_of
from providers.services.lists import Lists, lists_on
from providers.services.models import Home
from providers.services.needs import needs_due, needs_hold_until
from providers.services.queries import OwnService, places_to_confirm, services_of

Item = dict[str, Any]
SHOWN = 8
MOST_ALIKE = 4
LEFT_OUT = "A service whose places were not confirmed lately is not told of new requests"


@bp.get("/today")
@permission(Permission.SERVICE_READ)
def today() -> ResponseReturnValue:
    """The desk: what waits for us, and what waits for the hub."""
    with look() as view:
        claims = own_claims(view.session, view.actor)
        services = services_of(view.session, view.actor)
        today = local_date(view.now)
        lists = lists_on(view.session, today)
        homes = homes_of(view.session, [own.id for own in services])
        applications = own_applications(view.session, view.actor, today)
        stale = places_to_confirm(view.session, services, view.now)
        attention = needs_attention(view.session, view.actor.organisation_id, local_date(view.now))
        may_apply = view.actor.may(Permission.APPLICATION_WRITE)
        open_requests, open_count = opportunities(view.session, actor=view.actor, now=view.now, limit=SHOWN)
        return render_template(
            "provider/today.html",
            any_claims=bool(claims),
            to_do=[
                *_in_house(own_asks(view.session, actor=view.actor)),
                *_to_explain(view),
                *_asked(open_questions(view.session, view.actor), may_answer=may_apply),
                *_suspended(services),
                *renewals(attention),
                *_drafts(applications),
                *_some(_incomplete(services), "Complete the profiles of {} more services", "provider.services"),
                *_stale(stale, missed(view.session, actor=view.actor, now=view.now), view.actor),
                *_some(
                    _needs_due(services, lists, today), "Confirm the needs of {} more services", "provider.services"
                ),
                *_some(
                    _homes_due(services, homes, lists, view),
                    "Confirm the homes of {} more services",
                    "provider.services",
                ),
                *_some(_ready(services, applications), "Apply to a lot with {} more services", "provider.services"),
            ],
            alerts=[_alert(line) for line in open_requests],
            unanswered=sum(not line.offered for line in open_requests),
            open_count=open_count,
            waiting=[*_claims_waiting(claims), *_applications_waiting(applications)],
            enrolled=sum(status is EnrolmentStatus.ENROLLED for own in services for _, status in own.enrolled_on),
            services=len(services),
            free=sum(own.service.places_free for own in services if own.service.places_confirmed_at),
            may_claim=view.actor.may(Permission.SERVICE_CLAIM),
        )


def _alert(line: OpportunityLine) -> Item:
    who = f"{age_words(line.age_weeks)}, {SEXES.get(line.sex, '').lower()}"
    return {
        "title": f"{line.reference}: {line.lot.lower()}, {who}",
        "href": url_for("provider.opportunity", request_id=line.request_id),
        "meta": f"For {line.service_names}",
        "due": line.offers_close_at,
        "tag": ("Offer sent", "good") if line.offered else None,
    }


def _in_house(asks: list[OwnAsk]) -> list[Item]:
    """What the council asks its own services, before everything else: the market waits for it."""
    return [
        {
            "title": f"Say whether {one.service} can take a child: {one.request.reference}",
            "href": url_for("provider.in_house_ask", ask_id=one.ask.id),
            "meta": f"Asked by {one.borough} before it asks the market",
            "due": one.request.in_house_until,
            "tag": ("To answer", "warn"),
        }
        for one in asks
        if one.ask.can_take is None
    ]


def _to_explain(view: Act) -> list[Item]:
    """Offers whose price is to be explained before their deadline."""
    if not view.actor.may(Permission.OFFER_WRITE):
        return []
    waiting = still_to_explain(view.session, actor=view.actor, vault=view.wiring.vault, now=view.now)
    return [
        {
            "title": f"Explain the price of your offer for {reference}",
            "href": url_for("provider.offer_explain", offer_id=offer.id),
            "meta": "It is above what placements like this usually cost. The offer counts either way",
            "due": closes_at,
            "tag": ("To explain", "warn"),
        }
        for offer, reference, closes_at in waiting
    ]


def _service(own: OwnService) -> str:
    return url_for("provider.service", claim_id=own.service.claim_id)


def _asked(questions: list[OpenQuestion], *, may_answer: bool) -> list[Item]:
    """What the hub asks, first of all: the time to decide goes on meanwhile."""
    return [
        {
            "title": f"Answer the hub's question about the application to {one.lot_name}",
            "href": url_for("provider.clarification", clarification_id=one.clarification.id)
            if may_answer
            else url_for("provider.application", application_id=one.application.id),
            "meta": f"By {date_words(one.clarification.answer_by)}",
            "tag": ("Question", "warn"),
        }
        for one in questions
    ]


def _drafts(applications: list[ApplicationFacts]) -> list[Item]:
    return [
        {
            "title": f"Go on with the application to {facts.lot.name}",
            "href": url_for("provider.application", application_id=facts.application.id),
            "meta": f"URN {facts.claim.urn}, not sent yet",
            "tag": ("Draft", "neutral"),
        }
        for facts in applications
        if facts.application.status is ApplicationStatus.DRAFT
    ]


def _suspended(services: list[OwnService]) -> list[Item]:
    return [
        {
            "title": f"{own.service.name} is suspended on {lot.name}: read why",
            "href": _service(own),
            "tag": ("Suspended", "bad"),
        }
        for own in services
        for lot, status in own.enrolled_on
        if status is EnrolmentStatus.SUSPENDED
    ]


def _incomplete(services: list[OwnService]) -> list[Item]:
    return [
        {
            "title": f"Complete the profile of {own.service.name}",
            "href": _service(own),
            "meta": f"Still to say: {', '.join(own.missing)}",
        }
        for own in services
        if own.missing
    ]


def _some(items: list[Item], more: str, endpoint: str) -> list[Item]:
    """The items, the first of them where there are many: a company with forty homes sees what else there is to do."""
    if len(items) <= MOST_ALIKE:
        return items
    shown = MOST_ALIKE - 1
    return [*items[:shown], {"title": more.format(len(items) - shown), "href": url_for(endpoint)}]


def _stale(stale: list[OwnService], missed_by: dict[str, int], actor: Actor) -> list[Item]:
    """Free places to confirm, one page for all of them where there are many, with what the services miss meanwhile."""
    services = [own for own in stale if not own.missing]
    if len(services) > MOST_ALIKE and actor.may(Permission.APPLICATION_WRITE):
        number = sum(missed_by.get(own.id, 0) > 0 for own in services)
        services_words = f"{number} of them {'was' if number == 1 else 'were'} not told of requests that are open now"
        return [
            {
                "title": f"Confirm the free places of {len(services)} services",
                "href": url_for("provider.vacancies", which="stale"),
                "meta": services_words if number else LEFT_OUT,
                "tag": ("Misses requests", "bad") if number else None,
            }
        ]
    return [
        {
            "title": f"Confirm the free places of {own.service.name}",
            "href": url_for("provider.edit", claim_id=own.service.claim_id, topic="places"),
            "meta": _missed_words(missed_by.get(own.id, 0)),
            "tag": ("Misses requests", "bad") if missed_by.get(own.id) else None,
        }
        for own in services
    ]


def _missed_words(number: int) -> str:
    if not number:
        return LEFT_OUT
    requests = "1 request that is" if number == 1 else f"{number} requests that are"
    return f"It was not told of {requests} open now, because its places were not confirmed lately"


def _needs_due(services: list[OwnService], lists: Lists, today: dt.date) -> list[Item]:
    return [
        {
            "title": f"Confirm the needs that {own.service.name} meets",
            "href": url_for("provider.needs", claim_id=own.service.claim_id),
            "meta": f"Once a year. They hold until {date_words(until)}" if until else "They were never confirmed",
        }
        for own in services
        if needs_due(own.service, lists, today)
        for until in [needs_hold_until(own.service, lists)]
    ]


def _homes_due(services: list[OwnService], homes: dict[str, list[Home]], lists: Lists, view: Act) -> list[Item]:
    return [
        {
            "title": f"Confirm {len(due)} home{'' if len(due) == 1 else 's'} of {own.service.name}",
            "href": url_for("provider.homes", claim_id=own.service.claim_id),
            "meta": "Nothing was said of them for some months",
        }
        for own in services
        if (due := homes_due(homes.get(own.id, ()), lists, view.now))
    ]


def _ready(services: list[OwnService], applications: list[ApplicationFacts]) -> list[Item]:
    applied = {facts.claim.id for facts in applications}
    return [
        {
            "title": f"Apply to a lot with {own.service.name}",
            "href": url_for("provider.apply", claim_id=own.service.claim_id),
        }
        for own in services
        if not own.missing and not own.enrolled_on and own.service.claim_id not in applied
    ]


def _claims_waiting(claims: list[ClaimFacts]) -> list[Item]:
    return [
        {
            "title": f"Claim to URN {facts.claim.urn}",
            "href": url_for("provider.service", claim_id=facts.claim.id),
            "tag": ("With the hub", "progress"),
        }
        for facts in claims
        if facts.claim.status is ClaimStatus.PENDING
    ]


def _applications_waiting(applications: list[ApplicationFacts]) -> list[Item]:
    return [
        {
            "title": f"Application to {facts.lot.name}, URN {facts.claim.urn}",
            "href": url_for("provider.application", application_id=facts.application.id),
            "tag": ("With the hub", "progress"),
        }
        for facts in applications
        if facts.application.status is ApplicationStatus.SUBMITTED
    ]
