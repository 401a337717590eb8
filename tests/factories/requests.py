"""Boroughs, people, children and requests for the tests of every room, made through the use cases. All made up.

`make_published_request(session, lot=...)` is what most tests want: a borough that takes part in the lot, a child, an
officer who writes and a manager who approves. `NOW` is the moment of it all; pass `vault=` where the application under
test has its own, and `now=` where time matters. `request_answers()` is a whole, correct form, with any field replaced.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.children.records import record_child
from app.core import policies
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.models import PolicyVersion
from app.identity.models import Membership, Organisation, Person
from app.identity.permissions import Actor, permissions_of
from app.identity.status import OrganisationKind, Role
from app.requests import approval, deciding, drafting, publication, submitting
from app.requests.form import NOT_MEASURED, form
from app.requests.models import PlacementRequest, RequestInclusion
from app.requests.status import Siblings
from app.requests.texts import texts_of
from providers.market.models import Lot, Participation, PurchasingSystem
from providers.market.queries import participates
from providers.market.status import ProcurementMode, ServiceType, Strand
from tests.remembering import remembered

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
VAULT = Vault(["aG9tZXdhcmQtdGVzdHMtbWFkZS11cC1rZXktMDAwMDE="])
RISKS = tuple(one.name for one in form().fields if one.name.startswith("risk_"))
NEEDS: tuple[int | None, ...] = (1, 2, 2, 0, None, 1, 3, 1, 0, 1, 2, 2)
HOME = "CR0 1EA"

_numbers = itertools.count(1)


@remembered
def make_borough(
    session: Session,
    *,
    name: str | None = None,
    short_code: str | None = None,
    gss_code: str | None = None,
    now: dt.datetime = NOW,
) -> Organisation:
    """A council. Croydon's code for the first that has none of its own would clash, so there is none unless given."""
    number = next(_numbers)
    borough = Organisation(
        kind=OrganisationKind.BOROUGH,
        name=name or f"Madeup Borough {number}",
        short_code=short_code,
        gss_code=gss_code,
        created_at=now,
    )
    session.add(borough)
    session.flush()
    return borough


@remembered
def make_actor(
    session: Session,
    *roles: Role,
    organisation: Organisation | None = None,
    name: str | None = None,
    now: dt.datetime = NOW,
) -> Actor:
    """A person with these roles (a placement officer, unless told otherwise) in an organisation, acting for it."""
    number = next(_numbers)
    organisation = organisation or make_borough(session, now=now)
    held = roles or (Role.PLACEMENT_OFFICER,)
    person = Person(email=f"person{number}@example.gov.uk", name=name or f"Test Person {number}", created_at=now)
    session.add(person)
    session.flush()
    for role in held:
        session.add(Membership(person_id=person.id, organisation_id=organisation.id, role=role, started_at=now))
    session.flush()
    return Actor(
        person_id=person.id,
        person_name=person.name,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        organisation_kind=organisation.kind,
        roles=frozenset(held),
        permissions=permissions_of(frozenset(held)),
    )


@remembered
def load_policies(session: Session, now: dt.datetime = NOW) -> None:
    """The shipped policies, once."""
    if session.scalar(select(PolicyVersion.id).limit(1)) is None:
        policies.load_shipped(session, now)


@remembered
def make_lot(
    session: Session,
    *,
    service_type: ServiceType = ServiceType.RESIDENTIAL,
    mode: ProcurementMode = ProcurementMode.PCR_LIGHT_TOUCH,
    now: dt.datetime = NOW,
) -> Lot:
    """A lot, open from two years before `now` to two years after, of a system of its own."""
    number, today = next(_numbers), local_date(now)
    pcr = mode in (ProcurementMode.PCR34, ProcurementMode.PCR_LIGHT_TOUCH)
    begun = dt.date(2024, 1, 1) if pcr else dt.date(2025, 3, 1)
    system = PurchasingSystem(
        name=f"Madeup purchasing system {number}",
        mode=mode,
        begun_on=begun,
        starts_on=max(begun, today - dt.timedelta(days=730)),
        ends_on=today + dt.timedelta(days=730),
        created_at=now,
    )
    schools = (ServiceType.NMI_DAY, ServiceType.NMI_38, ServiceType.NMI_52)
    strand = Strand.SEND if service_type in schools else Strand.LOOKED_AFTER
    lot = Lot(
        system=system,
        name=f"Madeup lot {number}",
        strand=Strand.SUPPORT if service_type is ServiceType.SUPPORT_PACKAGE else strand,
        service_type=service_type,
        opens_on=system.starts_on,
        closes_on=system.ends_on,
    )
    session.add_all([system, lot])
    session.flush()
    return lot


