"""One request is ranked as it is within its market."""

from __future__ import annotations

from matching.rank import Gate, Refusal, rank_market, rank_request, read_market, refusals
from tests.unit.matching.markets import market


def test_one_request_is_ranked_by_itself_as_in_its_market_and_a_market_in_order_of_id() -> None:
    made = read_market(
        market(
            requests=[{"id": "R2"}, {"id": "R10", "lots": ["ifa"]}, {"id": "R1"}],
            services=[{"id": "home"}, {"id": "family", "lot": "ifa"}, {"id": "flat", "lot": "supported"}],
            offers=[{"request": "R1", "service": "home"}, {"id": "O2", "request": "R1", "service": "flat"}],
        )
    )
    result = rank_market(made)
    assert [one.request for one in result.requests] == ["R1", "R10", "R2"]
    for request in made.requests:
        assert rank_request(made.policy, request, made.services, made.offers) == result.of(request.id)
    asked = {one.request: {candidate.service for candidate in one.candidates} for one in result.requests}
    assert asked == {"R1": {"home", "flat"}, "R10": {"family"}, "R2": {"home", "family"}}


def test_people_may_relax_these_gates_and_no_others() -> None:
    soft = ["age", "sex", "no_place", "stale_vacancy", "solo", "adaptation", "language", "distance"]
    assert [gate.value for gate in Gate if Refusal(gate).soft] == soft


def test_what_is_missing_is_named_in_order() -> None:
    made = read_market(market(requests=[{"adaptations": list("gcfbead")}], services=[{"adaptations": ["c"]}]))
    (refusal,) = refusals(made.policy, made.requests[0], made.services[0])
    assert (refusal.gate, refusal.facts["missing"]) == (Gate.ADAPTATION, tuple("abdefg"))
