"""Explanations say the arithmetic in plain words, add up, and name nobody."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from matching.rank import Explanation, Gate, explain_request, rank_market, read_market
from matching.rank.explain import shared_out
from matching.rank.gates import Fact, Refusal
from matching.rank.wording import REFUSAL_SENTENCES, decimals, miles, points, pounds, refusal_sentence
from tests.unit.matching.markets import market


def explained(document: Any) -> list[Explanation]:
    facts = read_market(document)
    result = rank_market(facts).requests[0]
    return list(explain_request(facts.policy, facts.requests[0], facts.services, facts.offers, result))


def test_the_example_is_explained() -> None:
    [one] = explained(market(services=[{}], offers=[{}]))
    assert one.sentences() == (
        "Scored 71.6368 points out of 100, rank 1.",
        "Price: £4,800 a week for 52 weeks a year, against a benchmark of £4,800 a week. "
        "Score 50 of 100, which gives 20 of 40 points.",
        "Quality: 71 out of 100. Score 71 of 100, which gives 17.75 of 25 points.",
        "Needs: 6 needs counted, none not fully met. Score 96.25 of 100, which gives 24.0625 of 25 points.",
        "Distance: 0.9 miles; 50 miles or more scores 0. Score 98.2425 of 100, which gives 9.8243 of 10 points.",
        "Need 1: need 1, the service states 2 (declared), counted as 100% met: 3.125 points.",
        "Need 2: need 2, the service states 3 (declared), counted as 100% met: 6.25 points.",
        "Need 6: need 1, the service states 1 (declared), counted as 85% met: 2.6563 points.",
        "Need 7: need 2, the service states 3 (declared), counted as 100% met: 6.25 points.",
        "Need 10: need 1, the service states 1 (declared), counted as 85% met: 2.6562 points.",
        "Need 11: need 1, the service states 2 (declared), counted as 100% met: 3.125 points.",
        "Between ceiling and floor, each £10 a week off the price adds 0.0833 points.",
    )
    assert one.points_per_pound == Fraction(40, 4800)
    assert json.loads(json.dumps(one.to_dict()))["points_per_pound"] == "0.008333"


def test_what_would_change_a_place_is_said() -> None:
    # Second is £100 dearer: 8333 millionths short. One more level at the only need, of 3, gives .85 / 3 of 250000.
    needs = {"needs": [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}
    made = [{"id": "O1", "service": "S1"}, {"id": "O2", "service": "S2", "care": 490_000}]
    first, second = explained(market(requests=[needs], services=[{}, {"id": "S2"}], offers=made))
    assert first.changes == ()
    assert [(one.kind, one.indicator, one.amount) for one in second.changes] == [
        ("price", None, 10_000),
        ("capability", 0, 3),
        ("evidence", 0, None),
    ]
    assert [one.sentence for one in second.changes] == [
        "A price £100 a week lower would be level with the one above.",
        "Need 1: met at high instead of medium, it would be level with the one above.",
        "Need 1: with its level evidenced, not declared, it would be level with the one above.",
    ]
    assert [line.name for line in second.unmet_needs] == ["Need 1"]


def test_ties_are_said() -> None:
    one, two, three = explained(market(services=[{"id": "S1"}, {"id": "S2"}, {"id": "S3", "quality": 20}]))
    assert one.summary == two.summary == "Scored 68.3035 points out of 100, rank 1, tied with 1 other."
    assert three.summary == "Scored 55.5535 points out of 100, rank 3."


def test_every_failed_gate_is_explained_with_its_figures() -> None:
    request = {
        "places": 2,
        "solo": True,
        "adaptations": ["hoist", "ramp"],
        "language": "ur",
        "exclude_authorities": ["E09000008"],
        "max_miles": 0.5,
    }
    service = {
        "lot": "nmi_52",
        "registration": "school",
        "status": "suspended",
        "ofsted": "Inadequate",
        "min_age": 14,
        "sexes": ["M"],
        "places_confirmed_days_ago": 15,
    }
    [one] = explained(market(requests=[request], services=[service], offers=[{}]))
    assert one.summary == "Cannot be shortlisted: 13 gates failed. It would have scored 71.6368 points out of 100."
    assert [line.sentence for line in one.gates] == [
        "The service is on the 52-week boarding school lot; "
        "the request asks for independent fostering or children's home.",
        "The service is suspended, so it cannot be bought from at present.",
        "A school open for 52 weeks a year must also be registered as a children's home, and this one is not.",
        "Ofsted's latest judgement of the service is Inadequate.",
        "The service takes ages 14 to 17; the request is for age 13.",
        "The service takes boys; the request is for girls.",
        "The service has 1 free place; the request needs 2.",
        "The places were last confirmed 15 days ago; they count for 14 days.",
        "The request needs a solo placement, which the service cannot arrange.",
        "The service lacks adaptations that are required: hoist and ramp.",
        "The service does not offer the language that the request requires.",
        "The service is in an area that the request excludes.",
        "The service is 0.9 miles away; the request's limit is 0.5 miles.",
    ]
    assert "E09000008" not in " ".join(one.sentences())


def test_the_other_unlawful_registrations_are_explained() -> None:
    facts: dict[str, Fact] = {"age": 15, "service_lot": "supported"}
    assert refusal_sentence(Refusal(Gate.UNLAWFUL_FOR_AGE, facts | {"registration": "none"})) == (
        "The service has no registration, so it may not take any child."
    )
    assert refusal_sentence(Refusal(Gate.UNLAWFUL_FOR_AGE, facts | {"registration": "supported_accommodation"})) == (
        "Supported accommodation may not take a child under 16; the request is for age 15."
    )
    assert set(REFUSAL_SENTENCES) == set(Gate)


def test_what_is_unknown_or_not_scored_is_said() -> None:
    unknown = {"quality": None, "easting": None, "northing": None, "list_price_pence_week": None}
    [one] = explained(market(requests=[{"benchmark_pence_week": None, "needs": [0] * 12}], services=[unknown]))
    assert one.sentences() == (
        "Scored 72.9167 points out of 100, rank 1.",
        "Price: the service has no list price. The other weights stand for the whole.",
        "Quality: not known yet, so the policy's 55 out of 100 stands in. "
        "Score 55 of 100, which gives 22.9167 of 41.67 points.",
        "Needs: no need was measured above 0, so all are met. Score 100 of 100, which gives 41.6667 of 41.67 points.",
        "Distance: not known yet, so half of the score stands in. Score 50 of 100, which gives 8.3333 of 16.67 points.",
        "Without a benchmark, price changes no points.",
    )


def test_a_severe_need_badly_unmet_and_an_abnormally_low_price_are_pointed_at() -> None:
    severe = {"needs": [3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}
    [one] = explained(
        market(
            requests=[severe],
            services=[{"capability": [1] + [3] * 11}],
            offers=[{"care": 100_050, "weeks_per_year": 38}],
        )
    )
    assert "1 high need met at none or low only, so the score can be 40 at most." in one.parts[2].sentence
    assert "£1,000.50 a week for 38 weeks a year, £731.13 a week over 52 weeks" in one.parts[0].sentence
    assert one.flags == ("The price is abnormally low: below 50% of the benchmark. Ask how it can be kept.",)
    assert sum(line.contribution for line in one.needs) == 100_000  # 25 x the cap of 0.4


def test_lowest_ratio_says_what_it_can_do() -> None:
    [one] = explained(market({"price_formula": "lowest_ratio"}, services=[{}], offers=[{}]))
    assert one.points_per_pound is None
    assert "another offer coming or going can change the order" in one.rate


def test_figures_are_written_plainly() -> None:
    assert [pounds(pence) for pence in (0, 5, 100, 480_000, 480_050, 123_456_789)] == [
        "£0",
        "£0.05",
        "£1",
        "£4,800",
        "£4,800.50",
        "£1,234,567.89",
    ]
    assert [points(millionths) for millionths in (0, 1, 98_243, 1_000_000)] == ["0", "0.0001", "9.8243", "100"]
    assert [miles(metres**2) for metres in (0, 80, 81, 1609, 16_093)] == [
        "0 miles",
        "0 miles",
        "0.1 miles",
        "1 mile",
        "10 miles",
    ]
    assert decimals(Fraction(25, 2), 0) == "13"
    assert decimals(Fraction(100), 0) == "100"


def test_shares_add_up_and_leave_remainders_to_the_largest() -> None:
    assert shared_out(100, [1, 1, 1]) == [34, 33, 33]
    assert shared_out(10, [0, 2, 1]) == [0, 7, 3]
    assert shared_out(10, [0, 0]) == [0, 0]
    assert shared_out(0, [1, 2]) == [0, 0]
