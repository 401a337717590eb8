"""Setting prices and discounts. A price begins today or later and takes over from the one before; what was, stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.database import new_id
from app.core.errors import Invalid, NotFound, Stale
from app.core.workdays import date_words
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot, PriceBand
from providers.market.status import ServiceType
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.services.models import Service
from providers.services.prices.discounts import ELEMENTS, WHOLE, Itemised
from providers.services.prices.models import DiscountKind, DiscountRule, ListPrice

MOST_PENCE = 10**8
"""A million pounds a week: beyond the dearest placement ever reported, and a sign of a slip."""

FURTHEST = dt.timedelta(days=3 * 366)
WHOLE_YEAR = 52
ALL_YEAR_ROUND = frozenset({ServiceType.FOSTERING, ServiceType.RESIDENTIAL, ServiceType.SUPPORTED, ServiceType.NMI_52})
"""Where the child lives the whole year, and every week of it is charged."""

PRICED = (EnrolmentStatus.ENROLLED, EnrolmentStatus.SUSPENDED)
"""A suspended service keeps its list: it may come back."""

_AT_A_TIME = 500


@dataclass(frozen=True)
class NewPrice:
    """A price to be set: of a service, for a band, from a day on."""

    service_id: str
    band_id: str
    price: Itemised
    from_day: dt.date


def price_errors(price: Itemised, from_day: dt.date, *, service_type: ServiceType, today: dt.date) -> dict[str, str]:
    """What is wrong with a price on a lot of this kind, by field; nothing wrong is an empty mapping."""
    errors = {
        f"{element}_pence": f"The price of {element} must be between £0 and £1,000,000 a week"
        for element in ELEMENTS
        if not 0 <= getattr(price, f"{element}_pence") <= MOST_PENCE
    }
    if not errors and not price.weekly_pence:
        errors["care_pence"] = "Enter a price a week for at least one part"
    if not 1 <= price.weeks_per_year <= WHOLE_YEAR:
        errors["weeks_per_year"] = f"Weeks a year must be between 1 and {WHOLE_YEAR}"
    elif service_type in ALL_YEAR_ROUND and price.weeks_per_year != WHOLE_YEAR:
        errors["weeks_per_year"] = f"On this lot a place is for all {WHOLE_YEAR} weeks of the year"
    if from_day < today:
        errors["from_day"] = f"A price cannot begin in the past: choose {date_words(today)} or later"
    elif from_day > today + FURTHEST:
        errors["from_day"] = "A price must begin within 3 years"
    return errors


def set_prices(
    session: Session, *, actor: Actor, prices: Sequence[NewPrice], now: dt.datetime, version: int | None = None
) -> int:
    """Write new prices of the actor's own services, all or none. Returns how many.

    `version` is how many prices the company had on the lots concerned when the page was shown (`price_version`);
    `Stale` where there are more now. `NotFound` for a service or band that is not the company's on a lot; `Invalid`
    names the field of the first price that is wrong.
    """
    actor.require(Permission.PRICE_WRITE)
    lock_prices(session, actor.organisation_id)
    lots = priced_on(session, actor.organisation_id)
    bands = bands_by_id(session, {price.band_id for price in prices})
    today = local_date(now)
    for one in prices:
        band = bands.get(one.band_id)
        if band is None or band.lot_id not in lots.get(one.service_id, {}):
            raise NotFound("price list")
        errors = price_errors(one.price, one.from_day, service_type=band.lot.service_type, today=today)
        if errors:
            raise Invalid(errors)
    lot_ids = {bands[one.band_id].lot_id for one in prices}
    if version is not None and version != price_version(session, actor.organisation_id, lot_ids):
        raise Stale("Somebody in your company changed these prices while you were typing. Look at them again.")
    write_prices(session, prices, set_by=actor.person_id, now=now)
    audit.record(
        session,
        now=now,
        who=actor,
        act="services.price.set",
        subject_kind="organisation",
        subject_id=actor.organisation_id,
        prices=len(prices),
        lots=sorted(lot_ids),
    )
    return len(prices)


def write_prices(
    session: Session, prices: Sequence[NewPrice], *, set_by: str, now: dt.datetime, uplift_id: str | None = None
) -> None:
    """Append rows. The caller has checked them and holds the company's lock."""
    numbers = _highest_numbers(session, {(one.service_id, one.band_id) for one in prices})
    rows = []
    for one in prices:
        key = (one.service_id, one.band_id, one.from_day)
        numbers[key] = numbers.get(key, 0) + 1
        rows.append(
            {
                "id": new_id(),
                "service_id": one.service_id,
                "band_id": one.band_id,
                **{f"{element}_pence": getattr(one.price, f"{element}_pence") for element in ELEMENTS},
                "weeks_per_year": one.price.weeks_per_year,
                "from_day": one.from_day,
                "number": numbers[key],
                "set_on": local_date(now),
                "set_at": now,
                "set_by": set_by,
                "uplift_id": uplift_id,
            }
        )
    try:
        for start in range(0, len(rows), _AT_A_TIME):
            session.execute(insert(ListPrice), rows[start : start + _AT_A_TIME])
    except IntegrityError as error:
        raise Stale("Somebody set one of these prices just now. Look at them again.") from error


def lock_prices(session: Session, organisation_id: str) -> None:
    """Nobody else sets prices or discounts of a company until this transaction ends: an uplift that is applied to every
    list meets every list.
    """
    session.flush()
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True))


def price_version(session: Session, organisation_id: str, lot_ids: Collection[str]) -> int:
    """How many prices a company has ever set on some lots: it grows with each, so an older page is known by it."""
    return (
        session.scalar(
            select(func.count(ListPrice.id))
            .join(Service, Service.id == ListPrice.service_id)
            .join(PriceBand, PriceBand.id == ListPrice.band_id)
            .where(Service.organisation_id == organisation_id, PriceBand.lot_id.in_(lot_ids))
        )
        or 0
    )


