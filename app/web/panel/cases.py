"""The cases before a panel, the papers of one, and recording what was decided."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid, NotFound
from app.identity.permissions import Permission
from app.offers.shortlist import Shortlist
from app.panels.decisions import case_for, record_decision
from app.panels.funding import ELEMENT_WORDS, add_months
from app.panels.models import PanelDecision
from app.panels.papers import Papers, children_of_case, papers, shortlist_of_case
from app.panels.queries import cases_for, decisions_of
from app.panels.referrals import writers_of
from app.panels.status import OUTCOME_WORDS, REFERRAL, Outcome, ReferralStatus
from app.requests.status import SIBLINGS_WORDS
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.explaining.rows import LEVEL_WORDS, Row, legend_of
from app.web.explaining.whole import explained
from app.web.fields import Choice, DateField, LongText
from app.web.forms import Form
from app.web.panel import bp
from app.web.records import shown
from app.web.tables import Column, Listing

COLUMNS = (
    Column("reference", "Case"),
    Column("service", "Proposed service"),
    Column("panel", "Panel"),
    Column("held", "Meeting"),
    Column("price", "Price a week", numeric=True),
    Column("status", "Where it stands"),
)
SHARES = (Column("payer", "Payer"), Column("element", "Part"), Column("weekly", "A week", numeric=True))
LISTED = tuple(
    (status.value, REFERRAL.words[status]) for status in ReferralStatus if status is not ReferralStatus.DRAFT
)


class Filter(Schema):
    """What the list is narrowed to."""

    status = Choice("Where it stands", choices=LISTED, kind="select", required=False)


class DecisionForm(Schema):
    """What the meeting decided. An approval needs the days, the review and the lead (F-46)."""

    outcome = Choice(
        "What did the panel decide?",
        choices=(
            (Outcome.APPROVE.value, "Approve", "Fund this placement for the days below"),
            (Outcome.DEFER.value, "Defer", "It goes back to its worker, who can list it for a later meeting"),
            (Outcome.REFUSE.value, "Refuse", "The panel will not fund this placement"),
        ),
        missing="Choose what the panel decided",
    )
    reason = LongText("The panel's reasons", hint="Use no names", missing="Enter the panel's reasons", rows=5)
    first_day = DateField("First day", hint="Needed for an approval", required=False, optional=False)
    last_day = DateField(
        "Last day",
        hint="Needed for an approval: funding is always for a stated period",
        required=False,
        optional=False,
    )
    review_on = DateField(
        "Review the placement by",
        hint="Needed for an approval",
        called="The day to review the placement by",
        required=False,
        optional=False,
    )
    lead_payer_id = Choice(
        "Lead payer", hint="Needed for an approval: who leads on this placement", required=False, optional=False
    )


@bp.get("/cases")
@permission(Permission.PANEL_READ)
def cases() -> ResponseReturnValue:
    """The cases of the panels on which one sits, those to be decided first."""
    listing = Listing.read(request.args, COLUMNS, default="reference")
    filters = Form(Filter, filters=True)
    filters.parse(request.args)
    status = filters.data.get("status")
    with look() as view:
        rows, total = cases_for(
            view.session,
            actor=view.actor,
            now=view.now,
            meeting_id=request.args.get("meeting", ""),
            status=ReferralStatus(status) if status else None,
            limit=listing.limit,
            offset=listing.offset,
        )
        listing.count(total)
        words = {"words": REFERRAL.words, "outcomes": OUTCOME_WORDS}
        return render_template("panel/cases.html", listing=listing, rows=rows, filters=filters, **words)


@bp.get("/cases/<referral_id>")
@permission(Permission.PANEL_READ)
def case(referral_id: str) -> ResponseReturnValue:
    """The papers of a case."""
    with look() as view:
        read = _read(view, referral_id, "panel papers")
        today = local_date(view.now)
        listed = read.referral.status is ReferralStatus.LISTED
        held = read.line.held_on is not None and read.line.held_on <= today
        found = shortlist_of_case(view.session, read.referral)
        page: dict[str, Any] = {
            "found": found,
            "chosen": _chosen(read, found),
            "legend": legend_of(found) if found else None,
            "level_words": LEVEL_WORDS,
            "decisions": decisions_of(view.session, referral_id),
            "to_record": listed and held and view.actor.may(Permission.PANEL_DECIDE),
            "own": view.actor.person_id in writers_of(read.referral),
            "listing": Listing.fixed(SHARES),
            "elements": ELEMENT_WORDS,
            "words": REFERRAL.words,
            "outcomes": OUTCOME_WORDS,
            "held": held,
        }
        return render_template("panel/case.html", papers=read, siblings=SIBLINGS_WORDS, **page)


@bp.get("/cases/<referral_id>/explanation")
@permission(Permission.PANEL_READ)
def case_explanation(referral_id: str) -> ResponseReturnValue:
    """How the offers of a case were compared, whole, for the panel's pack. It does not say who the child is."""
    with look() as view:
        read = _read(view, referral_id, "how the offers were compared")
        found = shortlist_of_case(view.session, read.referral)
        if found is None:
            raise NotFound("shortlist")
        return render_template(
            "explaining/whole.html",
            **explained(view, read.request, found),
            decided=read.decided,
            back=(url_for("panel.case", referral_id=referral_id), f"Case {read.referral.reference}"),
        )


