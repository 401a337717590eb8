"""A company's own quality score with every input, a challenge of a fact, and a reply to what a borough said."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Conflict, Invalid, NotFound
from app.core.files import MOST_BYTES
from app.identity.permissions import Permission
from app.web.access import permission, uploads
from app.web.acts import act, look
from app.web.fields import Choice, LongText, Upload
from app.web.forms import Form
from app.web.outcome_words import OUTCOME_WORDS
from app.web.provider import bp
from app.web.scores import score_page
from app.web.uploads import FORM_BESIDE, attachment, uploaded
from providers.passport.queries import own_claim, own_claims
from providers.passport.status import ClaimStatus
from providers.quality.challenges import challenge_fact, challenges_of, own_challenge
from providers.quality.outcomes import OutcomeFacts, outcome_for, outcomes_of, outcomes_with, reply_to_outcome
from providers.quality.queries import latest_quality
from providers.quality.status import CHALLENGE


class ChallengeForm(Schema):
    """Which fact is wrong, and how the company knows."""

    fact = Choice("Which fact is wrong?", missing="Choose which fact is wrong")
    why = LongText(
        "What is wrong with it, and how do you know?",
        hint="Use no names of children",
        missing="Enter what is wrong with it, and how you know",
        max_length=2000,
        rows=6,
    )
    file = Upload("A file that shows it (optional)", hint="A PDF, PNG, JPEG or Word file, smaller than 10 MB")


class ReplyForm(Schema):
    """The company's word."""

    words = LongText("Reply", hint="Use no names", missing="Enter your reply", max_length=2000, rows=5)


@bp.get("/services/<claim_id>/quality")
@permission(Permission.SERVICE_READ)
def quality(claim_id: str) -> ResponseReturnValue:
    """The company's own score as an addition that can be checked by hand, with its challenges and what boroughs say."""
    with look() as view:
        facts = own_claim(view.session, view.actor, claim_id)
        urn = facts.claim.urn
        confirmed = facts.claim.status is ClaimStatus.CONFIRMED
        return render_template(
            "provider/quality.html",
            facts=facts,
            page=score_page(view, urn) if confirmed else None,
            challenges=challenges_of(view.session, urn, organisation_id=view.actor.organisation_id),
            challenge_words=CHALLENGE.words,
            challenge_file=lambda challenge_id: url_for("provider.challenge_file", challenge_id=challenge_id),
            outcomes=outcomes_with(view.session, view.actor, urn),
            outcome_words=OUTCOME_WORDS,
            may_challenge=view.actor.may(Permission.CHALLENGE_MAKE),
        )


@bp.route("/services/<claim_id>/quality/challenge", methods=["GET", "POST"])
@permission(Permission.CHALLENGE_MAKE)
@uploads(MOST_BYTES + FORM_BESIDE)
def challenge(claim_id: str) -> ResponseReturnValue:
    """Say that a fact behind the score is wrong."""
    with look() as view:
        facts = own_claim(view.session, view.actor, claim_id)
        score = latest_quality(view.session, facts.claim.urn)
        if score is None or facts.claim.status is not ClaimStatus.CONFIRMED:
            raise NotFound("score")
        choices = [(key, f"{line.label}: {line.said}") for key, line in score.lines]
    form = Form(ChallengeForm, choices={"fact": choices}, values={"fact": request.args.get("fact", "")})
    if request.method == "POST" and form.parse(request.form):
        try:
            file = uploaded()
            with act() as doing:
                challenge_fact(
                    doing.session,
                    actor=doing.actor,
                    store=doing.wiring.files,
                    claim_id=claim_id,
                    fact=form.data["fact"],
                    why=form.data["why"],
                    file=file,
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                there = url_for("provider.quality", claim_id=claim_id, _anchor="challenges")
                return doing.go(there, "Sent to the hub. You get an e-mail when it has answered")
        except (Invalid, Conflict) as error:
            form.refuse(error)
    return render_template("provider/challenge.html", form=form, facts=facts), form.status


@bp.get("/challenges/<challenge_id>/file")
@permission(Permission.SERVICE_READ)
def challenge_file(challenge_id: str) -> ResponseReturnValue:
    """The file that the company gave with a challenge."""
    with look() as view:
        found = own_challenge(view.session, view.actor, challenge_id).challenge
        if found.sha256 is None or found.file_name is None:
            raise NotFound("file")
        return attachment(view.wiring.files.get(found.sha256), name=found.file_name)


@bp.route("/outcomes/<outcome_id>/reply", methods=["GET", "POST"])
@permission(Permission.SERVICE_READ)
def outcome_reply(outcome_id: str) -> ResponseReturnValue:
    """What a borough said of a placement, and the company's reply to it."""
    form = Form(ReplyForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                reply_to_outcome(
                    doing.session,
                    actor=doing.actor,
                    outcome_id=outcome_id,
                    words=form.data["words"],
                    now=doing.now,
                )
                return doing.go(url_for("provider.outcome_reply", outcome_id=outcome_id), "Reply sent")
        except (Invalid, Conflict) as error:
            form.refuse(error)
    with look() as view:
        outcome = outcome_for(view.session, view.actor, outcome_id)
        found = outcomes_of(view.session, outcome.placement_reference)
        facts = next(one for one in found if one.outcome.id == outcome.id)
        claims = own_claims(view.session, view.actor)
        return (
            render_template(
                "provider/outcome_reply.html",
                form=form,
                facts=facts,
                back=_back(facts, {one.claim.urn: one.claim.id for one in claims}),
                outcome_words=OUTCOME_WORDS,
                may_reply=view.actor.may(Permission.CHALLENGE_MAKE),
            ),
            form.status,
        )


def _back(facts: OutcomeFacts, claims: dict[str, str]) -> str:
    claim_id = claims.get(facts.outcome.urn)
    return url_for("provider.quality", claim_id=claim_id) if claim_id else url_for("provider.services")
