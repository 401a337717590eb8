"""Columns give what the engine gives one candidate at a time: every gate, part, contribution, total and place, also
where halves are rounded, where all are equal, and where the numbers are too large for columns.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from matching.rank import (
    Gate,
    Market,
    PriceFormula,
    Request,
    RequestResult,
    Weights,
    by_columns,
    canonical_json,
    rank_market,
    rank_request,
    ranking,
    read_market,
)
from matching.rank.canonical import decision_hash
from matching.rank.columns import Columns, Index
from matching.rank.rows import CandidateRows
from matching.rank.written import Style, written_candidates
from tests.unit.matching import slow
from tests.unit.matching.large_markets import extreme, plausible
from tests.unit.matching.markets import market as a_market
from tests.unit.matching.markets import markets

PARTS = ("price", "quality", "needs", "practical")


def one_by_one(market: Market, request: Request, index: Index) -> list[Any]:
    """Mask, parts, contributions and total of every service, from the engine."""
    measured = ranking.measure(market.policy, request, [(service, None) for service in index.services])
    bits = {gate: 1 << position for position, gate in enumerate(Gate)}
    return [
        (
            sum(bits[gate] for gate in one.gates_failed),
            [-1 if (part := getattr(one.parts, name)) is None else part for name in PARTS],
            [getattr(one.contributions, name) for name in PARTS],
            one.contributions.total,
        )
        for one in measured
    ]


def at_once(columns: Columns) -> list[Any]:
    assert (columns.gates.dtype, columns.parts.dtype, columns.total.dtype) == (np.uint16, np.int64, np.int64)
    columns_of = (columns.gates, columns.parts, columns.contributions, columns.total)
    return list(zip(*(column.tolist() for column in columns_of), strict=True))


def agrees(market: Market, first: int = 5) -> list[RequestResult]:
    """The market ranked by columns, after they were found to say what the engine says of everything."""
    index = Index(market.policy, market.services)
    tops = [index.top(market.requests, first, threads=threads) for threads in (1, 2)]
    results = []
    for row, request in enumerate(market.requests):
        assert at_once(index.measure(request)) == one_by_one(market, request, index)
        exact = rank_request(market.policy, request, market.services)
        results.append(by_columns.rank_at_list_prices(index, request))
        assert results[-1] == exact
        short, shown = index.shortlist(request, first), exact.eligible[:first]
        assert short.services == tuple(one.service for one in shown)
        assert short.total.tolist() == [one.total for one in shown]
        assert list(zip(short.rank, short.tie_group, strict=True)) == [(one.rank, one.tie_group) for one in shown]
        assert (short.gates == index.measure(request).gates).all()
        assert short.funnel == exact.funnel
        assert at_once(Columns(short.gates[short.positions], short.parts, short.contributions, short.total)) == [
            at_once(index.measure(request))[position] for position in short.positions
        ]
        absent = first - len(shown)
        for top in tops:
            assert top.services[row].tolist() == [*short.services, *[None] * absent]
            assert top.totals[row].tolist() == [*short.total.tolist(), *[-1] * absent]
    return results


@pytest.mark.parametrize("seed", range(12))
def test_columns_agree_with_the_engine_on_markets_of_edges(seed: int) -> None:
    agrees(extreme(seed, services=50, requests=5))


@pytest.mark.parametrize("seed", range(100, 106))
def test_columns_agree_with_the_engine_on_numbers_that_no_column_holds(seed: int) -> None:
    agrees(extreme(seed, services=25, requests=4, huge=True))


def test_columns_agree_with_the_engine_on_a_market_as_it_would_be() -> None:
    agrees(plausible(1, services=500, requests=6), first=20)


@settings(max_examples=25, deadline=None)
@given(markets())
def test_columns_agree_with_the_slow_one_on_random_markets(document: Any) -> None:
    document["offers"] = []
    market = read_market(document)
    index = Index(market.policy, market.services)
    requests = sorted(market.requests, key=lambda one: one.id)
    ranked = [by_columns.rank_at_list_prices(index, request).to_dict() for request in requests]
    assert ranked == slow.rank(document)["requests"]


def test_what_columns_do_not_answer_for_goes_to_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = plausible(2, services=40, requests=1)
    [request] = plain.requests
    asked: list[int] = []
    measure = ranking.measure
    monkeypatch.setattr(ranking, "measure", lambda *facts: asked.append(len(facts[2])) or measure(*facts))

    def handed_over(market: Market, one: Request = request) -> list[int]:
        asked.clear()
        Index(market.policy, market.services).measure(one)
        return list(asked)

    steep = replace(plain.policy, price_ceiling=10**30)
    far = replace(plain.services[3], easting=10**30, northing=0)
    dear = replace(plain.services[4], list_price_pence_week=10**30)
    wide = replace(plain.policy, price_ceiling=1_000_000_001)
    high = replace(plain.policy, price_floor=10**13, price_ceiling=10**13 + 1)
    million = replace(request, benchmark_pence_week=10**6)
    assert handed_over(plain) == []
    assert handed_over(replace(plain, policy=wide), million) == [40]
    assert handed_over(replace(plain, policy=high), million) == [40]
    assert handed_over(replace(plain, policy=steep), replace(request, benchmark_pence_week=1)) == [40]
    assert handed_over(replace(plain, services=(*plain.services[:3], far, dear, *plain.services[5:]))) == [1, 1]
    assert handed_over(plain, replace(request, northing=Decimal(10) ** 30)) == [40]
    assert handed_over(plain, replace(request, benchmark_pence_week=10**30)) == [40]


def test_a_half_of_a_millionth_of_distance_is_rounded_up_and_a_limit_is_met_to_the_hair() -> None:
    # 12345.5 millionths of 50 miles, then a hair less and a hair more; and a mile, which is the limit of the second.
    half, hair, mile = Decimal("24691") * Decimal("0.0402336"), Decimal("1e-15"), Decimal("1609.344")
    spots = [half, half - hair, half + hair, mile, mile + hair]
    services = [{"id": f"S{number}", "easting": 0, "northing": 0} for number in range(len(spots))]
    requests = [{"id": "R1", "easting": 0, "northing": 0}, {"id": "R2", "easting": 0, "northing": 0, "max_miles": 1}]
    market = read_market(a_market({"max_useful_miles": 50}, requests, services))
    placed = [replace(one, easting=spot) for one, spot in zip(market.services, spots, strict=True)]
    market = replace(market, services=tuple(placed))
    agrees(market)
    index = Index(market.policy, market.services)
    assert index.measure(market.requests[0]).parts[:3, 3].tolist() == [987_655, 987_655, 987_654]
    far = 1 << list(Gate).index(Gate.DISTANCE)
    assert (index.measure(market.requests[1]).gates & far).tolist() == [0, 0, 0, 0, far]


@pytest.mark.parametrize("formula", PriceFormula)
def test_equal_totals_stand_by_quality_price_and_id_however_many_are_equal(formula: PriceFormula) -> None:
    market = plausible(3, services=1, requests=3)
    twin = replace(market.services[0], lot=market.requests[0].lots[0], quality=None, list_price_pence_week=5)
    others = [
        replace(twin, quality=55),
        replace(twin, list_price_pence_week=4),
        replace(twin, list_price_pence_week=None),
    ]
    services = [
        replace(one, id=f"{letter}{number}")
        for letter in ("é", "z", "Z", "𝒮", "S1")
        for number, one in enumerate([twin, *others] * 4)
    ]
    only_price = Weights(price=100, quality=0, needs=0, practical=0)
    no_price = Weights(price=0, quality=50, needs=40, practical=10)
    for weights, band in ((market.policy.weights, 5_000), (only_price, 0), (no_price, 0)):
        policy = replace(market.policy, price_formula=formula, weights=weights, tie_band=band)
        agrees(replace(market, policy=policy, services=tuple(services)), first=7)


def test_a_price_that_ties_only_at_nothing_may_fall_that_far() -> None:
    policy = {"weights": {"price": 100, "quality": 0, "needs": 0, "practical": 0}, "price_floor": 0}
    services = [{"id": "S1", "list_price_pence_week": 0}, {"id": "S2", "list_price_pence_week": 5}]
    requests = [{"benchmark_pence_week": 1}]
    market = read_market(a_market(policy | {"price_ceiling": 1_000_000}, requests, services))
    [result] = agrees(market)
    assert [one.to_tie_above for one in result.candidates] == [None, 5]


def test_a_market_of_many_candidates_has_the_bytes_of_the_engine() -> None:
    market = plausible(4, services=300, requests=8)
    lots = {request.id: request.lots[0] for request in market.requests[:2]}
    offers = tuple(read_market(a_market(services=[{}], offers=[{"id": f"O{number}"}])).offers[0] for number in range(6))
    served = [one.id for one in market.services if one.lot in lots.values()][:3]
    pairs = [(request, service) for request in lots for service in served]
    offers = tuple(
        replace(offer, request=request, service=service)
        for offer, (request, service) in zip(offers, pairs, strict=True)
    )
    market = replace(market, offers=offers)
    exact, result = ranking.rank_requests(market), rank_market(market)
    assert sum(isinstance(one.candidates, CandidateRows) for one in result.requests) == 6
    assert result.requests == exact
    assert result.hash == decision_hash(1, market, exact)
    documents = [one.to_dict() for one in exact]
    assert canonical_json(result.to_dict()["requests"]) == canonical_json(documents)
    for one, document in zip(result.requests, documents, strict=True):
        texts = {style: list(written_candidates(one.candidates, style)) for style in Style}
        assert texts[Style.CANONICAL] == [canonical_json(candidate) for candidate in document["candidates"]]
        assert texts[Style.LINE] == [json.dumps(each, ensure_ascii=False) for each in document["candidates"]]


def test_candidates_in_columns_are_a_sequence_like_any_other() -> None:
    market = plausible(5, services=60, requests=1)
    [request] = market.requests
    rows = by_columns.rank_at_list_prices(Index(market.policy, market.services), request).candidates
    exact = rank_request(market.policy, request, market.services).candidates
    assert isinstance(rows, CandidateRows)
    assert rows == exact
    assert exact == rows
    assert rows != exact[1:]
    assert rows[-1] == exact[-1]
    assert rows[1:4] == exact[1:4]
    with pytest.raises(IndexError):
        rows[len(exact)]


def test_a_market_of_nothing_has_columns_of_nothing() -> None:
    market = plausible(6, services=0, requests=2)
    agrees(market)
    assert Index(market.policy, market.services).top([], 20).positions.shape == (0, 20)
