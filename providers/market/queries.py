"""What is open to whom: lots on a date, a borough's lots, and what visitors may know of the market."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.core.errors import NotFound
from app.identity.models import Organisation
from providers.market.models import Lot, Participation, PurchasingSystem


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
