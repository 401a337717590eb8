"""Every way to place the children of one request with the offers there are: together, apart, or each as it can be.

A plan is a set of offers of which no two are for the same child. Pure arithmetic, exact: the score of a plan is the
mean over the children of the total of the offer that takes each (a child whom none takes counts as 0), halves up; its
price is what all its children cost in every week of the year.

The order: the more children placed the better, then the score. Where two are level, the one with fewer homes comes
first: the law prefers brothers and sisters together (section 22C(8)(c) of the Children Act 1989; F-36). Then the price,
then the offers' ids.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.requests.status import Siblings

MOST_PLANS = 20
"""So many plans are kept, the first in order: what is left out could not have come before them."""

MOST_STEPS = 200_000
"""So many steps the search may take. A request of six children with a dozen offers for each set needs far fewer."""


@dataclass(frozen=True)
class Option:
    """An eligible offer as a plan takes it: `total` in millionths, `weekly_pence` what each of its children costs in
    every week of the year, `home` what two offers share that lead to one door, `places` how many its service has free.
    """

    offer_id: str
    children: frozenset[int]
    total: int
    weekly_pence: int
    service: str
    home: str
    places: int


@dataclass(frozen=True)
class Plan:
    """One way to place children. `score` is in millionths, `weekly_pence` for all its children together."""

    options: tuple[Option, ...]
    unplaced: tuple[int, ...]
    score: int
    weekly_pence: int
    homes: int

    @property
    def key(self) -> str:
        """The plan by the ids of its offers, for a form."""
        return "+".join(option.offer_id for option in self.options)

    @property
    def whole(self) -> bool:
        """Whether every child has a place."""
        return not self.unplaced

    @property
    def together(self) -> bool:
        """Whether one home takes all of them."""
        return self.whole and self.homes == 1


@dataclass(frozen=True)
class Plans:
    """The best plans in order. `more`: there are others, further down. `searched`: whether all were looked at.
    `together` is the best plan in which one home takes all children, however far down it comes; None without one.
    """

    plans: tuple[Plan, ...]
    more: bool
    searched: bool
    together: Plan | None

    def of(self, offer_ids: Iterable[str]) -> Plan | None:
        """The plan of exactly these offers, or None."""
        wanted = set(offer_ids)
        return next((plan for plan in self.plans if {one.offer_id for one in plan.options} == wanted), None)


def half_up(total: int, count: int) -> int:
    """A mean to the nearest whole number, halves up."""
    return (2 * total + count) // (2 * count) if count else 0


def make_plan(options: Iterable[Option], children: Sequence[int]) -> Plan:
    """The plan of some offers for the children that are still to be placed. The offers are disjoint."""
    chosen = tuple(sorted(options, key=lambda one: (min(one.children), one.offer_id)))
    placed = {child for option in chosen for child in option.children}
    return Plan(
        options=chosen,
        unplaced=tuple(child for child in sorted(children) if child not in placed),
        score=half_up(sum(option.total * len(option.children) for option in chosen), len(children)),
        weekly_pence=sum(option.weekly_pence * len(option.children) for option in chosen),
        homes=len({option.home for option in chosen}),
    )


def fault(options: Sequence[Option], children: Sequence[int], siblings: Siblings) -> str | None:
    """Why some offers are not a plan for these children, or None."""
    named = [child for option in options for child in option.children]
    if len(named) != len(set(named)):
        return "Two of these offers are for the same child."
    if not set(named) <= set(children):
        return "One of these offers is for a child who is placed already."
    if siblings is Siblings.TOGETHER and (len(options) != 1 or len(named) != len(children)):
        return "The children are placed together, so one offer takes all of them."
    if siblings is Siblings.APART and (
        any(len(option.children) > 1 for option in options) or len({one.home for one in options}) != len(options)
    ):
        return "The children are placed apart, so each needs a home of its own."
    full = _too_full(options)
    return "A service has not enough places for all the children of this plan." if full else None


def _too_full(options: Iterable[Option]) -> bool:
    needed: dict[str, int] = {}
    free: dict[str, int] = {}
    for option in options:
        needed[option.service] = needed.get(option.service, 0) + len(option.children)
        free[option.service] = option.places
    return any(needed[service] > free[service] for service in needed)


def all_plans(
    options: Iterable[Option], children: Sequence[int], siblings: Siblings, *, most: int = MOST_PLANS
) -> Plans:
    """The best `most` plans for the children that are still to be placed, in order. A plan that leaves a child out is
    there only where no offer could be added to it.

    Exact: what is cut from the search could not have come before what is kept. `searched` is False only where the
    search was ended after its last step.
    """
    search = _Search(tuple(sorted(children)), siblings, most + 1)
    fitting = [one for one in options if one.children <= set(children) and fault([one], children, siblings) is None]
    search.run(sorted(fitting, key=lambda one: (-one.total, one.offer_id)))
    plans = sorted((plan for _, plan in search.kept), key=order_of)
    at_one_door = None if siblings is Siblings.APART else _together(fitting, search.children)
    return Plans(tuple(plans[:most]), len(plans) > most, search.steps <= MOST_STEPS, at_one_door)


def _together(options: Iterable[Option], children: tuple[int, ...]) -> Plan | None:
    """The best plan of offers that all lead to one door."""
    by_home: dict[str, list[Option]] = {}
    for option in sorted(options, key=lambda one: (-one.total, one.offer_id)):
        by_home.setdefault(option.home, []).append(option)
    found = []
    for sharing in by_home.values():
        search = _Search(children, Siblings.PREFERRED, 1)
        search.run(sharing)
        found += [plan for _, plan in search.kept if plan.together]
    return min(found, key=order_of, default=None)


def order_of(plan: Plan) -> tuple[int, int, int, int, tuple[str, ...]]:
    """What puts a plan before another: smaller first."""
    ids = tuple(sorted(option.offer_id for option in plan.options))
    return (len(plan.unplaced), -plan.score, plan.homes, plan.weekly_pence, ids)


def level_with_first(plans: Sequence[Plan], band: int) -> tuple[Plan, ...]:
    """The plans at the head of an order between which the score does not say: those that leave as many children out as
    the first and whose score is at most `band` millionths below its.
    """
    if not plans:
        return ()
    first = plans[0]
    return tuple(
        plan for plan in plans if len(plan.unplaced) == len(first.unplaced) and first.score - plan.score <= band
    )


@dataclass(frozen=True)
class _Worse:
    """A plan's order turned round, so that the worst kept plan stands at the head of a heap."""

    order: tuple[int, int, int, int, tuple[str, ...]]

    def __lt__(self, other: _Worse) -> bool:
        return self.order > other.order


