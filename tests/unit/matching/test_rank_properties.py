"""What must hold for every market: sums, ties, and that offers which do not win move nobody else."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from matching.rank import Candidate, explain_request, rank_market, read_market
from tests.unit.matching.markets import market as a_market
from tests.unit.matching.markets import markets, offers, services

PARTS = ("price", "quality", "needs", "practical")


def eligible(market: Any) -> dict[str, list[Candidate]]:
    return {one.request: list(one.eligible) for one in rank_market(read_market(market)).requests}


def order(candidates: list[Candidate], without: str) -> list[tuple[str, int]]:
    return [(one.service, one.total) for one in candidates if one.service != without]


@settings(max_examples=120, deadline=None)
@given(markets())
def test_contributions_sum_to_the_total_and_explanations_to_the_contributions(market: Any) -> None:
    facts = read_market(market)
    for request in facts.requests:
        result = rank_market(facts).of(request.id)
        for candidate in result.candidates:
            written = candidate.to_dict()
            assert written["total"] == sum(written["contributions"][part] for part in PARTS)
        explained = explain_request(facts.policy, request, facts.services, facts.offers, result)
        for candidate, one in zip(result.candidates, explained, strict=True):
            assert sum(line.contribution for line in one.parts) == one.total == candidate.total
            if sum(line.met for line in one.needs):
                assert sum(line.contribution for line in one.needs) == candidate.contributions.needs
            assert tuple(line.gate for line in one.gates) == candidate.gates_failed
            assert all(one.sentences())


@settings(max_examples=120, deadline=None)
@given(markets())
def test_ranks_and_groups_follow_from_totals(market: Any) -> None:
    band = market["policy"]["tie_band"]
    for candidates in eligible(market).values():
        totals = [one.total for one in candidates]
        assert totals == sorted(totals, reverse=True)
        for position, one in enumerate(candidates):
            assert one.rank is not None
            head = candidates[one.rank - 1]
            assert head.tie_group == one.tie_group
            assert head.total - one.total <= band
            if one.rank - 1 == position and position:
                assert candidates[candidates[position - 1].rank - 1].total - one.total > band  # type: ignore[operator]
        for left, right in pairwise(candidates):
            if left.total == right.total:
                assert (left.rank, left.tie_group) == (right.rank, right.tie_group)


@settings(max_examples=120, deadline=None)
@given(markets(formula="benchmark"), st.data())
def test_a_dummy_a_clone_or_a_withdrawal_never_reverses_others_under_the_benchmark(market: Any, data: Any) -> None:
    assume(market["services"] and market["requests"])
    request = market["requests"][0]["id"]
    made = [one for one in market["offers"] if one["request"] == request]
    assume(made)
    before = eligible(market)[request]

    dummy = data.draw(services("dummy", data.draw(st.booleans())))
    dearer_or_cheaper = data.draw(offers("O dummy", request, "dummy"))
    added = market | {"services": [*market["services"], dummy], "offers": [*market["offers"], dearer_or_cheaper]}
    assert order(eligible(added)[request], "dummy") == order(before, "dummy")

    copied = data.draw(st.sampled_from(made))
    twin = next(one for one in market["services"] if one["id"] == copied["service"]) | {"id": "dummy"}
    clone = copied | {"id": "O dummy", "service": "dummy"}
    cloned = market | {"services": [*market["services"], twin], "offers": [*market["offers"], clone]}
    assert order(eligible(cloned)[request], "dummy") == order(before, "dummy")

    if len(made) > 1:
        gone = data.draw(st.sampled_from(made))
        kept = market | {"offers": [one for one in market["offers"] if one is not gone]}
        assert order(eligible(kept)[request], "") == order(before, gone["service"])


def test_a_dummy_does_reverse_others_under_lowest_ratio() -> None:
    # The dear good one leads until a cheap dummy arrives: what the page under lowest_ratio warns of.
    policy = {"price_formula": "lowest_ratio", "tie_band": 0}
    rivals = [{"id": "cheap", "quality": 50}, {"id": "dear", "quality": 76}]
    made = [{"id": "O1", "service": "cheap", "care": 400_000}, {"id": "O2", "service": "dear", "care": 500_000}]
    before = eligible(a_market(policy, services=rivals, offers=made))["R1"]
    dummy = {"id": "O3", "service": "dummy", "care": 100_000}
    after = eligible(a_market(policy, services=[*rivals, {"id": "dummy", "quality": 0}], offers=[*made, dummy]))["R1"]
    assert [one.service for one in before] == ["cheap", "dear"]
    assert [name for name, _total in order(after, "dummy")] == ["dear", "cheap"]


@settings(max_examples=100, deadline=None)
@given(markets(), st.sampled_from(["ethnicity", "religion"]), st.text(st.characters(codec="utf-8"), max_size=5))
def test_protected_facts_change_nothing(market: Any, name: str, word: str) -> None:
    before = rank_market(read_market(market))
    for request in market["requests"]:
        request["protected"] = request["protected"] | {name: word, "disability": False}
    assert rank_market(read_market(market)) == before


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 1_000_000), st.integers(1, 1_000_000), st.sampled_from([52, 38]))
@example(490_000, 480_000, 52)
def test_the_fall_that_ties_is_the_least(price: int, rival: int, weeks: int) -> None:
    def totals(pence: int) -> dict[str, Candidate]:
        made = [
            {"id": "O1", "service": "rival", "care": rival},
            {"id": "O2", "service": "own", "care": pence, "weeks_per_year": weeks},
        ]
        found = eligible(a_market({"tie_band": 0}, services=[{"id": "rival"}, {"id": "own"}], offers=made))["R1"]
        return {one.service: one for one in found}

    before = totals(price)
    fall = before["own"].to_tie_above
    if before["own"].total < before["rival"].total:
        assert fall is not None
        assert totals(price - fall)["own"].total >= before["rival"].total
        assert totals(price - fall + 1)["own"].total < before["rival"].total
    elif before["own"].total > before["rival"].total:
        assert fall is None
