"""About forty made-up provider companies: they sign up, claim their registrations, describe their services and join
lots.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.geography import locate
from app.demo import accreditation, profiles
from app.demo import register_file as register
from app.demo.cast import FIRST_WORDS, PLACES, SECOND_WORDS, STAFF_FAMILY, STAFF_GIVEN
from app.demo.consortium import Consortium
from app.demo.market import own_rows
from app.demo.passports import answer_passport, show_service_papers
from app.demo.stage import PASSWORD, Stage, acting, token_sent_to
from app.identity.permissions import Actor
from app.identity.sign_up import confirm_sign_up, sign_up_provider
from providers.market.status import ServiceType
from providers.passport.claims import claim_service, decide_claim
from providers.register.importing import import_register
from providers.services.models import Service
from providers.services.profile import describe_service

COMPANIES = 40
FIRST_URN = 9_900_001
KINDS = (
    (register.AGENCY, ServiceType.FOSTERING, 14),
    (register.HOME, ServiceType.RESIDENTIAL, 15),
    (register.SUPPORTED, ServiceType.SUPPORTED, 6),
    (register.SCHOOL, ServiceType.NMI_DAY, 5),
)


@dataclass
class Firm:
    """A company on the stage: whoever acts for it, what it has registered, and its services that are enrolled."""

    name: str
    number: str
    service_type: ServiceType
    rows: list[register.Row]
    actor: Actor | None = None
    services: list[Service] = field(default_factory=list)
    barred_from: dt.date | None = None

    def may_offer(self, on: dt.date) -> bool:
        """Whether its evidence bars no offer on a day."""
        return self.barred_from is None or on < self.barred_from


def invent(stage: Stage) -> list[Firm]:
    """The companies and their registrations, before anybody has signed up."""
    names = [f"{first} {second}" for second in SECOND_WORDS for first in FIRST_WORDS]
    stage.draw.shuffle(names)
    firms: list[Firm] = []
    urn = FIRST_URN
    for provision_type, service_type, count in KINDS:
        for _ in range(count):
            name = f"{names.pop()} {_trade(provision_type)} Ltd"
            number = f"99{len(firms) + 100001:06d}"
            rows: list[register.Row] = []
            for _ in range(stage.draw.choice((1, 2, 3)) if provision_type == register.HOME else 1):
                rows.append(_row(stage, provision_type, name, str(urn), len(rows)))
                urn += 1
            firms.append(Firm(name, number, service_type, rows))
    return _newest_last(firms)


def _newest_last(firms: list[Firm]) -> list[Firm]:
    """The same firms with one agency, one company with homes and one of supported accommodation at the end, who
    come in last.
    """
    newest = [
        next(firm for firm in firms if firm.service_type is service_type)
        for service_type in (ServiceType.FOSTERING, ServiceType.RESIDENTIAL, ServiceType.SUPPORTED)
    ]
    return [firm for firm in firms if firm not in newest] + newest


def _trade(provision_type: str) -> str:
    return {
        register.AGENCY: "Fostering",
        register.HOME: "Care",
        register.SUPPORTED: "Living",
        register.SCHOOL: "School",
    }[provision_type]


def _row(stage: Stage, provision_type: str, owner: str, urn: str, position: int) -> register.Row:
    draw = stage.draw
    postcode = draw.choice(PLACES)
    place = locate(postcode)
    grade = register.drawn_grade(draw, provision_type)
    inspected = _working_day(local_date(stage.now) - dt.timedelta(days=draw.randrange(460, 1100)))
    places = {register.HOME: draw.randrange(3, 7), register.SUPPORTED: 12, register.SCHOOL: 60}.get(provision_type)
    return register.Row(
        urn=urn,
        provision_type=provision_type,
        name=owner.removesuffix(" Ltd") + (f" {'ABC'[position]}" if position else ""),
        owner=owner,
        postcode=postcode,
        authority=place.authority_name if place else "Croydon",
        registered_on=local_date(stage.now) - dt.timedelta(days=draw.randrange(1200, 4000)),
        places=places,
        grade=grade,
        inspected_on=inspected if grade else None,
        event=str(70_000_000 + int(urn)),
    )


def _working_day(day: dt.date) -> dt.date:
    """The day, or the Friday before it."""
    return day - dt.timedelta(days=max(0, day.weekday() - 4))


def import_first_register(stage: Stage, firms: list[Firm]) -> None:
    """The register as it stood before the systems opened."""
    moment = stage.day(-415)
    as_of = local_date(moment) - dt.timedelta(days=10)
    rows = [*(row for firm in firms for row in firm.rows), *own_rows(stage.now)]
    with stage.at(moment) as session:
        import_register(session, path=register.as_file(rows, as_of), as_of=as_of, now=moment, name="register-1.csv")


def import_second_register(stage: Stage, firms: list[Firm]) -> None:
    """A later file: some homes inspected again, one of them Inadequate, so that it is suspended at once (F-14)."""
    moment = stage.day(-40)
    as_of = local_date(moment) - dt.timedelta(days=5)
    inspected = _working_day(as_of - dt.timedelta(days=50))
    homes = [firm for firm in firms if firm.service_type is ServiceType.RESIDENTIAL]
    changes = {
        homes[0].rows[0].urn: "Good",
        homes[1].rows[0].urn: register.RI,
        homes[2].rows[-1].urn: register.INADEQUATE,
    }
    rows = [
        register.regraded(row, changes[row.urn], inspected) if row.urn in changes else row
        for firm in firms
        for row in firm.rows
    ]
    rows += own_rows(stage.now)
    with stage.at(moment) as session:
        import_register(session, path=register.as_file(rows, as_of), as_of=as_of, now=moment, name="register-2.csv")


def enrol(stage: Stage, consortium: Consortium, firms: list[Firm], step: Callable[[], None]) -> None:
    """Bring every company in. The last of each kind are left half-way, so that the hub has something to decide."""
    for number, firm in enumerate(firms):
        left = number - (len(firms) - 3)
        moment = stage.day(-400 + number) if left < 0 else stage.day(-6 + left)
        with stage.at(moment) as session:
            firm.actor = _sign_up(session, stage, firm, number, moment)
            firm.barred_from = answer_passport(session, stage, firm.actor, number, left, moment)
            if left == 2:  # signed up, nothing claimed yet
                continue
            for row in firm.rows:
                _bring_in(session, stage, consortium, firm, row, moment, left, number)
        step()


def _sign_up(session: Session, stage: Stage, firm: Firm, number: int, now: dt.datetime) -> Actor:
    slug = "".join(letter for letter in firm.name.removesuffix(" Ltd").lower() if letter.isalpha())
    email = f"office@{slug}.example"
    person = f"{STAFF_GIVEN[(number * 5) % len(STAFF_GIVEN)]} {STAFF_FAMILY[(number * 7) % len(STAFF_FAMILY)]}"
    sign_up_provider(
        session,
        company_name=firm.name,
        company_number=firm.number,
        person_name=person,
        email=email,
        now=now,
        base_url=stage.base_url,
    )
    membership = confirm_sign_up(session, token=token_sent_to(session, email), now=now, password=PASSWORD)
    return acting(session, membership.person_id, membership.organisation_id)


def _bring_in(
    session: Session,
    stage: Stage,
    consortium: Consortium,
    firm: Firm,
    row: register.Row,
    now: dt.datetime,
    left: int,
    number: int,
) -> None:
    actor, hub, lot = firm.actor, consortium.commissioner, consortium.lots[firm.service_type]
    if actor is None:
        return
    claim = claim_service(session, actor=actor, urn=row.urn, postcode=row.postcode, now=now)
    refused = row.grade == register.INADEQUATE
    if left == 1:  # the claim waits for the hub
        return
    decide_claim(
        session,
        actor=hub,
        claim_id=claim.id,
        confirm=True,
        reason="Checked against the certificate of registration.",
        now=now,
        version=claim.version,
        base_url=stage.base_url,
    )
    show_service_papers(session, stage, actor, claim.id, number, now)
    service = session.scalars(select(Service).where(Service.claim_id == claim.id)).one()
    youngest, oldest = _ages(stage, firm.service_type)
    describe_service(
        session,
        actor=actor,
        service_id=service.id,
        now=now,
        name=row.name,
        min_age=youngest,
        max_age=oldest,
        sexes=["F", "M"],
        capability=[stage.draw.choice((1, 2, 2, 2, 3, 3)) for _ in range(12)],
        places=row.places or 40,
    )
    described = profiles.topics_of(row.urn, firm.service_type, (youngest, oldest))
    describe_service(session, actor=actor, service_id=service.id, now=now, **described)
    profiles.list_homes(session, actor=actor, service=service, service_type=firm.service_type, now=now)
    accreditation.play(session, stage, consortium, actor, service, lot, now, decided=left != 0, refused=refused)
    if left != 0 and not refused:
        firm.services.append(service)


def leave_half_way(stage: Stage, consortium: Consortium, firms: list[Firm]) -> None:
    """Applications and grounds for exclusion that wait for somebody, now that the market is what it is."""
    schools = [
        (firm.actor, service)
        for firm in firms
        if firm.service_type is ServiceType.NMI_DAY and firm.actor is not None
        for service in firm.services
    ]
    accreditation.half_way(stage, consortium, schools)
    waiting, other = (firm.actor.organisation_id for firm in firms[-2:] if firm.actor is not None)
    accreditation.grounds(stage, consortium, other, waiting)


def _ages(stage: Stage, service_type: ServiceType) -> tuple[int, int]:
    if service_type is ServiceType.FOSTERING:
        return 0, 17
    if service_type is ServiceType.SUPPORTED:
        return 16, 17
    if service_type is ServiceType.RESIDENTIAL:
        return stage.draw.choice(((7, 17), (8, 16), (10, 17)))
    return 5, 16
