"""Changing how quality is scored: other numbers, what they would do, and then a new version from a day on."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema
from werkzeug.wrappers import Response

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, Stale
from app.core.policies import Policy, by_id, in_force
from app.core.status import BATCH
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.charts import bar_chart
from app.web.fields import DateField, Hidden, LongText, Question, WholeNumber
from app.web.forms import Form
from app.web.hub import bp
from app.web.hub.policy_numbers import Group, field_name, groups_of, label_of
from app.web.tables import Column, Listing
from providers.quality.changing import (
    Effect,
    bring_into_force,
    changed_numbers,
    effect_of,
    numbers_of,
    proposal_for,
    proposals,
    propose,
)
from providers.quality.models import QualityProposal

MOST = 240
BANDS = (
    Column("band", "Score"),
    Column("before", "Now", numeric=True),
    Column("after", "With the change", numeric=True),
)
MOVERS = (
    Column("urn", "URN"),
    Column("before", "Now", numeric=True),
    Column("after", "With the change", numeric=True),
    Column("by", "Change", numeric=True),
)
NUMBERS = (Column("what", "Number"), Column("before", "Now", numeric=True), Column("after", "Changed to", numeric=True))


class InForceForm(Schema):
    """From which day a change counts."""

    in_force_from = DateField(
        "From which day does it count?",
        hint="Today, and every score is worked out anew at once; or a later day, and they are then",
        called="The day",
    )
    version = Hidden(number=True)


def _form(policy: Policy) -> tuple[Form, list[Group]]:
    """The form of a policy: each number, and why it changes."""
    numbers = numbers_of(policy.content)
    fields: dict[str, Question] = {
        field_name(number.path): WholeNumber(
            label_of(number.path, policy.content),
            called=label_of(number.path, policy.content, whole=True),
            most=MOST,
            width=3,
        )
        for number in numbers
    }
    fields["why"] = LongText(
        "Why does the policy change?",
        hint="Kept with the new version, and shown to everybody as its source",
        missing="Enter why the policy changes. It is kept with the new version",
        max_length=500,
        rows=3,
    )
    fields["based_on"] = Hidden()
    schema = Schema.from_dict(fields, name="QualityPolicyForm")  # type: ignore[arg-type]
    values: dict[str, Any] = {field_name(number.path): number.value for number in numbers}
    return Form(schema, values={**values, "based_on": policy.id}), groups_of(numbers, policy.content)


@bp.route("/policies/quality", methods=["GET", "POST"])
@permission(Permission.POLICY_WRITE)
def quality_policy() -> ResponseReturnValue:
    """The numbers in force in a form; sent, what they would do is worked out."""
    with look() as view:
        policy = in_force(view.session, "quality", local_date(view.now))
        earlier = proposals(view.session, view.actor)
        adopted = {one.id: by_id(view.session, one.adopted_id) for one in earlier if one.adopted_id}
    form, groups = _form(policy)
    if request.method == "POST" and form.parse(request.form):
        try:
            return _propose(policy, form)
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            form.refuse(error)
    page = {"form": form, "groups": groups, "policy": policy, "earlier": earlier, "adopted": adopted}
    return render_template("hub/quality_policy.html", **page), form.status


def _propose(policy: Policy, form: Form) -> Response:
    with act() as doing:
        changed = {
            number.path: form.data[field_name(number.path)]
            for number in numbers_of(policy.content)
            if form.data[field_name(number.path)] != number.value
        }
        made = propose(
            doing.session,
            actor=doing.actor,
            based_on_id=form.data["based_on"],
            changed=changed,
            why=form.data["why"],
            now=doing.now,
        )
        return doing.go(url_for("progress.show", batch_id=made.batch_id))


@bp.route("/policies/quality/<proposal_id>", methods=["GET", "POST"])
@permission(Permission.POLICY_WRITE)
def quality_change(proposal_id: str) -> ResponseReturnValue:
    """What a change would do to every enrolled service, and bringing it into force."""
    with look() as view:
        proposal = proposal_for(view.session, view.actor, proposal_id)
        form = Form(InForceForm, values={"in_force_from": local_date(view.now), "version": proposal.version})
        page = _shown(view, proposal)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                given: dict[str, Any] = {"actor": doing.actor, "proposal_id": proposal_id, "now": doing.now}
                made = bring_into_force(doing.session, **given, **form.data)
                today = made.in_force_from == local_date(doing.now)
                said = f"Version {made.version} is in force. Every score is being worked out anew"
                later = f"Version {made.version} will be in force, and every score is worked out anew on its first day"
                return doing.go(url_for("hub.policies"), said if today else later)
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            form.refuse(error)
    return render_template("hub/quality_change.html", form=form, proposal=proposal, **page), form.status


def _shown(view: Act, proposal: QualityProposal) -> dict[str, Any]:
    changed = changed_numbers(view.session, proposal)
    effect = effect_of(view.session, proposal) if proposal.previewed_at else None
    return {
        "numbers": [(label_of(path, proposal.content, whole=True), before, after) for path, before, after in changed],
        "number_listing": Listing.fixed(NUMBERS),
        "effect": effect,
        "bands": _bands(effect) if effect else [],
        "band_listing": Listing.fixed(BANDS),
        "mover_listing": Listing.fixed(MOVERS),
        "charts_of": _charts(effect) if effect else [],
        "adopted": by_id(view.session, proposal.adopted_id) if proposal.adopted_id else None,
        "words": BATCH.words,
    }


def _bands(effect: Effect) -> list[tuple[str, int, int]]:
    lows = [low for low, _, _ in effect.bands if low is not None]
    highs = {low: high - 1 for low, high in zip(lows, [*lows[1:], 101], strict=True)}
    return [
        ("Not known" if low is None else f"{low} to {highs[low]}", before, after) for low, before, after in effect.bands
    ]


def _charts(effect: Effect) -> list[Any]:
    """The distribution now and with the change, as two charts of one scale."""
    rows = _bands(effect)
    given: dict[str, Any] = {"unit": "services", "label_heading": "Score"}
    return [
        bar_chart("Services by score, now", [(words, before) for words, before, _ in rows], **given),
        bar_chart("Services by score, with the change", [(words, after) for words, _, after in rows], **given),
    ]
