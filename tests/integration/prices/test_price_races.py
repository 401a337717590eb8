"""Two at once, each in its own transaction, on both databases."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.database import Sessions, transaction
from app.core.errors import Conflict, HomewardError, Stale
from app.identity.models import Organisation
from app.identity.permissions import Actor
from providers.market.models import Lot
from providers.market.status import BandLevel
from providers.services.models import Service
from providers.services.prices.models import ListPrice
from providers.services.prices.setting import NewPrice, price_version, set_prices
from providers.services.uplifts import negotiating
from providers.services.uplifts.models import Uplift
from providers.services.uplifts.status import UpliftStatus
from tests.factories import providers as factory
from tests.factories.prices import make_bands, make_uplift, price, set_list
from tests.factories.providers import BASE_URL, NOW
from tests.integration.offers.test_races import Deed, at_once

TODAY = dt.date(2026, 11, 23)
APRIL = dt.date(2027, 4, 1)


def scene(session: Session) -> tuple[Actor, Lot, Service, str]:
    """A company with one home and its list on a lot; the id of the standard band."""
    provider = factory.make_provider(session)
    lot = factory.make_system_and_lots(session).residential
    company = session.get_one(Organisation, provider.organisation_id)
    home = factory.make_enrolled_service(session, lot=lot, organisation=company)
    set_list(session, provider, lot)
    return provider, lot, home, make_bands(session, lot)[BandLevel.STANDARD].id


def test_of_two_who_set_a_price_for_one_day_one_is_told_to_look_again(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        provider, lot, home, band = scene(session)
        seen = price_version(session, provider.organisation_id, [lot.id])

    def put(pence: int) -> Deed:
        new = NewPrice(home.id, band, price(pence), APRIL)
        return lambda session: set_prices(session, actor=provider, prices=[new], now=NOW, version=seen)

    outcomes = at_once(sessions, [put(1100_00), put(1200_00)])
    assert sorted(isinstance(outcome, Stale) for outcome in outcomes) == [False, True]
    with transaction(sessions) as session:
        assert session.scalar(select(func.count(ListPrice.id)).where(ListPrice.from_day == APRIL)) == 1


def test_two_prices_for_one_day_without_a_page_stand_one_after_the_other(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        provider, _, home, band = scene(session)
        home_id = home.id

    def put(pence: int) -> Deed:
        new = NewPrice(home_id, band, price(pence), APRIL)
        return lambda session: set_prices(session, actor=provider, prices=[new], now=NOW)

    outcomes = at_once(sessions, [put(1100_00), put(1200_00)])
    assert outcomes == [1, 1]
    with transaction(sessions) as session:
        numbers = session.scalars(
            select(ListPrice.number).where(ListPrice.from_day == APRIL).order_by(ListPrice.number)
        )
        assert numbers.all() == [1, 2]


def test_an_uplift_is_accepted_once_and_a_price_set_meanwhile_is_raised_or_set_after_it(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        hub = factory.make_commissioner(session)
        provider, lot, home, band = scene(session)
        uplift = make_uplift(session, provider, lot)
        negotiating.offer_figure(
            session,
            actor=hub,
            uplift_id=uplift.id,
            figures={lot.id: 1000 // 4},
            from_day=APRIL,
            words="Made up",
            version=uplift.version,
            now=NOW,
            base_url=BASE_URL,
        )
        version = uplift.version

    def accept(session: Session) -> object:
        return negotiating.accept(
            session, actor=provider, uplift_id=uplift.id, version=version, now=NOW, base_url=BASE_URL
        ).status

    def put(session: Session) -> object:
        later = NewPrice(home.id, band, price(2000_00), APRIL + dt.timedelta(days=30))
        return set_prices(session, actor=provider, prices=[later], now=NOW)

    outcomes = at_once(sessions, [accept, accept, put])
    assert sum(outcome is UpliftStatus.AGREED for outcome in outcomes) == 1
    assert sum(isinstance(outcome, HomewardError) for outcome in outcomes) == 1
    with transaction(sessions) as session:
        rows = session.scalars(
            select(ListPrice.care_pence)
            .where(ListPrice.band_id == band, ListPrice.from_day >= APRIL)
            .order_by(ListPrice.from_day, ListPrice.number)
        ).all()
        assert rows in ([1025_00, 2000_00], [1025_00, 2000_00, 2050_00])
        assert session.get_one(Uplift, uplift.id).prices_set == len([one for one in rows if one != 2000_00]) + 2


def test_two_who_ask_for_one_lot_open_one_uplift(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        provider, lot, _, _ = scene(session)

    def ask(session: Session) -> object:
        return make_uplift(session, provider, lot).reference

    outcomes = at_once(sessions, [ask, ask])
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]
    with transaction(sessions) as session:
        assert session.scalar(select(func.count(Uplift.id))) == 1
