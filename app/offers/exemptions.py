"""A Head of Children's Social Care exempts a service that an inspection suspended, for one request (F-16).

For that request it may be invited, read, offer, be ranked, chosen and placed; everywhere else it stays suspended. The
judgement stays what it is: what is frozen about the service says that it was exempt, and from what. An exemption covers
an inspection only: never a commissioner's own suspension, and never a registration that Ofsted suspended or that has
ended. It covers that inspection alone: when another one finds the like, somebody has to think again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.workdays import date_words
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from app.offers.links import opportunity_link
from app.offers.models import Exemption, Invitation, Offer
from app.offers.status import OfferStatus
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.requests.status import RequestStatus
from notifications import messages
from notifications.outbox import queue
from providers.passport.events import ServiceUnderAssurance
from providers.passport.gateway import JUDGED, gateway, stopped_by_judgement, words_of
from providers.passport.judged import judgements_by_urn
from providers.passport.models import Enrolment, EnrolmentMove
from providers.register.judgements import Judgement, latest_graded
from providers.register.models import Inspection
from providers.services.models import Service

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Suspended:
    """A service of the request's lot that could be exempted: its names, and what stands against it."""

    service: Service
    company: str
    against: str


@dataclass(frozen=True, slots=True)
class Given:
    """An exemption with the names of its service, its company and who gave it."""

    exemption: Exemption
    service: str
    company: str
    by: str
    newer: dt.date | None
    """When the inspection was that ended it by finding the like."""

    @property
    def holds(self) -> bool:
        """Whether it was not withdrawn, and nothing as bad was found since."""
        return self.exemption.withdrawn_at is None and self.exemption.ended_by is None


def not_ended() -> ColumnElement[bool]:
    """For a query over `Exemption`: nobody withdrew it and no inspection ended it."""
    return and_(Exemption.withdrawn_at.is_(None), Exemption.ended_by.is_(None))


def exempt_there() -> ColumnElement[bool]:
    """For a query over `Enrolment`, `Service` and `PlacementRequest`: an inspection stops the service, and it is
    exempt for the request.
    """
    given = exists().where(Exemption.request_id == PlacementRequest.id, Exemption.service_id == Service.id, not_ended())
    return and_(stopped_by_judgement(), given)


def could_be_exempted(session: Session, *, actor: Actor, request_id: str) -> list[Suspended]:
    """The services of the lot of one's own borough's request that an inspection suspended, and that are not exempt."""
    request = request_for(session, actor=actor, request_id=request_id)
    rows = session.execute(
        select(Service, Organisation.name, EnrolmentMove.basis)
        .join(Enrolment, Enrolment.claim_id == Service.claim_id)
        .join(EnrolmentMove, EnrolmentMove.enrolment_id == Enrolment.id)
        .join(Organisation, Organisation.id == Service.organisation_id)
        .where(
            Enrolment.lot_id == request.lot_id,
            stopped_by_judgement(),
            EnrolmentMove.number == Enrolment.version,
            Service.id.not_in(exempt_services(session, request_id)),
        )
        .order_by(Organisation.name, Service.name, Service.id)
    ).all()
    found = judgements_by_urn(session, [service.urn for service, _, _ in rows])
    return [
        Suspended(service, company, _against(found.get(service.urn, ())) or str(basis).removeprefix(JUDGED))
        for service, company, basis in rows
    ]


