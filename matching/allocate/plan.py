"""What a joint allocation says: who goes where, who has no place, and how well it meets each objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SCHEMA = "homeward-plan/1"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One request at one service; `best_alone` is the highest total it could have if it were the only request."""

    request: str
    service: str
    total: int
    best_alone: int

    @property
    def loss(self) -> int:
        """What sharing costs this request, in millionths."""
        return self.best_alone - self.total


@dataclass(frozen=True, slots=True)
class Objective:
    """In the order in which they were decided. `worst_total` is None when nobody is placed."""

    placed: int
    urgent_placed: int
    worst_total: int | None
    sum_total: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Assignments and the requests without a place, both in order of request id."""

    assignments: tuple[Assignment, ...]
    unplaced: tuple[str, ...]
    objective: Objective

    def of(self, request: str) -> Assignment | None:
        return next((one for one in self.assignments if one.request == request), None)

    def to_dict(self) -> dict[str, Any]:
        """The plan as its file has it (`homeward-plan/1`)."""
        return {
            "schema": SCHEMA,
            "assignments": [
                {
                    "request": one.request,
                    "service": one.service,
                    "total": one.total,
                    "best_alone": one.best_alone,
                }
                for one in self.assignments
            ],
            "unplaced": list(self.unplaced),
            "objective": {
                "placed": self.objective.placed,
                "urgent_placed": self.objective.urgent_placed,
                "worst_total": self.objective.worst_total,
                "sum_total": self.objective.sum_total,
            },
        }
