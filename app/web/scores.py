"""A quality score for its page: the bar of its parts, its history as a chart, and the addition behind it."""

from __future__ import annotations

from typing import Any

from flask import request

from app.core.clock import local_date
from app.web.acts import Act
from app.web.charts import Part, SeriesChart, StackedBar, line_chart, stacked_bar
from app.web.rendering import short_date
from providers.quality.queries import Quality, history, policy_of, raises_of, score_of

MOST = 40
"""How many scores a page goes back."""


def score_page(view: Act, urn: str) -> dict[str, Any] | None:
    """What the page of a score shows: the newest, or the earlier one that `?score=` names. None where it was never
    scored.
    """
    scores = history(view.session, urn, limit=MOST)
    if not scores:
        return None
    asked = request.args.get("score", "")
    chosen = score_of(view.session, urn, asked) if asked else scores[0]
    newest = chosen.id == scores[0].id
    return {
        "urn": urn,
        "scores": scores,
        "quality": chosen,
        "newest": newest,
        "policy": policy_of(view.session, chosen),
        "bar": bar_of(chosen),
        "chart": chart_of(scores),
        "raises": raises_of(view.session, urn, view.now) if newest else [],
    }


def bar_of(quality: Quality) -> StackedBar | None:
    """The parts of a known score of several parts, out of 100."""
    if quality.score is None or not quality.sections:
        return None
    parts = [Part(section.label, section.points) for section in quality.sections]
    return stacked_bar(parts, of=100, unit="points", total=quality.score)


def chart_of(scores: list[Quality]) -> SeriesChart | None:
    """The known scores of a history, from the oldest; None for fewer than two."""
    known = [(one, one.score) for one in reversed(scores) if one.score is not None]
    if len(known) < 2:
        return None
    (_, first), (_, last) = known[0], known[-1]
    went = f"rose from {first} to" if last > first else f"fell from {first} to" if last < first else "stands again at"
    since = short_date(local_date(known[0][0].computed_at))
    return line_chart(
        f"The score {went} {last} since {since}",
        [short_date(local_date(one.computed_at)) for one, _ in known],
        {"Score": [score for _, score in known]},
        unit="points out of 100",
        label_heading="Worked out on",
    )
