"""The market's terms in the demonstration: price bands, conditions, fees, rounds and notices, two more kinds of system,
and a borough's own homes outside the competition.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.demo import register_file as register
from app.demo.cast import HAS_OWN_HOMES
from app.demo.consortium import Consortium, Council
from app.demo.stage import PASSWORD, Stage, acting, token_sent_to
from app.identity.invitations import accept_invitation, invite
from app.identity.models import Membership, Organisation
from app.identity.organisations import found_organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from providers.market.bands import add_band
from providers.market.models import PurchasingSystem
from providers.market.participation import leave_lot
from providers.market.setup import add_lot, create_system, join_lot
from providers.market.status import BandLevel, NoticeKind, ProcurementMode, ServiceType, Strand
from providers.market.terms import add_round, establish, record_notice, set_fees, write_conditions
from providers.passport.basis import Basis
from providers.passport.claims import claim_service, decide_claim
from providers.passport.enrolment import remove
from providers.passport.in_house import enrol_in_house
from providers.services.models import Service
from providers.services.profile import describe_service

BEGAN = -419
IN_HOUSE = "Made-up Sutton Children's Homes"
OWN_URNS = ("9900901", "9900902")
AGES = {
    ServiceType.FOSTERING: ((0, 4), (5, 10), (11, 15), (16, 17)),
    ServiceType.RESIDENTIAL: ((0, 17),),
    ServiceType.SUPPORTED: ((16, 17),),
    ServiceType.NMI_DAY: ((4, 18),),
    ServiceType.NMI_38: ((4, 18),),
}
CONDITIONS = (
    "The service is registered with Ofsted for what the lot buys, and its latest overall judgement is not Inadequate.",
    "The company holds the insurances that the questions name, and renews them in time.",
    "The company keeps to the made-up terms of the made-up contract of this partnership.",
)


def set_terms(stage: Stage, consortium: Consortium) -> None:
    """What the founders settle in the first days: the terms of the two systems, and two more systems."""
    moment = stage.day(BEGAN)
    hub = consortium.commissioner
    with stage.at(moment) as session:
        systems = {lot.system_id: lot.system for lot in consortium.lots.values()}
        for system in systems.values():
            _terms(session, hub, session.get_one(PurchasingSystem, system.id), moment)
        for service_type, lot in consortium.lots.items():
            for youngest, oldest in AGES[service_type]:
                for level in BandLevel:
                    words = f"{youngest} to {oldest}, {level.value}"
                    add_band(
                        session,
                        actor=hub,
                        lot_id=lot.id,
                        name=words,
                        min_age=youngest,
                        max_age=oldest,
                        level=level,
                        now=moment,
                    )
        _in_rounds(session, stage, consortium, moment)
        _dynamic_market(session, consortium, moment)


def _terms(session: Session, hub: Actor, system: PurchasingSystem, now: dt.datetime) -> None:
    conditions = "\n\n".join(CONDITIONS)
    write_conditions(session, actor=hub, system_id=system.id, conditions=conditions, version=system.version, now=now)
    establish(
        session,
        actor=hub,
        system_id=system.id,
        established_on=max(system.begun_on, min(system.starts_on, local_date(now))),
        reference=f"MADE-UP-{len(system.name):03d}",
        version=system.version,
        now=now,
    )


def _in_rounds(session: Session, stage: Stage, consortium: Consortium, now: dt.datetime) -> None:
    """A light-touch system that takes applications in rounds."""
    hub, today = consortium.commissioner, local_date(stage.now)
    system = create_system(
        session,
        actor=hub,
        name="South London support at home",
        mode=ProcurementMode.PA23_LIGHT_TOUCH,
        begun_on=max(dt.date(2025, 3, 3), local_date(now) - dt.timedelta(days=150)),
        starts_on=local_date(now),
        ends_on=local_date(now) + dt.timedelta(days=365 * 4),
        now=now,
    )
    lot = add_lot(
        session,
        actor=hub,
        system_id=system.id,
        name="Support packages",
        strand=Strand.SUPPORT,
        service_type=ServiceType.SUPPORT_PACKAGE,
        now=now,
    )
    for opens, closes in ((-400, -370), (-60, -31), (45, 75)):
        add_round(
            session,
            actor=hub,
            system_id=system.id,
            opens_on=today + dt.timedelta(days=opens),
            closes_on=today + dt.timedelta(days=closes),
            now=now,
        )
    _terms(session, hub, system, now)
    first, second, third = consortium.councils[:3]
    parts = [
        join_lot(session, actor=hub, lot_id=lot.id, organisation_id=council.organisation.id, first_day=day, now=now)
        for council, day in (
            (first, local_date(now)),
            (second, local_date(now)),
            (third, today + dt.timedelta(days=60)),
        )
    ]
    leave_lot(session, actor=hub, participation_id=parts[1].id, last_day=today + dt.timedelta(days=120), now=now)


def _dynamic_market(session: Session, consortium: Consortium, now: dt.datetime) -> None:
    """A dynamic market of the Act, established, with a fee on award."""
    hub, begun = consortium.commissioner, max(dt.date(2025, 3, 3), local_date(now) - dt.timedelta(days=120))
    system = create_system(
        session,
        actor=hub,
        name="South London residential schools",
        mode=ProcurementMode.PA23_DYNAMIC_MARKET,
        begun_on=begun,
        starts_on=local_date(now),
        ends_on=local_date(now) + dt.timedelta(days=365 * 5),
        now=now,
    )
    lot = add_lot(
        session,
        actor=hub,
        system_id=system.id,
        name="Special schools, 52 weeks",
        strand=Strand.SEND,
        service_type=ServiceType.NMI_52,
        now=now,
    )
    record_notice(
        session,
        actor=hub,
        system_id=system.id,
        kind=NoticeKind.UK13,
        reference="MADE-UP-UK13-1",
        published_on=begun,
        now=now,
    )
    set_fees(
        session,
        actor=hub,
        system_id=system.id,
        membership_fee_pence=None,
        award_fee_pence=250_00,
        version=system.version,
        now=now,
    )
    _terms(session, hub, system, now)
    for council in consortium.councils:
        if council.facts.schools:
            join_lot(
                session,
                actor=hub,
                lot_id=lot.id,
                organisation_id=council.organisation.id,
                first_day=local_date(now),
                now=now,
            )


def prepare_another(stage: Stage, consortium: Consortium) -> None:
    """A dynamic market that is announced and not established yet."""
    moment = stage.day(-20)
    hub, today = consortium.commissioner, local_date(moment)
    with stage.at(moment) as session:
        system = create_system(
            session,
            actor=hub,
            name="South London short breaks",
            mode=ProcurementMode.PA23_DYNAMIC_MARKET,
            begun_on=today - dt.timedelta(days=10),
            starts_on=today + dt.timedelta(days=100),
            ends_on=today + dt.timedelta(days=365 * 4),
            now=moment,
        )
        record_notice(
            session,
            actor=hub,
            system_id=system.id,
            kind=NoticeKind.UK13,
            reference="MADE-UP-UK13-2",
            published_on=today,
            now=moment,
        )
        write_conditions(
            session,
            actor=hub,
            system_id=system.id,
            conditions="\n\n".join(CONDITIONS),
            version=system.version,
            now=moment,
        )


def own_rows(now: dt.datetime) -> list[register.Row]:
    """A borough's two homes as the made-up register has them."""
    today = local_date(now)
    return [
        register.Row(
            urn=urn,
            provision_type=register.HOME,
            name=f"{IN_HOUSE} {number}",
            owner=IN_HOUSE,
            postcode="SM1 1EA",
            authority="Sutton",
            registered_on=today - dt.timedelta(days=2000),
            places=4,
            grade="Good",
            inspected_on=today - dt.timedelta(days=700),
            event=str(70_000_000 + int(urn)),
        )
        for number, urn in enumerate(OWN_URNS, start=1)
    ]


