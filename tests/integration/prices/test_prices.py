"""Price lists and discounts in the database: what counts on a day, what can never be changed, who may set and who may
read.
"""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.core.errors import Invalid, NotAllowed, NotFound, Stale
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from providers.market.models import Lot
from providers.market.status import BandLevel, ServiceType
from providers.services.models import Service
from providers.services.prices.discounts import Itemised
from providers.services.prices.models import DiscountKind, DiscountRule, ListPrice
from providers.services.prices.queries import (
    company_prices,
    discounts_on,
    itemised,
    own_listing,
    own_prices,
    spreads,
    standing_prices,
)
from providers.services.prices.setting import (
    NewPrice,
    end_discount,
    price_version,
    set_discount,
    set_prices,
    write_prices,
)
from tests.factories import providers as factory
from tests.factories.identity import make_actor, make_organisation
from tests.factories.prices import make_bands, on_sqlite, price, set_list
from tests.factories.providers import NOW

TODAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)


def put(session: Session, actor: Actor, service: Service, lot: Lot, one: Itemised, day: dt.date, **rest: object) -> int:
    """Set one price of the standard band."""
    band = make_bands(session, lot)[BandLevel.STANDARD]
    return set_prices(session, actor=actor, prices=[NewPrice(service.id, band.id, one, day)], now=NOW, **rest)  # type: ignore[arg-type]


def counts_on(session: Session, service: Service, lot: Lot, day: dt.date) -> int | None:
    """Pence a week of the standard band on a day."""
    band = make_bands(session, lot)[BandLevel.STANDARD]
    row = standing_prices(session, band_ids=[band.id], on=day).get((service.id, band.id))
    return itemised(row).weekly_pence if row else None


def test_a_price_counts_from_its_day_until_another_takes_over(
    session: Session, provider: Actor, home: Service, lot: Lot
) -> None:
    put(session, provider, home, lot, price(1000_00), TODAY)
    put(session, provider, home, lot, price(1100_00), TODAY + 30 * DAY)
    put(session, provider, home, lot, price(1050_00), TODAY + 10 * DAY)
    seen = [counts_on(session, home, lot, TODAY + days * DAY) for days in (-1, 0, 9, 10, 29, 30, 400)]
    assert seen == [None, 1000_00, 1000_00, 1050_00, 1050_00, 1100_00, 1100_00]
    (standard, *_) = own_listing(session, provider, home.claim_id, lot.id, TODAY + 15 * DAY).bands
    assert standard.now
    assert (standard.now.from_day, standard.now.last_day) == (TODAY + 10 * DAY, TODAY + 29 * DAY)
    assert [one.price.weekly_pence for one in standard.coming] == [1100_00]
    assert [(one.price.weekly_pence, one.last_day) for one in standard.before] == [(1000_00, TODAY + 9 * DAY)]


def test_a_price_that_has_not_begun_can_be_set_again_and_the_last_one_counts(
    session: Session, provider: Actor, home: Service, lot: Lot
) -> None:
    for pence in (1000_00, 990_00):
        put(session, provider, home, lot, price(pence), TODAY + DAY)
    assert counts_on(session, home, lot, TODAY + DAY) == 990_00
    assert session.scalars(select(ListPrice.number).order_by(ListPrice.number)).all() == [1, 2]


@on_sqlite
def test_a_wrong_price_is_refused_at_its_field(session: Session, provider: Actor, home: Service, lot: Lot) -> None:
    for one, day, field in (
        (price(1000_00), TODAY - DAY, "from_day"),
        (price(1000_00), TODAY + dt.timedelta(days=1200), "from_day"),
        (price(0), TODAY, "care_pence"),
        (price(-1), TODAY, "care_pence"),
        (price(100, health=10**9), TODAY, "health_pence"),
        (price(1000_00, weeks=38), TODAY, "weeks_per_year"),
    ):
        with pytest.raises(Invalid) as refused:
            put(session, provider, home, lot, one, day)
        assert list(refused.value.errors) == [field], (one, day)


@on_sqlite
def test_a_term_time_lot_takes_prices_over_fewer_weeks(
    session: Session, provider: Actor, market: factory.Market
) -> None:
    day_school = market.lots[ServiceType.NMI_DAY]
    mine = session.get_one(Organisation, provider.organisation_id)
    school = factory.make_enrolled_service(session, lot=day_school, organisation=mine)
    put(session, provider, school, day_school, price(0, education=1200_00, weeks=39), TODAY)
    assert counts_on(session, school, day_school, TODAY) == 1200_00


def test_the_database_itself_keeps_the_past_as_it_was(
    session: Session, provider: Actor, home: Service, lot: Lot
) -> None:
    """No statement changes or removes a price, and none is written into the past."""
    put(session, provider, home, lot, price(1000_00), TODAY)
    session.commit()
    for statement in (update(ListPrice).values(care_pence=1), text("DELETE FROM list_price")):
        with pytest.raises(DatabaseError):
            session.execute(statement)
        session.rollback()
    band = make_bands(session, lot)[BandLevel.STANDARD]
    backdated = NewPrice(home.id, band.id, price(1), TODAY - DAY)
    with pytest.raises(Stale):
        write_prices(session, [backdated], set_by=provider.person_id, now=NOW)
    session.rollback()
    assert counts_on(session, home, lot, TODAY) == 1000_00


def test_a_page_that_is_older_than_the_list_is_refused(
    session: Session, provider: Actor, home: Service, lot: Lot
) -> None:
    seen = price_version(session, provider.organisation_id, [lot.id])
    put(session, provider, home, lot, price(1000_00), TODAY, version=seen)
    with pytest.raises(Stale):
        put(session, provider, home, lot, price(900_00), TODAY, version=seen)


