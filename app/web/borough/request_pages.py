"""One request's pages: its whole story, the manager's decision, publication, and its end without a placement."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children.records import reveal
from app.core.clock import LONDON, local_date
from app.core.errors import Conflict, Invalid, Stale, WrongMove
from app.core.workdays import clock_words, deadline_words
from app.identity.permissions import Permission
from app.placements.progress import Progress, progress_of
from app.requests import approval, findings, publication
from app.requests.audiences import borough_view
from app.requests.models import PlacementRequest
from app.requests.queries import enrolled_counts, published_request, story
from app.requests.redaction import FINDING_WORDS
from app.requests.rules import benchmark_on, evaluation_on
from app.requests.status import REQUEST, RequestStatus
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.needs_picture import needs_pictures
from app.web.borough.reading_task import what_was_read
from app.web.borough.request_form import open_request
from app.web.borough.request_story import next_step, tabs, timeline
from app.web.fields import Choice, DateField, Hidden, LongText
from app.web.forms import Form
from app.web.tables import Column, Listing
from providers.market.clocks import response_window
from providers.market.queries import lots_of_borough

TIMES = tuple((f"{hour:02}:00", clock_words(dt.time(hour))) for hour in range(8, 21))
TERMS = (
    Column("lot", "Lot"),
    Column("told", "Services told", numeric=True),
    Column("weights", "Price, quality, needs, practical"),
    Column("benchmark", "Benchmark a week", numeric=True),
    Column("earliest", "Earliest deadline"),
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
    reason = LongText("What must change?", hint="Only if you send it back", required=False, max_length=2000, rows=4)


class PublishForm(Schema):
    """To which lot, and until when."""

    version = Hidden(number=True)
    lot_id = Choice("Lot", missing="Choose a lot")
    offers_close_on = DateField(
        "Last day for offers", hint="For example, 27 3 2027", missing="Enter the last day for offers"
    )
    offers_close_at = Choice("Time", choices=TIMES, kind="select", missing="Choose the time at which offers close")


class EndForm(Schema):
    """Why a request ends."""

    version = Hidden(number=True)
    reason = LongText("Why?", hint="Do not use names", missing="Say why the request ends", max_length=2000, rows=4)


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
            "steps": timeline(steps),
            "next": next_step(row, steps, view.actor, view.now, _progress(view, row)),
            "sections": borough_view(view.session, vault=view.wiring.vault, request=row),
            "needs": needs_pictures(view, row),
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
            "read": what_was_read(view, row),
            "submitted": submitted,
            "own": submitted is not None and submitted.person_id == view.actor.person_id,
            "two_people": approval.TWO_PEOPLE,
        }
        return render_template("borough/request_decision.html", row=row, **page), form.status


@bp.route("/requests/<request_id>/publish", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_publish(request_id: str) -> ResponseReturnValue:
    """Choose the lot and the deadline, seeing what will be frozen and how many services will be told."""
    with look() as view:
        row, _ = open_request(view, request_id, "publish")
        terms = _terms(view, row)
        first = terms[0]["usual"].astimezone(LONDON) if terms else None
        values: dict[str, Any] = {"version": row.version}
        if first is not None:
            values |= {"offers_close_on": first.date(), "offers_close_at": f"{first.hour:02}:00"}
        left = findings.open_findings(view.session, vault=view.wiring.vault, request=row)
    picks = [(one["lot"].id, one["lot"].name, one["hint"]) for one in terms]
    form = Form(PublishForm, values=values, choices={"lot_id": picks})
    if request.method == "POST" and not left and form.parse(request.form):
        data = form.data
        closes = dt.datetime.combine(data["offers_close_on"], dt.time.fromisoformat(data["offers_close_at"]), LONDON)
        try:
            with act() as doing:
                publication.publish(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    request_id=request_id,
                    lot_id=data["lot_id"],
                    offers_close_at=closes.astimezone(dt.UTC),
                    version=data["version"],
                    now=doing.now,
                )
                return doing.go(url_for("borough.request", request_id=request_id), "Request published")
        except Invalid as error:
            form.refuse(error)
            if "offers_close_at" in form.errors:
                form.errors["offers_close_on"] = form.errors.pop("offers_close_at")
    page = {"row": row, "form": form, "terms": terms, "pointed": left, "kinds": FINDING_WORDS}
    return render_template("borough/request_publish.html", **page, listing=Listing.fixed(TERMS)), form.status


def _terms(view: Act, row: PlacementRequest) -> list[dict[str, Any]]:
    """Each lot that the borough may publish to today: what would be frozen there and who would be told."""
    today = local_date(view.now)
    lots = lots_of_borough(view.session, row.organisation_id, today)
    told = enrolled_counts(view.session, [lot.id for lot in lots])
    found = []
    for lot in lots:
        window = response_window(view.session, lot.system.mode, row.urgency or "planned", view.now)
        hour = dt.timedelta(hours=1)
        usual = window.usual.replace(minute=0, second=0, microsecond=0)
        services = told[lot.id]
        found.append(
            {
                "lot": lot,
                "told": services,
                "weights": evaluation_on(view.session, lot.service_type, today).weights,
                "benchmark": benchmark_on(view.session, lot.service_type, row.age_weeks or 0, today),
                "earliest": window.earliest if window.earliest > view.now else None,
                "usual": usual if usual == window.usual else usual + hour,
                "hint": f"{lot.system.name}. {services} enrolled {'service' if services == 1 else 'services'} would be "
                f"told. Usual deadline: {deadline_words(window.usual, view.now)}",
            }
        )
    return found


@bp.route("/requests/<request_id>/withdraw", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_withdraw(request_id: str) -> ResponseReturnValue:
    """Withdraw a request, with a reason."""
    return _end(request_id, publication.withdraw, "withdraw", "Request withdrawn")


@bp.route("/requests/<request_id>/unplaced", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_unplaced(request_id: str) -> ResponseReturnValue:
    """Close a request without a placement, with a reason."""
    return _end(request_id, publication.mark_unplaced, "unplaced", "Request closed without a placement")


def _end(request_id: str, use_case: Any, how: str, message: str) -> ResponseReturnValue:
    form = Form(EndForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                use_case(doing.session, actor=doing.actor, request_id=request_id, now=doing.now, **form.data)
                return doing.go(url_for("borough.request", request_id=request_id), message)
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        row, _ = open_request(view, request_id, how)
        form.raw["version"] = form.raw["version"] or str(row.version)
        return render_template("borough/request_end.html", row=row, form=form, how=how), form.status
