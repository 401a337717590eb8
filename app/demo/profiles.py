"""What the companies of the demonstration say of their services: profiles, households, evidence, and free places that
most of them confirm every week.

Details are drawn from a service's own number, so that they disturb nothing else that is drawn.
"""

from __future__ import annotations

import datetime as dt
import io
import random
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.files import FileKind, accept
from app.demo.cast import PLACES
from app.demo.consortium import Consortium
from app.demo.stage import Stage
from app.identity.permissions import Actor
from providers.market.status import ServiceType
from providers.services.asking import ask_for_vacancies
from providers.services.confirming import confirm_own_vacancies
from providers.services.homes import HomeSaid, add_home, confirm_homes
from providers.services.models import INDICATORS, Service
from providers.services.needs import confirm_needs, give_evidence, record_visit
from providers.services.profile import Topics, describe_service
from providers.services.vacancies import Coming, roll

if TYPE_CHECKING:
    from app.demo.firms import Firm

CONFIRM_EVERY = dt.timedelta(days=12)
LAZY_FOR = dt.timedelta(days=24)
"""How long before now some companies stopped answering the weekly question."""

A_PAGE = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def topics_of(urn: str, service_type: ServiceType, ages: tuple[int, int]) -> Topics:
    """What a service says of itself beside whom it takes and which needs it meets."""
    draw = _own(urn)
    school = service_type is ServiceType.NMI_DAY
    specialisms = draw.sample(
        ("autism", "trauma", "mental_health", "missing", "unaccompanied", "learning_disability"), 2
    )
    topics = Topics(
        registered_min_age=max(0, ages[0] - draw.choice((0, 0, 1))) if ages[0] != 16 else 16,
        registered_max_age=ages[1],
        specialisms=[*specialisms, *(("parent_and_child",) if service_type is ServiceType.FOSTERING else ())],
        languages=["en", *draw.sample(("pt", "ta", "so", "fr", "pl", "yo", "tr", "ur"), 2)],
        faiths=draw.sample(("christian", "muslim", "hindu", "sikh"), 2),
        cultures=draw.sample(("halal", "afro_hair", "worship", "festivals", "lgbt"), 2),
        adaptations=draw.choice(([], [], ["step_free"], ["ground_floor", "wet_room"])),
        education_on_site=school or draw.random() < 0.15,
    )
    if not school:
        topics["setting"] = draw.choice(("group", "group", "either", "solo"))
        topics["pets"] = draw.choice(([], [], ["cat"], ["dog"], ["small", "bring"]))
    return topics


def list_homes(
    session: Session, *, actor: Actor, service: Service, service_type: ServiceType, now: dt.datetime
) -> None:
    """The households of an agency, the buildings of a home, the premises of supported accommodation."""
    draw = _own(service.urn)
    if service_type not in _HOMES:
        return
    word, count = _HOMES[service_type]
    for number in range(1, count + 1):
        approved = draw.choice((1, 2, 2, 3, 3)) if service_type is ServiceType.FOSTERING else draw.choice((2, 3, 4))
        siblings = service_type is ServiceType.FOSTERING and number == 1
        others = draw.choice((0, 0, 1, 2))
        add_home(
            session,
            actor=actor,
            service_id=service.id,
            said=HomeSaid(
                code_name=f"{word} {number}",
                postcode=draw.choice(PLACES) if service.easting is None or number > 1 else service.postcode,
                min_age=service.min_age,
                max_age=service.max_age,
                sexes=["F", "M"] if draw.random() < 0.8 else ["F"],
                approved_for=4 if siblings else approved,
                exemption="siblings" if siblings else None,
                solo=draw.random() < 0.4,
                siblings=siblings or draw.random() < 0.5,
                others=others,
                others_bands=["10_15"] if others else [],
                adaptations=draw.choice(([], [], ["ground_floor"])),
                languages=["en", *draw.sample(("pt", "ta", "so", "fr", "pl", "yo"), 1)],
                pets=draw.choice(([], ["cat"], ["dog"])),
            ),
            now=now,
        )


