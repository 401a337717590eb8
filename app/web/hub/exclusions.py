"""Suppliers that are excluded or could be: the list, recording a ground, deciding of it, and ending it."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, Stale
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.fields import Choice, DateField, Hidden, LongText
from app.web.forms import Form
from app.web.hub import bp
from app.web.tables import Column, Listing
from providers.passport.directory import company
from providers.passport.exclusions import (
    LONGEST,
    decide_exclusion,
    end_exclusion,
    exclusion,
    exclusions,
    is_standing,
    record_exclusion,
    self_cleaning,
)
from providers.passport.status import EXCLUSION, EXCLUSION_KIND_WORDS, ExclusionKind, ExclusionStatus

COLUMNS = (
    Column("company", "Company"),
    Column("kind", "Ground"),
    Column("days", "From and to"),
    Column("status", "What follows"),
)
TONES = {
    ExclusionStatus.WAITING: "warn",
    ExclusionStatus.DISREGARDED: "bad",
    ExclusionStatus.ADMITTED: "good",
    ExclusionStatus.ENDED: "neutral",
}


class RecordForm(Schema):
    """A ground for exclusion as the hub records it."""

    kind = Choice(
        "Which kind of ground applies?",
        choices=(
            ("excluded", "Mandatory", "Schedule 6, or the debarment list for a mandatory ground. It is disregarded"),
            ("excludable", "Discretionary", "Schedule 7. A person decides, with reasons, before anything else is"),
        ),
        missing="Choose which kind of ground applies",
    )
    ground = LongText(
        "Which ground, and to whom does it apply?",
        hint="The company, or a connected or associated person. Officers read this when they choose an offer",
        missing="Enter which ground applies, and to whom",
        max_length=LONGEST,
        rows=3,
    )
    basis = LongText(
        "What does this rest on?",
        hint="The statute, and the facts that show that the circumstances go on or are likely to come again",
        missing="Enter the statute and the facts that this rests on",
        max_length=LONGEST,
        rows=3,
    )
    from_day = DateField("From", hint="The first day on which it counts, for example 27 3 2026")
    to_day = DateField("To", hint="The last day, where it is known. It stops counting then", required=False)


class DecideForm(Schema):
    """What becomes of an excludable supplier."""

    decision = Choice(
        "What do you decide?",
        choices=(
            ("admit", "Admit the company all the same", "Its applications and offers go on as others do"),
            ("disregard", "Disregard the company", "Its applications are refused and its offers are not chosen"),
        ),
        missing="Choose what you decide",
    )
    reason = LongText(
        "Reasons",
        hint="What happened, what the company has done since, and why that is or is not enough",
        missing="Enter your reasons, and what the company has done since",
        max_length=LONGEST,
        rows=5,
    )
    version = Hidden(number=True)


class EndForm(Schema):
    """Why a ground no longer applies."""

    reason = LongText(
        "Why does the ground no longer apply?",
        missing="Enter why the ground no longer applies",
        max_length=LONGEST,
        rows=4,
    )
    version = Hidden(number=True)


@bp.get("/exclusions", endpoint="exclusions")
@permission(Permission.MARKET_READ)
def listed() -> ResponseReturnValue:
    """Every ground that was recorded, those that wait for a decision first."""
    with look() as view:
        return render_template(
            "hub/exclusions.html",
            rows=(rows := exclusions(view.session, view.actor)),
            listing=Listing.fixed(COLUMNS).count(len(rows)),
            words=EXCLUSION.words,
            kind_words=EXCLUSION_KIND_WORDS,
            tones=TONES,
        )


@bp.route("/providers/<organisation_id>/exclusions/new", methods=["GET", "POST"], endpoint="record_exclusion")
@permission(Permission.APPLICATION_DECIDE)
def record(organisation_id: str) -> ResponseReturnValue:
    """Record a ground against a company."""
    with look() as view:
        found = company(view.session, view.actor, organisation_id)
        form = Form(RecordForm, values={"kind": request.args.get("kind", ""), "from_day": local_date(view.now)})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                said = {**form.data, "kind": ExclusionKind(form.data["kind"])}
                made = record_exclusion(
                    doing.session, actor=doing.actor, organisation_id=organisation_id, now=doing.now, **said
                )
                return doing.go(url_for("hub.exclusion", exclusion_id=made.id), "Ground recorded")
        except Invalid as error:
            form.refuse(error)
    return render_template("hub/exclusion_record.html", company=found, form=form), form.status


@bp.route("/exclusions/<exclusion_id>", methods=["GET", "POST"], endpoint="exclusion")
@permission(Permission.MARKET_READ)
def one(exclusion_id: str) -> ResponseReturnValue:
    """A ground with its basis, and the decision on it."""
    form = Form(DecideForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                admit = form.data["decision"] == "admit"
                decide_exclusion(
                    doing.session,
                    actor=doing.actor,
                    exclusion_id=exclusion_id,
                    admit=admit,
                    reason=form.data["reason"],
                    now=doing.now,
                    version=form.data["version"],
                )
                said = "Admitted all the same" if admit else "The company is disregarded"
                return doing.go(url_for("hub.exclusion", exclusion_id=exclusion_id), said)
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            form.refuse(error)
    return _page("hub/exclusion.html", exclusion_id, form)


@bp.route("/exclusions/<exclusion_id>/end", methods=["GET", "POST"], endpoint="end_exclusion")
@permission(Permission.APPLICATION_DECIDE)
def end(exclusion_id: str) -> ResponseReturnValue:
    """Say that a ground no longer applies."""
    form = Form(EndForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                end_exclusion(doing.session, actor=doing.actor, exclusion_id=exclusion_id, now=doing.now, **form.data)
                return doing.go(url_for("hub.exclusion", exclusion_id=exclusion_id), "Ground ended")
        except Invalid as error:
            form.refuse(error)
    return _page("hub/exclusion_end.html", exclusion_id, form)


def _page(template: str, exclusion_id: str, form: Form) -> ResponseReturnValue:
    with look() as view:
        facts = exclusion(view.session, view.actor, exclusion_id)
        if not form.errors:
            form.raw["version"] = str(facts.exclusion.version)
        ended = facts.exclusion.status is ExclusionStatus.ENDED
        may_decide = view.actor.may(Permission.APPLICATION_DECIDE) and not ended
        shown = {
            "facts": facts,
            "form": form,
            "words": EXCLUSION.words,
            "kind_words": EXCLUSION_KIND_WORDS,
            "tones": TONES,
            "since": self_cleaning(view.session, facts.exclusion.organisation_id),
            "standing": is_standing(facts.exclusion, local_date(view.now)),
            "may_decide": may_decide and facts.exclusion.kind is ExclusionKind.EXCLUDABLE,
            "may_end": may_decide,
        }
        return render_template(template, **shown), form.status
