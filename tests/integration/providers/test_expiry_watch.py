"""Reminders, each once, and the hub's list: against a slow count by hand of the same market."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import NotAllowed
from app.identity.models import Membership, Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from notifications.models import OutboxMessage
from providers.passport.evidence import withdraw_evidence
from providers.passport.expiry import Currency, needs_attention
from providers.passport.lapsing import companies_barred, lapsing
from providers.passport.models import Claim, Evidence
from providers.passport.reminding import remind
from providers.passport.status import EnrolmentStatus
from tests.factories import providers as factory
from tests.factories.identity import make_actor
from tests.factories.offers import somebody_of
from tests.factories.passport import Shelf, show

NOW = factory.NOW
TODAY = NOW.date()
DAY = dt.timedelta(days=1)
BASE_URL = "https://homeward.example"


def a_company(
    session: Session, market: factory.Market, *, status: EnrolmentStatus = EnrolmentStatus.ENROLLED
) -> tuple[Actor, str]:
    """The administrator of a company with a home on a lot, and its claim."""
    service = factory.make_enrolled_service(session, lot=market.residential, status=status)
    return somebody_of(session, service), service.claim_id


def day_of_work(session: Session, days: int) -> int:
    return remind(session, now=NOW + days * DAY, base_url=BASE_URL)


def letters(session: Session) -> list[OutboxMessage]:
    return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.created_at, OutboxMessage.address)))


def test_an_administrator_is_reminded_at_60_30_and_7_days_and_once_after_the_last(
    session: Session, market: factory.Market
) -> None:
    actor, _ = a_company(session, market)
    show(session, actor, "public_liability", TODAY + 70 * DAY)
    told = {
        days: count
        for days in (0, 9, 10, 11, 39, 40, 41, 62, 63, 64, 70, 71, 72, 99)
        if (count := day_of_work(session, days))
    }
    assert told == {10: 1, 40: 1, 63: 1, 71: 1}
    assert [(mail.created_at - NOW).days for mail in letters(session)] == [10, 40, 63, 71]
    assert [mail.template for mail in letters(session)] == ["evidence_ending"] * 3 + ["evidence_lapsed"]
    last = letters(session)[-1]
    assert f"{BASE_URL}/provider/passport" in last.text
    assert "Public liability insurance, at least £5 million" in last.text


def test_the_same_day_again_and_a_day_that_was_missed_remind_nobody_twice(
    session: Session, market: factory.Market
) -> None:
    actor, claim_id = a_company(session, market)
    show(session, actor, "public_liability", TODAY + 70 * DAY)
    show(session, actor, "statement_of_purpose", TODAY + 70 * DAY, claim_id=claim_id)
    assert day_of_work(session, 45) == 2  # the 60th and the 30th day were missed: the closer one is told
    assert day_of_work(session, 45) == 0
    (mail,) = letters(session)
    assert "2 documents" in mail.subject
    urn = session.get_one(Claim, claim_id).urn
    assert f"Statement of purpose (URN {urn})" in mail.text


def test_who_renewed_in_time_is_not_reminded_of_the_old_file(session: Session, market: factory.Market) -> None:
    actor, _ = a_company(session, market)
    show(session, actor, "public_liability", TODAY + 70 * DAY)
    assert day_of_work(session, 10) == 1
    show(session, actor, "public_liability", TODAY + 435 * DAY, now=NOW + 20 * DAY, words="newer")
    assert [day_of_work(session, days) for days in (40, 63, 71, 90)] == [0, 0, 0, 0]
    assert day_of_work(session, 435 - 60) == 1


def test_every_administrator_is_told_and_no_member_of_staff_and_nobody_who_left(
    session: Session, market: factory.Market
) -> None:
    actor, _ = a_company(session, market)
    company = session.get_one(Organisation, actor.organisation_id)
    make_actor(session, company)
    make_actor(session, company, Role.PROVIDER_STAFF)
    gone = make_actor(session, company)
    session.scalars(select(Membership).where(Membership.person_id == gone.person_id)).one().ended_at = NOW
    show(session, actor, "public_liability", TODAY + 20 * DAY)
    day_of_work(session, 0)
    assert len({mail.address for mail in letters(session)}) == len(letters(session)) == 2


def test_what_no_lot_requires_of_a_company_is_not_watched(session: Session, market: factory.Market) -> None:
    removed, _ = a_company(session, market, status=EnrolmentStatus.REMOVED)
    unclaimed = factory.make_provider(session)
    for actor in (removed, unclaimed):
        show(session, actor, "public_liability", TODAY + 20 * DAY)
    assert day_of_work(session, 0) == 0


def test_the_hubs_list_and_figures_equal_a_count_by_hand(
    session: Session, market: factory.Market, commissioner: Actor
) -> None:
    """Many companies with files that end anywhere, some renewed, some withdrawn: the list in SQL against plain
    Python.
    """
    draw = random.Random(7)  # made up, and the same each time
    questions = ("public_liability", "accounts", "complaints_policy")
    companies = []
    shelf = Shelf()
    for number in range(9):
        status = EnrolmentStatus.REMOVED if number == 3 else EnrolmentStatus.ENROLLED
        actor, _ = a_company(session, market, status=status)
        companies.append(actor)
        for question in questions:
            for turn in range(draw.randrange(3)):
                row = show(
                    session,
                    actor,
                    question,
                    TODAY + draw.randrange(-40, 120) * DAY,
                    store=shelf,
                    now=NOW - (50 - turn) * DAY,
                )
                if draw.random() < 0.4:
                    at = NOW - draw.randrange(0, 40) * DAY
                    withdraw_evidence(session, actor=actor, evidence_id=row.id, now=at)
    expected = by_hand(session, [actor.organisation_id for n, actor in enumerate(companies) if n != 3])
    for only in (None, Currency.BARRING, Currency.LAPSED, Currency.ENDING):
        rows, total = lapsing(session, commissioner, TODAY, only=only, limit=1000)
        wanted = {key: one for key, one in expected.items() if only in (None, one[1])}
        assert {(row.organisation_id, row.question.key): (row.ends_on, row.currency) for row in rows} == wanted
        assert total == len(wanted) > 0
    order = [row.currency for row in lapsing(session, commissioner, TODAY, limit=1000)[0]]
    assert order == sorted(order, key=[Currency.BARRING, Currency.LAPSED, Currency.ENDING].index)
    barred = {company for (company, _), (_, currency) in expected.items() if currency is Currency.BARRING}
    lapsed = {company for (company, _), (_, currency) in expected.items() if currency is Currency.LAPSED}
    assert companies_barred(session, commissioner, TODAY) == (len(barred), len(lapsed - barred))
    for actor in companies:
        own = {one.question.key: one.currency for one in needs_attention(session, actor.organisation_id, TODAY)}
        listed = {key: one[1] for (company, key), one in expected.items() if company == actor.organisation_id}
        if actor is not companies[3]:
            assert own == listed
    with pytest.raises(NotAllowed):
        lapsing(session, companies[0], TODAY)


def by_hand(session: Session, organisation_ids: list[str]) -> dict[tuple[str, str], tuple[dt.date, Currency]]:
    """Each company's question with the day on which its evidence ends, in the plainest words."""
    found: dict[tuple[str, str], tuple[dt.date, Currency]] = {}
    rows: dict[tuple[str, str], list[Evidence]] = {}
    for row in session.scalars(select(Evidence).where(Evidence.organisation_id.in_(organisation_ids))):
        rows.setdefault((row.organisation_id, row.question), []).append(row)
    for key, files in rows.items():
        standing = [one for one in files if one.withdrawn_at is None]
        if standing:
            ends = max(standing, key=lambda one: one.added_at).last_day
        else:
            latest = max(files, key=lambda one: (one.withdrawn_at, one.added_at))
            assert latest.withdrawn_at is not None
            assert latest.last_day is not None
            ends = min(latest.last_day, latest.withdrawn_at.date())
        assert ends is not None
        days = (ends - TODAY).days
        if days < -14:
            found[key] = (ends, Currency.BARRING)
        elif days < 0:
            found[key] = (ends, Currency.LAPSED)
        elif days <= 60:
            found[key] = (ends, Currency.ENDING)
    return found