def give_exemption(
    session: Session,
    *,
    actor: Actor,
    request_id: str,
    service_id: str,
    reason: str,
    conditions: str,
    now: dt.datetime,
    base_url: str,
) -> Exemption:
    """Exempt a service for a request of one's own borough, with the reason and the conditions.

    Before the deadline its company is invited. After it, only a service with an offer in can still be exempted.
    `NotAllowed` where the gateway policy does not name the actor's role.
    """
    actor.require(Permission.EXEMPTION_GIVE)
    if not actor.roles & gateway(session, local_date(now)).exempted_by:
        raise NotAllowed("The policy on what stops new placements does not let your role exempt a service.")
    request = request_for(session, actor=actor, request_id=request_id)
    reason, conditions = _said(reason, conditions)
    if request.status not in (RequestStatus.PUBLISHED, RequestStatus.AWARDED):
        raise Conflict("Only a request that is on the market can have a service exempted.")
    chosen = next(
        (one for one in could_be_exempted(session, actor=actor, request_id=request_id) if one.service.id == service_id),
        None,
    )
    if chosen is None:
        raise Invalid("Choose a service that an inspection has suspended", field="service")
    open_still = (
        request.status is RequestStatus.PUBLISHED
        and request.offers_close_at is not None
        and now < request.offers_close_at
    )
    if not open_still and not _has_offer(session, request_id, service_id):
        raise Conflict("Offers are closed, and this service has none in.")
    made = Exemption(
        request_id=request_id,
        service_id=service_id,
        against=chosen.against[:300],
        reason=reason,
        conditions=conditions,
        given_by=actor.person_id,
        given_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # a colleague was first, a moment ago
        raise Conflict("This service is exempt already.") from None
    if open_still:
        _invite(session, request, chosen.service, made, now, base_url)
    _record(session, actor, made, "give", now, against=made.against)
    return made


def withdraw_exemption(
    session: Session, *, actor: Actor, exemption_id: str, reason: str, version: int, now: dt.datetime
) -> Exemption:
    """Take an exemption back. What the service has offered stays, and can be neither chosen nor placed."""
    actor.require(Permission.EXEMPTION_GIVE)
    found = exemption_for(session, actor=actor, exemption_id=exemption_id)
    if found.withdrawn_at is not None:
        raise Conflict("This exemption is withdrawn already.")
    if found.ended_by is not None:
        raise Conflict("This exemption has ended: another inspection found the like since.")
    if found.version != version:
        raise Stale("This exemption changed since you opened the page. Read it again and decide.")
    if not reason.strip():
        raise Invalid("Enter why you withdraw it", field="reason")
    found.withdrawn_at, found.withdrawn_by = now, actor.person_id
    found.withdrawal_reason = reason.strip()[:LONGEST]
    session.flush()
    _record(session, actor, found, "withdraw", now)
    return found


def end_exemptions(session: Session, event: ServiceUnderAssurance) -> None:
    """The reaction to an inspection that stops new placements: what was exempted before was exempted from something
    else. The row is locked by the change, so that whoever decides at this moment comes first or finds it ended.
    """
    rows = session.scalars(
        select(Exemption)
        .join(Service, Service.id == Exemption.service_id)
        .where(Service.urn == event.urn, not_ended())
        .order_by(Exemption.id)
    ).all()
    for exemption in rows:
        exemption.ended_by = event.inspection_id
        _record(session, None, exemption, "end", event.at, inspection_id=event.inspection_id)
    session.flush()


def exemption_for(session: Session, *, actor: Actor, exemption_id: str) -> Exemption:
    """An exemption of a request of one's own borough, or NotFound."""
    actor.require(Permission.OFFER_READ)
    found = session.scalar(
        select(Exemption)
        .join(PlacementRequest, PlacementRequest.id == Exemption.request_id)
        .where(Exemption.id == exemption_id, PlacementRequest.organisation_id == actor.organisation_id)
    )
    if found is None:
        raise NotFound("exemption")
    return found


def exemptions_of(session: Session, *, actor: Actor, request_id: str) -> list[Given]:
    """Every exemption given for one's own borough's request, the latest first."""
    actor.require(Permission.OFFER_READ)
    request_for(session, actor=actor, request_id=request_id)
    return _given(session, select(Exemption.id).where(Exemption.request_id == request_id))


def exemption_of_offer(session: Session, offer: Offer) -> Given | None:
    """The exemption by which an offer's service takes part, the latest where there were several. The caller has checked
    who may see the offer.
    """
    mine = Exemption.request_id == offer.request_id, Exemption.service_id == offer.service_id
    return next(iter(_given(session, select(Exemption.id).where(*mine))), None)


def exemption_given(session: Session, exemption: Exemption) -> Given:
    """An exemption that the caller has found within somebody's reach, with its names."""
    return _given(session, select(Exemption.id).where(Exemption.id == exemption.id))[0]


def exempt_services(session: Session, request_id: str) -> dict[str, Exemption]:
    """The exemptions that hold for a request now, by service."""
    rows = session.scalars(
        select(Exemption)
        .join(Service, Service.id == Exemption.service_id)
        .join(PlacementRequest, PlacementRequest.id == Exemption.request_id)
        .join(Enrolment, (Enrolment.claim_id == Service.claim_id) & (Enrolment.lot_id == PlacementRequest.lot_id))
        .where(Exemption.request_id == request_id, not_ended(), stopped_by_judgement())
    )
    return {exemption.service_id: exemption for exemption in rows}


def is_exempt(session: Session, *, request_id: str, service_id: str) -> bool:
    """Whether an exemption holds for a service in a request."""
    return service_id in exempt_services(session, request_id)


def _has_offer(session: Session, request_id: str, service_id: str) -> bool:
    live = select(Offer.id).where(
        Offer.request_id == request_id, Offer.service_id == service_id, Offer.status != OfferStatus.WITHDRAWN
    )
    return session.scalar(live) is not None


def _said(reason: str, conditions: str) -> tuple[str, str]:
    errors: dict[str, str] = {}
    for name, text, missing in (
        ("reason", reason, "Enter why this service may take part in spite of the judgement"),
        ("conditions", conditions, "Enter the conditions on which it may take part"),
    ):
        if not text.strip():
            errors[name] = missing
        elif len(text) > LONGEST:
            errors[name] = f"This must be {LONGEST:,} characters or fewer"
    if errors:
        raise Invalid(errors)
    return reason.strip(), conditions.strip()


def _invite(
    session: Session, request: PlacementRequest, service: Service, made: Exemption, now: dt.datetime, base_url: str
) -> None:
    invited = select(Invitation.id).where(Invitation.request_id == request.id, Invitation.service_id == service.id)
    if session.scalar(invited) is None:
        session.add(
            Invitation(
                request_id=request.id, service_id=service.id, organisation_id=service.organisation_id, invited_at=now
            )
        )
        session.flush()
    queue(
        session,
        key=f"exemption.given:{made.id}",
        address=service.alert_email,
        message=messages.exemption_given(
            request.reference, request.offers_close_at or now, opportunity_link(base_url, request.id)
        ),
        now=now,
    )


def _given(session: Session, ids: Select[str]) -> list[Given]:
    rows = session.execute(
        select(Exemption, Service.name, Organisation.name, Person.name, Inspection.inspected_on)
        .join(Service, Service.id == Exemption.service_id)
        .join(Organisation, Organisation.id == Service.organisation_id)
        .join(Person, Person.id == Exemption.given_by)
        .outerjoin(Inspection, Inspection.id == Exemption.ended_by)
        .where(Exemption.id.in_(ids))
        .order_by(Exemption.given_at.desc(), Exemption.id)
    )
    return [Given(*row) for row in rows]


def _against(judgements: Iterable[Judgement]) -> str:
    """What the judgement that counts says against a service, as it is written down; empty where it says nothing."""
    judgement = latest_graded(judgements, dt.date.max)
    if judgement is None or not judgement.findings:
        return ""
    return f"{words_of(judgement.findings)}, inspected on {date_words(judgement.inspected_on)}"


def _record(
    session: Session, actor: Actor | None, exemption: Exemption, what: str, now: dt.datetime, **facts: object
) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"offers.exemption.{what}",
        subject_kind="request",
        subject_id=exemption.request_id,
        exemption_id=exemption.id,
        service_id=exemption.service_id,
        **facts,
    )