_HOMES = {
    ServiceType.FOSTERING: ("Household", 3),
    ServiceType.RESIDENTIAL: ("Building", 1),
    ServiceType.SUPPORTED: ("Premises", 2),
}


def keep_fresh(stage: Stage, session: Session, firms: list[Firm], service_type: ServiceType, now: dt.datetime) -> None:
    """The companies on a lot confirm what is free, as they do when the weekly e-mail comes; a few no longer answer."""
    for number, firm in enumerate(firms):
        if firm.service_type is not service_type or firm.actor is None or not firm.services:
            continue
        if number % 7 == 3 and now > stage.now - LAZY_FOR:
            continue
        stale = session.execute(
            select(Service.id, Service.places_free).where(
                Service.id.in_([service.id for service in firm.services]),
                Service.places_confirmed_at < now - CONFIRM_EVERY,
            )
        ).all()
        if stale:
            confirm_own_vacancies(session, actor=firm.actor, places=dict(stale), now=now)


def finish(stage: Stage, consortium: Consortium, firms: list[Firm]) -> None:
    """The last weeks: needs and homes confirmed again by most, places from a later day, evidence shown and seen at
    visits, and this week's e-mails.
    """
    moment = stage.day(-21)
    with stage.at(moment) as session:
        for number, firm in enumerate(firms):
            if firm.actor is not None and number % 4:
                _say_again(session, firm.actor, [service.id for service in firm.services], moment)
    moment = stage.day(-3)
    with stage.at(moment) as session:
        for firm in [firm for firm in firms if firm.actor is not None and firm.services][::4]:
            _say_more(session, stage, consortium, firm, moment)
    moment = stage.day(-1)
    with stage.at(moment) as session:
        roll(session, moment)
        ask_for_vacancies(session, now=moment, base_url=stage.base_url)


def _say_again(session: Session, actor: Actor, service_ids: list[str], now: dt.datetime) -> None:
    for service in session.scalars(select(Service).where(Service.id.in_(service_ids)).order_by(Service.id)):
        confirm_needs(session, actor=actor, service_id=service.id, version=service.version, now=now)
        confirm_homes(session, actor=actor, service_id=service.id, now=now)


def _say_more(session: Session, stage: Stage, consortium: Consortium, firm: Firm, now: dt.datetime) -> None:
    actor, service = firm.actor, session.get_one(Service, firm.services[0].id)
    if actor is None or not all(service.capability[:2]):
        return
    today = local_date(now)
    if service.places_free < 40:
        free = max(0, service.places_free - 2)
        coming = [Coming(1, today + dt.timedelta(days=days)) for days in (1, 30) if service.places_free]
        describe_service(
            session, actor=actor, service_id=service.id, now=now, places=free, coming=coming[: 1 + (free > 0)]
        )
    accepted = accept(io.BytesIO(A_PAGE), name="Training record, made up.pdf", kinds=(FileKind.PDF,))
    for indicator in range(1, min(4, INDICATORS)):
        if not service.capability[indicator - 1]:
            continue
        give_evidence(
            session,
            actor=actor,
            service_id=service.id,
            indicator=indicator,
            words="All of the team were trained last spring; the record is attached.",
            accepted=accepted if indicator == 1 else None,
            store=stage.wiring.files,
            version=service.version,
            now=now,
        )
    record_visit(
        session,
        actor=consortium.commissioner,
        service_id=service.id,
        indicator=1,
        seen=True,
        visited_on=today - dt.timedelta(days=10),
        words="Read the training record and spoke with two of the team.",
        version=service.version,
        now=now + dt.timedelta(hours=3),
    )


def _own(urn: str) -> random.Random:
    return random.Random(int(urn))  # noqa: S311 - repeatable on purpose
