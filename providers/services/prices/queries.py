"""Price lists as those who may read them need them: a company's own, one price on a day, and the hub's spread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.core.errors import NotFound
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot, PriceBand
from providers.services.models import Service
from providers.services.prices.discounts import Itemised, Rule
from providers.services.prices.models import DiscountKind, DiscountRule, ListPrice
from providers.services.prices.setting import priced_on
from providers.services.prices.spread import Spread, spread_of


@dataclass(frozen=True)
class Price:
    """One price of a list: from when until when it counts (None: until another takes over), who set it and why."""

    price: Itemised
    from_day: dt.date
    last_day: dt.date | None
    set_at: dt.datetime
    set_by: str
    by_uplift: bool


@dataclass(frozen=True)
class BandPrices:
    """The prices of one service for one band: now, to come and before, the nearest first."""

    band: PriceBand
    now: Price | None
    coming: tuple[Price, ...]
    before: tuple[Price, ...]


@dataclass(frozen=True)
class PriceListing:
    """The price list of one service on one lot."""

    service: Service
    lot: Lot
    bands: tuple[BandPrices, ...]

    @property
    def priced(self) -> int:
        """How many bands have a price today."""
        return sum(one.now is not None for one in self.bands)

    @property
    def coming(self) -> int:
        """How many prices have not begun."""
        return sum(len(one.coming) for one in self.bands)

    @property
    def lowest_and_highest(self) -> tuple[int, int] | None:
        """Pence a week today, over the bands that have a price."""
        found = [one.now.price.weekly_pence for one in self.bands if one.now]
        return (min(found), max(found)) if found else None


@dataclass(frozen=True)
class LotPrices:
    """What a company charges on one lot: its services' lists and its discounts, running and to come."""

    lot: Lot
    bands: tuple[PriceBand, ...]
    services: tuple[PriceListing, ...]
    discounts: tuple[DiscountRule, ...] = field(default=())


def bands_of(session: Session, lot_ids: Collection[str]) -> dict[str, list[PriceBand]]:
    """The price bands of lots, by lot id, in each lot's order."""
    found: dict[str, list[PriceBand]] = {}
    for band in session.scalars(
        select(PriceBand)
        .options(joinedload(PriceBand.lot))
        .where(PriceBand.lot_id.in_(lot_ids))
        .order_by(PriceBand.position, PriceBand.min_age, PriceBand.name, PriceBand.id)
    ):
        found.setdefault(band.lot_id, []).append(band)
    return found


def own_prices(session: Session, actor: Actor, today: dt.date) -> list[LotPrices]:
    """What the actor's company charges now and will, by lot."""
    actor.require(Permission.SERVICE_READ)
    return _prices_of(session, actor.organisation_id, today)


def own_listing(session: Session, actor: Actor, claim_id: str, lot_id: str, today: dt.date) -> PriceListing:
    """The price list of one of the actor's own services on a lot, with all that it ever charged. `NotFound` for any
    other.
    """
    actor.require(Permission.SERVICE_READ)
    service = session.scalar(
        select(Service).where(Service.claim_id == claim_id, Service.organisation_id == actor.organisation_id)
    )
    lot = priced_on(session, actor.organisation_id).get(service.id, {}).get(lot_id) if service else None
    if service is None or lot is None:
        raise NotFound("price list")
    lists = lists_of(session, [service.id])
    bands = bands_of(session, [lot_id]).get(lot_id, [])
    return _listing(service, lot, bands, lists, _setters(session, lists), today)


def company_prices(session: Session, actor: Actor, organisation_id: str, today: dt.date) -> list[LotPrices]:
    """What a company charges, for the hub."""
    actor.require(Permission.MARKET_READ)
    return _prices_of(session, organisation_id, today)


def spreads(session: Session, actor: Actor, lot_id: str, today: dt.date) -> list[tuple[PriceBand, Spread | None]]:
    """How the list prices of a lot's services lie on a day, band by band, for the hub: pence for each week of a year of
    52, so that lists over fewer weeks compare. None where nobody has a price.
    """
    actor.require(Permission.MARKET_READ)
    bands = bands_of(session, [lot_id]).get(lot_id, [])
    amounts: dict[str, list[int]] = {}
    for row in standing_prices(session, band_ids=[band.id for band in bands], on=today).values():
        amounts.setdefault(row.band_id, []).append(itemised(row).annual_pence)
    return [(band, spread_of(amounts.get(band.id, []), weeks=52)) for band in bands]


def standing_prices(
    session: Session,
    *,
    on: dt.date,
    band_ids: Collection[str] | None = None,
    service_ids: Collection[str] | None = None,
) -> Mapping[tuple[str, str], ListPrice]:
    """The price that counts on a day, by service and band id. For use cases and whoever has checked who may read."""
    latest_first = func.row_number().over(
        partition_by=(ListPrice.service_id, ListPrice.band_id),
        order_by=(ListPrice.from_day.desc(), ListPrice.number.desc()),
    )
    begun = select(ListPrice.id, latest_first.label("place")).where(ListPrice.from_day <= on)
    if band_ids is not None:
        begun = begun.where(ListPrice.band_id.in_(band_ids))
    if service_ids is not None:
        begun = begun.where(ListPrice.service_id.in_(service_ids))
    ranked = begun.subquery()
    rows = session.scalars(
        select(ListPrice).join(ranked, ranked.c.id == ListPrice.id).where(ranked.c.place == 1).order_by(ListPrice.id)
    )
    return {(row.service_id, row.band_id): row for row in rows}


