"""A borough says how a placement goes, or puts right what it had said."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid
from app.identity.permissions import Permission
from app.placements.models import Placement
from app.placements.outcomes import correct_how_it_goes, record_and_placement, record_how_it_goes
from app.placements.queries import placement_for
from app.web.access import permission
from app.web.acts import act, look
from app.web.borough import bp
from app.web.fields import Choice, DateField, LongText, YesNo
from app.web.forms import Form
from providers.quality.models import ServiceOutcome
from providers.quality.outcomes import Said
from providers.quality.status import ENDING_WORDS, FEEDBACK_WORDS, PROGRESS_WORDS, Ending, OutcomeKind, Progress


class OutcomeForm(Schema):
    """How a placement goes. Everything but the moment may be left empty: what is not said is not known."""

    kind = Choice(
        "When do you say it?",
        choices=((OutcomeKind.REVIEW.value, "At a review"), (OutcomeKind.ENDING.value, "At the ending")),
        missing="Choose whether it is at a review or at the ending",
    )
    happened_on = DateField("On what day?", hint="Of the review, or of the ending", called="The day")
    progress = Choice(
        "Progress towards what was agreed for the child",
        choices=tuple((progress.value, words) for progress, words in PROGRESS_WORDS.items()),
        required=False,
    )
    ending = Choice(
        "If it has ended: how?",
        choices=tuple((ending.value, words) for ending, words in ENDING_WORDS.items()),
        required=False,
    )
    started_on_day = YesNo("Did it start on the agreed day?", required=False)
    reports_on_time = YesNo("Do the provider's reports come on time?", required=False)
    feedback = Choice(
        "What do you say of the provider?",
        choices=tuple((str(number), words) for number, words in FEEDBACK_WORDS.items()),
        required=False,
    )
    words = LongText(
        "In your words",
        hint="The provider reads it and may reply. Use no names",
        required=False,
        max_length=2000,
        rows=4,
    )


class CorrectionForm(OutcomeForm):
    """The same, and what was wrong."""

    why = LongText(
        "What was wrong?", hint="The provider reads it", missing="Enter what was wrong", max_length=2000, rows=3
    )


@bp.route("/placements/<placement_id>/outcome", methods=["GET", "POST"])
@permission(Permission.OUTCOME_RECORD)
def placement_outcome(placement_id: str) -> ResponseReturnValue:
    """Record how a placement is going, or how it ended."""
    with look() as view:
        row = placement_for(view.session, actor=view.actor, placement_id=placement_id)
        today = local_date(view.now)
    form = Form(OutcomeForm, values={"happened_on": today})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                record_how_it_goes(
                    doing.session,
                    actor=doing.actor,
                    placement_id=placement_id,
                    said=_said(form.data),
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                return doing.go(_back(row), "Recorded, and the provider is told")
        except (Invalid, Conflict) as error:
            form.refuse(error)
    return render_template("borough/outcome.html", form=form, row=row, corrects=None), form.status


@bp.route("/outcomes/<outcome_id>/correct", methods=["GET", "POST"])
@permission(Permission.OUTCOME_RECORD)
def outcome_correct(outcome_id: str) -> ResponseReturnValue:
    """Put a record right by a new one; the old one stays and counts no longer."""
    with look() as view:
        outcome, row = record_and_placement(view.session, actor=view.actor, outcome_id=outcome_id)
    form = Form(CorrectionForm, values=_as_typed(outcome))
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                correct_how_it_goes(
                    doing.session,
                    actor=doing.actor,
                    outcome_id=outcome_id,
                    said=_said(form.data),
                    why=form.data["why"],
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                return doing.go(_back(row), "Corrected, and the provider is told")
        except (Invalid, Conflict) as error:
            form.refuse(error)
    return render_template("borough/outcome.html", form=form, row=row, corrects=outcome), form.status


def _back(row: Placement) -> str:
    return url_for("borough.placement", placement_id=row.id, _anchor="outcomes")


def _said(data: dict[str, Any]) -> Said:
    return Said(
        kind=OutcomeKind(data["kind"]),
        happened_on=data["happened_on"],
        progress=Progress(data["progress"]) if data["progress"] else None,
        ending=Ending(data["ending"]) if data["ending"] else None,
        started_on_day=data["started_on_day"],
        reports_on_time=data["reports_on_time"],
        feedback=int(data["feedback"]) if data["feedback"] else None,
        words=data["words"] or "",
    )


def _as_typed(outcome: ServiceOutcome) -> dict[str, Any]:
    kept = ("kind", "happened_on", "progress", "ending", "started_on_day", "reports_on_time", "feedback", "words")
    return {name: getattr(outcome, name) for name in kept}
