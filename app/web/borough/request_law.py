"""What the law asks of a request, on its pages, and saying how a duty was met; what a manager wants changed."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid, NotFound
from app.identity.permissions import Permission
from app.requests.comments import Comment, comments_of
from app.requests.drafting import answers_key
from app.requests.duties import DUTY_WORDS, Duty, DutyState, law_of
from app.requests.evidence import LONGEST, OPEN, record_evidence
from app.requests.models import PlacementRequest
from app.requests.queries import children_of_request, request_for
from app.requests.status import RequestStatus
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.fields import Hidden, LongText
from app.web.forms import Form
from app.web.records import shown

TONES = {DutyState.MET: "good", DutyState.TO_DO: "warn", DutyState.NOT_LAWFUL: "bad", DutyState.LATER: "neutral"}


class EvidenceForm(Schema):
    """How a duty was met. Its label is the duty's own question."""

    version = Hidden(number=True)
    words = LongText("Answer", hint="Use no names", missing="Enter an answer", max_length=LONGEST, rows=6)


def law_and_comments(view: Act, row: PlacementRequest) -> dict[str, Any]:
    """For a page of a request whose children's views are logged: its duties, and what a manager said of it."""
    return {
        "law": law_of(view.session, vault=view.wiring.vault, request=row, today=local_date(view.now)),
        "law_words": DUTY_WORDS,
        "law_tones": TONES,
        "may_answer_law": view.actor.may(Permission.REQUEST_WRITE) and row.status in OPEN,
        "comments": _comments(view, row),
        "is_draft": row.status is RequestStatus.DRAFT,
    }


def comments_on(view: Act, row: PlacementRequest, section: str) -> list[Comment]:
    """What a manager said of one section, open comments first."""
    return [one for one in _comments(view, row) if one.section == section]


def _comments(view: Act, row: PlacementRequest) -> list[Comment]:
    key = answers_key(view.session, view.wiring.vault, row)
    return comments_of(view.session, key=key, request=row)


@bp.route("/requests/<request_id>/law/<duty>", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_duty(request_id: str, duty: str) -> ResponseReturnValue:
    """Say how a duty of the law was met."""
    form = Form(EvidenceForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                record_evidence(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    request_id=request_id,
                    duty=duty,
                    now=doing.now,
                    **form.data,
                )
                return doing.go(f"{url_for('borough.request', request_id=request_id)}#law", "Answer kept")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        for child in children_of_request(view.session, actor=view.actor, request_id=request_id):
            shown(view.wiring, view.actor, child.id, f"{row.reference}: what the law asks")
        found = _asked(law_and_comments(view, row)["law"], duty)
        form.raw["version"] = form.raw["version"] or str(row.version)
        if request.method == "GET" and found.evidence:
            form.raw["words"] = found.evidence.words
        page = {"row": row, "duty": found, "form": form, "open": row.status in OPEN}
        return render_template("borough/request_duty.html", **page), form.status


def _asked(law: list[Duty], code: str) -> Duty:
    found = next((one for one in law if one.code == code and one.question), None)
    if found is None:
        raise NotFound("duty")
    return found