def discounts_on(session: Session, organisation_id: str, lot_id: str, on: dt.date) -> list[Rule]:
    """The discounts that a company gives on a lot on a day."""
    rows = session.scalars(
        select(DiscountRule)
        .where(
            DiscountRule.organisation_id == organisation_id,
            DiscountRule.lot_id == lot_id,
            DiscountRule.from_day <= on,
            or_(DiscountRule.last_day.is_(None), DiscountRule.last_day >= on),
        )
        .order_by(DiscountRule.kind, DiscountRule.threshold, DiscountRule.id)
    )
    return [Rule(row.kind, row.threshold, row.basis_points) for row in rows]


def own_discount(session: Session, actor: Actor, discount_id: str) -> DiscountRule:
    """A discount of the actor's own company. `NotFound` for any other."""
    actor.require(Permission.SERVICE_READ)
    rule = session.scalar(
        select(DiscountRule).where(
            DiscountRule.id == discount_id, DiscountRule.organisation_id == actor.organisation_id
        )
    )
    if rule is None:
        raise NotFound("discount")
    return rule


def itemised(row: ListPrice) -> Itemised:
    """The amounts of a row."""
    return Itemised(row.care_pence, row.education_pence, row.health_pence, row.transport_pence, row.weeks_per_year)


def lists_of(
    session: Session, service_ids: Collection[str], *, since: dt.date | None = None
) -> dict[tuple[str, str], list[ListPrice]]:
    """The prices that count or will count of some services, by service and band: one a day, the earliest first.

    With `since`, the one that stands on that day and those that begin later; else all that ever counted.
    """
    rows: list[ListPrice] = []
    later = select(ListPrice).where(ListPrice.service_id.in_(service_ids))
    if since is not None:
        rows += standing_prices(session, on=since, service_ids=service_ids).values()
        later = later.where(ListPrice.from_day > since)
    rows += session.scalars(
        later.order_by(ListPrice.service_id, ListPrice.band_id, ListPrice.from_day, ListPrice.number)
    )
    latest: dict[tuple[str, str, dt.date], ListPrice] = {
        (row.service_id, row.band_id, row.from_day): row for row in rows
    }
    found: dict[tuple[str, str], list[ListPrice]] = {}
    for (service_id, band_id, _), row in latest.items():
        found.setdefault((service_id, band_id), []).append(row)
    return found


def _prices_of(session: Session, organisation_id: str, today: dt.date) -> list[LotPrices]:
    on_lots = priced_on(session, organisation_id)
    lots = {lot.id: lot for found in on_lots.values() for lot in found.values()}
    bands = bands_of(session, lots)
    services = {service.id: service for service in session.scalars(select(Service).where(Service.id.in_(on_lots)))}
    lists = lists_of(session, on_lots, since=today)
    names = _setters(session, lists)
    discounts: dict[str, list[DiscountRule]] = {}
    for rule in session.scalars(
        select(DiscountRule)
        .where(
            DiscountRule.organisation_id == organisation_id,
            or_(DiscountRule.last_day.is_(None), DiscountRule.last_day >= today),
        )
        .order_by(DiscountRule.threshold, DiscountRule.from_day, DiscountRule.id)
    ):
        discounts.setdefault(rule.lot_id, []).append(rule)
    order = list(DiscountKind)
    return [
        LotPrices(
            lot=lot,
            bands=tuple(bands.get(lot.id, ())),
            services=tuple(
                _listing(services[service_id], lot, bands.get(lot.id, ()), lists, names, today)
                for service_id, found in on_lots.items()
                if lot.id in found
            ),
            discounts=tuple(sorted(discounts.get(lot.id, ()), key=lambda rule: order.index(rule.kind))),
        )
        for lot in sorted(lots.values(), key=lambda lot: (lot.name, lot.id))
    ]


def _listing(
    service: Service,
    lot: Lot,
    bands: Iterable[PriceBand],
    lists: Mapping[tuple[str, str], Sequence[ListPrice]],
    names: Mapping[str, str],
    today: dt.date,
) -> PriceListing:
    found = tuple(_band_prices(band, lists.get((service.id, band.id), []), names, today) for band in bands)
    return PriceListing(service, lot, found)


def _setters(session: Session, lists: Mapping[tuple[str, str], Sequence[ListPrice]]) -> dict[str, str]:
    return _names(session, {row.set_by for rows in lists.values() for row in rows})


def _band_prices(band: PriceBand, rows: Sequence[ListPrice], names: Mapping[str, str], today: dt.date) -> BandPrices:
    nexts = [row.from_day - dt.timedelta(days=1) for row in rows[1:]]
    prices = [
        Price(itemised(row), row.from_day, last, row.set_at, names[row.set_by], row.uplift_id is not None)
        for row, last in zip(rows, [*nexts, None], strict=False)
    ]
    begun = [price for price in prices if price.from_day <= today]
    return BandPrices(
        band=band,
        now=begun[-1] if begun else None,
        coming=tuple(price for price in prices if price.from_day > today),
        before=tuple(reversed(begun[:-1])),
    )


def _names(session: Session, person_ids: Iterable[str]) -> dict[str, str]:
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(set(person_ids)))).all())


def priced_companies(session: Session, actor: Actor, lot_id: str, today: dt.date) -> list[tuple[Organisation, int]]:
    """The companies with a price on a lot today and how many services of theirs have one, by name, for the hub."""
    actor.require(Permission.MARKET_READ)
    band_ids = [band.id for band in bands_of(session, [lot_id]).get(lot_id, [])]
    priced = {service_id for service_id, _ in standing_prices(session, band_ids=band_ids, on=today)}
    counts: dict[str, int] = {}
    for service in session.scalars(select(Service).where(Service.id.in_(priced))):
        counts[service.organisation_id] = counts.get(service.organisation_id, 0) + 1
    rows = session.scalars(select(Organisation).where(Organisation.id.in_(counts)).order_by(Organisation.name))
    return [(row, counts[row.id]) for row in rows]
