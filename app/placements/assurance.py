"""A service is judged so badly that it takes no new children: each borough with a child there makes sure of that child
(F-14).

The e-mail is queued in the transaction that suspends; the tasks, one for each child, follow by a job. Who is written to
and which children it is about come from `boroughs_there`, which a preview asks as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.clock import local_date
from app.identity.models import Membership, Organisation, Person
from app.identity.permissions import Actor, Permission
from app.identity.status import Role
from app.placements.models import Award, Placement
from app.placements.status import AwardStatus, PlacementStatus
from app.tasks.models import Task, TaskKind
from app.tasks.tasks import add_task
from notifications import messages
from notifications.outbox import queue
from providers.passport.events import ServiceUnderAssurance
from providers.passport.gateway import gateway
from providers.services.models import Service

JOB = "assurance_tasks"
THERE = (PlacementStatus.AWAITING_START, PlacementStatus.LIVE)
BASIS_LENGTH = 200


@dataclass(frozen=True, slots=True)
class BoroughThere:
    """A borough with children at a service, or about to be: their placements, and whom of the borough one writes to."""

    organisation_id: str
    name: str
    placement_ids: tuple[str, ...]
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a service's assurance tasks are open, late among them, and done."""

    open: int = 0
    late: int = 0
    done: int = 0


def boroughs_there(session: Session, urns: Iterable[str], tell: Iterable[Role]) -> dict[str, list[BoroughThere]]:
    """The boroughs with a live placement, or one that waits for its start, at each registration, by name. A URN without
    any is not in it.
    """
    rows = session.execute(
        select(Service.urn, Organisation.id, Organisation.name, Placement.id)
        .join(Placement, Placement.service_id == Service.id)
        .join(Award, Award.id == Placement.award_id)
        .join(Organisation, Organisation.id == Placement.organisation_id)
        .where(Service.urn.in_(sorted(set(urns))), Placement.status.in_(THERE), Award.status == AwardStatus.LIVE)
        .order_by(Service.urn, Organisation.name, Organisation.id, Placement.reference)
    ).all()
    placements: dict[tuple[str, str, str], list[str]] = {}
    for urn, organisation_id, name, placement_id in rows:
        placements.setdefault((urn, organisation_id, name), []).append(placement_id)
    boroughs = {organisation_id for _, organisation_id, _ in placements}
    people = _people(session, boroughs, tell)
    # Where nobody holds such a role its administrators hear of it: somebody has to.
    people |= _people(session, boroughs - people.keys(), [Role.BOROUGH_ADMINISTRATOR])
    found: dict[str, list[BoroughThere]] = {}
    for (urn, organisation_id, name), ids in placements.items():
        told = tuple(people.get(organisation_id, ()))
        found.setdefault(urn, []).append(BoroughThere(organisation_id, name, tuple(ids), told))
    return found


def ask_for_assurance(session: Session, event: ServiceUnderAssurance, *, base_url: str) -> int:
    """Write to each borough with a child there and have a task made for each child. Returns how many boroughs."""
    rule = gateway(session, local_date(event.at))
    due_at = event.at + rule.due_within
    boroughs = boroughs_there(session, [event.urn], rule.tell).get(event.urn, [])
    for borough in boroughs:
        message = messages.assurance_needed(
            len(borough.placement_ids), event.basis, due_at, f"{base_url}/borough/tasks"
        )
        for person in borough.people:
            queue(
                session,
                key=f"assurance:{event.inspection_id}:{borough.organisation_id}:{person.id}",
                address=person.email,
                message=message,
                now=event.at,
            )
        jobs.schedule(
            session,
            kind=JOB,
            key=f"{event.inspection_id}:{borough.organisation_id}",
            payload={
                "inspection_id": event.inspection_id,
                "placement_ids": list(borough.placement_ids),
                "basis": event.basis,
                "due_at": due_at.isoformat(),
            },
            due_at=event.at,
            at_once=True,
        )
    return len(boroughs)


def give_tasks(session: Session, payload: Mapping[str, Any], now: dt.datetime) -> None:
    """The job: a task for each child who is still there or still to come. None is made twice."""
    due_at = dt.datetime.fromisoformat(payload["due_at"])
    placements = session.scalars(
        select(Placement)
        .where(Placement.id.in_(payload["placement_ids"]), Placement.status.in_(THERE))
        .order_by(Placement.reference)
    )
    for placement in placements:
        add_task(
            session,
            organisation_id=placement.organisation_id,
            key=f"assurance:{payload['inspection_id']}:{placement.id}",
            kind=TaskKind.ASSURANCE,
            title=f"Make sure that the child of {placement.reference} is safe",
            basis=payload["basis"][:BASIS_LENGTH],
            subject_kind="placement",
            subject_id=placement.id,
            due_on=local_date(due_at),
            due_at=due_at,
            now=now,
        )


def assurance_of(session: Session, actor: Actor, urns: Iterable[str], now: dt.datetime) -> dict[str, Progress]:
    """How far the boroughs are with making sure, by registration, for the hub: numbers, and nobody's children. A URN
    without a task is not in it.
    """
    actor.require(Permission.MARKET_READ)
    done = case((Task.done_at.is_not(None), 1), else_=0)
    late = case((Task.done_at.is_(None) & (Task.due_at < now), 1), else_=0)
    rows = session.execute(
        select(Service.urn, func.count(Task.id), func.sum(late), func.sum(done))
        .join(Placement, Placement.service_id == Service.id)
        .join(Task, Task.subject_id == Placement.id)
        .where(Task.kind == TaskKind.ASSURANCE, Service.urn.in_(sorted(set(urns))))
        .group_by(Service.urn)
    )
    return {urn: Progress(total - finished, overdue, finished) for urn, total, overdue, finished in rows}


def _people(session: Session, organisation_ids: Iterable[str], roles: Iterable[Role]) -> dict[str, list[Person]]:
    rows = session.execute(
        select(Membership.organisation_id, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id.in_(sorted(organisation_ids)),
            Membership.role.in_(list(roles)),
            Membership.ended_at.is_(None),
            Person.left_at.is_(None),
        )
        .order_by(Membership.organisation_id, Person.name, Person.id)
    )
    found: dict[str, list[Person]] = {}
    for organisation_id, person in rows:
        people = found.setdefault(organisation_id, [])
        if person not in people:
            people.append(person)
    return found
