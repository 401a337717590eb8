"""The tariff in force and what a request freezes of it: expected price as benchmark, house table where there are too
few comparables, and the line above which an offer is asked to explain itself.
"""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import jobs, policies
from app.core.database import Sessions, transaction
from app.core.errors import Conflict, Invalid
from app.core.models import Job
from app.placements import fitting
from app.placements.comparables import history_of
from app.placements.fitting import FIT_PRICES, FITTING, Nothing, ToFit, fit_now, what_to_fit
from app.placements.status import PlacementStatus
from app.requests.models import PlacementRequest
from app.requests.prices.benchmark import choose_benchmark, expectation_of
from app.requests.prices.models import PriceTariff
from app.requests.prices.published import published_tariff
from app.requests.prices.rules import POLICY, price_rules_on
from app.requests.prices.tariff import Fitted
from providers.market.status import ServiceType
from tests.factories.reporting import SpendMarket
from tests.factories.requests import NEEDS, NOW, load_policies, make_lot, make_published_request
from tests.factories.tariffs import keep_tariff, tariff_document

DAY = dt.timedelta(days=1)
HOUSE = 612_308
"""The house table's children's home."""


def policy(session: Session, version: str, **changed: Any) -> None:
    """A version of the policy of expected prices in force today, with something else in it."""
    content = policies.in_force(session, POLICY, NOW.date()).content
    policies.append(
        session,
        kind=POLICY,
        version=version,
        in_force_from=NOW.date(),
        source="Made up for a test",
        content={**content, **changed},
        now=NOW,
    )


def frozen(session: Session) -> PlacementRequest:
    return make_published_request(session, lot=make_lot(session))


def test_a_request_freezes_the_expected_price_of_its_needs_and_says_from_what(session: Session) -> None:
    """The first need is at level 1: £4,000 x 1.1 = £4,400, and the line 1.1 times that, £4,840."""
    assert NEEDS[0] == 1
    tariff = keep_tariff(session, comparables=62)
    request = frozen(session)
    assert request.benchmark_pence == 440_000
    assert "version 1 of 23 November 2026, from 62 comparable placements" in (request.benchmark_source or "")
    expectation = expectation_of(session, request.id)
    assert expectation is not None
    assert (expectation.tariff_id, expectation.expected_pence, expectation.high_pence) == (tariff.id, 440_000, 484_000)
    assert (expectation.comparables, expectation.explain) == (62, True)


def test_a_request_keeps_what_it_froze_when_the_tariff_moves(session: Session) -> None:
    keep_tariff(session)
    request = frozen(session)
    keep_tariff(session, base=800_000, history="b", now=NOW + dt.timedelta(minutes=1))
    session.refresh(request)
    assert request.benchmark_pence == 440_000
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text("UPDATE price_expectation SET high_pence = 1"))


def test_fewer_than_thirty_comparables_freeze_the_house_table_and_no_line(session: Session) -> None:
    keep_tariff(session, comparables=29)
    request = frozen(session)
    assert request.benchmark_pence == HOUSE
    assert "National Audit Office" in (request.benchmark_source or "")
    assert expectation_of(session, request.id) is None


@pytest.mark.parametrize("why", ["no tariff", "too few", "policy", "enough"])
def test_the_officer_reads_why_that_benchmark_is_frozen(session: Session, why: str) -> None:
    load_policies(session)
    if why != "no tariff":
        keep_tariff(session, comparables=29 if why == "too few" else 30)
    if why == "policy":
        policy(session, "2", benchmark="house_table")
    choice = choose_benchmark(
        session,
        service_type=ServiceType.RESIDENTIAL,
        age_weeks=700,
        needs=NEEDS,
        starts_on=NOW.date(),
        now=NOW,
    )
    then = ", so the house table's price is frozen."
    words = {
        "no tariff": "Insufficient comparable placements: no tariff has been fitted yet" + then,
        "too few": "Insufficient comparable placements of this kind and age (fewer than 30, or none of about that age)"
        + then,
        "policy": "The policy keeps to the house table" + then,
        "enough": "The tariff has enough comparable placements.",
    }
    assert choice.why == words[why]
    assert choice.benchmark is not None
    assert choice.benchmark.weekly_pence == (440_000 if why == "enough" else HOUSE)


