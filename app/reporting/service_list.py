"""Every service of the market in one list: narrowed, ordered and paged in the database, with its standing on each lot,
its judgement, its score and how fresh its places are.

The hub sees all of them, a borough those on the lots that it takes part in. Neither list has prices or anything of a
company's passport. However long the list or the history, a page takes the same number of queries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session, aliased

from app.core.clock import local_date
from app.core.errors import NotFound
from app.core.policies import in_force
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.reporting.service_filters import FRESH, NEVER, STALE, STANDING, ServiceFilter, narrowed, ordered
from providers.market.models import Lot
from providers.market.queries import lots_of_borough
from providers.passport.kinds import RegistrationKind, kind_of
from providers.passport.models import Enrolment
from providers.passport.queries import EnrolmentFacts, enrolments_of_claims
from providers.passport.status import EnrolmentStatus
from providers.quality.queries import qualities_now
from providers.register.judgements import Judgement
from providers.register.models import Registration
from providers.register.queries import latest_graded_judgements
from providers.services.models import Service

EVALUATION = "evaluation"
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service as the lists show it.

    `in_house_of` is the borough whose own it is. `standings` are its lots with where it stands on each, by lot name;
    a removed enrolment is in it only where none stands beside it. `score` None: unknown or never computed. `freshness`
    of its places: `fresh`, `stale` or `never`.
    """

    service_id: str
    claim_id: str
    organisation_id: str
    name: str
    company: str
    in_house_of: str | None
    urn: str
    kind: RegistrationKind
    authority_gss: str | None
    standings: tuple[tuple[str, EnrolmentStatus], ...]
    judgement: Judgement | None
    score: int | None
    places_free: int
    places_confirmed_at: dt.datetime | None
    freshness: str

    @property
    def suspended(self) -> bool:
        """Whether it is suspended from any lot."""
        return any(status is EnrolmentStatus.SUSPENDED for _, status in self.standings)


@dataclass(frozen=True, slots=True)
class OneService:
    """One service for a borough: its row, its profile, and what happened on the lots that the borough takes part in."""

    row: ServiceRow
    service: Service
    registration: Registration
    enrolments: tuple[EnrolmentFacts, ...]


def services_for_hub(
    session: Session,
    actor: Actor,
    wanted: ServiceFilter,
    *,
    now: dt.datetime,
    order: str = "name",
    descending: bool = False,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[ServiceRow], int]:
    """A page of every service of the market, and how many there are in all."""
    actor.require(Permission.MARKET_READ)
    return _page(session, wanted, None, now, order, descending, limit, offset)


def services_for_borough(
    session: Session,
    actor: Actor,
    wanted: ServiceFilter,
    *,
    now: dt.datetime,
    order: str = "name",
    descending: bool = False,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[ServiceRow], int]:
    """A page of the services that are enrolled on, or suspended from, a lot in which the actor's borough takes part
    today, and how many there are in all.
    """
    lots = own_lots(session, actor, now)
    if wanted.lot_id and wanted.lot_id not in {lot.id for lot in lots}:
        wanted = replace(wanted, lot_id="")
    return _page(session, wanted, [lot.id for lot in lots], now, order, descending, limit, offset)


def own_lots(session: Session, actor: Actor, now: dt.datetime) -> list[Lot]:
    """The lots in which the actor's borough takes part today."""
    actor.require(Permission.PROVIDER_READ)
    return lots_of_borough(session, actor.organisation_id, local_date(now))


def service_for_borough(session: Session, actor: Actor, service_id: str, *, now: dt.datetime) -> OneService:
    """One service that `services_for_borough` would list. `NotFound` for any other."""
    lots = [lot.id for lot in own_lots(session, actor, now)]
    if session.scalar(_ids(lots).where(Service.id == service_id)) is None:
        raise NotFound("service")
    (row,) = _rows(session, [service_id], lots, now, _stale_before(session, now))
    found = enrolments_of_claims(session, [row.claim_id])[row.claim_id]
    return OneService(
        row=row,
        service=session.get_one(Service, service_id),
        registration=session.get_one(Registration, row.urn),
        enrolments=tuple(one for one in found if one.lot.id in lots),
    )


def every_service(session: Session, actor: Actor, wanted: ServiceFilter, *, now: dt.datetime) -> Iterator[ServiceRow]:
    """Every service that a filter lets through, by name, for a file of the hub."""
    actor.require(Permission.MARKET_READ)
    stale_before = _stale_before(session, now)
    found = narrowed(_ids(None), wanted, today=local_date(now), stale_before=stale_before)
    ids = list(session.scalars(ordered(found, "name", False)))
    for start in range(0, len(ids), _BATCH):
        yield from _rows(session, ids[start : start + _BATCH], None, now, stale_before)


