"""Other weights over frozen shortlists, worked by hand. All of it is made up.

Two offers against a benchmark of £5,000, every need met. Near: £4,000 a week, quality 60, at the door. Good: £5,000,
quality 90, three miles away. Their price parts are .7 and .5, their practical parts 1 and .94.

At 40/25/25/10 near has 28 + 15 + 25 + 10 = 78 points and good 20 + 22.5 + 25 + 9.4 = 76.9.
At 20/45/25/10 near has 14 + 27 + 25 + 10 = 76 points and good 10 + 40.5 + 25 + 9.4 = 84.9.
"""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.errors import Invalid
from app.reporting import what_if
from app.reporting.frozen_shortlists import Period, case_of
from app.reporting.what_if import Asked, Case, Compared, LeftOut, Outcome, Reason, asked_for, compare, totals
from matching.rank import make_record, read_market
from tests.unit.matching.markets import POLICY, REQUEST, SERVICE, Json

BY_QUALITY = {"price": 20, "quality": 45, "needs": 25, "practical": 10}
EAST = 4_828  # metres; three miles are 4,828.03
YEAR = 52


def service(name: str, quality: int | None, east: int | None = 0, **replaced: Any) -> Json:
    place = (None, None) if east is None else (533_000 + east, 166_000)
    own = {"id": name, "quality": quality, "easting": place[0], "northing": place[1], "places": 3}
    return {**SERVICE, **own, **replaced}


def offer(name: str, weekly: int, request: str = "R1", weeks: int = YEAR) -> Json:
    elements = {"care": weekly, "education": 0, "health": 0, "transport": 0}
    return {"id": f"O-{name}", "request": request, "service": name, "elements": elements, "weeks_per_year": weeks}


NEAR, GOOD = service("near", 60), service("good", 90, EAST)
BOTH = [offer("near", 400_000), offer("good", 500_000)]


def market(
    services: list[Json], offers: list[Json], *, requests: Any = ("R1",), places: int = 1, **policy: Any
) -> Json:
    asks = [
        {**REQUEST, "id": name, "needs": [0] * 12, "benchmark_pence_week": 500_000, "max_miles": None, "places": number}
        for name, number in ((one, places) if isinstance(one, str) else one for one in requests)
    ]
    rules = {**POLICY, "tie_band": 5_000, **policy}
    return {
        "schema": "homeward-market/1",
        "as_of": "2026-04-01",
        "policy": rules,
        "services": services,
        "requests": [{**one, "adaptations": [], "language": None, "exclude_authorities": []} for one in asks],
        "offers": offers,
    }


def row(document: Json, **replaced: Any) -> Any:
    result, record = make_record(read_market(copy.deepcopy(document)))
    given = {"request_id": "R1", "reference": "OAK-1", "borough": "Oakmadeup", "places": 1}
    moment = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    return SimpleNamespace(**{**given, "record": record, "hash": result.hash, "frozen_at": moment, **replaced})


def case(document: Json, chosen: str = "", **replaced: Any) -> Case:
    found = case_of(row(document, **replaced), frozenset({chosen} if chosen else ()))
    assert isinstance(found, Case)
    return found


def compared(one: Case, **asked: Any) -> Compared:
    found = compare(one, asked_for(**{**BY_QUALITY, **asked}))
    assert isinstance(found, Compared)
    return found


def test_a_shortlist_worked_by_hand_has_another_first_offer_where_quality_weighs_more() -> None:
    found = compared(case(market([NEAR, GOOD], BOTH), chosen="O-near"))
    assert (found.then.service_id, found.now.service_id, found.outcome) == ("near", "good", Outcome.ANOTHER)
    assert (found.then.weekly_pence, found.now.weekly_pence) == (400_000, 500_000)
    assert (found.then.annual_pence, found.now.annual_pence) == (20_800_000, 26_000_000)
    assert (found.then.quality, found.now.quality) == (60, 90)
    assert (found.then.tenths, found.now.tenths) == (0, 30)
    assert (found.then.tied, found.now.tied, found.ranked) == (0, 0, 2)
    assert (found.followed, found.would_follow) == (True, False)
    assert found.more_pence == 5_200_000


def test_under_a_requests_own_weights_nothing_is_different() -> None:
    one = case(market([NEAR, GOOD], BOTH), chosen="O-good")
    found = compare(one, Asked(one.market.policy.weights))
    assert isinstance(found, Compared)
    assert found.outcome is Outcome.SAME
    assert found.then == found.now
    assert (found.followed, found.would_follow) == (False, False)


def test_a_change_among_offers_that_were_tied_is_not_another_first_offer() -> None:
    """Near is 1.1 points ahead: tied under a band of 2. With quality good is 8.9 ahead, and first alone."""
    tied = case(market([NEAR, GOOD], BOTH, tie_band=20_000), chosen="O-good")
    found = compared(tied)
    assert (found.then.service_id, found.now.service_id) == ("near", "good")
    assert (found.outcome, found.then.tied, found.now.tied) == (Outcome.WITHIN_TIE, 1, 0)
    assert (found.followed, found.would_follow) == (True, True)
    still = compared(tied, tie_band=100_000)  # a band of 10 points: near is level with good, so it is still first
    assert (still.then.service_id, still.now.service_id) == ("near", "near")
    assert (still.outcome, still.now.tied) == (Outcome.SAME, 1)


def test_the_prior_stands_in_for_an_unknown_quality_only_where_it_is_asked() -> None:
    """Good's quality is not known: 55 gives it 10 + 24.75 + 34.4 = 69.15 against 76; 90 gives it 84.9 again."""
    one = case(market([NEAR, service("good", None, EAST)], BOTH))
    assert compared(one).outcome is Outcome.SAME
    found = compared(one, unknown_quality_prior=90)
    assert (found.outcome, found.now.quality) == (Outcome.ANOTHER, None)


