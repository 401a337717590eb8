"""The ranking of a market by columns. Not a byte differs from `ranking.rank_requests`, which ranks what the columns do
not answer for.
"""

from __future__ import annotations

import numpy as np

from matching.rank import parts as score
from matching.rank import ranking
from matching.rank.columns import Index
from matching.rank.columns.failing import Masks
from matching.rank.columns.measured import NO_PART, Positions, Scores
from matching.rank.columns.shortlist import first, groups
from matching.rank.columns.whole import FITS, Int64s
from matching.rank.facts import MILLION, WEEKS, Market, Offer, PriceFormula, Request
from matching.rank.results import Flag, RequestResult
from matching.rank.rows import FLAG_BIT, NONE, CandidateRows, Rows, gates_in


def rank_requests(market: Market) -> tuple[RequestResult, ...]:
    """Every request of the market, in order of id."""
    index = Index(market.policy, market.services)
    services = {service.id: service for service in market.services}
    offers: dict[str, list[Offer]] = {}
    for offer in market.offers:
        offers.setdefault(offer.request, []).append(offer)
    results = []
    for request in sorted(market.requests, key=lambda one: one.id):
        made = offers.get(request.id)
        if made:
            pairs = [(services[offer.service], offer) for offer in made]
            results.append(ranking.rank_candidates(market.policy, request, pairs))
        else:
            results.append(rank_at_list_prices(index, request))
    return tuple(results)


def rank_at_list_prices(index: Index, request: Request) -> RequestResult:
    """The result of one request over every service of its lots."""
    if not index.answers(request) or index.columns.odd:
        return ranking.rank_request(index.policy, request, index.services)
    gates, squares = index.gates(request)
    inside = np.flatnonzero(index.gate_columns.inside(request))
    scores = index.scores(request, gates, inside, squares)
    failed = gates.take(inside)
    eligible = np.flatnonzero(failed == 0)
    totals = np.broadcast_to(np.asarray(scores.total(), dtype=np.int64), len(inside)).take(eligible)
    shown = eligible.take(first(totals, index.seats.take(inside.take(eligible)), index.size, len(eligible)))
    order = np.concatenate([shown, np.flatnonzero(failed)])
    relaxations = () if len(shown) else ranking.smallest(gates_in(mask) for mask in np.unique(failed).tolist())
    return RequestResult(
        request=request.id,
        candidates=CandidateRows(_rows(index, request, scores, inside, order, failed.take(order), len(shown))),
        funnel=index.funnel(request, gates),
        relaxations=relaxations,
    )


def _rows(
    index: Index, request: Request, scores: Scores, inside: Positions, order: Positions, failed: Masks, shown: int
) -> Rows:
    positions = inside.take(order)
    parts, contributions, totals = scores.rows(order, index.columns.quality, positions)
    parts[~index.columns.priced.take(positions), 0] = NO_PART
    ranks, numbers = groups(totals[:shown].tolist(), index.policy.tie_band)
    ids = index.ids
    return Rows(
        services=[ids[position] for position in positions.tolist()],
        gates=failed,
        flags=_flags(index, request, positions).astype(np.uint8),
        parts=parts.T.astype(np.int32),
        contributions=contributions.T.astype(np.int32),
        groups=np.array([ranks, numbers], dtype=np.int32),
        ties=_ties(index, request, positions[:shown], totals[:shown], contributions[:shown, 0]),
    )


def _flags(index: Index, request: Request, positions: Positions) -> Int64s:
    columns, benchmark = index.columns, request.benchmark_pence_week
    flags: Int64s = index.unknowns.take(positions)
    if benchmark is not None:
        low = columns.priced.take(positions) & (index.scaled_prices.take(positions) < index.line.floor * benchmark)
        flags |= low * FLAG_BIT[Flag.ABNORMALLY_LOW]
    return flags


def _ties(index: Index, request: Request, positions: Positions, totals: Int64s, by_price: Int64s) -> Int64s:
    """`ranking.to_tie_above` of each, in order of display; a list price is paid 52 weeks, so those cancel."""
    found = np.full(len(positions), NONE, dtype=np.int64)
    benchmark, weight = request.benchmark_pence_week, index.policy.weights.price
    if benchmark is None or index.policy.price_formula is not PriceFormula.BENCHMARK or len(positions) < 2:
        return found
    short = totals[:-1] - totals[1:]
    priced = index.columns.priced.take(positions)[1:]
    prices = index.columns.prices.take(positions)[1:]
    if 2 * MILLION * index.line.ceiling * benchmark >= FITS:
        for row in np.flatnonzero(priced).tolist():
            reached = int(by_price[row + 1] + short[row])
            fall = score.fall_to_reach(index.policy, benchmark, int(prices[row]), WEEKS, reached)
            found[row + 1] = NONE if fall is None else fall
    elif weight:
        part = -((50 - 100 * (by_price[1:] + short)) // weight)
        reachable = priced & (part <= MILLION)
        part = np.where(reachable, part, 1)
        line = index.line
        most = (2 * MILLION * line.ceiling * benchmark - (2 * part - 1) * line.span(benchmark)) // (
            2 * MILLION * line.scale
        )
        found[1:] = np.where(reachable & (most >= 0), prices - most, NONE)
    found[1:][priced & (short == 0)] = 0
    return found
