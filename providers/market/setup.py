"""Setting up a purchasing system: the system under its law, its lots, and which boroughs take part in which lot from
when. What joining it means (conditions, fees, rounds, notices) is in terms.py, price bands are in bands.py.

A procurement begun on or after 24 February 2025 is under the Procurement Act 2023, one begun before it stays under
the Public Contracts Regulations 2015 until it ends (facts 2.4). How many providers a lot admits is never limited, so
there is no number to set (F-1).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Invalid, NotFound, Stale
from app.core.use import in_use
from app.core.workdays import date_words
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.identity.status import OrganisationKind
from providers.market.clocks import mode_rules
from providers.market.models import Lot, Participation, PriceBand, PurchasingSystem
from providers.market.rules import OF_THE_ACT
from providers.market.status import BOUGHT_BY, ProcurementMode, ServiceType, Strand

ACT_IN_FORCE = dt.date(2025, 2, 24)


def create_system(
    session: Session,
    *,
    actor: Actor,
    name: str,
    mode: ProcurementMode,
    begun_on: dt.date,
    starts_on: dt.date,
    ends_on: dt.date,
    now: dt.datetime,
) -> PurchasingSystem:
    """A system with its mode's dates checked. `begun_on` is when the procurement of the system began, which decides
    the law.

    `Invalid` names the field: a PCR mode begun from 24 February 2025, an Act mode before it, dates out of order, an
    end past the mode's last.
    """
    actor.require(Permission.MARKET_MANAGE)
    name = named(name)
    errors: dict[str, str] = {}
    if mode in OF_THE_ACT and begun_on < ACT_IN_FORCE:
        errors["begun_on"] = "A procurement begun before 24 February 2025 is under the 2015 regulations"
    if mode not in OF_THE_ACT and begun_on >= ACT_IN_FORCE:
        errors["begun_on"] = "A procurement begun on or after 24 February 2025 is under the Procurement Act 2023"
    if starts_on < begun_on:
        errors["starts_on"] = "The system must start on or after the day its procurement began"
    if ends_on <= starts_on:
        errors["ends_on"] = "The last day must be after the first day"
    last = mode_rules(session, mode, local_date(now)).last_end
    if last is not None and ends_on > last:
        errors["ends_on"] = f"A system of this kind must end by {date_words(last)}"
    if session.scalar(select(PurchasingSystem.id).where(PurchasingSystem.name == name)):
        errors["name"] = "There is already a system of this name"
    if errors:
        raise Invalid(errors)
    system = PurchasingSystem(
        name=name, mode=mode, begun_on=begun_on, starts_on=starts_on, ends_on=ends_on, created_at=now
    )
    session.add(system)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="market.system.create",
        subject_kind="purchasing_system",
        subject_id=system.id,
        mode=mode.value,
        begun_on=begun_on.isoformat(),
    )
    return system


def add_lot(
    session: Session,
    *,
    actor: Actor,
    system_id: str,
    name: str,
    strand: Strand,
    service_type: ServiceType,
    now: dt.datetime,
    opens_on: dt.date | None = None,
    closes_on: dt.date | None = None,
) -> Lot:
    """A lot of a system, open for all of its days unless told otherwise. `Invalid` names the field to blame."""
    actor.require(Permission.MARKET_MANAGE)
    name = named(name)
    system = session.get(PurchasingSystem, system_id)
    if system is None:
        raise NotFound("purchasing system")
    opens_on, closes_on = opens_on or system.starts_on, closes_on or system.ends_on
    errors = _lot_errors(session, system, name, strand, service_type, opens_on, closes_on)
    if errors:
        raise Invalid(errors)
    lot = Lot(
        system=system,
        system_id=system.id,
        name=name,
        strand=strand,
        service_type=service_type,
        opens_on=opens_on,
        closes_on=closes_on,
    )
    session.add(lot)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="market.lot.add",
        subject_kind="lot",
        subject_id=lot.id,
        system_id=system_id,
        service_type=service_type.value,
    )
    return lot


def change_lot(
    session: Session,
    *,
    actor: Actor,
    lot_id: str,
    name: str,
    strand: Strand,
    service_type: ServiceType,
    opens_on: dt.date,
    closes_on: dt.date,
    version: int,
    now: dt.datetime,
) -> Lot:
    """Change a lot. `Invalid` names the field: also for another strand or service once somebody applied, joined or was
    told of a request there, and for days that a borough's participation lies outside of.
    """
    actor.require(Permission.MARKET_MANAGE)
    name = named(name)
    lot = session.get(Lot, lot_id)
    if lot is None:
        raise NotFound("lot")
    if lot.version != version:
        raise Stale("This lot changed since you opened the page. Look again, then change it.")
    errors = _lot_errors(session, lot.system, name, strand, service_type, opens_on, closes_on, lot_id=lot_id)
    same = (strand, service_type) == (lot.strand, lot.service_type)
    if not same and in_use(session, Lot, lot_id, besides=(Participation, PriceBand)):
        errors["service_type"] = "Services have applied to or joined this lot for what it buys. Add another lot instead"
    for taking_part in session.scalars(select(Participation).where(Participation.lot_id == lot_id)):
        if taking_part.first_day < opens_on or (taking_part.last_day or taking_part.first_day) > closes_on:
            errors.setdefault("closes_on", "A borough takes part on days outside these. End its participation first")
    if errors:
        raise Invalid(errors)
    lot.name, lot.strand, lot.service_type, lot.opens_on, lot.closes_on = (
        name,
        strand,
        service_type,
        opens_on,
        closes_on,
    )
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="market.lot.change",
        subject_kind="lot",
        subject_id=lot.id,
        name=name,
        service_type=service_type.value,
        opens_on=opens_on.isoformat(),
        closes_on=closes_on.isoformat(),
    )
    return lot


def _lot_errors(
    session: Session,
    system: PurchasingSystem,
    name: str,
    strand: Strand,
    service_type: ServiceType,
    opens_on: dt.date,
    closes_on: dt.date,
    *,
    lot_id: str | None = None,
) -> dict[str, str]:
    errors: dict[str, str] = {}
    if service_type not in BOUGHT_BY[strand]:
        errors["service_type"] = "This kind of service belongs to another strand"
    if opens_on < system.starts_on or closes_on > system.ends_on:
        errors["opens_on"] = "A lot must open and close within the dates of its system"
    elif closes_on < opens_on:
        errors["closes_on"] = "The lot must close after it opens"
    other = session.scalar(select(Lot.id).where(Lot.system_id == system.id, Lot.name == name))
    if other not in (None, lot_id):
        errors["name"] = "This system already has a lot of this name"
    return errors


def join_lot(
    session: Session,
    *,
    actor: Actor,
    lot_id: str,
    organisation_id: str,
    first_day: dt.date,
    now: dt.datetime,
    last_day: dt.date | None = None,
) -> Participation:
    """A borough takes part in a lot from one day to another (both included; no last day: until the lot closes).

    `Invalid` when it is no borough, the days lie outside the lot's, or it takes part on some of them already.
    """
    actor.require(Permission.MARKET_MANAGE)
    lot = session.get(Lot, lot_id)
    if lot is None:
        raise NotFound("lot")
    borough = session.get(Organisation, organisation_id)
    if borough is None or borough.kind is not OrganisationKind.BOROUGH:
        raise Invalid("Only a borough can take part in a lot as a buyer", field="organisation_id")
    if not lot.opens_on <= first_day <= (last_day or lot.closes_on) <= lot.closes_on:
        raise Invalid("The days must be in order and within the lot's dates", field="first_day")
    others = session.scalars(
        select(Participation).where(Participation.lot_id == lot_id, Participation.organisation_id == organisation_id)
    )
    for other in others:
        if first_day <= (other.last_day or lot.closes_on) and other.first_day <= (last_day or lot.closes_on):
            raise Invalid(
                f"{borough.name} already takes part in this lot from {date_words(other.first_day)}", field="first_day"
            )
    participation = Participation(
        lot=lot, lot_id=lot_id, organisation_id=organisation_id, first_day=first_day, last_day=last_day
    )
    session.add(participation)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="market.lot.join",
        subject_kind="lot",
        subject_id=lot_id,
        borough_id=organisation_id,
        first_day=first_day.isoformat(),
    )
    return participation


def named(name: str) -> str:
    """A name with single spaces. `Invalid` at `name` for none."""
    name = " ".join(name.split())
    if not name:
        raise Invalid("Enter a name", field="name")
    return name