def test_prices_of_few_weeks_stand_on_one_annual_basis() -> None:
    """£6,000 for 26 weeks is £3,000 a week over the year."""
    found = compared(case(market([NEAR], [offer("near", 600_000, weeks=26)])))
    assert (found.then.weekly_pence, found.then.annual_pence, found.ranked) == (300_000, 15_600_000, 1)


def test_children_together_are_compared_by_the_offers_for_all_of_them() -> None:
    """Near and good each for all three, near also for the first alone, at a price that would win everything."""
    together, alone = "R1:1,2,3", "R1:1"
    services = [{**NEAR, "id": "near:1,2,3"}, {**GOOD, "id": "good:1,2,3"}, {**NEAR, "id": "near:1"}]
    offers = [
        offer("near:1,2,3", 400_000, together),
        offer("good:1,2,3", 500_000, together),
        offer("near:1", 1_000, alone),
    ]
    document = market(services, offers, requests=((together, 3), (alone, 1)))
    found = compared(case(document, places=3, chosen="O-near:1"))
    assert (found.then.service_id, found.now.service_id, found.outcome) == ("near", "good", Outcome.ANOTHER)
    assert (found.then.weekly_pence, found.then.annual_pence) == (400_000, 62_400_000)
    assert found.partial == 1
    assert (found.chosen_services, found.followed) == (("near",), None)
    apart = market(services[2:], offers[2:], requests=((alone, 1),))
    assert _reason(compare(case(apart, places=3), asked_for(**BY_QUALITY))) is Reason.NOT_TOGETHER
    closed = market(services[:1], [offer("near:1,2,3", 1, f"{together}/2")], requests=((f"{together}/2", 3),))
    assert _reason(compare(case(closed, places=3), asked_for(**BY_QUALITY))) is Reason.NOBODY_PASSED


def test_what_is_not_compared_says_why() -> None:
    asked = asked_for(**BY_QUALITY)
    assert _reason(compare(case(market([], [])), asked)) is Reason.NOBODY_OFFERED
    closed = {**NEAR, "status": "suspended"}
    assert _reason(compare(case(market([closed], BOTH[:1])), asked)) is Reason.NOBODY_PASSED
    good = row(market([NEAR], BOTH[:1]))
    assert _reason(case_of(SimpleNamespace(**{**vars(good), "hash": "sha256:other"}), frozenset())) is Reason.UNREADABLE
    good.record["algorithm"] = 99
    assert _reason(case_of(good, frozenset())) is Reason.UNREADABLE
    assert _reason(case_of(SimpleNamespace(**{**vars(good), "record": None}), frozenset())) is Reason.UNREADABLE


def test_each_record_is_put_in_order_by_the_algorithm_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_of: list[Any] = []

    def seventh(market_: Any) -> Any:
        asked_of.append(market_.policy.weights)
        return first(market_)

    first = what_if.ALGORITHMS[1]
    one = case(market([NEAR, GOOD], BOTH))
    monkeypatch.setattr(what_if, "ALGORITHMS", {7: seventh})
    assert compared(replace(one, algorithm=7)).now.service_id == "good"
    assert [weights.quality for weights in asked_of] == [45]


def test_totals_add_up_and_means_are_over_what_is_known_of_both() -> None:
    """Two of three move from near to good; of one of those good's place is not known, and one has one offer."""
    unknown = service("good", 90, None)  # practical .5: 10 + 40.5 + 25 + 5 = 80.5, still ahead of 76
    cases = [
        case(market([NEAR, GOOD], BOTH), chosen="O-near"),
        case(market([NEAR, unknown], BOTH), chosen="O-good"),
        case(market([NEAR], BOTH[:1])),
    ]
    left = [LeftOut("OAK-2", "Oakmadeup", Reason.NOBODY_OFFERED)] * 2
    found = totals([compared(one) for one in cases], left)
    assert (found.compared, found.another, found.within_tie, found.alone) == (3, 2, 0, 1)
    assert (found.pence_then, found.pence_now, found.more_pence) == (62_400_000, 72_800_000, 10_400_000)
    assert (found.quality.n, found.quality.then, found.quality.now) == (3, 180, 240)
    assert (found.tenths.n, found.tenths.then, found.tenths.now) == (2, 0, 30)
    assert (found.decided, found.followed, found.would_follow) == (2, 1, 1)
    assert found.left_out == {Reason.NOBODY_OFFERED: 2}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"price": 21}, "price"),
        ({"price": -1, "quality": 66}, "price"),
        ({"needs": 101, "price": 0, "quality": 0, "practical": -1}, "needs"),
        ({"tie_band": 1_000_001}, "tie_band"),
        ({"unknown_quality_prior": 101}, "prior"),
    ],
)
def test_weights_that_no_policy_could_have_are_refused_at_their_field(given: dict[str, int], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked_for(**{**BY_QUALITY, **given})
    assert refused.value.field == field


def test_the_last_twelve_months_end_today_and_hold_no_day_twice() -> None:
    assert Period.last_months(dt.date(2026, 11, 28)) == Period(dt.date(2025, 11, 29), dt.date(2026, 11, 28))
    assert Period.last_months(dt.date(2028, 2, 29)) == Period(dt.date(2027, 3, 1), dt.date(2028, 2, 29))


def _reason(found: object) -> Reason:
    assert isinstance(found, LeftOut)
    return found.reason
