"""Every way of ranking that was ever used, by number, so that a decision made years ago can be computed again.

A change that could alter any result is a new number with its own code; what stands under an old number is never
edited. Records name the number that made them, and their hash covers it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from matching.rank import ranking
from matching.rank.canonical import decision_hash
from matching.rank.facts import Market
from matching.rank.results import RequestResult, Result

Algorithm: TypeAlias = Callable[[Market], tuple[RequestResult, ...]]

FEW = 200
"""A market with fewer candidates than this beside its services is ranked before its columns would be made."""


def first(market: Market) -> tuple[RequestResult, ...]:
    """Algorithm 1. What `ranking` defines is done by columns where there are many candidates; only then is numpy
    loaded, and not a byte is different.
    """
    if not many(market):
        return ranking.rank_requests(market)
    from matching.rank import by_columns

    return by_columns.rank_requests(market)


def many(market: Market) -> bool:
    """Whether there are enough candidates at list prices to pay for the columns of all services."""
    answered = {offer.request for offer in market.offers}
    lots = Counter(service.lot for service in market.services)
    pairs = sum(lots[lot] for one in market.requests if one.id not in answered for lot in set(one.lots))
    return pairs > FEW + len(market.services)


ALGORITHMS: Mapping[int, Algorithm] = MappingProxyType({1: first})
CURRENT = 1


def rank_market(market: Market, algorithm: int = CURRENT) -> Result:
    """Ranks every request of a market. KeyError when there never was such an algorithm."""
    requests = ALGORITHMS[algorithm](market)
    return Result(algorithm=algorithm, hash=decision_hash(algorithm, market, requests), requests=requests)