@remembered
def join(session: Session, borough_id: str, lot: Lot, *, now: dt.datetime = NOW) -> None:
    """Let a borough take part in a lot from its first day on, unless it does already."""
    if not participates(session, borough_id, lot.id, local_date(now)):
        session.add(Participation(lot_id=lot.id, organisation_id=borough_id, first_day=lot.opens_on, last_day=None))
        session.flush()


@remembered
def make_child(
    session: Session,
    *,
    actor: Actor,
    vault: Vault = VAULT,
    given_name: str = "Zebedee",
    family_name: str = "Testchild",
    date_of_birth: dt.date = dt.date(2013, 4, 9),
    sex: str = "M",
    ethnicity: str = "WBRI",
    home_postcode: str = HOME,
    now: dt.datetime = NOW,
) -> Child:
    """A child of the actor's borough; 13 years old at `NOW` unless told otherwise."""
    return record_child(
        session,
        actor=actor,
        vault=vault,
        given_name=given_name,
        family_name=family_name,
        date_of_birth=date_of_birth,
        sex=sex,
        ethnicity=ethnicity,
        home_postcode=home_postcode,
        now=now,
    )


def date_parts(day: dt.date) -> dict[str, str]:
    """A date as its three boxes post it."""
    return {"day": str(day.day), "month": str(day.month), "year": str(day.year)}


def request_answers(*, now: dt.datetime = NOW, needs: Sequence[int | None] = NEEDS, **replaced: Any) -> dict[str, Any]:
    """A whole, correct form as typed, by field. Keyword arguments replace answers; a date may be given as a date."""
    today = local_date(now)
    typed: dict[str, Any] = {
        "referral_date": today,
        "needed_from": today + dt.timedelta(days=21),
        "strand": "looked_after",
        "urgency": "planned",
        "same_day_reason": "",
        "expected_weeks": "52",
        "first_language": "en",
        "religion": "none",
        "legal_status": "C2",
        "category_of_need": "N1",
        "looked_after": "yes",
        "current_placement": "in_house_fostering",
        "time_in_placement": "8 months",
        "planned_move": "planned",
        "preferred_area": "South London",
        "keep_school": "yes",
        "school_name": "Oakmadeup Primary School",
        "siblings": "One older sister nearby",
        "why_now": "The foster carer is retiring at the end of the month.",
        "journey": "The child came into care eight months ago.",
        "enjoys": "Football, drawing and looking after the dog.",
        "education_now": "mainstream",
        "own_words": "I want to stay near my friends.",
        "outcomes_resilient": ["emotions"],
        "outcome_resilient": "Manages disappointment without leaving the room.",
        **dict.fromkeys(RISKS, "none"),
        **{f"need_{n}": NOT_MEASURED if score is None else str(score) for n, score in enumerate(needs, start=1)},
        **replaced,
    }
    return {name: date_parts(value) if isinstance(value, dt.date) else value for name, value in typed.items()}


def send_answers(*, now: dt.datetime = NOW, **replaced: Any) -> dict[str, Any]:
    """A whole, correct form for a school place of 38 weeks, as typed: nobody is looked after."""
    send: dict[str, Any] = {
        "strand": "send",
        "looked_after": "no",
        **dict.fromkeys(("current_placement", "time_in_placement", "planned_move"), ""),
        **dict.fromkeys(("legal_status", "category_of_need"), ""),
        "keep_school": "no",
        "school_name": "",
        "ehcp": "final",
        "primary_need": "ASD",
        "setting_type": "nmss",
        "send_weeks": "38",
        "section_41": "yes",
    }
    return request_answers(now=now, **(send | replaced))


def save_all(
    session: Session,
    *,
    actor: Actor,
    request: PlacementRequest,
    answers: dict[str, Any],
    vault: Vault = VAULT,
    now: dt.datetime = NOW,
    positions: Sequence[int] = (1,),
) -> None:
    """Save every section of a draft for the first time: those about all children, and those about each of some."""
    for section in form(request.form_version).sections:
        if not section.is_asked(answers):
            continue
        for position in positions if section.per_child else positions[:1]:
            drafting.save_section(
                session,
                actor=actor,
                vault=vault,
                request_id=request.id,
                section=section.name,
                answers={one.name: answers[one.name] for one in section.fields if one.name in answers},
                version=0,
                now=now,
                position=position,
            )


