"""Placements within an actor's reach: the borough's own, or the winning provider's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.children.models import Child
from app.children.records import ChildIdentity, ids_of, reveal
from app.core.crypto import Vault
from app.core.errors import NotFound
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.identity.status import OrganisationKind
from app.offers.models import Offer
from app.panels.models import Payer
from app.panels.status import Element
from app.placements import costs
from app.placements.models import Award, CostLine, LocationApproval, Placement
from app.placements.status import AwardStatus, PlacementStatus
from app.requests.audiences import AWARDED, SectionView, provider_view
from app.requests.models import PlacementRequest, RequestChild
from app.requests.reach import reach_of_some
from providers.services.models import Service


def _within_reach(actor: Actor) -> ColumnElement[bool]:
    if actor.organisation_kind is OrganisationKind.PROVIDER:
        return (Placement.provider_id == actor.organisation_id) & Placement.award.has(Award.status == AwardStatus.LIVE)
    return Placement.organisation_id == actor.organisation_id


def placement_for(session: Session, *, actor: Actor, placement_id: str) -> Placement:
    """A placement of the actor's own borough, or with the actor's own company, or NotFound."""
    placement = session.scalar(
        select(Placement).options(joinedload(Placement.award)).where(Placement.id == placement_id, _within_reach(actor))
    )
    if placement is None:
        raise NotFound("placement")
    return placement


def placements_of_request(session: Session, *, actor: Actor, request_id: str) -> list[Placement]:
    """The placements that a request led to, one for each child."""
    return list(
        session.scalars(
            select(Placement)
            .options(joinedload(Placement.award))
            .join(Award, Award.id == Placement.award_id)
            .where(Placement.organisation_id == actor.organisation_id, Award.request_id == request_id)
            .order_by(Placement.created_at, Placement.id)
        )
    )


def placements_of_child(session: Session, *, actor: Actor, child_id: str) -> list[tuple[Placement, str]]:
    """The borough's placements of a child, by any of the child's records, each with its service, the latest first."""
    rows = session.execute(
        select(Placement, Service.name)
        .options(joinedload(Placement.award))
        .join(Service, Service.id == Placement.service_id)
        .where(
            Placement.organisation_id == actor.organisation_id,
            Placement.child_id.in_(ids_of(session, actor=actor, child_id=child_id)),
        )
        .order_by(func.coalesce(Placement.started_on, Placement.planned_start).desc(), Placement.id)
    )
    return [(placement, service) for placement, service in rows]


@dataclass(frozen=True)
class PlacementLine:
    """A placement in a list, with the names that people know it by. `siblings` are the references of the placements to
    which the same request led for its other children, as far as the reader may see them, each with its id.
    """

    placement: Placement
    service: str
    borough: str
    provider: str
    location: LocationApproval
    siblings: tuple[tuple[str, str], ...] = ()


_Borough = aliased(Organisation)
_Provider = aliased(Organisation)
SORTS = {
    "reference": Placement.reference,
    "service": Service.name,
    "borough": _Borough.name,
    "start": func.coalesce(Placement.started_on, Placement.planned_start),
    "end": Placement.planned_end,
    "price": Award.weekly_pence,
    "status": Placement.status,
}


def list_placements(
    session: Session,
    *,
    actor: Actor,
    status: PlacementStatus | None = None,
    order: str = "start",
    descending: bool = True,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[PlacementLine], int]:
    """A page of the placements within reach and how many there are in all."""
    wanted = [_within_reach(actor)]
    if status is not None:
        wanted.append(Placement.status == status)
    total = session.scalar(select(func.count(Placement.id)).where(*wanted)) or 0
    column = SORTS[order]
    rows = session.execute(
        select(Placement, Service.name, _Borough.name, _Provider.name, LocationApproval)
        .options(joinedload(Placement.award))
        .join(Award, Award.id == Placement.award_id)
        .join(LocationApproval, LocationApproval.award_id == Award.id)
        .join(Service, Service.id == Placement.service_id)
        .join(_Borough, _Borough.id == Placement.organisation_id)
        .join(_Provider, _Provider.id == Placement.provider_id)
        .where(*wanted)
        .order_by(column.desc() if descending else column.asc(), Placement.id)
        .limit(limit)
        .offset(offset)
    )
    found = [PlacementLine(*row) for row in rows]
    others = siblings_of(session, actor=actor, placements=[line.placement for line in found])
    return [replace(line, siblings=others.get(line.placement.id, ())) for line in found], total


def siblings_of(
    session: Session, *, actor: Actor, placements: Sequence[Placement]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """For each placement those within reach to which the same request led for its other children, as (reference, id) by
    reference. A placement without any is not in it.
    """
    requests = {placement.id: placement.award.request_id for placement in placements}
    rows = session.execute(
        select(Award.request_id, Placement.reference, Placement.id)
        .join(Placement, Placement.award_id == Award.id)
        .where(Award.request_id.in_(set(requests.values())), Award.status == AwardStatus.LIVE, _within_reach(actor))
        .order_by(Placement.reference)
    ).all()
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for placement_id, request_id in requests.items():
        others = tuple((ref, other) for of, ref, other in rows if of == request_id and other != placement_id)
        if others:
            found[placement_id] = others
    return found


@dataclass(frozen=True)
class CostRow:
    """What one payer pays of one element: pence a week, so far, and still committed."""

    payer: str
    element: Element
    weekly_pence: int
    first_day: dt.date
    last_day: dt.date
    spent_pence: int
    committed_pence: int


def cost_rows(session: Session, placement: Placement, *, upto: dt.date) -> list[CostRow]:
    """Each cost line of a placement with what it came to by the end of a day (rounded by calendar month)."""
    names = {payer.id: payer.name for payer in session.scalars(select(Payer).order_by(Payer.id))}
    return [_cost_row(line, names[line.payer_id], placement, upto) for line in cost_lines_of(session, placement.id)]


def _cost_row(line: CostLine, payer: str, placement: Placement, upto: dt.date) -> CostRow:
    bare = costs.Line(line.payer_id, line.weekly_pence, line.first_day, line.last_day)
    began, ended = placement.started_on, placement.ended_on
    return CostRow(
        payer=payer,
        element=line.element,
        weekly_pence=line.weekly_pence,
        first_day=line.first_day,
        last_day=line.last_day,
        spent_pence=costs.spent(bare, started_on=began, ended_on=ended, upto=upto),
        committed_pence=costs.committed(
            bare, planned_start=placement.planned_start, started_on=began, ended_on=ended, after=upto
        ),
    )


def live_placements_with(session: Session, organisation_id: str) -> int:
    """How many placements of the whole consortium a company has now: a number, and nothing of any of them."""
    counted = select(func.count(Placement.id)).join(Award, Award.id == Placement.award_id)
    return (
        session.scalar(
            counted.where(
                Placement.provider_id == organisation_id,
                Placement.status == PlacementStatus.LIVE,
                Award.status == AwardStatus.LIVE,
            )
        )
        or 0
    )


def location_of(session: Session, award_id: str) -> LocationApproval:
    """The location approval of an award; every award has one."""
    return session.scalars(select(LocationApproval).where(LocationApproval.award_id == award_id)).one()


def cost_lines_of(session: Session, placement_id: str) -> list[CostLine]:
    """What each payer pays of a placement, in order of day, payer and element."""
    return list(
        session.scalars(
            select(CostLine)
            .where(CostLine.placement_id == placement_id)
            .order_by(CostLine.first_day, CostLine.payer_id, CostLine.element, CostLine.id)
        )
    )


def children_in_file(session: Session, placement: Placement) -> list[str]:
    """The ids of the children of whom a placement's file tells: its own, and what every one invited read of the others
    of the same request. For the log of who was shown what.
    """
    request = session.get_one(PlacementRequest, placement.award.request_id)
    return [child.child_id for child in request.children]


@dataclass(frozen=True)
class ChildFile:
    """What the provider that won needs to look after the child: who the child is, the whole request, and the terms."""

    placement: Placement
    identity: ChildIdentity
    sections: list[SectionView]
    prices: list[tuple[Element, int]]
    offer: Offer
    borough: str
    service: str


def child_file(session: Session, *, actor: Actor, vault: Vault, placement_id: str) -> ChildFile:
    """The child's file, for the provider that won and only while the award is live; another's is NotFound.

    Reads only: whoever shows it first has the view logged, in a transaction of its own.
    """
    actor.require(Permission.PROVIDER_PLACEMENT_READ)
    placement = placement_for(session, actor=actor, placement_id=placement_id)
    request = session.get_one(PlacementRequest, placement.award.request_id)
    named = session.get_one(RequestChild, placement.award.request_child_id)
    per_element: dict[Element, int] = {}
    for line in cost_lines_of(session, placement.id):
        if line.first_day == placement.award.first_day:
            per_element[line.element] = per_element.get(line.element, 0) + line.weekly_pence
    return ChildFile(
        placement=placement,
        identity=reveal(vault=vault, child=session.get_one(Child, placement.child_id)),
        sections=provider_view(
            session, vault=vault, request=request, reach=reach_of_some(request, AWARDED, [named.position])
        ),
        prices=[(element, per_element[element]) for element in Element if element in per_element],
        offer=session.get_one(Offer, placement.award.offer_id),
        borough=session.get_one(Organisation, placement.organisation_id).name,
        service=session.get_one(Service, placement.service_id).name,
    )
