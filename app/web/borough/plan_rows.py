"""The plans for a group of brothers and sisters as their page draws them: which home takes whom, what it costs, and a
bar whose parts are the score.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core.money import pounds, split
from app.offers.children import list_words
from app.offers.models import Offer
from app.offers.planning import Planning
from app.offers.plans import Plan, level_with_first
from app.offers.shortlist import PARTS, Entry
from app.web.charts import Part, stacked_bar
from app.web.charts.bars import StackedBar
from app.web.explaining.rows import MILLIONTHS_PER_TENTH, shown_points
from app.web.points import points


@dataclass(frozen=True)
class Home:
    """One offer of a plan: who makes it, for which children, and where it stands."""

    offer: Offer
    service: str
    children: str


@dataclass(frozen=True)
class PlanRow:
    """One plan in a table. `number` is its place in the order, 0 for one that comes after those that are listed.
    `level` says that it is one of several at the head between which the score does not say.
    """

    number: int
    plan: Plan
    homes: tuple[Home, ...]
    bar: StackedBar
    chosen: bool
    level: bool = False

    @property
    def together(self) -> str:
        """Whether the children live together, in words."""
        if self.plan.homes == 1:
            several = sum(len(option.children) for option in self.plan.options) > 1
            return "Together" if self.plan.whole and several else "One home"
        return f"Apart, in {self.plan.homes} homes"

    @property
    def left_out(self) -> str:
        """For whom there is no home."""
        return list_words(self.plan.unplaced) if self.plan.unplaced else "Nobody"

    @property
    def price(self) -> str:
        """What all its children cost a week."""
        return pounds(self.plan.weekly_pence)

    @property
    def score(self) -> str:
        """The exact score in points."""
        return points(self.plan.score)

    @property
    def words(self) -> str:
        """The plan as a choice says it."""
        takes = "; ".join(f"{home.service} takes {home.children}" for home in self.homes)
        return f"{self.number}. {takes}" if self.number else takes

    @property
    def hint(self) -> str:
        """What it comes to."""
        left = f", no home for {self.left_out}" if self.plan.unplaced else ""
        return f"{self.together}{left}, {self.price} a week in all, {self.score} points"


def plan_rows(planning: Planning, entries: Iterable[Entry]) -> list[PlanRow]:
    """The plans in their order, and after them the best one that keeps the children together, where it comes later."""
    plans = planning.found
    known = {entry.offer.id: entry for entry in entries}
    level = level_with_first(plans.plans, planning.tie_band)
    listed = [
        replace(_row(number, plan, known), level=len(level) > 1 and plan in level)
        for number, plan in enumerate(plans.plans, start=1)
    ]
    if plans.together is not None and plans.together not in plans.plans:
        listed.append(_row(0, plans.together, known))
    return listed


SORTS = {
    "number": lambda row: row.number or len(row.homes) + 10**6,
    "together": lambda row: (row.plan.homes, row.number),
    "left": lambda row: (len(row.plan.unplaced), row.number),
    "price": lambda row: (row.plan.weekly_pence, row.number),
    "score": lambda row: (row.plan.score, -row.number),
}


def sorted_plans(rows: list[PlanRow], order: str, descending: bool) -> list[PlanRow]:
    """The plans as their table is asked to show them."""
    return sorted(rows, key=SORTS.get(order, SORTS["number"]), reverse=descending)


def _row(number: int, plan: Plan, known: dict[str, Entry]) -> PlanRow:
    entries = [known[option.offer_id] for option in plan.options]
    homes = tuple(
        Home(entry.offer, entry.service_name, list_words(option.children))
        for option, entry in zip(plan.options, entries, strict=True)
    )
    return PlanRow(number, plan, homes, _bar(plan, entries), all(one.offer.status == "preferred" for one in entries))


def _bar(plan: Plan, entries: list[Entry]) -> StackedBar:
    """The score in the four parts of which it is made: the mean over the children of each, in tenths of a point shared
    out so that they sum to it.
    """
    given = [0] * len(PARTS)
    for option, entry in zip(plan.options, entries, strict=True):
        for index, (_, contribution) in enumerate(entry.contributions):
            given[index] += contribution * len(option.children)
    total = round(plan.score / MILLIONTHS_PER_TENTH)
    shares = split(total, given) if any(given) else given
    parts = [Part(words, share) for (_, words), share in zip(PARTS, shares, strict=True)]
    return stacked_bar(parts, of=1000, unit="points", show=shown_points)
