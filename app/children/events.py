"""What this room asks of the rooms above, which it may not look into: they answer in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Holding(NamedTuple):
    """One thing that cites a record of a child. `live` ones are not over yet; `looked_after` says that the child was or
    was to be looked after by it.
    """

    room: str
    id: str
    reference: str
    child_id: str
    status: str
    live: bool
    draft: bool = False
    looked_after: bool = False

    @property
    def words(self) -> str:
        """Request CRO-7K4M2P: published."""
        kind = "Request" if self.room == "requests" else "Placement"
        return f"{kind} {self.reference}: {self.status[:1].lower()}{self.status[1:]}"


@dataclass(frozen=True)
class HoldingsAsked:
    """What do you hold of these records? Each room adds to `found` and says in `answered` that it did."""

    child_ids: tuple[str, ...]
    found: list[Holding] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