@on_sqlite
def test_only_the_company_sets_and_reads_its_prices_and_the_hub_reads_all(
    session: Session, provider: Actor, commissioner: Actor, home: Service, lot: Lot
) -> None:
    set_list(session, provider, lot)
    rival_home = factory.make_enrolled_service(session, lot=lot)
    rival_company = session.get_one(Organisation, rival_home.organisation_id)
    rival = make_actor(session, rival_company)
    with pytest.raises(NotFound):
        put(session, rival, home, lot, price(1), TODAY)
    with pytest.raises(NotFound):
        own_listing(session, rival, home.claim_id, lot.id, TODAY)
    (theirs,) = own_prices(session, rival, TODAY)
    assert [one.priced for one in theirs.services] == [0]
    staff = make_actor(session, session.get_one(Organisation, provider.organisation_id), Role.PROVIDER_STAFF)
    with pytest.raises(NotAllowed):
        put(session, staff, home, lot, price(1), TODAY)
    assert own_prices(session, staff, TODAY)[0].services[0].priced == 3
    officer = make_actor(session, make_organisation(session, OrganisationKind.BOROUGH), Role.TEAM_MANAGER)
    for stranger in (officer, rival, staff):
        with pytest.raises(NotAllowed):
            company_prices(session, stranger, provider.organisation_id, TODAY)
        with pytest.raises(NotAllowed):
            spreads(session, stranger, lot.id, TODAY)
    assert company_prices(session, commissioner, provider.organisation_id, TODAY)[0].services[0].priced == 3


@on_sqlite
def test_a_lot_on_which_the_service_is_not_enrolled_has_no_list(
    session: Session, provider: Actor, home: Service, market: factory.Market
) -> None:
    with pytest.raises(NotFound):
        put(session, provider, home, market.fostering, price(1), TODAY)


def test_the_hub_sees_how_the_prices_of_a_band_lie(session: Session, commissioner: Actor, lot: Lot) -> None:
    """Of 1,000, 1,100, 1,300 and 2,000 the median is 1,200, the quartiles 1,075 and 1,475 (inclusive method)."""
    for pounds in (1300, 1000, 2000, 1100):
        service = factory.make_enrolled_service(session, lot=lot)
        company = make_actor(session, session.get_one(Organisation, service.organisation_id))
        set_list(session, company, lot, prices={BandLevel.STANDARD: price(pounds * 100)})
    standard, enhanced, _ = spreads(session, commissioner, lot.id, TODAY)
    assert standard[1]
    assert [pence // 100 for pence in standard[1].figures] == [1000, 1075, 1200, 1475, 2000]
    assert standard[1].count == 4
    assert enhanced[1] is None


def test_a_discount_replaces_the_one_of_its_threshold_from_its_day_on(
    session: Session, provider: Actor, home: Service, lot: Lot
) -> None:
    given = {"actor": provider, "lot_id": lot.id, "kind": DiscountKind.VOLUME, "threshold": 5, "now": NOW}
    set_discount(session, basis_points=200, from_day=TODAY, **given)
    set_discount(session, basis_points=300, from_day=TODAY + 10 * DAY, **given)
    seen = [
        [rule.basis_points for rule in discounts_on(session, provider.organisation_id, lot.id, TODAY + days * DAY)]
        for days in (-1, 0, 9, 10)
    ]
    assert seen == [[], [200], [200], [300]]
    with pytest.raises(Invalid) as refused:
        set_discount(session, basis_points=400, from_day=TODAY + 5 * DAY, **given)
    assert list(refused.value.errors) == ["from_day"]


@on_sqlite
def test_a_discount_is_ended_with_today_or_goes_before_it_begins(
    session: Session, provider: Actor, home: Service, lot: Lot
) -> None:
    given = {"actor": provider, "lot_id": lot.id, "threshold": 2, "basis_points": 500, "now": NOW}
    running = set_discount(session, kind=DiscountKind.SIBLING, from_day=TODAY, **given)
    coming = set_discount(session, kind=DiscountKind.VOLUME, from_day=TODAY + DAY, **given)
    end_discount(session, actor=provider, discount_id=running.id, version=running.version, now=NOW)
    end_discount(session, actor=provider, discount_id=coming.id, version=coming.version, now=NOW)
    assert session.scalars(select(DiscountRule.last_day)).all() == [TODAY]
    with pytest.raises(Stale):
        end_discount(session, actor=provider, discount_id=running.id, version=running.version, now=NOW)
    with pytest.raises(NotFound):
        end_discount(session, actor=factory.make_provider(session), discount_id=running.id, version=1, now=NOW)


@on_sqlite
def test_a_wrong_discount_is_refused_at_its_field(session: Session, provider: Actor, home: Service, lot: Lot) -> None:
    right = {"kind": DiscountKind.VOLUME, "threshold": 3, "basis_points": 100, "from_day": TODAY}
    wrong: tuple[tuple[dict[str, object], str], ...] = (
        ({"kind": DiscountKind.SIBLING, "threshold": 1}, "threshold"),
        ({"threshold": 0}, "threshold"),
        ({"basis_points": 0}, "rate"),
        ({"basis_points": 10_001}, "rate"),
        ({"from_day": TODAY - DAY}, "from_day"),
    )
    for changed, field in wrong:
        with pytest.raises(Invalid) as refused:
            set_discount(session, actor=provider, lot_id=lot.id, now=NOW, **{**right, **changed})  # type: ignore[arg-type]
        assert list(refused.value.errors) == [field], changed
