"""The picture of a child's needs: a bar for each of the 12 indicators, with its table. What was not measured has no bar
and says so (F-57).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.children.needs import indicators, totals
from app.core.clock import local_date
from app.requests.answers import scores_of
from app.requests.drafting import answers_each
from app.requests.form import NOT_MEASURED
from app.requests.models import PlacementRequest
from app.web.acts import Act
from app.web.charts.bars import Bar, BarChart, per_cent

LEVELS = ("None", "Low", "Medium", "High")


def needs_picture(session: Session, answers: Mapping[str, Any], on: dt.date) -> BarChart:
    """From the answers of a form, typed or judged."""
    right = ("", NOT_MEASURED, *"0123")
    typed = {name: raw for name, raw in answers.items() if isinstance(raw, str) and raw in right}
    return picture_of(session, scores_of(typed), on)


def needs_pictures(view: Act, row: PlacementRequest) -> dict[int, BarChart]:
    """One for each child of a request, by position; where the form asks once, at 0."""
    answers, today = answers_each(view.session, vault=view.wiring.vault, request=row), local_date(view.now)
    pictures = [needs_picture(view.session, one, today) for one in answers]
    return {0: pictures[0], **dict(enumerate(pictures, start=1))}


def picture_of(session: Session, scores: Sequence[int | None], on: dt.date, whose: str = "Needs") -> BarChart:
    """Of 12 scores. The title says the total, of what it is out of, and how many were not measured."""
    asked = indicators(session, on)
    found = totals(scores, [one.domain for one in asked])
    missing = f"; {found.missing} not measured" if found.missing else ""
    bars = tuple(
        Bar(one.label, float(score or 0), "Not measured" if score is None else LEVELS[score], per_cent(score or 0, 3))
        for one, score in zip(asked, scores, strict=True)
    )
    title = f"{whose} sum to {found.total} of {found.highest}{missing}"
    return BarChart(title, "from none to high, of 3", "Need", bars)
