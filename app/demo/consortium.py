"""The consortium of the demonstration: its hub, boroughs, boards, people, panels, payers, systems and lots."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.core import policies
from app.core.clock import local_date
from app.demo.cast import BOROUGHS, STAFF_FAMILY, STAFF_GIVEN, Borough
from app.demo.stage import PASSWORD, Stage, acting, token_sent_to
from app.identity.invitations import accept_invitation, first_administrator, invite
from app.identity.models import Organisation
from app.identity.organisations import found_organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.panels.models import Panel, Payer
from app.panels.setting_up import add_payer, found_panel, seat
from app.panels.status import PayerKind
from providers.market.models import Lot
from providers.market.setup import add_lot, create_system, join_lot
from providers.market.status import ProcurementMode, ServiceType, Strand

MEETINGS_BACK = 13
MEETING_EVERY_DAYS = 28
LAST_MEETING_DAYS_AGO = 3

STAFF = (
    Role.BOROUGH_ADMINISTRATOR,
    Role.PLACEMENT_OFFICER,
    Role.TEAM_MANAGER,
    Role.HEAD_OF_SERVICE,
    Role.NOMINATED_OFFICER,
    Role.DIRECTOR,
    Role.FINANCE_OFFICER,
    Role.PANEL_ADMINISTRATOR,
    Role.PANEL_CHAIR,
    Role.PANEL_MEMBER,
    Role.SERVICE_MANAGER,
)


@dataclass
class Council:
    """A borough on the stage: its people by role, its panels and its payers."""

    facts: Borough
    organisation: Organisation
    people: dict[Role, Actor]
    education: Actor
    health: Actor
    panel: Panel
    weekly_panel: Panel
    payers: dict[PayerKind, Payer]


@dataclass
class Consortium:
    """Everything that was founded."""

    hub: Organisation
    commissioner: Actor
    second_commissioner: Actor
    councils: list[Council] = field(default_factory=list)
    lots: dict[ServiceType, Lot] = field(default_factory=dict)


def found(stage: Stage) -> Consortium:
    """Found the consortium 420 days ago, as an operator and its first administrator would."""
    start = stage.day(-420)
    with stage.at(start) as session:
        policies.load_shipped(session, start)
        hub = found_organisation(
            session, actor=None, kind=OrganisationKind.HUB, name="South London Demonstration Partnership", now=start
        )
        email = "alex.example@hub.example"
        first_administrator(session, email=email, organisation_name=hub.name, now=start, base_url=stage.base_url)
        administrator = _accept(session, email, "Alex Example", hub, start)
        commissioner = _join(session, stage, administrator, Role.COMMISSIONER, "Sam Sampler", "hub", start)
        second = _join(session, stage, administrator, Role.COMMISSIONER, "Ravi Sampler", "hub", start)
        consortium = Consortium(hub, commissioner, second)
        boards = {name: _board(session, stage, administrator, name, start) for name in _boards()}
        for number, facts in enumerate(BOROUGHS):
            consortium.councils.append(_council(session, stage, administrator, facts, boards[facts.icb], number, start))
        _market(session, consortium, start)
    return consortium


def _boards() -> list[str]:
    return sorted({borough.icb for borough in BOROUGHS})


def _accept(session: Session, email: str, name: str, organisation: Organisation, now: dt.datetime) -> Actor:
    membership = accept_invitation(session, token=token_sent_to(session, email), name=name, password=PASSWORD, now=now)
    return acting(session, membership.person_id, organisation.id)


def _join(
    session: Session, stage: Stage, administrator: Actor, role: Role, name: str, domain: str, now: dt.datetime
) -> Actor:
    email = f"{name.lower().replace(' ', '.')}@{domain}.example"
    invite(session, actor=administrator, email=email, role=role, now=now, base_url=stage.base_url)
    return _accept(session, email, name, session.get_one(Organisation, administrator.organisation_id), now)


def _administrator(
    session: Session, stage: Stage, organisation: Organisation, name: str, domain: str, now: dt.datetime
) -> Actor:
    email = f"{name.lower().replace(' ', '.')}@{domain}.example"
    first_administrator(session, email=email, organisation_name=organisation.name, now=now, base_url=stage.base_url)
    return _accept(session, email, name, organisation, now)


def _board(
    session: Session, stage: Stage, hub: Actor, name: str, now: dt.datetime
) -> tuple[Organisation, Actor, Payer]:
    organisation = found_organisation(session, actor=hub, kind=OrganisationKind.AGENCY, name=name, now=now)
    domain = "swl-icb" if "West" in name else "sel-icb"
    administrator = _administrator(session, stage, organisation, _name(domain, 0), domain, now)
    member = _join(session, stage, administrator, Role.AGENCY_PANEL_MEMBER, _name(domain, 1), domain, now)
    payer = add_payer(session, organisation_id=organisation.id, kind=PayerKind.HEALTH, name=f"{name}: continuing care")
    return organisation, member, payer


def _name(salt: str, number: int) -> str:
    """A staff name that is the same for the same place in the cast; two of one borough never share it."""
    place = sum(ord(letter) * (position + 3) for position, letter in enumerate(salt))
    given = STAFF_GIVEN[(place + number) % len(STAFF_GIVEN)]
    return f"{given} {STAFF_FAMILY[(place // 7 + number * 3) % len(STAFF_FAMILY)]}"


def _council(
    session: Session,
    stage: Stage,
    hub: Actor,
    facts: Borough,
    board: tuple[Organisation, Actor, Payer],
    number: int,
    now: dt.datetime,
) -> Council:
    organisation = found_organisation(
        session,
        actor=hub,
        kind=OrganisationKind.BOROUGH,
        name=facts.name,
        short_code=facts.code,
        gss_code=facts.gss,
        now=now,
    )
    domain = facts.name.split()[0].lower()
    people: dict[Role, Actor] = {}
    people[Role.BOROUGH_ADMINISTRATOR] = _administrator(session, stage, organisation, _name(facts.code, 0), domain, now)
    for place, role in enumerate(STAFF[1:], start=1):
        people[role] = _join(
            session, stage, people[Role.BOROUGH_ADMINISTRATOR], role, _name(facts.code, place), domain, now
        )
    education = _join(
        session,
        stage,
        people[Role.BOROUGH_ADMINISTRATOR],
        Role.PANEL_MEMBER,
        _name(facts.code, len(STAFF)),
        domain,
        now,
    )
    payers = {
        PayerKind.SOCIAL_CARE: add_payer(
            session,
            organisation_id=organisation.id,
            kind=PayerKind.SOCIAL_CARE,
            name=f"{facts.name}: children's social care",
        ),
        PayerKind.EDUCATION: add_payer(
            session, organisation_id=organisation.id, kind=PayerKind.EDUCATION, name=f"{facts.name}: high-needs block"
        ),
        PayerKind.HEALTH: board[2],
    }
    today = local_date(stage.now)
    last = today - dt.timedelta(days=LAST_MEETING_DAYS_AGO)
    panel = found_panel(
        session,
        organisation_id=organisation.id,
        name=f"{facts.name} multi-agency resources panel",
        every_weeks=4,
        first_on=last - dt.timedelta(days=MEETING_EVERY_DAYS * MEETINGS_BACK),
        meetings=MEETINGS_BACK + 7,
        lead_days=14,
    )
    weekly = found_panel(
        session,
        organisation_id=organisation.id,
        name=f"{facts.name} weekly access panel",
        every_weeks=1,
        first_on=today - dt.timedelta(days=7 * 8 + 1 + number % 4),
        meetings=16,
        lead_days=1,
    )
    for one in (panel, weekly):
        first_day = local_date(now)
        seat(session, panel_id=one.id, person_id=people[Role.PANEL_CHAIR].person_id, first_day=first_day, is_chair=True)
        seat(session, panel_id=one.id, person_id=people[Role.PANEL_ADMINISTRATOR].person_id, first_day=first_day)
        for person, kind in (
            (people[Role.PANEL_MEMBER], PayerKind.SOCIAL_CARE),
            (education, PayerKind.EDUCATION),
            (board[1], PayerKind.HEALTH),
        ):
            seat(
                session,
                panel_id=one.id,
                person_id=person.person_id,
                first_day=first_day,
                payer_id=payers[kind].id,
            )
    return Council(facts, organisation, people, education, board[1], panel, weekly, payers)


def _market(session: Session, consortium: Consortium, now: dt.datetime) -> None:
    actor = consortium.commissioner
    start = local_date(now)
    placements = create_system(
        session,
        actor=actor,
        name="South London children's placements",
        mode=ProcurementMode.PA23_LIGHT_TOUCH,
        begun_on=max(dt.date(2025, 3, 3), start - dt.timedelta(days=200)),
        starts_on=start,
        ends_on=start + dt.timedelta(days=365 * 5),
        now=now,
    )
    schools = create_system(
        session,
        actor=actor,
        name="South London special schools",
        mode=ProcurementMode.PCR_LIGHT_TOUCH,
        begun_on=dt.date(2024, 1, 15),
        starts_on=dt.date(2024, 4, 1),
        ends_on=dt.date(2030, 3, 31),
        now=now,
    )
    for system, name, strand, service_type in (
        (placements, "Fostering", Strand.LOOKED_AFTER, ServiceType.FOSTERING),
        (placements, "Children's homes", Strand.LOOKED_AFTER, ServiceType.RESIDENTIAL),
        (placements, "Supported accommodation", Strand.LOOKED_AFTER, ServiceType.SUPPORTED),
        (schools, "Special schools, day", Strand.SEND, ServiceType.NMI_DAY),
        (schools, "Special schools, 38 weeks", Strand.SEND, ServiceType.NMI_38),
    ):
        consortium.lots[service_type] = add_lot(
            session, actor=actor, system_id=system.id, name=name, strand=strand, service_type=service_type, now=now
        )
    for council in consortium.councils:
        for service_type, lot in consortium.lots.items():
            facts = council.facts
            joins_after = 0
            if service_type is ServiceType.FOSTERING:
                if facts.fostering_from_day is None:
                    continue
                joins_after = facts.fostering_from_day
            if service_type in (ServiceType.NMI_DAY, ServiceType.NMI_38) and not facts.schools:
                continue
            join_lot(
                session,
                actor=actor,
                lot_id=lot.id,
                organisation_id=council.organisation.id,
                first_day=start + dt.timedelta(days=joins_after),
                now=now,
            )