def test_a_consortium_can_stay_on_its_table_and_still_ask_for_explanations(session: Session) -> None:
    keep_tariff(session)
    policy(session, "2", benchmark="house_table")
    request = frozen(session)
    expectation = expectation_of(session, request.id)
    assert request.benchmark_pence == HOUSE
    assert expectation is not None
    assert (expectation.high_pence, expectation.explain) == (484_000, True)


def test_a_policy_may_ask_for_more_comparables_and_never_for_fewer(session: Session) -> None:
    keep_tariff(session, comparables=40)
    policy(session, "2", least_comparables=41, explain_above_p90=False)
    assert frozen(session).benchmark_pence == HOUSE
    policy(session, "3", least_comparables=29)
    with pytest.raises(Invalid, match="fewer than 30"):
        price_rules_on(session, NOW.date())


@pytest.mark.parametrize(("years", "expected"), [(6, False), (7, True), (14, True), (15, False)])
def test_an_age_that_is_not_on_record_has_no_expected_price(session: Session, years: int, expected: bool) -> None:
    """On record are children of 8 to 13; a year beyond is near enough. Up to 15, 53 weeks a year are that many whole
    years.
    """
    keep_tariff(session)
    choice = choose_benchmark(
        session,
        service_type=ServiceType.RESIDENTIAL,
        age_weeks=years * 53,
        needs=NEEDS,
        starts_on=NOW.date(),
        now=NOW,
    )
    assert (choice.expected is not None) is expected


def test_without_a_policy_of_expected_prices_everything_is_as_it_was(session: Session) -> None:
    """An installation that was upgraded and has not loaded the new policies yet."""
    load_policies(session)
    before = dt.date(2019, 12, 31)
    assert price_rules_on(session, before) is None
    assert what_to_fit(session, dt.datetime(2019, 12, 31, 12, tzinfo=dt.UTC)) == Nothing(
        "No policy of expected prices is in force. Load the policies first."
    )


def test_the_published_versions_say_what_changed(session: Session) -> None:
    """£4,000 became £4,100: 25 thousandths more."""
    keep_tariff(session, comparables=30)
    keep_tariff(session, comparables=33, base=410_000, history="b", now=NOW + DAY)
    current, versions = published_tariff(session, NOW + 2 * DAY)
    assert current is not None
    assert [(one.number, [(c.before, c.after, c.moved) for c in one.changes]) for one in versions] == [
        (2, [(30, 33, 25)]),
        (1, [(None, 30, None)]),
    ]
    assert current.kinds[0].ages[0] == (8, 410_000)
    before, _ = published_tariff(session, NOW)
    assert before is not None
    assert before.number == 1, "a version counts from the moment at which it was fitted"
    with pytest.raises(Conflict, match="same placements"):
        keep_tariff(session, history="b", now=NOW + 3 * DAY)


def with_placements(session: Session, number: int, **more: Any) -> SpendMarket:
    """So many placements in children's homes, of which the first of the two lots is."""
    market = SpendMarket.make(session, lots=2)
    for i in range(number):
        day = dt.date(2026, 1, 5) + dt.timedelta(days=7 * i)
        market.place(first_day=day, last_day=day + 200 * DAY, weekly=400_000 + i, lot=1, started_on=day, **more)
    return market


def test_a_history_is_of_placements_that_have_begun_under_an_award(session: Session) -> None:
    """Age is whole years on the first day (700 weeks are 13), the price is the whole week's."""
    market = with_placements(session, 2)
    day = dt.date(2026, 2, 2)
    for left_out in ({"void": True, "started_on": day}, {}, {"started_on": NOW.date() + DAY}):
        market.place(first_day=day, last_day=day + 200 * DAY, weekly=999, lot=1, **left_out)
    market.place(first_day=day, last_day=day + 99 * DAY, weekly=1, lot=1, started_on=day, status=PlacementStatus.ENDED)
    market.rows[list(market.rows)[-2]][-1]["ended_on"] = day + DAY
    market.write(session)
    rows = history_of(session, NOW.date()).rows
    assert [(row.placement_type, row.age_years, row.needs, row.weekly_pence) for row in rows] == [
        ("residential", 13, (1,) * 12, 400_000),
        ("residential", 13, (1,) * 12, 400_001),
        ("residential", 13, (1,) * 12, 1),
    ]


