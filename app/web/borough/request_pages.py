"""One request's pages: its whole story, and the manager's decision."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children.records import reveal
from app.core.errors import Conflict, Invalid, Stale, WrongMove
from app.identity.permissions import Permission
from app.placements.progress import Progress, progress_of
from app.requests import approval, findings, publication
from app.requests.audiences import borough_view
from app.requests.models import PlacementRequest
from app.requests.queries import published_request, story
from app.requests.redaction import FINDING_WORDS
from app.requests.status import REQUEST, RequestStatus
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.request_form import open_request
from app.web.borough.request_route import route_links, route_step, route_timeline
from app.web.borough.request_story import next_step, tabs
from app.web.fields import Choice, Hidden, LongText
from app.web.forms import Form


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
    reason = LongText("What must change?", hint="Only if you send it back", required=False, max_length=2000, rows=4)


def _progress(view: Act, row: PlacementRequest) -> Progress | None:
    """Where it stands after its deadline; before it, and once it has ended, there is no such question."""
    after = row.status is RequestStatus.AWARDED or (
        row.status is RequestStatus.PUBLISHED and publication.is_closed(row, view.now)
    )
    return progress_of(view.session, actor=view.actor, request=row, now=view.now) if after else None


@bp.get("/requests/<request_id>", endpoint="request")
@permission(Permission.REQUEST_READ)
def whole_request(request_id: str) -> str:
    """The whole story of a request on one page."""
    with look() as view:
        row, children = open_request(view, request_id, "request")
        steps = story(view.session, actor=view.actor, request_id=row.id)
        public = row.published_at is not None
        page: dict[str, Any] = {
            "children": [reveal(vault=view.wiring.vault, child=child) for child in children],
            "steps": route_timeline(view, row, steps),
            "next": route_step(view, row) or next_step(row, steps, view.actor, view.now, _progress(view, row)),
            "route": route_links(view, row),
            "sections": borough_view(view.session, vault=view.wiring.vault, request=row),
            "frozen": published_request(view.session, row.id) if public else None,
            "state": publication.public_state(row, view.now) if public else None,
            "tabs": tabs(row, view.actor),
            "can_send_back": view.actor.may(Permission.REQUEST_APPROVE) and row.status is RequestStatus.APPROVED,
            "can_end": view.actor.may(Permission.REQUEST_WRITE)
            and bool(REQUEST.moves[row.status])
            and row.status is not RequestStatus.AWARDED,
            "closed": publication.is_closed(row, view.now) and row.status is RequestStatus.PUBLISHED,
        }
        return render_template("borough/request.html", row=row, **page)


@bp.route("/requests/<request_id>/decision", methods=["GET", "POST"])
@permission(Permission.REQUEST_APPROVE)
def request_decision(request_id: str) -> ResponseReturnValue:
    """A manager reads the whole request and approves it or sends it back."""
    form = Form(DecisionForm)
    if request.method == "POST" and form.parse(request.form):
        data = form.data
        try:
            with act() as doing:
                given = {"actor": doing.actor, "request_id": request_id, "version": data["version"], "now": doing.now}
                if data["decision"] == "approve":
                    approval.approve(doing.session, vault=doing.wiring.vault, **given)
                    return doing.go(url_for("borough.request", request_id=request_id), "Request approved")
                approval.send_back(doing.session, reason=data["reason"], **given)
                return doing.go(url_for("borough.desk"), "Request sent back to its writer")
        except (Stale, WrongMove):
            raise
        except Conflict as error:
            form.add_error("decision", error.message)
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        row, children = open_request(view, request_id, "decision")
        form.raw["version"] = form.raw["version"] or str(row.version)
        submitted = next(
            (one for one in story(view.session, actor=view.actor, request_id=row.id) if one.status == "submitted"), None
        )
        page = {
            "form": form,
            "children": [reveal(vault=view.wiring.vault, child=child) for child in children],
            "sections": borough_view(view.session, vault=view.wiring.vault, request=row),
            "pointed": findings.open_findings(view.session, vault=view.wiring.vault, request=row),
            "kinds": FINDING_WORDS,
            "submitted": submitted,
            "own": submitted is not None and submitted.person_id == view.actor.person_id,
            "two_people": approval.TWO_PEOPLE,
        }
        return render_template("borough/request_decision.html", row=row, **page), form.status
