"""What is open to whom: lots on a date, a borough's lots, and what visitors may know of the market."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.core.errors import NotFound
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from app.identity.status import OrganisationKind
from providers.market.models import (
    ApplicationRound,
    Lot,
    MarketNotice,
    Participation,
    PriceBand,
    PurchasingSystem,
)
from providers.market.rounds import must_take_applications

__all__ = ["must_take_applications"]


@dataclass(frozen=True, slots=True)
class SystemLine:
    """A system in the hub's list: how many lots it has, and how many boroughs take part in any of them on the day."""

    system: PurchasingSystem
    lots: int
    boroughs: int


@dataclass(frozen=True, slots=True)
class TakingPart:
    """A borough's part in a lot, with its name."""

    participation: Participation
    borough: str

    def is_over(self, on: dt.date) -> bool:
        """Whether its last day is past."""
        return self.participation.last_day is not None and self.participation.last_day < on


def lot_by_id(session: Session, lot_id: str) -> Lot:
    """A lot with its system. `NotFound` otherwise. Lots are public."""
    lot = session.scalar(select(Lot).options(joinedload(Lot.system)).where(Lot.id == lot_id))
    if lot is None:
        raise NotFound("lot")
    return lot


def is_open(lot: Lot, on: dt.date) -> bool:
    """Whether a lot takes applications and requests on a day: any day of its validity (F-1)."""
    return lot.opens_on <= on <= lot.closes_on and lot.system.starts_on <= on <= lot.system.ends_on


def open_lots(session: Session, on: dt.date) -> list[Lot]:
    """Lots open on a date, with their systems, by system and name."""
    return list(
        session.scalars(
            select(Lot)
            .join(Lot.system)
            .options(joinedload(Lot.system))
            .where(
                Lot.opens_on <= on,
                Lot.closes_on >= on,
                PurchasingSystem.starts_on <= on,
                PurchasingSystem.ends_on >= on,
            )
            .order_by(PurchasingSystem.name, Lot.name)
        )
    )


def lots_of_borough(session: Session, organisation_id: str, on: dt.date) -> list[Lot]:
    """Lots that are open on a date and in which a borough takes part on it, by system and name."""
    taken = select(Participation.lot_id).where(
        Participation.organisation_id == organisation_id,
        Participation.first_day <= on,
        or_(Participation.last_day.is_(None), Participation.last_day >= on),
    )
    joined = set(session.scalars(taken))
    return [lot for lot in open_lots(session, on) if lot.id in joined]


def participates(session: Session, organisation_id: str, lot_id: str, on: dt.date) -> bool:
    """Whether a borough may publish to a lot on a date."""
    return any(lot.id == lot_id for lot in lots_of_borough(session, organisation_id, on))


def boroughs_by_lot(session: Session, on: dt.date) -> dict[str, list[str]]:
    """Names of the boroughs that take part in each lot on a date, by lot id; names in order."""
    rows = session.execute(
        select(Participation.lot_id, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(
            Participation.first_day <= on,
            or_(Participation.last_day.is_(None), Participation.last_day >= on),
        )
        .order_by(Organisation.name)
    )
    found: dict[str, list[str]] = {}
    for lot_id, name in rows:
        names = found.setdefault(lot_id, [])
        if name not in names:
            names.append(name)
    return found


def systems(session: Session, actor: Actor, on: dt.date) -> list[SystemLine]:
    """Every system, those that last longest first, for the hub."""
    actor.require(Permission.MARKET_READ)
    lots = dict(session.execute(select(Lot.system_id, func.count()).group_by(Lot.system_id)).all())
    boroughs = dict(
        session.execute(
            select(Lot.system_id, func.count(func.distinct(Participation.organisation_id)))
            .join(Participation, Participation.lot_id == Lot.id)
            .where(
                Participation.first_day <= on,
                or_(Participation.last_day.is_(None), Participation.last_day >= on),
            )
            .group_by(Lot.system_id)
        ).all()
    )
    rows = session.scalars(select(PurchasingSystem).order_by(PurchasingSystem.ends_on.desc(), PurchasingSystem.name))
    return [SystemLine(system, lots.get(system.id, 0), boroughs.get(system.id, 0)) for system in rows]


def lots_of_system(session: Session, system_id: str) -> list[Lot]:
    """A system's lots, by name. Lots are public."""
    return list(session.scalars(select(Lot).where(Lot.system_id == system_id).order_by(Lot.name)))


def all_lots(session: Session, actor: Actor) -> list[Lot]:
    """Every lot, whether it is open or not, by name, for the hub's filters."""
    actor.require(Permission.MARKET_READ)
    return list(session.scalars(select(Lot).order_by(Lot.name, Lot.id)))


def rounds_of(session: Session, system_id: str) -> list[ApplicationRound]:
    """A system's rounds, in the order in which they open."""
    found = select(ApplicationRound).where(ApplicationRound.system_id == system_id)
    return list(session.scalars(found.order_by(ApplicationRound.opens_on)))


def notices_of(session: Session, system_id: str) -> list[tuple[MarketNotice, str]]:
    """The notices kept with a system, latest first, each with who recorded it."""
    rows = session.execute(
        select(MarketNotice, Person.name)
        .join(Person, Person.id == MarketNotice.recorded_by)
        .where(MarketNotice.system_id == system_id)
        .order_by(MarketNotice.published_on.desc(), MarketNotice.recorded_at.desc(), MarketNotice.id)
    )
    return [(notice, name) for notice, name in rows]


def bands_of(session: Session, lot_ids: Iterable[str]) -> dict[str, list[PriceBand]]:
    """The price bands of lots in the order of their lists, by lot id. Every id asked for is a key of the answer."""
    found: dict[str, list[PriceBand]] = {lot_id: [] for lot_id in lot_ids}
    rows = session.scalars(
        select(PriceBand).where(PriceBand.lot_id.in_(list(found))).order_by(PriceBand.position, PriceBand.name)
    )
    for band in rows:
        found[band.lot_id].append(band)
    return found


def band_by_id(session: Session, actor: Actor, band_id: str) -> PriceBand:
    """A price band with its lot, for the hub. `NotFound` otherwise."""
    actor.require(Permission.MARKET_READ)
    band = session.get(PriceBand, band_id)
    if band is None:
        raise NotFound("price band")
    return band


def taking_part(session: Session, actor: Actor, lot_id: str) -> list[TakingPart]:
    """Every borough's part in a lot, past and coming ones too, by borough and first day."""
    actor.require(Permission.MARKET_READ)
    rows = session.execute(
        select(Participation, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.lot_id == lot_id)
        .order_by(Organisation.name, Participation.first_day)
    )
    return [TakingPart(row, name) for row, name in rows]


def participation_by_id(session: Session, actor: Actor, participation_id: str) -> TakingPart:
    """One borough's part in a lot, for the hub. `NotFound` otherwise."""
    actor.require(Permission.MARKET_READ)
    row = session.execute(
        select(Participation, Organisation.name)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.id == participation_id)
    ).one_or_none()
    if row is None:
        raise NotFound("participation")
    return TakingPart(*row)


def boroughs(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of every borough of the consortium, by name, to choose from."""
    actor.require(Permission.MARKET_READ)
    rows = session.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.kind == OrganisationKind.BOROUGH)
        .order_by(Organisation.name)
    )
    return [(id_, name) for id_, name in rows]
