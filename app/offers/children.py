"""The children of one request as offers speak of them: by their number, "Child 1", and by what was measured of each.

An offer for several is judged on the highest of their needs, and on the age and sex of every one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.children.ages import age_words
from app.core.errors import Invalid
from app.requests.models import PlacementRequest, RequestChild
from app.requests.status import Siblings

NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
INDICATORS = 12
WHOLE = (Siblings.ALONE, Siblings.TOGETHER)
"""Where an offer is for every child of the request."""


@dataclass(frozen=True)
class ChildFacts:
    """What matching knows of one child of a request. `needs` are 12 scores, None where one was not measured."""

    position: int
    age_weeks: int
    sex: str
    needs: tuple[int | None, ...]

    @property
    def words(self) -> str:
        """Child 2: a girl, 9 years."""
        sex = {"F": "girl", "M": "boy"}.get(self.sex, "child")
        return f"Child {self.position}: {sex}, {age_words(self.age_weeks)}"


def key_of(positions: Iterable[int]) -> str:
    """The children of an offer as it stores them: their positions in order, "1,3"."""
    return ",".join(str(position) for position in sorted(set(positions)))


def positions_of(key: str) -> tuple[int, ...]:
    """The positions that a stored key names."""
    return tuple(int(position) for position in key.split(","))


def all_positions(request: PlacementRequest) -> tuple[int, ...]:
    """Every child of a request, by position."""
    return tuple(child.position for child in request.children)


def children_in(request: PlacementRequest, key: str) -> list[RequestChild]:
    """The children whom an offer with this key is for, in order."""
    named = set(positions_of(key))
    return [child for child in request.children if child.position in named]


def facts_of(request: PlacementRequest, key: str | None = None) -> tuple[ChildFacts, ...]:
    """What was measured of the children of a request, or of those of one offer. The request's own columns are the first
    child's, and stand for a child of whom nothing was written.
    """
    children = request.children if key is None else children_in(request, key)
    return tuple(_facts(request, child) for child in children)


def least_sets(request: PlacementRequest) -> tuple[tuple[ChildFacts, ...], ...]:
    """The smallest sets of children that an offer may be for (`judged_children`): all of them where they are placed
    together, else each of them alone. A service could make an offer where it takes one of these.
    """
    facts = facts_of(request)
    return (facts,) if request.siblings in WHOLE else tuple((one,) for one in facts)


def _facts(request: PlacementRequest, child: RequestChild) -> ChildFacts:
    own = child if child.position > 1 and child.age_weeks is not None else request
    return ChildFacts(
        position=child.position,
        age_weeks=own.age_weeks or 0,
        sex=own.sex or "F",
        needs=tuple(own.needs or [None] * INDICATORS),
    )


def combined_needs(children: Sequence[ChildFacts]) -> tuple[int | None, ...]:
    """For each need the highest level of any of the children; a measured one stands before one that was not."""
    rows = zip(*(child.needs for child in children), strict=True)
    return tuple(max((score for score in row if score is not None), default=None) for row in rows)


def needs_of(request: PlacementRequest, key: str | None = None) -> tuple[int | None, ...]:
    """The needs that an offer answers: the highest of its children."""
    return combined_needs(facts_of(request, key))


def judged_children(request: PlacementRequest, asked: Iterable[int] | None) -> str:
    """The key of the children that an offer asks to be for, None standing for all of them. Invalid at `children` where
    the request does not allow an offer for these: together is all, apart is one.
    """
    whole = all_positions(request)
    chosen = whole if asked is None else tuple(sorted(set(asked)))
    if not chosen or not set(chosen) <= set(whole):
        raise Invalid("Choose which children the offer is for.", field="children")
    if request.siblings in WHOLE and chosen != whole:
        raise Invalid("The children are placed together, so an offer is for all of them.", field="children")
    if request.siblings is Siblings.APART and len(chosen) != 1:
        raise Invalid("The children are placed apart, so an offer is for one of them.", field="children")
    return key_of(chosen)


def children_words(key: str, places: int) -> str:
    """Whom an offer is for, where its request has several children: "all three children", "Child 1 and Child 3". For
    one child alone there is nothing to say.
    """
    if places == 1:
        return ""
    positions = positions_of(key)
    if len(positions) == places:
        return (
            "both children" if places == 2 else f"all {NUMBERS[places] if places < len(NUMBERS) else places} children"
        )
    return list_words(positions)


def list_words(positions: Iterable[int]) -> str:
    """Child 1, Child 2 and Child 3."""
    *head, last = [f"Child {position}" for position in sorted(positions)]
    return f"{', '.join(head)} and {last}" if head else last
