"""Reading proposals: the hub every row of them, a borough its own rows and of the others no more than how many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.core.clock import local_date
from app.core.errors import NotFound
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.offers.children import children_words, positions_of
from app.offers.joint.models import JointPlan, JointPlanRow
from app.offers.joint.rules import joint_rules
from app.offers.joint.waiting import free_places, undecided
from app.offers.models import Evaluation, Invitation
from app.requests.models import PlacementRequest
from app.requests.status import Urgency
from providers.market.models import Lot
from providers.services.models import Service


class Outcome(StrEnum):
    """What a proposal means for one request."""

    BEST = "best"
    SHARES = "shares"
    WAITS = "waits"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Line:
    """One row of a proposal with its names. `own_before` are the references of the same borough's requests that take
    what would have been better for it, `others_before` how many of other boroughs; `own_after` and `others_after`
    those that stand back for it. `all_before` and `all_after` name everybody, for the hub alone.
    """

    row: JointPlanRow
    reference: str
    borough: str
    lot: str
    urgency: Urgency
    children: str
    alone: str | None
    service: str | None
    own_before: tuple[str, ...]
    others_before: int
    own_after: tuple[str, ...]
    others_after: int
    all_before: tuple[str, ...] = ()
    all_after: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        if self.row.alone_total is None:
            return Outcome.NOBODY
        if self.row.total is None:
            return Outcome.WAITS
        return Outcome.BEST if self.row.total == self.row.alone_total else Outcome.SHARES

    @property
    def loss(self) -> int:
        """What sharing costs it, in millionths."""
        return (self.row.alone_total or 0) - (self.row.total or 0)


@dataclass(frozen=True)
class BoroughLine:
    """How one borough fares in a proposal. `mean_loss` is in millionths, None where nobody of it is placed."""

    name: str
    requests: int
    placeable: int
    placed: int
    mean_loss: int | None


@dataclass(frozen=True)
class Others:
    """The requests of all other boroughs in a proposal, as counts: how many get a place before others, and how many
    wait or stand back.
    """

    requests: int
    gain: int
    wait: int


def newest_plan(session: Session, *, actor: Actor) -> JointPlan | None:
    """The newest proposal; None where there is none yet."""
    _require_either(actor)
    return session.scalar(select(JointPlan).order_by(JointPlan.number.desc()).limit(1))


def plan_for(session: Session, *, actor: Actor, plan_id: str) -> JointPlan:
    """Any proposal, for the hub."""
    actor.require(Permission.JOINT_PLAN_READ)
    found = session.get(JointPlan, plan_id)
    if found is None:
        raise NotFound("proposal")
    return found


def plans_made(session: Session, *, actor: Actor, limit: int, offset: int) -> tuple[list[JointPlan], int]:
    """A page of all proposals, the newest first, and how many there are; for the hub."""
    actor.require(Permission.JOINT_PLAN_READ)
    total = session.scalar(select(func.count(JointPlan.id))) or 0
    rows = session.scalars(select(JointPlan).order_by(JointPlan.number.desc()).limit(limit).offset(offset))
    return list(rows), total


def lines_of(session: Session, *, actor: Actor, plan_id: str, limit: int, offset: int) -> tuple[list[Line], int]:
    """A page of a proposal's rows for the hub, urgent ones first, then by reference, and how many there are."""
    actor.require(Permission.JOINT_PLAN_READ)
    total = session.scalar(select(func.count(JointPlanRow.id)).where(JointPlanRow.plan_id == plan_id)) or 0
    rows = session.execute(_rows().where(JointPlanRow.plan_id == plan_id).limit(limit).offset(offset)).all()
    return _lines(session, rows, named=True), total


def boroughs_of(session: Session, *, actor: Actor, plan: JointPlan) -> list[BoroughLine]:
    """How each borough fares, by name; for the hub."""
    actor.require(Permission.JOINT_PLAN_READ)
    ids = [line["organisation_id"] for line in plan.boroughs]
    names = dict(session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))).all())
    return sorted(
        (
            BoroughLine(
                names[line["organisation_id"]], line["requests"], line["placeable"], line["placed"], line["mean_loss"]
            )
            for line in plan.boroughs
        ),
        key=lambda one: one.name,
    )


