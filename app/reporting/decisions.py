"""How often decisions on a shortlist follow its order, and with which reasons.

Counted over all boroughs, small numbers stay hidden, as in published statistics on looked-after children: one decision
is about one child. A borough reads its own decisions one by one, so nothing of its own is hidden from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import start_of_day
from app.offers.models import Choice
from app.offers.reasons import SITUATION_WORDS, DecisionRules
from app.offers.status import Situation
from app.reporting.reach import Scope
from app.reporting.years import FinancialYear, month_after
from app.requests.models import PlacementRequest

EARLIER = "Before reasons came from a list"


@dataclass(frozen=True)
class Counted:
    """One line: what it counts and how many decisions; None for a number that is not shown because it is small."""

    code: str
    words: str
    count: int | None


@dataclass(frozen=True)
class Decisions:
    """The decisions of a year by how they stand to the order and by reason. Both tables count every decision once;
    `smallest_shown` is 0 where nothing is hidden.
    """

    total: int | None
    orders: tuple[Counted, ...]
    reasons: tuple[Counted, ...]
    smallest_shown: int

    @property
    def hides(self) -> bool:
        """Whether a number is hidden."""
        return self.total is None or any(one.count is None for one in (*self.orders, *self.reasons))


def decisions(session: Session, *, scope: Scope, year: FinancialYear, rules: DecisionRules) -> Decisions:
    """The decisions that people took in a financial year within a scope. Offers preferred together are one decision,
    and a change of mind is another. Small numbers are hidden from all but the borough's own people.
    """
    smallest = 0 if scope.own else rules.smallest_shown
    once = (
        select(
            Choice.request_id,
            Choice.chosen_at,
            Choice.situation.label("situation"),
            Choice.reason_code.label("code"),
        )
        .join(PlacementRequest, PlacementRequest.id == Choice.request_id)
        .where(
            Choice.chosen_at >= start_of_day(year.first_day),
            Choice.chosen_at < start_of_day(month_after(year.first_day, 12)),
        )
        .distinct()
    )
    once = once.where(*scope.conditions(PlacementRequest))
    one = once.subquery()
    orders: dict[Situation | None, int] = {}
    codes: dict[str, int] = {}
    for situation, code, number in session.execute(
        select(one.c.situation, one.c.code, func.count()).group_by(one.c.situation, one.c.code)
    ):
        orders[situation] = orders.get(situation, 0) + number
        codes[code or ""] = codes.get(code or "", 0) + number
    by_order = [(one.value, SITUATION_WORDS[one], orders.get(one, 0)) for one in Situation]
    by_code = sorted(
        ((code, rules.label(code), number) for code, number in codes.items() if code),
        key=lambda line: (-line[2], line[1]),
    )
    if None in orders:
        by_order.append(("", EARLIER, orders[None]))
        by_code.append(("", EARLIER, orders[None]))
    total = sum(orders.values())
    return Decisions(
        total=None if 0 < total < smallest else total,
        orders=_shown(by_order, smallest),
        reasons=_shown(by_code, smallest),
        smallest_shown=smallest,
    )


def _shown(lines: Sequence[tuple[str, str, int]], smallest: int) -> tuple[Counted, ...]:
    counts = shown_counts([number for _, _, number in lines], smallest)
    return tuple(Counted(code, words, count) for (code, words, _), count in zip(lines, counts, strict=True))


def shown_counts(counts: Sequence[int], smallest: int) -> list[int | None]:
    """Counts with those from 1 to below `smallest` hidden (None), and as many others, the smallest first, that what is
    hidden cannot be worked out from the sum: at least two numbers that come to `smallest` together. Nought is shown.
    """
    hidden = {index for index, count in enumerate(counts) if 0 < count < smallest}
    others = sorted((count, index) for index, count in enumerate(counts) if count >= smallest)
    while hidden and others and (len(hidden) < 2 or sum(counts[index] for index in hidden) < smallest):
        hidden.add(others.pop(0)[1])
    return [None if index in hidden else count for index, count in enumerate(counts)]
