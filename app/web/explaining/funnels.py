"""Where candidates fell when nobody fits, as pages draw it: a bar for each gate with its table, and the smallest
changes that would admit somebody, each with what can be done about it now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.offers.funnel import Funnel, Relaxation
from app.web.charts import BarChart, bar_chart
from app.web.rendering import count_words, join_words
from matching.rank import Gate

Action: TypeAlias = tuple[str, str]
"""What can be done, in words, and where."""

GATE_WORDS: dict[str, str] = {
    Gate.LOT: "On another lot",
    Gate.NOT_ENROLLED: "Suspended",
    Gate.UNLAWFUL_FOR_AGE: "Not lawful for the child's age",
    Gate.OFSTED_INADEQUATE: "Judged Inadequate by Ofsted",
    Gate.AGE: "Takes other ages",
    Gate.SEX: "Takes the other sex only",
    Gate.NO_PLACE: "Not enough free places",
    Gate.STALE_VACANCY: "Places not confirmed lately",
    Gate.SOLO: "Cannot arrange a solo placement",
    Gate.ADAPTATION: "Lacks an adaptation",
    Gate.LANGUAGE: "Lacks the language",
    Gate.EXCLUDED_AREA: "In an area that the request excludes",
    Gate.DISTANCE: "Further away than the request's limit",
}
SOFT_WORDS: dict[str, str] = {
    Gate.AGE: "ask whether the service would widen its ages",
    Gate.SEX: "ask whether the service would take the other sex",
    Gate.NO_PLACE: "ask whether enough places can be made free",
    Gate.STALE_VACANCY: "ask the provider to confirm its places",
    Gate.SOLO: "give up the solo placement",
    Gate.ADAPTATION: "agree the adaptation with the provider",
    Gate.LANGUAGE: "give up the language",
    Gate.DISTANCE: "accept a home further away",
}


@dataclass(frozen=True)
class Way:
    """One smallest set of changes: what it is, who would come in by it, and what can be done towards it now."""

    words: str
    admits: str
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class FunnelView:
    """A funnel as its partial draws it. `rows` are (gate in words, how many fell, how many at it alone)."""

    sentence: str
    chart: BarChart
    rows: tuple[tuple[str, int, int], ...]
    ways: tuple[Way, ...]


def funnel_view(
    found: Funnel, noun: tuple[str, str], actions: Callable[[Relaxation], Sequence[Action]]
) -> FunnelView | None:
    """The funnel of candidates that `noun` names, one and many; None where somebody passed or nobody stood. `actions`
    says what this reader can do towards a relaxation.
    """
    if not found.nobody:
        return None
    most = max(step.failed for step in found.steps)
    worst = (GATE_WORDS[step.gate] for step in found.steps if step.failed == most)
    whole = (
        f"The one {noun[0]} did not pass"
        if found.candidates == 1
        else f"Not one of the {count_words(found.candidates, *noun)} passed"
    )
    title = f"Most fell at: {join_words(f'{words[:1].lower()}{words[1:]}' for words in worst)}"
    return FunnelView(
        sentence=f"{whole} every rule. One that fails several is counted at each.",
        chart=bar_chart(
            title,
            [(GATE_WORDS[step.gate], step.failed) for step in found.steps],
            unit=f"{noun[1][:1].upper()}{noun[1][1:]} that fell at each rule, of {found.candidates}",
            label_heading="Rule",
        ),
        rows=tuple((GATE_WORDS[step.gate], step.failed, step.alone) for step in found.steps),
        ways=tuple(Way(_sentence(one.gates), join_words(one.admits), tuple(actions(one))) for one in found.relaxations),
    )


def _sentence(gates: Sequence[Gate]) -> str:
    words = join_words(SOFT_WORDS[gate] for gate in gates)
    return words[:1].upper() + words[1:]