def _chosen(read: Papers, found: Shortlist | None) -> Row | None:
    """The offer of a case as the shortlist has it; None where it was not compared."""
    entries = (*found.eligible, *found.excluded) if found else ()
    return next((Row.of(entry) for entry in entries if entry.offer.id == read.offer.id), None)


def _read(view: Act, referral_id: str, what: str) -> Papers:
    """The papers of a case of one's own panel, each child's view logged first."""
    referral = case_for(view.session, actor=view.actor, referral_id=referral_id, now=view.now)
    for child_id in children_of_case(view.session, referral):
        shown(view.wiring, view.actor, child_id, f"{referral.reference}: {what}")
    return papers(view.session, vault=view.wiring.vault, referral=referral, day=local_date(view.now))


@bp.route("/cases/<referral_id>/decision", methods=["GET", "POST"])
@permission(Permission.PANEL_DECIDE)
def case_decision(referral_id: str) -> ResponseReturnValue:
    """The chair or the administrator records what the meeting decided."""
    with look() as view:
        read = _read(view, referral_id, "recording the decision")
    form = _decision_form(read)
    if request.method == "POST" and form.parse(request.form):
        data = form.data | {"outcome": Outcome(form.data["outcome"])}
        try:
            with act() as doing:
                given: dict[str, Any] = {"actor": doing.actor, "referral_id": referral_id, "now": doing.now}
                decision = record_decision(doing.session, **data, **given)
                return doing.go(_after(decision), _said(decision))
        except Invalid as error:
            form.refuse(error)
    return render_template("panel/case_decision.html", papers=read, form=form), form.status


def _decision_form(read: Papers) -> Form:
    """The form filled with the days asked for, and the latest review date that is allowed."""
    referral = read.referral
    ids = dict.fromkeys(share.payer_id for share in read.shares)
    latest = _latest_review(referral.first_day, read.review_months)
    if latest and referral.last_day:
        latest = min(latest, referral.last_day)
    values: dict[str, Any] = {"first_day": referral.first_day, "last_day": referral.last_day, "review_on": latest}
    if len(ids) == 1:
        values["lead_payer_id"] = next(iter(ids))
    return Form(DecisionForm, values=values, choices={"lead_payer_id": [(one, read.payers[one]) for one in ids]})


def _latest_review(first_day: dt.date | None, months: int) -> dt.date | None:
    return add_months(first_day, months) if first_day else None


def _after(decision: PanelDecision) -> str:
    return url_for("panel.decision", decision_id=decision.id)


def _said(decision: PanelDecision) -> str:
    if decision.outcome is Outcome.APPROVE:
        return "Decision recorded. The chair and every paying agency have been asked to sign it."
    return "Decision recorded"
