"""What a ranking says, as frozen values that write themselves as a result file (`homeward-result/1`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Any

from matching.rank.gates import Gate
from matching.rank.parts import Contributions, Parts

SCHEMA = "homeward-result/1"


class Flag(StrEnum):
    """What a person should look at, in the order in which flags are listed. A flag never changes a score."""

    ABNORMALLY_LOW = "abnormally_low"
    PRICE_UNKNOWN = "price_unknown"
    QUALITY_UNKNOWN = "quality_unknown"
    DISTANCE_UNKNOWN = "distance_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One offer (or one service at its list price, then `offer` is None) for one request.

    `rank`, `tie_group` and `to_tie_above` are None for the ineligible. `to_tie_above` is in pence a week of the
    candidate's own price.
    """

    service: str
    offer: str | None
    gates_failed: tuple[Gate, ...]
    parts: Parts
    contributions: Contributions
    flags: tuple[Flag, ...]
    rank: int | None
    tie_group: int | None
    to_tie_above: int | None

    @property
    def eligible(self) -> bool:
        return not self.gates_failed

    @property
    def total(self) -> int:
        """The sum of the contributions, in millionths."""
        return self.contributions.total

    def to_dict(self) -> dict[str, Any]:
        parts, contributions = self.parts, self.contributions
        return {
            "service": self.service,
            "offer": self.offer,
            "eligible": self.eligible,
            "gates_failed": [gate.value for gate in self.gates_failed],
            "parts": {
                "price": parts.price,
                "quality": parts.quality,
                "needs": parts.needs,
                "practical": parts.practical,
            },
            "contributions": {
                "price": contributions.price,
                "quality": contributions.quality,
                "needs": contributions.needs,
                "practical": contributions.practical,
            },
            "total": self.total,
            "rank": self.rank,
            "tie_group": self.tie_group,
            "flags": [flag.value for flag in self.flags],
            "to_tie_above": self.to_tie_above,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestResult:
    """All candidates of one request in the order shown, the eligible first.

    `funnel` counts, for every gate, the candidates that fail it. `relaxations` are the smallest sets of soft gates
    whose relaxing would admit someone; empty unless nobody is eligible.
    """

    request: str
    candidates: Sequence[Candidate]
    funnel: Mapping[Gate, int]
    relaxations: tuple[tuple[Gate, ...], ...]

    @property
    def eligible(self) -> tuple[Candidate, ...]:
        return tuple(takewhile(lambda candidate: candidate.eligible, self.candidates))

    def to_dict(self) -> dict[str, Any]:
        return {
            "request": self.request,
            "candidates": [candidate.to_dict() for candidate in self.candidates],
            "funnel": {gate.value: self.funnel[gate] for gate in Gate},
            "relaxations": [[gate.value for gate in gates] for gates in self.relaxations],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The results of a market in order of request id, and the hash of all that they came from (`sha256:...`)."""

    algorithm: int
    hash: str
    requests: tuple[RequestResult, ...]

    def of(self, request: str) -> RequestResult:
        """The result of one request. KeyError when the market has no such request."""
        for one in self.requests:
            if one.request == request:
                return one
        raise KeyError(request)

    def to_dict(self) -> dict[str, Any]:
        """The result file. The algorithm number is not in it: the hash covers it and a record states it."""
        return {"schema": SCHEMA, "hash": self.hash, "requests": [one.to_dict() for one in self.requests]}
