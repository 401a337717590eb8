"""Asking companies for their free places: one e-mail a week to each mailbox, with links that need no sign-in.

Every service that needs an answer has a link of its own; where there are several, one more link answers for all of
them. A link shows what it would confirm and acts only when its button is pressed, once, until its last day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.links import DeadLink, make_link, read_link, spend_link
from app.core.models import LinkToken
from app.core.policies import has_any, in_force
from app.identity.models import Organisation
from notifications import messages
from notifications.models import OutboxMessage
from notifications.outbox import queue
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.register.models import Registration
from providers.services.models import Service, Vacancy
from providers.services.vacancies import Free, confirm_vacancies, free_words, registered_places, to_come

POLICY = "vacancies"
PURPOSE = "vacancies"


@dataclass(frozen=True)
class Asked:
    """What a link would confirm: the company, and each service with its register and what it said of later days."""

    link: LinkToken
    company: str
    rows: tuple[tuple[Service, int | None, tuple[Vacancy, ...]], ...]


def confirm_link(base_url: str, token: str) -> str:
    """The page on which a link confirms free places."""
    return f"{base_url.rstrip('/')}/confirm-places/{token}"


def is_mail_day(session: Session, now: dt.datetime) -> bool:
    """Whether the day of the week on which companies are asked has come, or went by undone: they are asked once a week.
    Nobody is asked before a policy says when.
    """
    today = local_date(now)
    if not has_any(session, POLICY, today):
        return False
    late = today.isoweekday() - int(in_force(session, POLICY, today).content["mail_weekday"])
    return late == 0 or (late > 0 and not _asked_in(session, _week(today)))


def _week(day: dt.date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year}-{number:02}"


def _asked_in(session: Session, week: str) -> bool:
    written = select(OutboxMessage.id).where(OutboxMessage.key.like(f"vacancies.due:%:{week}"))
    return session.scalar(written.limit(1)) is not None


def ask_for_vacancies(session: Session, *, now: dt.datetime, base_url: str) -> int:
    """E-mail every mailbox whose services were not confirmed lately. Returns how many e-mails were written.

    Once a week and mailbox, however often it is told to.
    """
    today = local_date(now)
    policy = in_force(session, POLICY, today).content
    week = _week(today)
    groups: dict[tuple[str, str], list[Service]] = {}
    for service in _to_ask(session, now - dt.timedelta(days=int(policy["ask_after_days"]))):
        groups.setdefault((service.organisation_id, service.alert_email.casefold()), []).append(service)
    keys = {group: f"vacancies.due:{group[0]}:{_short(group[1])}:{week}" for group in groups}
    told = set(session.scalars(select(OutboxMessage.key).where(OutboxMessage.key.in_(list(keys.values())))))
    coming = to_come(session, [service.id for services in groups.values() for service in services])
    until = now + dt.timedelta(days=int(policy["link_days"]))
    written = 0
    for group, services in groups.items():
        if keys[group] in told:
            continue
        links = [_link(session, [service.id], service.id, until, now, base_url) for service in services]
        lines = [
            (service.name, free_words(service.places_free, coming.get(service.id, ())), link)
            for service, link in zip(services, links, strict=True)
        ]
        every = links[0]
        if len(services) > 1:
            every = _link(session, [service.id for service in services], group[0], until, now, base_url)
        message = messages.vacancies_due(lines, every, until)
        queue(session, key=keys[group], address=services[0].alert_email, message=message, now=now)
        written += 1
    return written


def asked_by(session: Session, *, token: str, now: dt.datetime) -> Asked:
    """What a link would confirm. Changes nothing. Raises `DeadLink`."""
    return _asked(session, read_link(session, purpose=PURPOSE, token=token, now=now))


def confirm_by_link(session: Session, *, token: str, places: Mapping[str, int], now: dt.datetime) -> list[Service]:
    """Confirm the services of a link, with other numbers where they are given, and spend it. What was said of later
    days stays. Raises `DeadLink`, and `Invalid` at `places_<service id>`.
    """
    asked = _asked(session, spend_link(session, purpose=PURPOSE, token=token, now=now))
    said = {service.id: Free(places.get(service.id, service.places_free)) for service, *_ in asked.rows}
    return confirm_vacancies(session, said, actor=None, now=now, link_id=asked.link.id)


def _asked(session: Session, link: LinkToken) -> Asked:
    rows = session.execute(
        select(Service, Registration, Organisation.name)
        .join(Registration, Registration.urn == Service.urn)
        .join(Organisation, Organisation.id == Service.organisation_id)
        .where(Service.id.in_(link.payload["services"]))
        .order_by(Service.name, Service.id)
    ).all()
    if not rows:
        raise DeadLink
    coming = to_come(session, [service.id for service, *_ in rows])
    return Asked(
        link,
        rows[0][2],
        tuple(
            (service, registered_places(service, registration), tuple(coming.get(service.id, ())))
            for service, registration, _ in rows
        ),
    )


def _to_ask(session: Session, before: dt.datetime) -> list[Service]:
    enrolled = select(Enrolment.claim_id).where(Enrolment.status == EnrolmentStatus.ENROLLED)
    return list(
        session.scalars(
            select(Service)
            .where(
                Service.claim_id.in_(enrolled),
                or_(Service.places_confirmed_at.is_(None), Service.places_confirmed_at < before),
            )
            .order_by(Service.organisation_id, Service.name, Service.id)
        )
    )


def _link(
    session: Session, ids: list[str], subject_id: str, until: dt.datetime, now: dt.datetime, base_url: str
) -> str:
    token = make_link(
        session, purpose=PURPOSE, subject_id=subject_id, payload={"services": ids}, expires_at=until, now=now
    )
    return confirm_link(base_url, token)


def _short(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]
