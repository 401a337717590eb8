"""Setting up a purchasing system: the law by the day it began, its lots, and which boroughs take part when."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Invalid, NotAllowed
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind
from providers.market.clocks import response_window
from providers.market.models import PurchasingSystem
from providers.market.queries import lots_of_borough, open_lots, participates
from providers.market.setup import add_lot, create_system, join_lot
from providers.market.status import ProcurementMode, ServiceType, Strand
from tests.factories import providers as factory
from tests.factories.identity import make_organisation
from tests.factories.providers import NOW

LAST_PCR_DAY, FIRST_ACT_DAY = dt.date(2025, 2, 23), dt.date(2025, 2, 24)
PCR = (ProcurementMode.PCR34, ProcurementMode.PCR_LIGHT_TOUCH)


def system(
    session: Session, actor: Actor, mode: ProcurementMode, begun_on: dt.date, **changes: Any
) -> PurchasingSystem:
    said: dict[str, Any] = {"name": "Made-up system", "starts_on": dt.date(2025, 4, 1), "ends_on": dt.date(2028, 3, 31)}
    return create_system(session, actor=actor, mode=mode, begun_on=begun_on, now=NOW, **(said | changes))


@pytest.mark.parametrize("mode", list(ProcurementMode))
@pytest.mark.parametrize("begun_on", [LAST_PCR_DAY, FIRST_ACT_DAY])
def test_the_day_a_procurement_began_decides_its_law(
    session: Session, commissioner: Actor, mode: ProcurementMode, begun_on: dt.date
) -> None:
    if (mode in PCR) == (begun_on == LAST_PCR_DAY):
        assert system(session, commissioner, mode, begun_on).mode is mode
    else:
        with pytest.raises(Invalid) as refused:
            system(session, commissioner, mode, begun_on)
        assert refused.value.field == "begun_on"


@pytest.mark.parametrize(("mode", "begun_on"), [("pcr34", FIRST_ACT_DAY), ("pa23_light_touch", LAST_PCR_DAY)])
def test_the_database_holds_the_law_too(session: Session, mode: str, begun_on: dt.date) -> None:
    session.add(
        PurchasingSystem(
            name="Raw",
            mode=ProcurementMode(mode),
            begun_on=begun_on,
            starts_on=dt.date(2025, 4, 1),
            ends_on=dt.date(2028, 3, 31),
            created_at=NOW,
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_regulation_34_system_ends_by_its_last_day(session: Session, commissioner: Actor) -> None:
    with pytest.raises(Invalid, match="23 February 2029"):
        system(session, commissioner, ProcurementMode.PCR34, LAST_PCR_DAY, ends_on=dt.date(2029, 2, 24))
    light = ProcurementMode.PCR_LIGHT_TOUCH
    assert system(session, commissioner, light, LAST_PCR_DAY, ends_on=dt.date(2030, 2, 24)).ends_on.year == 2030


def test_a_provider_sets_nothing_up(session: Session, provider: Actor) -> None:
    with pytest.raises(NotAllowed):
        system(session, provider, ProcurementMode.PCR34, LAST_PCR_DAY)


def test_a_lot_buys_what_its_strand_buys_within_its_systems_dates(session: Session, commissioner: Actor) -> None:
    made = system(session, commissioner, ProcurementMode.PCR_LIGHT_TOUCH, LAST_PCR_DAY)

    def lot(name: str, strand: Strand, service_type: ServiceType, closes_on: dt.date | None = None) -> str:
        return add_lot(
            session,
            actor=commissioner,
            system_id=made.id,
            name=name,
            strand=strand,
            service_type=service_type,
            closes_on=closes_on,
            now=NOW,
        ).id

    lot("Homes", Strand.LOOKED_AFTER, ServiceType.RESIDENTIAL)
    for name, strand, service_type, closes_on, field in (
        ("Schools", Strand.LOOKED_AFTER, ServiceType.NMI_DAY, None, "service_type"),
        ("Homes", Strand.LOOKED_AFTER, ServiceType.RESIDENTIAL, None, "name"),
        ("Late", Strand.LOOKED_AFTER, ServiceType.FOSTERING, dt.date(2028, 4, 1), "opens_on"),
    ):
        with pytest.raises(Invalid) as refused:
            lot(name, strand, service_type, closes_on)
        assert refused.value.field == field


def test_a_borough_takes_part_between_its_days_and_once_at_a_time(session: Session, commissioner: Actor) -> None:
    market = factory.make_system_and_lots(session)
    borough = make_organisation(session, OrganisationKind.BOROUGH)
    lot = market.residential

    def join(organisation_id: str, first_day: dt.date, last_day: dt.date | None = None) -> None:
        join_lot(
            session,
            actor=commissioner,
            lot_id=lot.id,
            organisation_id=organisation_id,
            first_day=first_day,
            last_day=last_day,
            now=NOW,
        )

    join(borough.id, dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    with pytest.raises(Invalid, match="already takes part"):
        join(borough.id, dt.date(2025, 12, 31))
    join(borough.id, dt.date(2026, 2, 1))
    with pytest.raises(Invalid, match="Only a borough"):
        join(commissioner.organisation_id, dt.date(2026, 2, 1))
    days = [
        dt.date(2024, 12, 31),
        dt.date(2025, 1, 1),
        dt.date(2025, 12, 31),
        dt.date(2026, 1, 31),
        dt.date(2026, 2, 1),
    ]
    assert [participates(session, borough.id, lot.id, day) for day in days] == [False, True, True, False, True]
    assert [found.id for found in lots_of_borough(session, borough.id, NOW.date())] == [lot.id]
    assert not open_lots(session, dt.date(2028, 4, 1))


@pytest.mark.parametrize(
    ("mode", "urgency", "usual"),
    [
        (ProcurementMode.PCR_LIGHT_TOUCH, "same_day", dt.datetime(2026, 11, 23, 14, 0, tzinfo=dt.UTC)),
        (ProcurementMode.PCR_LIGHT_TOUCH, "urgent", dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)),
        (ProcurementMode.PCR_LIGHT_TOUCH, "planned", dt.datetime(2026, 11, 30, 17, 0, tzinfo=dt.UTC)),
        (ProcurementMode.PCR34, "planned", dt.datetime(2026, 12, 3, 10, 0, tzinfo=dt.UTC)),
    ],
)
def test_providers_have_the_time_that_the_mode_and_the_urgency_give(
    session: Session, mode: ProcurementMode, urgency: str, usual: dt.datetime
) -> None:
    assert response_window(session, mode, urgency, NOW).usual == usual