def priced_on(session: Session, organisation_id: str) -> dict[str, dict[str, Lot]]:
    """The lots on which each service of a company has a price list, by service id and lot id."""
    rows = session.execute(
        select(Service.id, Lot)
        .join(Enrolment, Enrolment.claim_id == Service.claim_id)
        .join(Lot, Lot.id == Enrolment.lot_id)
        .where(Service.organisation_id == organisation_id, Enrolment.status.in_(PRICED))
        .order_by(Service.name, Service.id, Lot.name)
    )
    found: dict[str, dict[str, Lot]] = {}
    for service_id, lot in rows:
        found.setdefault(service_id, {})[lot.id] = lot
    return found


def bands_by_id(session: Session, band_ids: Collection[str]) -> Mapping[str, PriceBand]:
    """Price bands with their lots."""
    found = session.execute(
        select(PriceBand, Lot).join(Lot, Lot.id == PriceBand.lot_id).where(PriceBand.id.in_(band_ids))
    )
    return {band.id: band for band, _ in found}


def set_discount(
    session: Session,
    *,
    actor: Actor,
    lot_id: str,
    kind: DiscountKind,
    threshold: int,
    basis_points: int,
    from_day: dt.date,
    now: dt.datetime,
) -> DiscountRule:
    """Give a discount on a lot from a day on. One with the same threshold that runs then ends the day before.

    `Invalid` names the field; `NotFound` for a lot on which the company has no service.
    """
    actor.require(Permission.PRICE_WRITE)
    lock_prices(session, actor.organisation_id)
    if not any(lot_id in lots for lots in priced_on(session, actor.organisation_id).values()):
        raise NotFound("lot")
    errors: dict[str, str] = {}
    least = 2 if kind is DiscountKind.SIBLING else 1
    if not least <= threshold <= 1_000:
        errors["threshold"] = f"It must be between {least} and 1,000"
    if not 1 <= basis_points <= WHOLE:
        errors["rate"] = "The discount must be between 0.01% and 100%"
    if from_day < local_date(now):
        errors["from_day"] = "A discount cannot begin in the past"
    same = _of_threshold(session, actor.organisation_id, lot_id, kind, threshold)
    if any(rule.from_day >= from_day for rule in same if rule.last_day is None or rule.last_day >= from_day):
        errors["from_day"] = "There is a discount with this threshold that begins on that day or later: end it first"
    if errors:
        raise Invalid(errors)
    for rule in same:
        if rule.last_day is None or rule.last_day >= from_day:
            rule.last_day, rule.ended_by = from_day - dt.timedelta(days=1), actor.person_id
    session.flush()
    made = DiscountRule(
        organisation_id=actor.organisation_id,
        lot_id=lot_id,
        kind=kind,
        threshold=threshold,
        basis_points=basis_points,
        from_day=from_day,
        set_at=now,
        set_by=actor.person_id,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="services.discount.set",
        subject_kind="discount_rule",
        subject_id=made.id,
        lot_id=lot_id,
        kind=kind.value,
        threshold=threshold,
        basis_points=basis_points,
    )
    return made


def end_discount(session: Session, *, actor: Actor, discount_id: str, version: int, now: dt.datetime) -> DiscountRule:
    """End a discount with today; one that has not begun goes altogether. `Stale` where it changed since it was
    shown.
    """
    actor.require(Permission.PRICE_WRITE)
    lock_prices(session, actor.organisation_id)
    rule = session.scalar(
        select(DiscountRule).where(
            DiscountRule.id == discount_id, DiscountRule.organisation_id == actor.organisation_id
        )
    )
    if rule is None:
        raise NotFound("discount")
    today = local_date(now)
    if rule.version != version or (rule.last_day is not None and rule.last_day <= today):
        raise Stale("This discount was changed or has ended. Look at it again.")
    if rule.from_day > today:
        session.delete(rule)
    else:
        rule.last_day, rule.ended_by = today, actor.person_id
    session.flush()
    audit.record(
        session, now=now, who=actor, act="services.discount.end", subject_kind="discount_rule", subject_id=discount_id
    )
    return rule


def _of_threshold(
    session: Session, organisation_id: str, lot_id: str, kind: DiscountKind, threshold: int
) -> Sequence[DiscountRule]:
    return session.scalars(
        select(DiscountRule)
        .where(
            DiscountRule.organisation_id == organisation_id,
            DiscountRule.lot_id == lot_id,
            DiscountRule.kind == kind,
            DiscountRule.threshold == threshold,
        )
        .order_by(DiscountRule.from_day)
    ).all()


def _highest_numbers(session: Session, lists: Collection[tuple[str, str]]) -> dict[tuple[str, str, dt.date], int]:
    """The number of the price that counts for each day of some lists (service and band)."""
    services, bands = {service for service, _ in lists}, {band for _, band in lists}
    found: dict[tuple[str, str, dt.date], int] = {}
    for group in _groups(sorted(services)):
        rows = session.execute(
            select(ListPrice.service_id, ListPrice.band_id, ListPrice.from_day, func.max(ListPrice.number))
            .where(ListPrice.service_id.in_(group), ListPrice.band_id.in_(bands))
            .group_by(ListPrice.service_id, ListPrice.band_id, ListPrice.from_day)
        )
        found |= {(service, band, day): number for service, band, day, number in rows}
    return found


def _groups(items: Sequence[str]) -> list[Sequence[str]]:
    return [items[start : start + _AT_A_TIME] for start in range(0, len(items), _AT_A_TIME)]
