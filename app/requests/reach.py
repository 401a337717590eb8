"""How far a reader outside the borough has come with each child of a request: stage 1 to 3, or 0 for nothing.

Who has come how far, the offers room finds out at each view (`app.offers.invitations`). Whatever shows a part of a
request asks this and nothing else, so that a company that has won one child of several learns nothing of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.requests.definitions import Audience
from app.requests.models import PlacementRequest

INVITED, SHORTLISTED, AWARDED = 1, 2, 3


@dataclass(frozen=True)
class Reach:
    """`stages` by the position of the child in the request."""

    stages: Mapping[int, int]

    @property
    def furthest(self) -> int:
        """The latest stage that is reached for any child; 0 where nothing may be read."""
        return max(self.stages.values(), default=0)

    @property
    def positions(self) -> tuple[int, ...]:
        """The children of whom anything may be read, in order."""
        return tuple(sorted(position for position, stage in self.stages.items() if stage))

    def at(self, position: int) -> int:
        """The stage for a child; what is said of all, at position 0, follows the furthest."""
        return self.furthest if position == 0 else self.stages.get(position, 0)

    def covers(self, other: Reach) -> bool:
        """Whether whoever has come this far may read what was made for `other`."""
        return all(self.at(position) >= stage for position, stage in other.stages.items())

    def sees(self, audience: Audience, position: int) -> bool:
        """Whether what is for an audience, about the child at a position, may be read."""
        return audience.sees(self.at(position))

    def stored(self) -> dict[str, int]:
        """As a row keeps it."""
        return {str(position): stage for position, stage in sorted(self.stages.items())}


def read_reach(stored: Mapping[str, int]) -> Reach:
    """What `stored` wrote."""
    return Reach({int(position): stage for position, stage in stored.items()})


def reach_of_all(request: PlacementRequest, stage: int) -> Reach:
    """The same stage for every child."""
    return Reach({child.position: stage for child in request.children})


def reach_of_some(request: PlacementRequest, stage: int, positions: Collection[int]) -> Reach:
    """A stage for some of the children, and of the others what every one invited reads."""
    return Reach({child.position: stage if child.position in positions else INVITED for child in request.children})
