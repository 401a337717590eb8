"""A service whose free places are stale is not told of a request where the mode lets us choose, and why is kept."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.offers.invitations import invitations_of, left_out_of, missed
from app.offers.models import Invitation, LeftOut
from notifications.models import OutboxMessage
from providers.market.status import ProcurementMode
from tests.factories import offers as made
from tests.factories import providers
from tests.factories.requests import NOW

DAY = dt.timedelta(days=1)
STALE_AFTER = 14
"""The days of the evaluation policy that ships."""


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        (ProcurementMode.PCR34, [True, True, True]),
        (ProcurementMode.PCR_LIGHT_TOUCH, [True, True, False]),
        (ProcurementMode.PA23_LIGHT_TOUCH, [True, True, False]),
        (ProcurementMode.PA23_DYNAMIC_MARKET, [True, True, False]),
    ],
)
def test_who_is_told_by_mode_and_freshness(session: Session, mode: ProcurementMode, told: list[bool]) -> None:
    lot = providers.make_system_and_lots(session, NOW, mode=mode).residential
    ages = (0, STALE_AFTER, STALE_AFTER + 1)
    scene = made.make_scene(
        session, lot=lot, services=[{"confirmed_at": NOW - age * DAY} for age in ages], include=False
    )
    invited = set(session.scalars(select(Invitation.service_id)))
    assert [service.id in invited for service in scene.services] == told
    left = session.scalars(select(LeftOut)).all()
    figures = ("gate", "confirmed_days_ago", "stale_after_days")
    assert [
        (row.service_id, row.reason, [[gate[one] for one in figures] for gate in row.facts["gates"]]) for row in left
    ] == [
        (service.id, "stale_vacancy", [["stale_vacancy", age, STALE_AFTER]])
        for service, age, was in zip(scene.services, ages, told, strict=True)
        if not was
    ]
    addresses = set(session.scalars(select(OutboxMessage.address).where(OutboxMessage.template == "request_alert")))
    assert [service.alert_email in addresses for service in scene.services] == told


def test_both_sides_learn_of_it_and_the_company_only_while_the_request_is_open(session: Session) -> None:
    lot = providers.make_system_and_lots(session, NOW, mode=ProcurementMode.PCR_LIGHT_TOUCH).residential
    scene = made.make_scene(session, lot=lot, services=({}, {"confirmed_at": NOW - 30 * DAY}), include=False)
    fresh, stale = scene.services
    assert [row[0].service_id for row in invitations_of(session, actor=scene.officer, request_id=scene.request.id)] == [
        fresh.id
    ]
    ((row, name, _),) = left_out_of(session, actor=scene.officer, request_id=scene.request.id)
    assert (row.service_id, name) == (stale.id, stale.name)
    assert missed(session, actor=scene.provider(stale), now=NOW) == {stale.id: 1}
    assert missed(session, actor=scene.provider(fresh), now=NOW) == {}
    assert missed(session, actor=scene.provider(stale), now=scene.deadline) == {}