def own_lines(session: Session, *, actor: Actor, plan_id: str) -> list[Line]:
    """The rows of the actor's own borough, urgent ones first. Nothing in them names another borough's request."""
    actor.require(Permission.BOROUGH_JOINT_PLAN_READ)
    own = _rows().where(JointPlanRow.plan_id == plan_id, JointPlanRow.organisation_id == actor.organisation_id)
    return _lines(session, session.execute(own).all(), named=False)


def others_in(session: Session, *, actor: Actor, plan_id: str) -> Others:
    """What a borough learns of all the others together."""
    actor.require(Permission.BOROUGH_JOINT_PLAN_READ)
    rows = session.execute(
        select(JointPlanRow.total, JointPlanRow.alone_total, JointPlanRow.gains_over).where(
            JointPlanRow.plan_id == plan_id, JointPlanRow.organisation_id != actor.organisation_id
        )
    ).all()
    return Others(
        requests=len(rows),
        gain=sum(bool(gains) for _, _, gains in rows),
        wait=sum(alone is not None and total != alone for total, alone, _ in rows),
    )


def changed_since(session: Session, plan: JointPlan, now: dt.datetime) -> list[str]:
    """What has changed since a proposal was made that would go into a new one, in words for the hub; empty where it
    still holds. Prices, profiles and judgements are looked at only when it is worked out again.
    """
    rules = joint_rules(session, local_date(now))
    if rules is None:
        return []
    waiting = {one.request.id: one for one in undecided(session, rules)}
    rows = session.execute(
        select(JointPlanRow.request_id, JointPlanRow.children_key, JointPlanRow.opened).where(
            JointPlanRow.plan_id == plan.id
        )
    ).all()
    known = {request_id for request_id, _, _ in rows}
    new = sum(1 for request_id, one in waiting.items() if request_id not in known and not one.apart)
    decided = {
        request_id
        for request_id, key, _ in rows
        if request_id not in waiting or not set(positions_of(key)) <= set(waiting[request_id].left)
    }
    opened = {
        request_id
        for request_id, _, was_open in rows
        if not was_open and request_id in waiting and waiting[request_id].evaluation_id is not None
    }
    places = free_places(session, plan.places, now)
    moved = sum(1 for service_id, free in plan.places.items() if places.get(service_id) != free)
    said = [
        (new, "request was published", "requests were published"),
        (len(decided), "request was decided or ended", "requests were decided or ended"),
        (len(opened), "request's offers were opened", "requests' offers were opened"),
        (moved, "service has other places free", "services have other places free"),
    ]
    words = [f"{count} {one if count == 1 else many}" for count, one, many in said if count]
    return [*words, *(["the policy has a new version"] if plan.policy_version_id != rules.policy_version_id else [])]


class Way(StrEnum):
    """Where a borough acts on a row of its own."""

    CHOOSE = "choose"
    ASKED = "asked"
    REQUEST = "request"


@dataclass(frozen=True)
class Step:
    """Where acting on a row leads: to the decision with these offers chosen beforehand, to whom the request has told,
    or to the request itself, from which more services can be told.
    """

    way: Way
    request_id: str
    offer_ids: tuple[str, ...] = ()


def step_for(session: Session, *, actor: Actor, row_id: str) -> Step:
    """How the actor's borough can act on one of its own rows, as its request stands now. NotFound for any other
    borough's: nobody acts for another, and the hub for nobody.
    """
    actor.require(Permission.BOROUGH_JOINT_PLAN_READ)
    row = session.scalar(
        select(JointPlanRow).where(JointPlanRow.id == row_id, JointPlanRow.organisation_id == actor.organisation_id)
    )
    if row is None:
        raise NotFound("proposal")
    if session.scalar(select(Evaluation.id).where(Evaluation.request_id == row.request_id)) is not None:
        return Step(Way.CHOOSE, row.request_id, tuple(sorted(_offers_in(session, row.plan_id, row.request_id))))
    told = select(Invitation.id).where(Invitation.request_id == row.request_id, Invitation.service_id == row.service_id)
    return Step(Way.ASKED if session.scalar(told) is not None else Way.REQUEST, row.request_id)