def bring_in_house(stage: Stage, consortium: Consortium) -> None:
    """Sutton's own homes: founded by the hub, run by the borough's people, enrolled outside the competition, each with
    a free place. One of them is taken off the lot again, at its own request.
    """
    council = next(one for one in consortium.councils if one.facts.name == HAS_OWN_HOMES)
    hub = consortium.commissioner
    moment = stage.day(-300)
    with stage.at(moment) as session:
        own = _founded(session, stage, council, moment)
        enrolments = []
        for urn in OWN_URNS:
            claim = claim_service(session, actor=own, urn=urn, postcode="SM1 1EA", now=moment)
            decide_claim(
                session,
                actor=hub,
                claim_id=claim.id,
                confirm=True,
                reason="The borough's own home.",
                now=moment,
                version=claim.version,
                base_url=stage.base_url,
            )
            service = session.scalars(select(Service).where(Service.claim_id == claim.id)).one()
            describe_service(
                session,
                actor=own,
                service_id=service.id,
                now=moment,
                min_age=7,
                max_age=17,
                sexes=["F", "M"],
                capability=[2, 3, 2, 1, 2, 2, 3, 2, 2, 1, 2, 2],
                places=1,
            )
            enrolments.append(
                enrol_in_house(
                    session,
                    actor=hub,
                    claim_id=claim.id,
                    lot_id=consortium.lots[ServiceType.RESIDENTIAL].id,
                    reason="A home that the borough runs itself.",
                    now=moment,
                )
            )
    later = stage.day(-90)
    with stage.at(later) as session:
        remove(
            session,
            actor=hub,
            enrolment_id=enrolments[1].id,
            basis=Basis.OWN_REQUEST,
            reason="Closed for a year while the building is mended.",
            now=later,
            version=enrolments[1].version,
        )


def _founded(session: Session, stage: Stage, council: Council, now: dt.datetime) -> Actor:
    """The in-house provider, with somebody of the borough as its administrator."""
    row = session.execute(
        select(Membership.person_id, Membership.organisation_id).where(Membership.role == Role.HUB_ADMINISTRATOR)
    ).one()
    administrator = acting(session, *row)
    company: Organisation = found_organisation(
        session,
        actor=administrator,
        kind=OrganisationKind.PROVIDER,
        name=IN_HOUSE,
        in_house_of=council.organisation.id,
        alert_email="homes@sutton.example",
        now=now,
    )
    email = "homes.manager@sutton.example"
    invite(
        session,
        actor=administrator,
        email=email,
        role=Role.PROVIDER_ADMINISTRATOR,
        organisation_id=company.id,
        now=now,
        base_url=stage.base_url,
    )
    membership = accept_invitation(
        session, token=token_sent_to(session, email), name="Hana Homesworth", password=PASSWORD, now=now
    )
    return acting(session, membership.person_id, company.id)
