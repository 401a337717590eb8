"""An excluded supplier is disregarded, and of an excludable one a person decides first (F-7)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.identity.permissions import Actor
from providers.passport.applications import decide_application
from providers.passport.exclusions import (
    Standing,
    decide_exclusion,
    end_exclusion,
    exclusions,
    record_exclusion,
    standing_for,
    standing_of,
)
from providers.passport.models import Application, SupplierExclusion
from providers.passport.status import ApplicationStatus, ExclusionKind, ExclusionStatus
from providers.services.queries import is_enrolled
from tests.factories import accreditation as joining
from tests.factories import providers as factory
from tests.factories.providers import BASE_URL, NOW, Market

TODAY = NOW.date()
DAY = dt.timedelta(days=1)
LATER = NOW + dt.timedelta(hours=3)


def sent(session: Session, provider: Actor, commissioner: Actor, market: Market, **other: str) -> Application:
    """An application of a company whose passport says `other` on exclusion."""
    joining.fill_passport(session, provider, **other)
    made = joining.make_ready_service(session, provider, commissioner)
    return joining.make_application(session, provider, made, market.residential)


def record(
    session: Session,
    actor: Actor,
    organisation_id: str,
    kind: str,
    from_day: dt.date = TODAY,
    to_day: dt.date | None = None,
) -> SupplierExclusion:
    return record_exclusion(
        session,
        actor=actor,
        organisation_id=organisation_id,
        kind=ExclusionKind(kind),
        ground="A made-up ground",
        basis="Schedule 6 or 7, with made-up facts",
        from_day=from_day,
        to_day=to_day,
        now=NOW,
    )


def rule(session: Session, actor: Actor, row: SupplierExclusion, *, admit: bool, now: dt.datetime = LATER) -> None:
    decide_exclusion(
        session, actor=actor, exclusion_id=row.id, admit=admit, reason="New people.", now=now, version=row.version
    )


def settle(session: Session, actor: Actor, application: Application, *, approve: bool) -> Application:
    return decide_application(
        session,
        actor=actor,
        application_id=application.id,
        approve=approve,
        reason="By the rule.",
        now=LATER,
        version=application.version,
        base_url=BASE_URL,
    )


def test_a_company_that_names_a_mandatory_ground_is_disregarded_without_marks(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    application = sent(session, provider, commissioner, market, mandatory_exclusion="yes")
    assert standing_of(session, provider.organisation_id, TODAY).bars is not None
    with pytest.raises(Conflict, match="has to be disregarded"):
        settle(session, commissioner, application, approve=True)
    refused = settle(session, commissioner, application, approve=False)
    assert (refused.status, refused.disregarded, refused.marks_per_cent) == (ApplicationStatus.REFUSED, True, None)


def test_a_mandatory_ground_that_the_hub_records_is_disregarded_and_leaves_nothing_to_decide(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    application = sent(session, provider, commissioner, market)
    row = record(session, commissioner, provider.organisation_id, "excluded")
    assert row.status is ExclusionStatus.DISREGARDED
    with pytest.raises(Conflict, match="nothing to decide"):
        rule(session, commissioner, row, admit=True)
    with pytest.raises(Conflict, match="A made-up ground"):
        settle(session, commissioner, application, approve=True)
    assert settle(session, commissioner, application, approve=False).disregarded


def test_the_database_itself_admits_no_excluded_supplier(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    row = record(session, commissioner, provider.organisation_id, "excluded")
    nested = session.begin_nested()
    row.status = ExclusionStatus.ADMITTED
    with pytest.raises(IntegrityError):
        session.flush()
    nested.rollback()


@pytest.mark.parametrize("declared", [True, False])
def test_of_an_excludable_company_a_person_decides_before_its_application_is_decided(
    session: Session, provider: Actor, commissioner: Actor, market: Market, declared: bool
) -> None:
    said = {"discretionary_exclusion": "yes", "self_cleaning": "New people."} if declared else {}
    application = sent(session, provider, commissioner, market, **said)
    joining.assess(session, application, commissioner, factory.make_commissioner(session))
    row = None if declared else record(session, commissioner, provider.organisation_id, "excludable")
    for approve in (True, False):
        with pytest.raises(Conflict, match="Decide on that first"):
            settle(session, commissioner, application, approve=approve)
    row = row or record(session, commissioner, provider.organisation_id, "excludable")
    rule(session, commissioner, row, admit=True)
    assert standing_for(session, application, TODAY) == Standing()
    assert settle(session, commissioner, application, approve=True).status is ApplicationStatus.APPROVED


def test_an_excludable_company_that_is_disregarded_may_be_thought_of_again(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    application = sent(session, provider, commissioner, market)
    row = record(session, commissioner, provider.organisation_id, "excludable")
    rule(session, commissioner, row, admit=False)
    with pytest.raises(Conflict, match="decided to disregard the company: New people"):
        settle(session, commissioner, application, approve=True)
    rule(session, commissioner, row, admit=True)
    assert standing_of(session, provider.organisation_id, TODAY) == Standing()


def test_what_a_company_says_after_it_was_admitted_is_decided_of_again(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    row = record(session, commissioner, provider.organisation_id, "excludable")
    rule(session, commissioner, row, admit=True, now=NOW)
    joining.fill_passport(session, provider, LATER, discretionary_exclusion="yes")
    assert standing_of(session, provider.organisation_id, TODAY).undecided is not None
    rule(session, commissioner, record(session, commissioner, provider.organisation_id, "excludable"), admit=True)
    assert standing_of(session, provider.organisation_id, TODAY) == Standing()


@pytest.mark.parametrize(
    ("from_day", "to_day", "stands"),
    [
        (TODAY, None, True),
        (TODAY, TODAY, True),
        (TODAY + DAY, None, False),
        (TODAY - 9 * DAY, TODAY - DAY, False),
    ],
)
def test_a_ground_counts_between_its_days(
    session: Session, provider: Actor, commissioner: Actor, from_day: dt.date, to_day: dt.date | None, stands: bool
) -> None:
    record(session, commissioner, provider.organisation_id, "excluded", from_day, to_day)
    assert (standing_of(session, provider.organisation_id, TODAY).bars is not None) is stands


def test_a_ground_is_ended_with_reasons_and_stays_in_the_record(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    row = record(session, commissioner, provider.organisation_id, "excluded")

    def end(reason: str, version: int) -> SupplierExclusion:
        return end_exclusion(
            session, actor=commissioner, exclusion_id=row.id, reason=reason, now=LATER, version=version
        )

    with pytest.raises(Invalid):
        end(" ", row.version)
    with pytest.raises(Stale):
        end("Off the list.", row.version + 1)
    end("Off the debarment list.", row.version)
    assert standing_of(session, provider.organisation_id, TODAY) == Standing()
    assert [one.exclusion.end_reason for one in exclusions(session, commissioner)] == ["Off the debarment list."]
    with pytest.raises(Conflict):
        end("Again.", row.version)


def test_nobody_is_taken_off_a_lot_by_a_ground(session: Session, commissioner: Actor, market: Market) -> None:
    service = factory.make_enrolled_service(session, lot=market.residential)
    record(session, commissioner, service.organisation_id, "excluded")
    assert is_enrolled(session, service.id, market.residential.id)


def test_only_the_hub_records_and_only_of_a_provider(session: Session, provider: Actor, commissioner: Actor) -> None:
    with pytest.raises(NotAllowed):
        record(session, provider, provider.organisation_id, "excludable")
    with pytest.raises(NotFound):
        record(session, commissioner, commissioner.organisation_id, "excludable")
    with pytest.raises(Invalid) as refused:
        record(session, commissioner, provider.organisation_id, "excludable", TODAY, TODAY - DAY)
    assert refused.value.field == "to_day"
