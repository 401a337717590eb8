"""F-4: the hub is shown which applications it should decide before the offers of a request on their lot are opened."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed
from app.identity.permissions import Actor
from app.requests.joining import overtaken, record_exception, still_to_decide
from providers.market.models import Lot
from providers.market.status import ProcurementMode
from providers.passport.models import Application
from providers.passport.status import ApplicationStatus
from tests.factories import providers as factory
from tests.factories.offers import somebody_of
from tests.factories.providers import NOW
from tests.factories.requests import make_published_request

DAY = dt.timedelta(days=1)


@pytest.fixture
def commissioner(session: Session) -> Actor:
    return factory.make_commissioner(session)


def lot_under(session: Session, mode: ProcurementMode = ProcurementMode.PA23_LIGHT_TOUCH) -> Lot:
    return factory.make_system_and_lots(session, mode=mode).residential


def waiting(session: Session, lot: Lot, due: int) -> Application:
    """An application of a service that is on another lot, due so many days from now."""
    service = factory.make_enrolled_service(session, lot=factory.make_system_and_lots(session).fostering)
    row = Application(
        claim_id=service.claim_id,
        lot_id=lot.id,
        statement="Made up",
        submitted_by=somebody_of(session, service).person_id,
        submitted_at=NOW,
        due_on=NOW.date() + due * DAY,
    )
    session.add(row)
    session.flush()
    return row


def published(session: Session, lot: Lot, days: int) -> str:
    return make_published_request(session, lot=lot, now=NOW, offers_close_at=NOW + days * DAY).reference


def test_a_request_whose_deadline_comes_first_overtakes_an_application(session: Session, commissioner: Actor) -> None:
    lot = lot_under(session)
    application, late = waiting(session, lot, 10), waiting(session, lot, 3)
    soon, same_day, later = (published(session, lot, days) for days in (5, 10, 15))
    published(session, lot_under(session), 5)
    found = overtaken(session, commissioner, NOW)
    assert [one.reference for one in found[application.id]] == [soon, same_day]
    assert late.id not in found
    assert later not in [one.reference for one in found[application.id]]
    assert still_to_decide(found[application.id]) == found[application.id]


def test_a_request_that_closed_or_an_application_that_is_decided_is_no_longer_shown(
    session: Session, commissioner: Actor
) -> None:
    lot = lot_under(session)
    application = waiting(session, lot, 10)
    published(session, lot, 5)
    assert application.id in overtaken(session, commissioner, NOW)
    assert overtaken(session, commissioner, NOW + 5 * DAY) == {}
    application.status = ApplicationStatus.WITHDRAWN
    session.flush()
    assert overtaken(session, commissioner, NOW) == {}


def test_the_exception_is_the_acts_and_has_its_reason(session: Session, commissioner: Actor) -> None:
    lot = lot_under(session)
    application = waiting(session, lot, 10)
    first = published(session, lot, 5)

    def record(reason: str = "Twelve linked homes have to be visited.") -> None:
        record_exception(session, actor=commissioner, application_id=application.id, reason=reason, now=NOW)

    with pytest.raises(Invalid) as refused:
        record(" ")
    assert refused.value.field == "reason"
    with pytest.raises(NotAllowed):
        record_exception(
            session, actor=factory.make_provider(session), application_id=application.id, reason="No", now=NOW
        )
    record()
    (one,) = overtaken(session, commissioner, NOW)[application.id]
    assert (one.reference, one.exception) == (first, "Twelve linked homes have to be visited.")
    assert one.recorded_by == commissioner.person_name
    with pytest.raises(Conflict):
        record()
    second = published(session, lot, 6)
    assert [one.reference for one in still_to_decide(overtaken(session, commissioner, NOW)[application.id])] == [second]
    record("The same visits.")
    assert still_to_decide(overtaken(session, commissioner, NOW)[application.id]) == []


@pytest.mark.parametrize("mode", [ProcurementMode.PCR34, ProcurementMode.PCR_LIGHT_TOUCH])
def test_the_2015_regulations_know_no_such_exception(
    session: Session, commissioner: Actor, mode: ProcurementMode
) -> None:
    lot = lot_under(session, mode)
    application = waiting(session, lot, 20)
    published(session, lot, 12)
    assert application.id in overtaken(session, commissioner, NOW)
    with pytest.raises(Conflict, match="2015"):
        record_exception(session, actor=commissioner, application_id=application.id, reason="Complex.", now=NOW)