def fake_fit(found: ToFit) -> tuple[ToFit, Fitted]:
    """What the process of its own would answer."""
    history = found.history
    return found, Fitted(
        len(history.rows),
        history.first_start,
        history.last_start,
        history.hash,
        tariff_document(comparables=len(history.rows)),
        {"types": {}, "held_out": None},
    )


def test_a_version_is_fitted_from_thirty_of_a_kind_and_again_only_when_they_change(session: Session) -> None:
    market = with_placements(session, 29)
    market.write(session)
    assert isinstance(what_to_fit(session, NOW), Nothing)
    day = dt.date(2026, 9, 7)
    market.place(first_day=day, last_day=day + 99 * DAY, weekly=500_000, lot=1, started_on=day)
    market.write(session)
    found = what_to_fit(session, NOW)
    assert isinstance(found, ToFit)
    first = fitting.keep(session, fake_fit(found), NOW)
    assert first is not None
    assert (first.number, first.placements, first.first_start, first.last_start) == (1, 30, dt.date(2026, 1, 5), day)
    assert fitting.keep(session, fake_fit(found), NOW + DAY) is None, "another process was quicker"
    assert what_to_fit(session, NOW + 28 * DAY) == Nothing(
        "Nothing changed: version 1 was fitted from the same placements."
    )
    market.place(first_day=day, last_day=day + 99 * DAY, weekly=510_000, lot=1, started_on=day)
    market.write(session)
    assert what_to_fit(session, NOW + 27 * DAY) == Nothing("Version 1 is less than 28 days old.")
    assert isinstance(what_to_fit(session, NOW + 27 * DAY, asked=True), ToFit)
    again = what_to_fit(session, NOW + 28 * DAY)
    assert isinstance(again, ToFit)
    second = fitting.keep(session, fake_fit(again), NOW + 28 * DAY)
    assert second is not None
    assert (second.number, second.placements) == (2, 31)


def test_the_job_locks_nothing_while_it_fits_and_keeps_one_version(sessions: Sessions) -> None:
    """Somebody writes during the fit; two runners keep one version between them; a fault puts the job off."""
    with transaction(sessions) as session:
        with_placements(session, 30).write(session)
        jobs.schedule(session, kind=FIT_PRICES, key="2026-11-23", payload={}, due_at=NOW)
    wrote: list[str] = []

    def fit_while_others_write(found: ToFit) -> tuple[ToFit, Fitted]:
        def write() -> None:
            with transaction(sessions) as other:
                jobs.schedule(other, kind="made_up", key="beside", payload={}, due_at=NOW + DAY)
                wrote.append("beside")

        beside = threading.Thread(target=write)
        beside.start()
        beside.join(20)
        assert jobs.run_due(sessions, {FIT_PRICES: job}, lambda _: NOW) == 0, "begun, and so nobody else's"
        return fake_fit(found)

    def fails(_found: ToFit) -> tuple[ToFit, Fitted]:
        raise Conflict("The tariff could not be fitted.")

    job: jobs.Long[ToFit, tuple[ToFit, Fitted]] = jobs.Long(FITTING.look, fails, FITTING.keep)
    told: list[str] = []
    jobs.run_due(sessions, {FIT_PRICES: job}, lambda _: NOW, limit=1, on_fault=lambda kind, _: told.append(kind))
    with transaction(sessions, read_only=True) as session:
        waiting = session.scalars(select(Job).where(Job.kind == FIT_PRICES)).one()
        assert (told, waiting.attempts, waiting.done_at) == ([FIT_PRICES], 1, None)
        assert waiting.due_at == NOW + jobs.FIRST_WAIT
    later = NOW + jobs.FIRST_WAIT
    job = jobs.Long(FITTING.look, fit_while_others_write, FITTING.keep)
    assert jobs.run_due(sessions, {FIT_PRICES: job}, lambda _: later) == 1
    assert wrote == ["beside"]
    with transaction(sessions, read_only=True) as session:
        assert session.scalar(select(func.count(PriceTariff.id))) == 1
        assert session.scalars(select(Job.done_at).where(Job.kind == FIT_PRICES)).one() == later
    nothing = Nothing("Nothing changed: version 1 was fitted from the same placements.")
    assert fit_now(sessions, lambda _: later) == nothing, "nor does the console fit it again"