def authorities_of_services(session: Session, actor: Actor) -> list[str]:
    """The GSS codes of the areas that services are in, for a filter."""
    actor.require(Permission.MARKET_READ)
    codes = select(Service.authority_gss).where(Service.authority_gss.is_not(None)).distinct()
    return [code for code in session.scalars(codes) if code is not None]


def _page(
    session: Session,
    wanted: ServiceFilter,
    lots: list[str] | None,
    now: dt.datetime,
    order: str,
    descending: bool,
    limit: int,
    offset: int,
) -> tuple[list[ServiceRow], int]:
    stale_before = _stale_before(session, now)
    found = narrowed(_ids(lots), wanted, today=local_date(now), stale_before=stale_before)
    page = session.execute(ordered(found, order, descending).limit(limit).offset(offset)).all()
    if not page and offset:  # past the end: nothing on this page says how many there are
        total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
        return [], total
    rows = _rows(session, [row[0] for row in page], lots, now, stale_before)
    return rows, page[0].total if page else 0


def _ids(lots: Sequence[str] | None) -> Select[str, int]:
    """Services' ids with how many there are in all: of everybody, or of those that stand on one of some lots."""
    ids = select(Service.id, func.count().over().label("total"))
    if lots is None:
        return ids
    here = select(Enrolment.claim_id).where(Enrolment.lot_id.in_(lots), Enrolment.status.in_(STANDING))
    # "Is true" keeps PostgreSQL from walking the enrolments first and meeting each service one by one.
    return ids.where(Service.claim_id.in_(here).is_(true()))


def _rows(
    session: Session, ids: Sequence[str], lots: Sequence[str] | None, now: dt.datetime, stale_before: dt.datetime
) -> list[ServiceRow]:
    """The rows of some services in the order of their ids: four queries, however many there are."""
    borough = aliased(Organisation)
    found = {
        row[0].id: row
        for row in session.execute(
            select(Service, Organisation.name, borough.name, Registration.provision_type)
            .join(Organisation, Organisation.id == Service.organisation_id)
            .outerjoin(borough, borough.id == Organisation.in_house_of)
            .join(Registration, Registration.urn == Service.urn)
            .where(Service.id.in_(ids))
        )
    }
    services = [found[service_id][0] for service_id in ids]
    standings = _standings(session, [service.claim_id for service in services], lots)
    urns = [service.urn for service in services]
    judgements = latest_graded_judgements(session, urns, on=local_date(now))
    scores = qualities_now(session, urns)
    rows = []
    for service in services:
        _, company, in_house_of, provision_type = found[service.id]
        rows.append(
            ServiceRow(
                service_id=service.id,
                claim_id=service.claim_id,
                organisation_id=service.organisation_id,
                name=service.name,
                company=company,
                in_house_of=in_house_of,
                urn=service.urn,
                kind=kind_of(provision_type),
                authority_gss=service.authority_gss,
                standings=standings.get(service.claim_id, ()),
                judgement=judgements.get(service.urn),
                score=scores.get(service.urn),
                places_free=service.places_free,
                places_confirmed_at=service.places_confirmed_at,
                freshness=_freshness(service.places_confirmed_at, stale_before),
            )
        )
    return rows


def _standings(
    session: Session, claim_ids: Sequence[str], lots: Sequence[str] | None
) -> dict[str, tuple[tuple[str, EnrolmentStatus], ...]]:
    """Where each claim stands, by lot name. A removed enrolment is hidden by one that stands on the same lot."""
    on_lots = [Enrolment.lot_id.in_(lots)] if lots is not None else []
    found: dict[str, dict[str, EnrolmentStatus]] = {}
    rows = session.execute(
        select(Enrolment.claim_id, Lot.name, Enrolment.status)
        .join(Lot, Lot.id == Enrolment.lot_id)
        .where(Enrolment.claim_id.in_(claim_ids), *on_lots)
        .order_by(Lot.name, Lot.id, Enrolment.id)
    )
    for claim_id, lot, status in rows:
        standing = found.setdefault(claim_id, {})
        if status is not EnrolmentStatus.REMOVED or lot not in standing:
            standing[lot] = status
    return {claim_id: tuple(standing.items()) for claim_id, standing in found.items()}


def _stale_before(session: Session, now: dt.datetime) -> dt.datetime:
    """Places confirmed before this moment are stale: the evaluation policy says after how many days."""
    days = int(in_force(session, EVALUATION, local_date(now)).content["common"]["stale_after_days"])
    return now - dt.timedelta(days=days)


def _freshness(confirmed: dt.datetime | None, stale_before: dt.datetime) -> str:
    if confirmed is None:
        return NEVER
    return FRESH if confirmed >= stale_before else STALE
