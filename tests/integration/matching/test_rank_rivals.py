"""What the bench compares with is the same work: SQL and pandas say what the engine says of a small market."""

from __future__ import annotations

from dataclasses import replace

from matching.rank import Gate, Request, rank_request, ranking
from tests.bench.matching_rivals import Answer, InPandas, InSqlite
from tests.unit.matching.large_markets import LOTS, plausible

FIRST = 20


def test_the_rivals_of_the_bench_give_the_whole_output() -> None:
    market = plausible(11, services=250, requests=8)
    sqlite, pandas = InSqlite(market.policy, market.services), InPandas(market.policy, market.services)
    ordered = sorted(market.services, key=lambda one: one.id)
    bits = {gate: 1 << position for position, gate in enumerate(Gate)}

    def engine(request: Request) -> Answer:
        measured = ranking.measure(market.policy, request, [(one, None) for one in ordered])
        shown = rank_request(market.policy, request, market.services).eligible[:FIRST]
        parts = [(one.parts.price, one.parts.quality, one.parts.needs, one.parts.practical) for one in shown]
        return Answer(
            masks=[sum(bits[gate] for gate in one.gates_failed) for one in measured],
            first=[(one.service, *four, one.total) for one, four in zip(shown, parts, strict=True)],
        )

    picky = {"solo": True, "adaptations": ("wheelchair", "nobody has it"), "language": "xx", "places": 3}
    requests = [*market.requests, replace(market.requests[0], **picky), replace(market.requests[1], lots=tuple(LOTS))]
    for request in requests:
        assert sqlite.shortlist(request, FIRST) == engine(request)
        assert pandas.shortlist(request, FIRST) == engine(request)