def proposed_offers(session: Session, *, actor: Actor, request_id: str) -> frozenset[str]:
    """The opened offers of a request that the newest proposal would have its borough choose; none for a request of
    another borough. Whoever decides on just these follows the proposal (`rules.REASON_CODE`).
    """
    newest = select(JointPlan.id).order_by(JointPlan.number.desc()).limit(1).scalar_subquery()
    rows = session.scalars(
        select(JointPlanRow.offer_id).where(
            JointPlanRow.plan_id == newest,
            JointPlanRow.request_id == request_id,
            JointPlanRow.organisation_id == actor.organisation_id,
            JointPlanRow.offer_id.is_not(None),
        )
    )
    return frozenset(offer_id for offer_id in rows if offer_id is not None)


def _offers_in(session: Session, plan_id: str, request_id: str) -> list[str]:
    rows = session.scalars(
        select(JointPlanRow.offer_id).where(JointPlanRow.plan_id == plan_id, JointPlanRow.request_id == request_id)
    )
    return [offer_id for offer_id in rows if offer_id is not None]


_ALONE, _GIVEN = aliased(Service), aliased(Service)


def _rows() -> Select[JointPlanRow, PlacementRequest, str, str, str, str]:
    return (
        select(JointPlanRow, PlacementRequest, Organisation.name, Lot.name, _ALONE.name, _GIVEN.name)
        .join(PlacementRequest, PlacementRequest.id == JointPlanRow.request_id)
        .join(Organisation, Organisation.id == JointPlanRow.organisation_id)
        .join(Lot, Lot.id == PlacementRequest.lot_id)
        .outerjoin(_ALONE, _ALONE.id == JointPlanRow.alone_service_id)
        .outerjoin(_GIVEN, _GIVEN.id == JointPlanRow.service_id)
        .order_by(JointPlanRow.urgent.desc(), PlacementRequest.reference, JointPlanRow.children_key)
    )


def _lines(session: Session, rows: Sequence[Any], *, named: bool) -> list[Line]:
    """`named` also gives the references of other boroughs' requests."""
    mentioned = {unit.partition(":")[0] for row, *_ in rows for unit in (*row.yields_to, *row.gains_over)}
    whose = {
        request_id: (reference, organisation_id)
        for request_id, reference, organisation_id in session.execute(
            select(PlacementRequest.id, PlacementRequest.reference, PlacementRequest.organisation_id).where(
                PlacementRequest.id.in_(mentioned)
            )
        )
    }

    def split(units: Iterable[str], organisation_id: str) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
        ids = {unit.partition(":")[0] for unit in units}
        own = tuple(sorted(whose[one][0] for one in ids if whose[one][1] == organisation_id))
        return own, len(ids) - len(own), tuple(sorted(whose[one][0] for one in ids)) if named else ()

    found = []
    for row, request, borough, lot, alone, service in rows:
        own_before, others_before, all_before = split(row.yields_to, row.organisation_id)
        own_after, others_after, all_after = split(row.gains_over, row.organisation_id)
        found.append(
            Line(
                row=row,
                reference=request.reference,
                borough=borough,
                lot=lot,
                urgency=request.urgency or Urgency.PLANNED,
                children=children_words(row.children_key, request.places),
                alone=alone,
                service=service,
                own_before=own_before,
                others_before=others_before,
                own_after=own_after,
                others_after=others_after,
                all_before=all_before,
                all_after=all_after,
            )
        )
    return found


def _require_either(actor: Actor) -> None:
    if not actor.may(Permission.JOINT_PLAN_READ):
        actor.require(Permission.BOROUGH_JOINT_PLAN_READ)