@remembered
def make_draft(
    session: Session,
    *,
    actor: Actor,
    child: Child | None = None,
    children: Sequence[Child] = (),
    siblings: Siblings = Siblings.PREFERRED,
    vault: Vault = VAULT,
    now: dt.datetime = NOW,
    answers: dict[str, Any] | None = None,
) -> PlacementRequest:
    """A draft with every section saved. `answers` is a whole form, as of `request_answers`; each of several `children`
    gets the same.
    """
    named = list(children) or [child or make_child(session, actor=actor, vault=vault, now=now)]
    request = drafting.start_draft(
        session, actor=actor, vault=vault, child_ids=[one.id for one in named], siblings=siblings, now=now
    )
    typed = request_answers(now=now) if answers is None else answers
    positions = tuple(range(1, len(named) + 1))
    save_all(session, actor=actor, request=request, answers=typed, vault=vault, now=now, positions=positions)
    return request


def read_everything(
    session: Session, actor: Actor, vault: Vault, request: PlacementRequest, *, now: dt.datetime = NOW
) -> None:
    """Tick every text that providers see. None of them may have an open place."""
    seen = {one.key: one.fingerprint for one in texts_of(session, vault=vault, request=request)}
    deciding.check_texts(
        session, actor=actor, vault=vault, request_id=request.id, decisions=(), ticks=seen, seen=seen, now=now
    )


@remembered
def make_approved_request(
    session: Session,
    *,
    borough: Organisation | None = None,
    officer: Actor | None = None,
    manager: Actor | None = None,
    child: Child | None = None,
    children: Sequence[Child] = (),
    siblings: Siblings = Siblings.PREFERRED,
    vault: Vault = VAULT,
    now: dt.datetime = NOW,
    needs: Sequence[int | None] = NEEDS,
    answers: dict[str, Any] | None = None,
) -> tuple[PlacementRequest, Actor, Actor]:
    """A request written by an officer and approved by a manager, with both of them."""
    load_policies(session, now)
    if borough is None:
        borough = session.get(Organisation, officer.organisation_id) if officer else make_borough(session, now=now)
    officer = officer or make_actor(session, Role.PLACEMENT_OFFICER, organisation=borough, now=now)
    # Both roles: how far either's limit reaches is what the tests of approval are about, and no others.
    manager = manager or make_actor(session, Role.TEAM_MANAGER, Role.HEAD_OF_SERVICE, organisation=borough, now=now)
    typed = request_answers(now=now, needs=needs) if answers is None else answers
    request = make_draft(
        session,
        actor=officer,
        child=child,
        children=children,
        siblings=siblings,
        vault=vault,
        now=now,
        answers=typed,
    )
    submitting.submit(session, actor=officer, vault=vault, request_id=request.id, version=request.version, now=now)
    read_everything(session, officer, vault, request, now=now)
    approval.approve(session, actor=manager, vault=vault, request_id=request.id, version=request.version, now=now)
    return request, officer, manager


@remembered
def make_published_request(
    session: Session,
    *,
    lot: Lot | None = None,
    borough: Organisation | None = None,
    officer: Actor | None = None,
    manager: Actor | None = None,
    child: Child | None = None,
    children: Sequence[Child] = (),
    siblings: Siblings = Siblings.PREFERRED,
    vault: Vault = VAULT,
    now: dt.datetime = NOW,
    offers_close_at: dt.datetime | None = None,
    needs: Sequence[int | None] = NEEDS,
    answers: dict[str, Any] | None = None,
    include: Sequence[str] = (),
) -> PlacementRequest:
    """A request open for offers on a lot (a residential light-touch one of its own, unless given), for 14 days.

    Its borough joins the lot if it has not. The services of `include` are told although they fail a gate, if people may
    agree on it. `session.info` may hold reactions: they run, as everywhere.
    """
    lot = lot or make_lot(session, now=now)
    request, officer, _ = make_approved_request(
        session,
        borough=borough,
        officer=officer,
        manager=manager,
        child=child,
        children=children,
        siblings=siblings,
        vault=vault,
        now=now,
        needs=needs,
        answers=answers,
    )
    join(session, request.organisation_id, lot, now=now)
    include_services(session, request, lot, include, officer, now)
    return publication.publish(
        session,
        actor=officer,
        vault=vault,
        request_id=request.id,
        lot_id=lot.id,
        offers_close_at=offers_close_at or now + dt.timedelta(days=14),
        version=request.version,
        now=now,
    )


def include_services(
    session: Session, request: PlacementRequest, lot: Lot, services: Sequence[str], officer: Actor, now: dt.datetime
) -> None:
    """Have services told of a request that is about to be published, where people may agree to that."""
    session.add_all(
        RequestInclusion(
            request_id=request.id,
            lot_id=lot.id,
            service_id=service_id,
            reason="Made up for a test",
            included_by=officer.person_id,
            included_at=now,
        )
        for service_id in services
    )
    session.flush()
