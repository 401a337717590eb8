"""Many requests as columns, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.rank.columns import bounds
from matching.rank.facts import INDICATORS, MILLION, Request
from matching.rank.gates import MILLIMETRES_PER_MILE
from matching.rank.parts import SEVERE_NEED

if TYPE_CHECKING:
    from matching.rank.columns.index import Index


class Asked:
    """Requests that `index.answers`.

    `needs` counts only at indicators of weight; `wanted` is their weighted sum in the units of `ServiceColumns.met`;
    `severe` has bit i for a severe need at indicator i. `benchmark` is 0 where there is none, and `share` what the
    weights are hundredths of then. `limit` is in metres, infinite for none; `near` and `room` are the same limit as
    `bounds.limit_and_doubt` gives it.
    """

    def __init__(self, index: Index, requests: Sequence[Request]) -> None:
        weights = np.array(index.policy.indicator_weights, dtype=np.int64)
        self.requests = requests
        self.easting = np.array([float(one.easting) for one in requests])
        self.northing = np.array([float(one.northing) for one in requests])
        self.benchmark = np.array([one.benchmark_pence_week or 0 for one in requests], dtype=np.int64)
        self.share = np.where(self.benchmark > 0, 100, 100 - index.policy.weights.price)
        needs = np.array([[need or 0 for need in one.needs] for one in requests], dtype=np.int64)
        self.needs = needs.reshape(len(requests), INDICATORS) * (weights > 0)
        self.wanted = (self.needs @ weights) * (MILLION // index.columns.unit)
        self.severe = (self.needs == SEVERE_NEED) @ (1 << np.arange(INDICATORS))
        self.limit, self.near, self.room = (np.full(len(requests), np.inf) for _ in range(3))
        self.limited = np.array([one.max_miles is not None for one in requests], dtype=np.bool_)
        for row in np.flatnonzero(self.limited).tolist():
            self.near[row], self.room[row] = bounds.limit_and_doubt(index.columns, requests[row])
            self.limit[row] = float(requests[row].max_miles) * MILLIMETRES_PER_MILE / 1000  # type: ignore[arg-type]
        whole = all(bounds.whole_metres(index.columns, one) for one in requests)
        self.error = bounds.practical_error(index.policy, whole)

    def keys(self, index: Index) -> dict[Any, list[int]]:
        """The rows of each set of requests that look at the same services."""
        found: dict[Any, list[int]] = {}
        for row, request in enumerate(self.requests):
            key = (*index.gate_columns.key(request), request.benchmark_pence_week is None)
            found.setdefault(key, []).append(row)
        return found
