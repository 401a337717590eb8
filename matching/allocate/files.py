"""`homeward-market/1` in, `homeward-plan/1` out.

Totals and gates are those of a ranking without offers: every service of a request's lots at its list price.
"""

from __future__ import annotations

import json
from math import gcd

import numpy as np

from matching.allocate.joint import allocate_table
from matching.allocate.plan import Plan
from matching.allocate.table import NONE, Table
from matching.rank import Market, Urgency, read_market_text
from matching.rank.columns import Index

MOST = 2**62
"""What sums of places over all services may come to."""


def plan_text(text: str | bytes) -> str:
    """The plan of the market in `text`, as a file that ends with one newline. MarketError where it is not a market."""
    document = plan_market(read_market_text(text)).to_dict()
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def plan_market(market: Market) -> Plan:
    """The joint plan of a market. Its offers are left aside.

    Requests too large for the machine's integers are planned as if they were smaller: every lawful plan is then still
    allowed, so the best of all is best if it is lawful itself. ArithmeticError when it is not.
    """
    plan = allocate_table(table_of_market(market))
    needed = {one.id: one.places for one in market.requests}
    left = {one.id: one.places for one in market.services}
    for one in plan.assignments:
        left[one.service] -= needed[one.request]
        if left[one.service] < 0:
            raise ArithmeticError("places are too many to be counted exactly")
    return plan


def table_of_market(market: Market) -> Table:
    """The market's eligible pairs and their totals."""
    requests = sorted(market.requests, key=lambda one: one.id)
    services = sorted(market.services, key=lambda one: one.id)
    totals = np.full((len(requests), len(services)), NONE, dtype=np.int64)
    index = Index(market.policy, services)
    for row, request in enumerate(requests):
        columns = index.measure(request)
        fits = columns.gates == 0
        totals[row, fits] = columns.total[fits]
    # Counts may be of any size in a file. What has no choice asks for nothing here, what all ask for in dozens is
    # counted in dozens, and more places than all requests ask for together are never filled.
    placeable = (totals != NONE).any(axis=1).tolist()
    asked = [request.places for request, some in zip(requests, placeable, strict=True) if some]
    unit, most = gcd(*asked) or 1, MOST // (len(requests) * (len(services) + 1) or 1)
    needed = [
        min(request.places // unit, most) if some else 1 for request, some in zip(requests, placeable, strict=True)
    ]
    return Table(
        requests=tuple(request.id for request in requests),
        services=tuple(service.id for service in services),
        totals=totals,
        needed=np.array(needed, dtype=np.int64),
        urgent=np.array([request.urgency is not Urgency.PLANNED for request in requests], dtype=np.bool_),
        places=np.array([min(service.places // unit, sum(needed)) for service in services], dtype=np.int64),
    )
