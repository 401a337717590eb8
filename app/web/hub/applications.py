"""Deciding an application beside the register's facts, the history of judgements and the quality score; or taking the
longer time.
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
from providers.market.clocks import mode_rules
from providers.market.status import MODE_WORDS
from providers.passport.applications import decide_application, extend_application
from providers.passport.enrolment import why_ineligible
from providers.passport.queries import application_for_hub
from providers.passport.status import APPLICATION, ApplicationStatus
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
    if not form.errors:
        form.raw["version"] = str(facts.application.version)
    urn = facts.claim.urn
    waiting = facts.application.status is ApplicationStatus.SUBMITTED
    return {
        "facts": facts,
        "service": services_by_claim(view.session, [facts.claim.id]).get(facts.claim.id),
        "judgements": judgement_history(view.session, urn),
        "quality": latest_quality(view.session, urn),
        "against": why_ineligible(view.session, urn, today) if waiting else None,
        "rules": mode_rules(view.session, facts.lot.system.mode, local_date(facts.application.submitted_at)),
        "needs": indicators(view.session, today),
        "level_words": LEVEL_WORDS,
        "sex_words": SEX_WORDS,
        "words": APPLICATION.words,
        "mode_words": MODE_WORDS,
        "provision": provision_words(facts.registration.provision_type),
        "decidable": waiting and view.actor.may(Permission.APPLICATION_DECIDE),
    }
