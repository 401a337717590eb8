"""A manager's decision on a request: within whose limit, why not, comments by section; and an approval by telephone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children.records import reveal
from app.core.clock import LONDON, local_date
from app.core.errors import Conflict, Invalid, NotAllowed, Stale, WrongMove
from app.core.money import pounds
from app.identity.permissions import Permission
from app.identity.status import ROLE_WORDS
from app.requests import approval, findings, telephone
from app.requests.audiences import borough_view
from app.requests.comments import LONGEST
from app.requests.form import FormDefinition
from app.requests.form import form as form_of
from app.requests.limits import beyond_kind, said
from app.requests.models import PlacementRequest
from app.requests.queries import request_for, story
from app.requests.redaction import FINDING_WORDS
from app.requests.status import RequestStatus
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.reading_task import what_was_read
from app.web.borough.request_form import open_request
from app.web.borough.request_law import law_and_comments
from app.web.fields import Choice, DateField, Hidden, LongText, Text
from app.web.forms import Form
from app.web.tables import Column, Listing
from providers.market.status import SERVICE_TYPE_WORDS, ServiceType

KINDS = (
    Column("kind", "Kind of home"),
    Column("value", "Estimated value", numeric=True),
    Column("covered", "Your approval"),
)


class DecisionForm(Schema):
    """What a manager decides."""

    version = Hidden(number=True)
    decision = Choice(
        "Decision",
        choices=(
            ("approve", "Approve", "It can then be published to a lot"),
            ("send_back", "Send back", "It becomes a draft again, and its writer is told"),
        ),
        missing="Choose whether to approve the request or send it back",
    )
    reason = LongText(
        "What must change?",
        hint="Only if you send it back. Use no names: it stands in the story of the request",
        required=False,
        max_length=2000,
        rows=3,
    )


def decision_schema(definition: FormDefinition) -> type[Schema]:
    """The decision with a comment for each section of a form."""
    comments = {
        f"comment_{one.name}": LongText(one.title, required=False, max_length=LONGEST, rows=2)
        for one in definition.sections
    }
    return type("DecisionWithComments", (DecisionForm,), comments)


class TelephoneForm(Schema):
    """Who said yes, and when."""

    version = Hidden(number=True)
    manager_id = Choice("Which manager approved it?", missing="Choose the manager who approved it by telephone")
    given_on = DateField("Day of the call", missing="Enter the day of the call")
    given_at = Text("Time of the call", hint="For example, 17:30", missing="Enter the time of the call", width=5)


class AnswerForm(Schema):
    """Whether a manager gave an approval by telephone."""

    version = Hidden(number=True)
    answer = Choice(
        "Did you approve this request by telephone?",
        choices=(("yes", "Yes, I approved it"), ("no", "No, I did not")),
        missing="Choose whether you approved it",
    )
    reason = LongText("What happened instead?", hint="Only if you did not approve it", required=False, max_length=1500)


@bp.route("/requests/<request_id>/decision", methods=["GET", "POST"])
@permission(Permission.REQUEST_APPROVE)
def request_decision(request_id: str) -> ResponseReturnValue:
    """A manager reads the whole request and approves it or sends it back."""
    with look() as view:
        definition = form_of(request_for(view.session, actor=view.actor, request_id=request_id).form_version)
    form = Form(decision_schema(definition))
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                return _decide(doing, request_id, form.data)
        except (Stale, WrongMove):
            raise
        except (Conflict, NotAllowed) as error:
            form.add_error("decision", error.message)
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        row, children = open_request(view, request_id, "decision")
        form.raw["version"] = form.raw["version"] or str(row.version)
        steps = story(view.session, actor=view.actor, request_id=row.id)
        page = {
            "form": form,
            "sections_asked": [f"comment_{one.name}" for one in definition.sections],
            "children": [reveal(vault=view.wiring.vault, child=child) for child in children],
            "sections": borough_view(view.session, vault=view.wiring.vault, request=row),
            "pointed": findings.open_findings(view.session, vault=view.wiring.vault, request=row),
            "kinds": FINDING_WORDS,
            "read": what_was_read(view, row),
            "submitted": next((one for one in steps if one.status is RequestStatus.SUBMITTED), None),
            **law_and_comments(view, row),
            **_limits(view, row),
        }
        return render_template("borough/request_decision.html", row=row, **page), form.status


def _decide(doing: Act, request_id: str, data: dict[str, Any]) -> ResponseReturnValue:
    given: dict[str, Any] = {"actor": doing.actor, "request_id": request_id, "version": data["version"]}
    given |= {"now": doing.now, "vault": doing.wiring.vault}
    if data["decision"] == "approve":
        approval.approve(doing.session, **given)
        return doing.go(url_for("borough.request", request_id=request_id), "Request approved")
    comments = {name.removeprefix("comment_"): words for name, words in data.items() if name.startswith("comment_")}
    approval.send_back(doing.session, reason=data["reason"], comments=comments, **given)
    return doing.go(url_for("borough.desk"), "Request sent back to its writer")


def _limits(view: Act, row: PlacementRequest) -> dict[str, Any]:
    """In words: within whose limit this person may approve, what it covers, why not, and who could."""
    if row.status is not RequestStatus.SUBMITTED:
        return {"standing": None}
    found = approval.standing(view.session, actor=view.actor, vault=view.wiring.vault, request=row, now=view.now)
    limit = found.limit
    rows = []
    for kind in (one for one in ServiceType if one in (found.ask.stated or found.ask.lawful)):
        value = found.ask.value(kind)
        over = beyond_kind(limit, found.ask, kind) if limit else []
        words = "No benchmark" if value is None else pounds(value, whole=True)
        covered = "Covers it" if limit and not over else f"Does not: {'; '.join(over)}" if over else "Not within reach"
        rows.append({"kind": SERVICE_TYPE_WORDS[kind], "value": words, "covered": covered})
    return {
        "standing": found,
        "limit_words": said(limit) if limit else [],
        "limit_role": ROLE_WORDS[limit.role] if limit else "",
        "who_could": approval.who_could(found),
        "limit_rows": rows,
        "limit_listing": Listing.fixed(KINDS),
    }


@bp.route("/requests/<request_id>/telephone", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_telephone(request_id: str) -> ResponseReturnValue:
    """Write down that a manager approved a request by telephone."""
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        possible = telephone.may_telephone(view.session, actor=view.actor, request=row, now=view.now)
        managers = telephone.who_telephones(view.session, actor=view.actor, now=view.now)
        values: dict[str, Any] = {"version": row.version, "given_on": local_date(view.now)}
    picks = [(one.id, one.name, ", ".join(ROLE_WORDS[role] for role in sorted(one.roles))) for one in managers]
    form = Form(TelephoneForm, values=values, choices={"manager_id": picks})
    if request.method == "POST" and form.parse(request.form):
        try:
            at = _moment(form.data["given_on"], form.data["given_at"])
            with act() as doing:
                telephone.record_telephoned(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    request_id=request_id,
                    manager_id=form.data["manager_id"],
                    given_at=at,
                    version=form.data["version"],
                    now=doing.now,
                )
                there = url_for("borough.request", request_id=request_id)
                return doing.go(there, "Request approved by telephone. The manager is asked to confirm it")
        except (Stale, WrongMove):
            raise
        except (Conflict, NotAllowed) as error:
            form.add_error("manager_id", error.message)
        except Invalid as error:
            form.refuse(error)
    return render_template("borough/request_telephone.html", row=row, form=form, possible=possible), form.status


def _moment(day: dt.date, typed: str) -> dt.datetime:
    """A time of day in London as typed, on a day. Invalid blames `given_at`."""
    try:
        time = dt.time.fromisoformat(typed.strip().replace(".", ":").zfill(5))
    except ValueError:
        raise Invalid("Enter the time of the call like 17:30.", field="given_at") from None
    return dt.datetime.combine(day, time, LONDON).astimezone(dt.UTC)


@bp.route("/approvals/<approval_id>", methods=["GET", "POST"])
@permission(Permission.REQUEST_READ)
def request_approval(approval_id: str) -> ResponseReturnValue:
    """An approval by telephone: the manager confirms it, or says that it was not so."""
    form = Form(AnswerForm)
    if request.method == "POST" and form.parse(request.form):
        data = form.data
        try:
            with act() as doing:
                telephone.answer_telephoned(
                    doing.session,
                    actor=doing.actor,
                    approval_id=approval_id,
                    confirm=data["answer"] == "yes",
                    reason=data["reason"],
                    version=data["version"],
                    now=doing.now,
                )
                said_yes = "Approval confirmed" if data["answer"] == "yes" else "Approval denied"
                return doing.go(url_for("borough.request_approval", approval_id=approval_id), said_yes)
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        found = telephone.telephoned(view.session, actor=view.actor, approval_id=approval_id)
        form.raw["version"] = form.raw["version"] or str(found.approval.version)
        page = {
            "found": found,
            "form": form,
            "mine": found.approval.given_by == view.actor.person_id and view.actor.may(Permission.REQUEST_APPROVE),
            "role": ROLE_WORDS[found.approval.role],
        }
        return render_template("borough/request_approval.html", **page), form.status
