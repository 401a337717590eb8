"""An application with all that a decision rests on: what was answered, the assessors' marks, the register's facts, the
history of judgements and the quality score. Deciding it, or taking the longer time.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children.needs import indicators
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, Stale
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import Choice, Hidden, LongText
from app.web.forms import Form
from app.web.hub import bp
from app.web.marks import marked, sum_words
from providers.market.clocks import mode_rules
from providers.market.status import MODE_WORDS
from providers.passport.answers import words_of
from providers.passport.applications import decide_application, extend_application, obstacles, received_on
from providers.passport.clarifications import threads_of
from providers.passport.drafting import questions_of
from providers.passport.exclusions import QUESTIONS, exclusions
from providers.passport.frozen import thawed
from providers.passport.queries import application_for_hub
from providers.passport.questions import Scope
from providers.passport.status import APPLICATION, EXCLUSION, ApplicationStatus
from providers.passport.verdict import Part, Verdict
from providers.quality.queries import latest_quality
from providers.register.queries import judgement_history
from providers.register.status import provision_words
from providers.services.queries import services_by_claim
from providers.services.status import LEVEL_WORDS, SEX_WORDS


class DecideApplicationForm(Schema):
    """Approve or refuse, with reasons either way."""

    decision = Choice(
        "Decision",
        choices=(("approve", "Approve and enrol"), ("refuse", "Refuse")),
        missing="Choose whether to approve or refuse the application",
    )
    reason = LongText(
        "Reasons",
        hint="The company reads them, whichever way you decide",
        missing="Enter your reasons. The company will read them",
        max_length=2000,
        rows=5,
    )
    version = Hidden(number=True)


class ExtendForm(Schema):
    """Why more time is justified."""

    reason = LongText(
        "Why does this application need more time?",
        hint="Kept with the application",
        missing="Enter why this application needs more time",
        max_length=2000,
        rows=4,
    )
    version = Hidden(number=True)


@bp.route("/applications/<application_id>", methods=["GET", "POST"])
@permission(Permission.MARKET_READ)
def application(application_id: str) -> ResponseReturnValue:
    """The application with all that a decision rests on, and the decision."""
    form = Form(DecideApplicationForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                approve = form.data["decision"] == "approve"
                decide_application(
                    doing.session,
                    actor=doing.actor,
                    application_id=application_id,
                    approve=approve,
                    reason=form.data["reason"],
                    now=doing.now,
                    version=form.data["version"],
                    base_url=doing.wiring.settings.base_url,
                )
                return doing.go(url_for("hub.market"), "Approved and enrolled" if approve else "Application refused")
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            form.refuse(error)
    with look() as view:
        return render_template("hub/application.html", form=form, **_shown(view, application_id, form)), form.status


@bp.route("/applications/<application_id>/extend", methods=["GET", "POST"])
@permission(Permission.APPLICATION_DECIDE)
def extend(application_id: str) -> ResponseReturnValue:
    """Take the mode's longer time, once."""
    form = Form(ExtendForm)
    if request.method == "POST" and form.parse(request.form):
        with act() as doing:
            extend_application(
                doing.session,
                actor=doing.actor,
                application_id=application_id,
                reason=form.data["reason"],
                now=doing.now,
                version=form.data["version"],
            )
            return doing.go(url_for("hub.application", application_id=application_id), "More time recorded")
    with look() as view:
        return render_template("hub/extend.html", form=form, **_shown(view, application_id, form)), form.status


def _shown(view: Act, application_id: str, form: Form) -> dict[str, Any]:
    today = local_date(view.now)
    facts = application_for_hub(view.session, view.actor, application_id, today)
    application = facts.application
    if not form.errors:
        form.raw["version"] = str(application.version)
    urn = facts.claim.urn
    waiting = application.status is ApplicationStatus.SUBMITTED
    selection = questions_of(view.session, application)
    found = obstacles(view.session, application, today)
    sections = selection.for_lot(facts.lot.service_type)
    return {
        "facts": facts,
        "service": services_by_claim(view.session, [facts.claim.id]).get(facts.claim.id),
        "judgements": judgement_history(view.session, urn),
        "quality": latest_quality(view.session, urn),
        "found": found,
        "marked": marked(found.verdict, selection),
        "sum": sum_words(found.verdict),
        "tasks": _tasks(view, application_id, found.verdict, waiting and view.actor.may(Permission.APPLICATION_ASSESS)),
        "company_sections": [one for one in sections if one.scope is Scope.COMPANY],
        "service_sections": [one for one in sections if one.scope is Scope.SERVICE],
        "given": thawed(application),
        "words_of": words_of,
        "threads": threads_of(view.session, application),
        "grounds": exclusions(view.session, view.actor, facts.claim.organisation_id),
        "ground_words": EXCLUSION.words,
        "exclusion_questions": set(QUESTIONS.values()),
        "rules": mode_rules(view.session, facts.lot.system.mode, received_on(application)),
        "needs": indicators(view.session, today),
        "level_words": LEVEL_WORDS,
        "sex_words": SEX_WORDS,
        "words": APPLICATION.words,
        "mode_words": MODE_WORDS,
        "provision": provision_words(facts.registration.provision_type),
        "waiting": waiting,
        "decidable": waiting and view.actor.may(Permission.APPLICATION_DECIDE),
        "assessable": waiting and view.actor.may(Permission.APPLICATION_ASSESS),
    }


def _tasks(view: Act, application_id: str, verdict: Verdict, may_open: bool) -> list[dict[str, Any]]:
    """The sections to mark and how far each is, for this person."""
    return [
        {
            "title": part.section.title,
            "href": url_for("hub.assess", application_id=application_id, part=part.section.key) if may_open else None,
            "hint": "Two people mark this, each without seeing the other's marks" if part.double else "",
            **_progress(part, view.actor.person_id),
        }
        for part in verdict.parts
    ]


def _progress(part: Part, person_id: str) -> dict[str, str]:
    if part.to_agree:
        return {"status": "A mark to agree", "tone": "bad"}
    if part.settled:
        return {"status": "Marked", "tone": "done"}
    if part.double and part.assessors:
        mine = person_id in part.assessors
        return {"status": "Waits for a second assessor" if mine else "Waits for your marks", "tone": "warn"}
    if person_id in part.begun or (part.begun and not part.double):
        return {"status": "Begun", "tone": "progress"}
    return {"status": "Not marked", "tone": "neutral"}
