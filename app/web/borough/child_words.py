"""What the pages of a child's record have in common: their tabs, and needs and questionnaires as charts and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for

from app.children import needs as measures
from app.children.models import Child, NeedsMeasure
from app.children.needs import Indicator, indicators, indicators_in
from app.children.progress import Change, change_of, wording_of
from app.children.questionnaires import Sdq, questionnaires
from app.children.sdq import SDQ_WORDS, SdqBand
from app.core import policies
from app.core.clock import local_date
from app.identity.permissions import Actor, Permission
from app.placements.queries import placements_of_child
from app.placements.status import PLACEMENT
from app.requests.lists import requests_of_child
from app.web.access import may
from app.web.acts import Act
from app.web.charts import BarChart, SeriesChart, bar_chart, line_chart

BAND_TONES = {SdqBand.NORMAL: "good", SdqBand.BORDERLINE: "warn", SdqBand.CONCERN: "bad"}
WAYS = {
    "improved": "fell",
    "worsened": "rose",
    "same": "stayed the same",
}


def band_words(band: SdqBand) -> str:
    """A band as a tag says it: Cause for concern."""
    words = SDQ_WORDS[band]
    return words[:1].upper() + words[1:]


def tabs(child: Child, actor: Actor, here: str) -> list[tuple[str, str, bool]]:
    """The parts of a child's record that this person may open."""
    parts = (
        ("Record", "borough.child"),
        ("Needs over time", "borough.child_needs"),
        ("Who looked", "borough.child_views"),
    )
    return [
        (text, url_for(endpoint, child_id=child.id), endpoint == here)
        for text, endpoint in parts
        if may(endpoint, actor)
    ]


def needs_summary(view: Act, child_id: str) -> dict[str, Any]:
    """The latest measure and questionnaire in a line each, and what became of the needs."""
    history = measures.history(view.session, actor=view.actor, child_id=child_id)
    scores = questionnaires(view.session, actor=view.actor, child_id=child_id)
    latest = history[-1] if history else None
    return {
        "latest": latest,
        "latest_totals": measures.totals(latest.scores, _domains(view, latest)) if latest else None,
        "way": way_words(change_of(view.session, history, local_date(view.now))),
        "sdq": scores[-1] if scores else None,
        "sdq_band": (band_words(scores[-1].band), BAND_TONES[scores[-1].band]) if scores else None,
    }


def _domains(view: Act, measure: NeedsMeasure) -> list[str]:
    content = policies.by_id(view.session, measure.policy_version_id).content
    return [one.domain for one in indicators_in(content)]


def measure_rows(view: Act, history: Sequence[NeedsMeasure]) -> list[dict[str, Any]]:
    """Each measure with its totals by the policy of its own day, the latest first."""
    return [{"measure": one, "totals": measures.totals(one.scores, _domains(view, one))} for one in reversed(history)]


def way_words(changed: Change | None) -> str:
    """What became of the needs, in a sentence that says what was compared; "" with fewer than two measures."""
    if changed is None:
        return ""
    if not changed.compared:
        return "The first and the latest measure have no indicator in common, so they cannot be compared."
    count = len(changed.compared)
    over = f"over the {count} {'indicator' if count == 1 else 'indicators'} measured both times"
    if changed.way == "same":
        said = f"Needs stayed at {changed.after} of {3 * count}, {over}."
    else:
        said = f"Needs {WAYS[changed.way]} from {changed.before} to {changed.after} of {3 * count}, {over}."
    if changed.missing:
        said += f" {changed.missing} not measured one of the times."
    if changed.reworded:
        said += f" {changed.reworded} worded otherwise now, so not compared."
    return said


def needs_charts(
    view: Act, history: Sequence[NeedsMeasure]
) -> tuple[SeriesChart | None, BarChart | None, list[Indicator]]:
    """The line of what was measured every time, and the latest measure beside the first by domain."""
    listed = indicators(view.session, local_date(view.now))
    if len(history) < 2:
        return None, None, listed
    now = wording_of(listed)
    wordings = [
        wording_of(indicators_in(policies.by_id(view.session, one.policy_version_id).content)) for one in history
    ]
    common = [
        n
        for n in range(len(now))
        if all(words[n] == now[n] and one.scores[n] is not None for words, one in zip(wordings, history, strict=True))
    ]
    line = None
    if common:
        values = [float(sum(one.scores[n] or 0 for n in common)) for one in history]
        count = f"{len(common)} of the 12 indicators" if len(common) < 12 else "the 12 indicators"
        line = line_chart(
            f"Needs went from {values[0]:.0f} to {values[-1]:.0f} of {3 * len(common)}",
            [f"{one.measured_on.day} {one.measured_on:%b %Y}" for one in history],
            {"Total": values},
            unit=f"total of {count}, those measured every time",
            label_heading="Day",
        )
    changed = change_of(view.session, history, local_date(view.now))
    return line, _by_domain(history, listed, changed) if changed and changed.compared else None, listed


def _by_domain(history: Sequence[NeedsMeasure], listed: Sequence[Indicator], changed: Change) -> BarChart:
    rows: dict[str, list[int]] = {}
    for n in changed.compared:
        sums = rows.setdefault(listed[n].domain, [0, 0, 0])
        sums[0] += history[-1].scores[n] or 0
        sums[1] += history[0].scores[n] or 0
        sums[2] += 3
    highest = max(sums[0] for sums in rows.values())
    most = [domain for domain, sums in rows.items() if sums[0] == highest]
    return bar_chart(
        f"Most need now: {', '.join(most)}" if highest else "No need in what was measured both times",
        [(domain, sums[0], f"of {sums[2]}; at first {sums[1]}") for domain, sums in rows.items()],
        unit="latest score, by indicators measured both times",
        label_heading="Domain",
    )


def sdq_chart(scores: Sequence[Sdq]) -> SeriesChart | None:
    """The line of the totals; none with fewer than two."""
    if len(scores) < 2:
        return None
    first, last = scores[0].score.total, scores[-1].score.total
    said = f"stayed at {last}" if first == last else f"went from {first} to {last}"
    return line_chart(
        f"The questionnaire's total {said} of 40",
        [f"{one.score.completed_on.day} {one.score.completed_on:%b %Y}" for one in scores],
        {"Total": [float(one.score.total) for one in scores]},
        unit="total difficulties, 0 to 40; 14 to 16 borderline, 17 or more cause for concern",
        label_heading="Day",
    )


def requests_of(view: Act, child_id: str) -> list[dict[str, Any]]:
    """The child's requests, for whoever may open them."""
    if not view.actor.may(Permission.REQUEST_READ):
        return []
    return [
        {
            "title": one.reference,
            "href": url_for("borough.request", request_id=one.id),
            "meta": f"Written by {one.writer}",
            "tag": (one.words(view.now), "neutral"),
        }
        for one in requests_of_child(view.session, actor=view.actor, child_id=child_id)
    ]


def placements_of(view: Act, child_id: str) -> list[dict[str, Any]]:
    """The child's placements, for whoever may open them."""
    if not view.actor.may(Permission.PLACEMENT_READ):
        return []
    return [
        {
            "title": one.reference,
            "href": url_for("borough.placement", placement_id=one.id),
            "meta": service,
            "tag": (PLACEMENT.words[one.status], "neutral"),
        }
        for one, service in placements_of_child(view.session, actor=view.actor, child_id=child_id)
    ]
