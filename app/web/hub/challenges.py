"""Challenges of facts behind quality scores: the list, and answering one."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.fields import Choice, Hidden, LongText
from app.web.forms import Form
from app.web.hub import bp
from app.web.tables import Column, Listing
from app.web.uploads import attachment
from providers.quality.challenges import answer_challenge, challenge_for_hub, challenges_for_hub
from providers.quality.queries import score_of
from providers.quality.status import CHALLENGE, ChallengeStatus

COLUMNS = (
    Column("fact", "What is challenged"),
    Column("urn", "URN"),
    Column("company", "Company"),
    Column("made", "Made"),
    Column("status", "Status"),
)


class AnswerForm(Schema):
    """The hub's answer and its reasons."""

    decision = Choice(
        "Is the fact wrong?",
        choices=(
            ("uphold", "Yes, the challenge is upheld", "Put the fact right where it is kept, and the score follows"),
            ("refuse", "No, it is not upheld"),
        ),
        missing="Choose whether the challenge is upheld",
    )
    answer = LongText(
        "Reasons",
        hint="The company reads them, and they stay beside the score",
        missing="Enter your reasons. The company will read them",
        max_length=2000,
        rows=5,
    )
    version = Hidden(number=True)


@bp.get("/challenges")
@permission(Permission.MARKET_READ)
def challenges() -> ResponseReturnValue:
    """Every challenge, those that wait first."""
    listing = Listing.read(request.args, COLUMNS, default="made")
    with look() as view:
        rows, total = challenges_for_hub(view.session, view.actor, limit=listing.limit, offset=listing.offset)
        return render_template("hub/challenges.html", listing=listing.count(total), rows=rows, words=CHALLENGE.words)


@bp.route("/challenges/<challenge_id>", methods=["GET", "POST"])
@permission(Permission.MARKET_READ)
def challenge(challenge_id: str) -> ResponseReturnValue:
    """One challenge beside the score that it is about, and the hub's answer."""
    form = Form(AnswerForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                upheld = form.data["decision"] == "uphold"
                answer_challenge(
                    doing.session,
                    actor=doing.actor,
                    challenge_id=challenge_id,
                    upheld=upheld,
                    answer=form.data["answer"],
                    version=form.data["version"],
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                return doing.go(url_for("hub.challenges"), "Upheld, and told" if upheld else "Not upheld, and told")
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            form.refuse(error)
    with look() as view:
        facts = challenge_for_hub(view.session, view.actor, challenge_id)
        if not form.errors:
            form.raw["version"] = str(facts.challenge.version)
        waiting = facts.challenge.status is ChallengeStatus.OPEN
        return (
            render_template(
                "hub/challenge.html",
                form=form,
                facts=facts,
                quality=score_of(view.session, facts.challenge.urn, facts.challenge.score_id),
                words=CHALLENGE.words,
                file_href=lambda one: url_for("hub.challenge_file", challenge_id=one),
                answerable=waiting and view.actor.may(Permission.CHALLENGE_ANSWER),
            ),
            form.status,
        )


@bp.get("/challenges/<challenge_id>/file")
@permission(Permission.MARKET_READ)
def challenge_file(challenge_id: str) -> ResponseReturnValue:
    """The file that a company gave with its challenge."""
    with look() as view:
        found = challenge_for_hub(view.session, view.actor, challenge_id).challenge
        if found.sha256 is None or found.file_name is None:
            raise NotFound("file")
        return attachment(view.wiring.files.get(found.sha256), name=found.file_name)
