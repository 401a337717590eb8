"""Every way of ranking that was ever used, by number, so that a decision made years ago can be computed again.

A change that could alter any result is a new number with its own code; what stands under an old number is never
edited. Records name the number that made them, and their hash covers it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from matching.rank import by_columns
from matching.rank.canonical import decision_hash
from matching.rank.facts import Market
from matching.rank.results import RequestResult, Result

Algorithm: TypeAlias = Callable[[Market], tuple[RequestResult, ...]]

ALGORITHMS: Mapping[int, Algorithm] = MappingProxyType({1: by_columns.rank_requests})
CURRENT = 1


def rank_market(market: Market, algorithm: int = CURRENT) -> Result:
    """Ranks every request of a market. KeyError when there never was such an algorithm."""
    requests = ALGORITHMS[algorithm](market)
    return Result(algorithm=algorithm, hash=decision_hash(algorithm, market, requests), requests=requests)
