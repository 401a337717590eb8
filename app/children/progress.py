"""Needs over time: what became of the same indicators between a child's first measure and the latest.

Only like is compared with like. An indicator counts for a child where it was measured both times and the policy of both
days, and of today, words it the same; a missing score is left out and counted, never taken for zero (F-57).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.children.models import Child, NeedsMeasure
from app.children.needs import Indicator, indicators, indicators_in
from app.core import policies
from app.identity.permissions import Actor, Permission

FEW = 5
"""With fewer children than this a mean says little and may point at somebody; the page says so. Counts below 5 are what
councils withhold when they answer requests for information.
"""


@dataclass(frozen=True)
class Measure:
    """One measure's scores, and the wording of each indicator on its day."""

    scores: tuple[int | None, ...]
    wording: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Change:
    """What became of one child's needs: the sums of the indicators that were compared, and why the others were not."""

    before: int
    after: int
    compared: tuple[int, ...]
    missing: int
    reworded: int

    @property
    def way(self) -> str:
        """`improved`, `same` or `worsened`; `unknown` where nothing could be compared."""
        if not self.compared:
            return "unknown"
        return "improved" if self.after < self.before else "worsened" if self.after > self.before else "same"


def wording_of(listed: Sequence[Indicator]) -> tuple[tuple[str, str], ...]:
    """What makes an indicator the same one: its place, its domain and its words."""
    return tuple((one.domain, one.label) for one in listed)


def change(first: Measure, latest: Measure, wording: Sequence[tuple[str, str]]) -> Change:
    """What became of a child's needs between two measures, by indicators that are worded as `wording` in both."""
    compared, missing, reworded = [], 0, 0
    for n, words in enumerate(wording):
        if first.wording[n] != words or latest.wording[n] != words:
            reworded += 1
        elif first.scores[n] is None or latest.scores[n] is None:
            missing += 1
        else:
            compared.append(n)
    return Change(
        before=sum(first.scores[n] or 0 for n in compared),
        after=sum(latest.scores[n] or 0 for n in compared),
        compared=tuple(compared),
        missing=missing,
        reworded=reworded,
    )


@dataclass
class Tally:
    """What an indicator (or a domain) came to over all children: how many scores were compared, their sums, and how
    many children had a need at all.
    """

    children: int = 0
    scores: int = 0
    before: int = 0
    after: int = 0
    had_before: int = 0
    had_after: int = 0

    @property
    def mean_before(self) -> float | None:
        return self.before / self.scores if self.scores else None

    @property
    def mean_after(self) -> float | None:
        return self.after / self.scores if self.scores else None

    @property
    def share_before(self) -> float | None:
        return self.had_before / self.children if self.children else None

    @property
    def share_after(self) -> float | None:
        return self.had_after / self.children if self.children else None

    @property
    def few(self) -> bool:
        """Whether these are so few children that it says little."""
        return 0 < self.children < FEW


@dataclass
class Overall:
    """Needs over time for all children of a borough with two measures or more."""

    children: int = 0
    ways: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("improved", "same", "worsened", "unknown"), 0))
    indicators: list[Tally] = field(default_factory=list)
    domains: dict[str, Tally] = field(default_factory=dict)
    missing: int = 0
    reworded: int = 0


def overall(pairs: Sequence[tuple[Measure, Measure]], wording: Sequence[tuple[str, str]]) -> Overall:
    """The sums over children, each given by the first and the latest measure."""
    found = Overall(
        children=len(pairs),
        indicators=[Tally() for _ in wording],
        domains={domain: Tally() for domain, _ in wording},
    )
    for first, latest in pairs:
        changed = change(first, latest, wording)
        found.ways[changed.way] += 1
        found.missing += changed.missing
        found.reworded += changed.reworded
        for n in changed.compared:
            _add(found.indicators[n], [(first.scores[n] or 0, latest.scores[n] or 0)])
        for domain, tally in found.domains.items():
            _add(
                tally,
                [(first.scores[n] or 0, latest.scores[n] or 0) for n in changed.compared if wording[n][0] == domain],
            )
    return found


def _add(tally: Tally, scores: Sequence[tuple[int, int]]) -> None:
    """One child's compared scores."""
    if not scores:
        return
    tally.children += 1
    tally.scores += len(scores)
    tally.before += sum(before for before, _ in scores)
    tally.after += sum(after for _, after in scores)
    tally.had_before += any(before for before, _ in scores)
    tally.had_after += any(after for _, after in scores)


def needs_of_all(session: Session, *, actor: Actor, today: dt.date) -> tuple[list[Indicator], Overall]:
    """Needs over time for the actor's borough, by the indicators in force today. Children whose records were erased are
    left out. No name and no reference is in it.
    """
    actor.require(Permission.CHILD_READ)
    listed = indicators(session, today)
    kept = func.coalesce(Child.merged_into, Child.id)
    order = (NeedsMeasure.measured_on, NeedsMeasure.recorded_at, NeedsMeasure.id)
    numbered = (
        select(
            kept.label("child"),
            NeedsMeasure.scores,
            NeedsMeasure.policy_version_id,
            func.row_number().over(partition_by=kept, order_by=order).label("up"),
            func.row_number().over(partition_by=kept, order_by=[one.desc() for one in order]).label("down"),
        )
        .join(Child, Child.id == NeedsMeasure.child_id)
        .where(Child.organisation_id == actor.organisation_id, Child.erased_at.is_(None))
        .subquery()
    )
    rows = session.execute(
        select(numbered.c.child, numbered.c.scores, numbered.c.policy_version_id, numbered.c.up)
        .where((numbered.c.up == 1) != (numbered.c.down == 1))
        .order_by(numbered.c.child, numbered.c.up)
    ).all()
    words = {id_: wording_of(indicators_in(policies.by_id(session, id_).content)) for id_ in {row[2] for row in rows}}
    measures = [Measure(tuple(row[1]), words[row[2]]) for row in rows]
    return listed, overall(list(zip(measures[::2], measures[1::2], strict=True)), wording_of(listed))


def change_of(session: Session, measures: Sequence[NeedsMeasure], today: dt.date) -> Change | None:
    """What became of one child's needs from the first of their measures to the last; None with fewer than two."""
    if len(measures) < 2:
        return None
    words: Mapping[str, tuple[tuple[str, str], ...]] = {
        id_: wording_of(indicators_in(policies.by_id(session, id_).content))
        for id_ in {one.policy_version_id for one in (measures[0], measures[-1])}
    }
    first, latest = (Measure(tuple(one.scores), words[one.policy_version_id]) for one in (measures[0], measures[-1]))
    return change(first, latest, wording_of(indicators(session, today)))