@dataclass
class _Search:
    """Takes the children one by one, each with every offer that begins with it, or without one."""

    children: tuple[int, ...]
    siblings: Siblings
    most: int
    kept: list[tuple[_Worse, Plan]] = field(default_factory=list)
    steps: int = 0
    by_child: Mapping[int, list[Option]] = field(default_factory=dict)
    best: Mapping[int, int] = field(default_factory=dict)
    offered: list[Option] = field(default_factory=list)

    def run(self, options: list[Option]) -> None:
        self.offered = options
        self.by_child = {child: [one for one in options if child in one.children] for child in self.children}
        self.best = {child: max((one.total for one in found), default=0) for child, found in self.by_child.items()}
        self._step([], frozenset(), [])

    def _step(self, chosen: list[Option], decided: frozenset[int], without: list[int]) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS or self._cannot_win(chosen, decided, without):
            return
        child = next((one for one in self.children if one not in decided), None)
        if child is None:
            self._keep(chosen, without)
            return
        for option in self.by_child[child]:
            if not option.children & decided and fault([*chosen, option], self.children, self.siblings) is None:
                self._step([*chosen, option], decided | option.children, without)
        self._step(chosen, decided | {child}, [*without, child])

    def _cannot_win(self, chosen: list[Option], decided: frozenset[int], without: list[int]) -> bool:
        """Whether even the best that can still be added leaves this behind everything that is kept."""
        if len(self.kept) < self.most:
            return False
        total = sum(option.total * len(option.children) for option in chosen)
        total += sum(self.best[child] for child in self.children if child not in decided)
        bound = (len(without), -half_up(total, len(self.children)))
        return bound > self.kept[0][0].order[:2]

    def _keep(self, chosen: list[Option], without: list[int]) -> None:
        left = set(without)
        if not chosen or (
            left
            and any(
                one.children <= left and fault([*chosen, one], self.children, self.siblings) is None
                for one in self.offered
            )
        ):
            return
        plan = make_plan(chosen, self.children)
        heapq.heappush(self.kept, (_Worse(order_of(plan)), plan))
        if len(self.kept) > self.most:
            heapq.heappop(self.kept)
