"""Price bands of a lot: for which ages and how much need a price list is priced. A band that is in use stays."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.use import in_use
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot, PriceBand
from providers.market.setup import named
from providers.market.status import BAND_LEVEL_WORDS, BandLevel

OLDEST = 25


def add_band(
    session: Session,
    *,
    actor: Actor,
    lot_id: str,
    name: str,
    min_age: int,
    max_age: int,
    level: BandLevel,
    now: dt.datetime,
) -> PriceBand:
    """A band at the end of a lot's list. Ages are whole years, both included.

    `Invalid` names the field: ages out of order, a name that the lot has, ages that another band of this level has.
    """
    actor.require(Permission.MARKET_MANAGE)
    if session.get(Lot, lot_id) is None:
        raise NotFound("lot")
    name = named(name)
    _check(session, lot_id, name, min_age, max_age, level)
    last = session.scalar(select(func.max(PriceBand.position)).where(PriceBand.lot_id == lot_id)) or 0
    band = PriceBand(lot_id=lot_id, name=name, min_age=min_age, max_age=max_age, level=level, position=last + 1)
    session.add(band)
    session.flush()
    _keep(session, actor, "market.band.add", band, now)
    return band


def change_band(
    session: Session,
    *,
    actor: Actor,
    band_id: str,
    name: str,
    min_age: int,
    max_age: int,
    level: BandLevel,
    version: int,
    now: dt.datetime,
) -> PriceBand:
    """Change a band. Once price lists use it only its name changes: the prices were given for its ages and level."""
    actor.require(Permission.MARKET_MANAGE)
    band = _found(session, band_id)
    if band.version != version:
        raise Stale("This band changed since you opened the page. Look again, then change it.")
    name = named(name)
    moved = (min_age, max_age, level) != (band.min_age, band.max_age, band.level)
    if moved and in_use(session, PriceBand, band_id):
        raise Invalid("Prices were given for this band's ages and level, so only its name can change", field="level")
    _check(session, band.lot_id, name, min_age, max_age, level, band_id=band_id)
    band.name, band.min_age, band.max_age, band.level = name, min_age, max_age, level
    session.flush()
    _keep(session, actor, "market.band.change", band, now)
    return band


def remove_band(session: Session, *, actor: Actor, band_id: str, now: dt.datetime) -> str:
    """Remove a band that no price list uses. Answers with the lot's id. `Conflict` where one does."""
    actor.require(Permission.MARKET_MANAGE)
    band = _found(session, band_id)
    if in_use(session, PriceBand, band_id):
        raise Conflict("Price lists use this band, so it stays. You can change its name.")
    lot_id = band.lot_id
    _keep(session, actor, "market.band.remove", band, now)
    session.delete(band)
    session.flush()
    return lot_id


def _check(
    session: Session,
    lot_id: str,
    name: str,
    min_age: int,
    max_age: int,
    level: BandLevel,
    *,
    band_id: str | None = None,
) -> None:
    errors: dict[str, str] = {}
    if not 0 <= min_age <= OLDEST:
        errors["min_age"] = f"The youngest age must be between 0 and {OLDEST}"
    elif not min_age <= max_age <= OLDEST:
        errors["max_age"] = f"The oldest age must be the same as or above the youngest, and at most {OLDEST}"
    for other in session.scalars(select(PriceBand).where(PriceBand.lot_id == lot_id)):
        if other.id == band_id:
            continue
        if other.name == name:
            errors["name"] = "This lot already has a band of this name"
        if other.level is level and other.min_age <= max_age and min_age <= other.max_age:
            # A child of one age and need has one price.
            errors.setdefault("min_age", f"The band {other.name} has some of these ages at this level already")
    if errors:
        raise Invalid(errors)


def _found(session: Session, band_id: str) -> PriceBand:
    band = session.get(PriceBand, band_id)
    if band is None:
        raise NotFound("price band")
    return band


def _keep(session: Session, actor: Actor, act: str, band: PriceBand, now: dt.datetime) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=act,
        subject_kind="price_band",
        subject_id=band.id,
        lot_id=band.lot_id,
        ages=f"{band.min_age}-{band.max_age}",
        level=BAND_LEVEL_WORDS[band.level],
    )
