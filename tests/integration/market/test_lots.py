"""Changing a lot, its price bands, and a borough's part in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.use import in_use
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind
from providers.market.bands import add_band, change_band, remove_band
from providers.market.models import Lot, Participation, PriceBand
from providers.market.participation import leave_lot, take_back_participation
from providers.market.queries import bands_of, participates, systems, taking_part
from providers.market.setup import change_lot, join_lot
from providers.market.status import BandLevel, ServiceType, Strand
from tests.factories import providers as factory
from tests.factories.identity import make_organisation
from tests.factories.providers import NOW, Market

TODAY = NOW.date()
DAY = dt.timedelta(days=1)


@pytest.fixture
def commissioner(session: Session) -> Actor:
    return factory.make_commissioner(session)


@pytest.fixture
def market(session: Session) -> Market:
    return factory.make_system_and_lots(session)


def change(session: Session, actor: Actor, lot: Lot, **changes: Any) -> Lot:
    said: dict[str, Any] = {
        name: getattr(lot, name) for name in ("name", "strand", "service_type", "opens_on", "closes_on", "version")
    }
    return change_lot(session, actor=actor, lot_id=lot.id, now=NOW, **(said | changes))


def test_a_lots_kind_changes_only_while_nobody_has_joined_it(
    session: Session, commissioner: Actor, market: Market
) -> None:
    lot = market.residential
    schools = {"strand": Strand.SEND, "service_type": ServiceType.NMI_52}
    assert change(session, commissioner, lot, **schools).service_type is ServiceType.NMI_52
    change(session, commissioner, lot, strand=Strand.LOOKED_AFTER, service_type=ServiceType.RESIDENTIAL)
    factory.make_enrolled_service(session, lot=lot)
    with pytest.raises(Invalid, match="Add another lot"):
        change(session, commissioner, lot, **schools)
    assert change(session, commissioner, lot, name="Children's homes, all ages").name == "Children's homes, all ages"


def test_a_lot_keeps_to_its_systems_days_and_to_its_boroughs(
    session: Session, commissioner: Actor, market: Market
) -> None:
    lot = market.residential
    borough = make_organisation(session, OrganisationKind.BOROUGH)
    join_lot(session, actor=commissioner, lot_id=lot.id, organisation_id=borough.id, first_day=TODAY, now=NOW)
    for changes, field in (
        ({"closes_on": market.system.ends_on + DAY}, "opens_on"),
        ({"closes_on": lot.opens_on - DAY}, "closes_on"),
        ({"opens_on": TODAY + DAY}, "closes_on"),
        ({"name": market.fostering.name}, "name"),
        ({"strand": Strand.SUPPORT}, "service_type"),
    ):
        with pytest.raises(Invalid) as refused:
            change(session, commissioner, lot, **changes)
        assert refused.value.field == field
    with pytest.raises(Stale):
        change(session, commissioner, lot, version=lot.version + 1)
    assert change(session, commissioner, lot, closes_on=TODAY + 90 * DAY).closes_on == TODAY + 90 * DAY


def band(session: Session, actor: Actor, lot: Lot, **changes: Any) -> PriceBand:
    said: dict[str, Any] = {"name": "Eleven to fifteen", "min_age": 11, "max_age": 15, "level": BandLevel.STANDARD}
    return add_band(session, actor=actor, lot_id=lot.id, now=NOW, **(said | changes))


def test_a_child_of_one_age_and_need_falls_into_one_band(session: Session, commissioner: Actor, market: Market) -> None:
    lot = market.residential
    first = band(session, commissioner, lot)
    for changes, field in (
        ({"name": "Other", "min_age": 15, "max_age": 17}, "min_age"),
        ({"min_age": 16, "max_age": 17}, "name"),
        ({"name": "Other", "min_age": 17, "max_age": 16}, "max_age"),
        ({"name": "Other", "min_age": 20, "max_age": 26}, "max_age"),
        ({"name": " "}, "name"),
    ):
        with pytest.raises(Invalid) as refused:
            band(session, commissioner, lot, **changes)
        assert refused.value.field == field
    second = band(session, commissioner, lot, name="Enhanced", level=BandLevel.ENHANCED)
    band(session, commissioner, market.fostering)
    assert [one.id for one in bands_of(session, [lot.id])[lot.id]] == [first.id, second.id]


def test_a_band_is_changed_and_removed_while_no_price_list_uses_it(
    session: Session, commissioner: Actor, market: Market
) -> None:
    made = band(session, commissioner, market.residential)
    said: dict[str, Any] = {"name": "Older", "min_age": 12, "max_age": 17, "level": BandLevel.COMPLEX}
    change_band(session, actor=commissioner, band_id=made.id, version=made.version, now=NOW, **said)
    assert (made.name, made.min_age, made.level) == ("Older", 12, BandLevel.COMPLEX)
    with pytest.raises(Stale):
        change_band(session, actor=commissioner, band_id=made.id, version=1, now=NOW, **said)
    assert remove_band(session, actor=commissioner, band_id=made.id, now=NOW) == market.residential.id
    with pytest.raises(NotFound):
        remove_band(session, actor=commissioner, band_id=made.id, now=NOW)


def test_a_row_is_in_use_when_any_table_refers_to_it(session: Session, commissioner: Actor, market: Market) -> None:
    lot = market.fostering
    assert not in_use(session, Lot, lot.id)
    band(session, commissioner, lot)
    assert in_use(session, Lot, lot.id)
    assert not in_use(session, Lot, lot.id, besides=(PriceBand, Participation))
    factory.make_enrolled_service(session, lot=lot)
    assert in_use(session, Lot, lot.id, besides=(PriceBand, Participation))


def test_a_borough_leaves_on_a_day_and_can_join_again(session: Session, commissioner: Actor, market: Market) -> None:
    borough, lot = make_organisation(session, OrganisationKind.BOROUGH), market.residential

    def join(first_day: dt.date) -> Participation:
        return join_lot(
            session, actor=commissioner, lot_id=lot.id, organisation_id=borough.id, first_day=first_day, now=NOW
        )

    def leave(made: Participation, last_day: dt.date) -> None:
        leave_lot(session, actor=commissioner, participation_id=made.id, last_day=last_day, now=NOW)

    first = join(dt.date(2025, 1, 1))
    for day in (TODAY - DAY, lot.closes_on + DAY):
        with pytest.raises(Invalid) as refused:
            leave(first, day)
        assert refused.value.field == "last_day"
    leave(first, TODAY + 10 * DAY)
    days = (TODAY, TODAY + 10 * DAY, TODAY + 11 * DAY)
    assert [participates(session, borough.id, lot.id, day) for day in days] == [True, True, False]
    second = join(TODAY + 20 * DAY)
    with pytest.raises(Invalid, match="joins again"):
        leave(first, TODAY + 20 * DAY)
    with pytest.raises(Conflict, match="takes part already"):
        take_back_participation(session, actor=commissioner, participation_id=first.id, now=NOW)
    take_back_participation(session, actor=commissioner, participation_id=second.id, now=NOW)
    assert [one.participation.id for one in taking_part(session, commissioner, lot.id)] == [first.id]
    with pytest.raises(Conflict, match="ended on"):
        leave_lot(
            session, actor=commissioner, participation_id=first.id, last_day=TODAY, now=NOW + dt.timedelta(days=30)
        )


def test_the_list_counts_the_boroughs_that_take_part_on_the_day(
    session: Session, commissioner: Actor, market: Market
) -> None:
    """A borough may join residential only, and others join later."""
    one, two, three = (make_organisation(session, OrganisationKind.BOROUGH) for _ in range(3))
    for borough, lot, first_day in (
        (one, market.residential, TODAY),
        (two, market.residential, TODAY),
        (two, market.fostering, TODAY),
        (three, market.fostering, TODAY + 30 * DAY),
    ):
        join_lot(session, actor=commissioner, lot_id=lot.id, organisation_id=borough.id, first_day=first_day, now=NOW)
    counted = [systems(session, commissioner, day)[0].boroughs for day in (TODAY, TODAY + 30 * DAY)]
    assert counted == [2, 3]
