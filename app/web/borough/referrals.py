"""Putting a preferred offer to the panel: a task list of what the panel needs, one topic a page, and its place on an
agenda.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid
from app.core.workdays import date_words
from app.identity.permissions import Permission
from app.offers.children import children_words
from app.offers.models import Offer
from app.offers.queries import chosen_offers, live_hold, preferred
from app.offers.status import OfferStatus
from app.panels import agenda, referrals
from app.panels.approvals import approval_in_play
from app.panels.authorities import usable_authority
from app.panels.funding import needs_executive
from app.panels.models import Panel, Referral
from app.panels.papers import children_of_case
from app.panels.queries import (
    MeetingLine,
    authorities_of_offer,
    case_line,
    decisions_of,
    meetings_for,
    payer_names,
    referrals_of_request,
    signature_lines,
)
from app.panels.status import OUTCOME_WORDS, REFERRAL, AuthorityKind, ReferralStatus
from app.requests.evidence import FOSTERING, fostering_words
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.request_story import tabs
from app.web.fields import Choice, DateField, Hidden, LongText, Text, Tick
from app.web.forms import Form
from app.web.records import shown

EDITABLE = (ReferralStatus.DRAFT, ReferralStatus.RETURNED)
TITLES = {
    "panel": "Panel and professionals' meeting",
    "case": "The case for this placement",
    "period": "First and last day",
    "health": "Health's approval",
}
FIELDS = {
    "panel": ("panel_id", "professionals_met_on"),
    "case": ("case_for_placement", "fostering_explored"),
    "period": ("first_day", "last_day"),
    "health": ("health_approved_on", "health_approved_by", "health_by_executive"),
}


class PanelForm(Schema):
    """Which panel, and when the agencies' professionals met (F-41)."""

    version = Hidden(number=True)
    panel_id = Choice("Panel", missing="Choose a panel")
    professionals_met_on = DateField(
        "When did the professionals of all agencies meet?",
        hint="Needed before it can be listed: the panel hears no case before they have met. For example, 27 3 2027",
        called="The day of the professionals' meeting",
        required=False,
        optional=False,
    )


class CaseForm(Schema):
    """Why this placement, and that fostering was explored (F-29)."""

    version = Hidden(number=True)
    case_for_placement = LongText(
        "Why this placement?",
        hint="Needed before it can be listed: which needs it meets, what was tried at home or nearby, and what the "
        "child and family say. Use no names",
        required=False,
        optional=False,
        rows=8,
        count=True,
    )
    fostering_explored = LongText(
        "How was fostering explored?",
        hint="Needed before a children's home or residential school can be listed",
        required=False,
        optional=False,
        rows=5,
        count=True,
    )


class PeriodForm(Schema):
    """The period for which money is asked: always finite (F-46)."""

    version = Hidden(number=True)
    first_day = DateField(
        "First day", hint="Needed before it can be listed. For example, 27 3 2027", required=False, optional=False
    )
    last_day = DateField(
        "Last day",
        hint="Needed before it can be listed: funding is always for a stated period",
        required=False,
        optional=False,
    )


class HealthForm(Schema):
    """Who in health approved its share, and when (F-42)."""

    version = Hidden(number=True)
    health_approved_on = DateField(
        "When did health approve its share?",
        hint="Needed before it can be listed, where health pays a share. For example, 27 3 2027",
        called="The day of health's approval",
        required=False,
        optional=False,
    )
    health_approved_by = Text(
        "Who approved it?",
        hint="Needed where health pays a share: name and post, for example of the executive",
        required=False,
        optional=False,
        width="two-thirds",
    )


class ExecutiveHealthForm(HealthForm):
    """The same where health pays more a year than its executive leaves to others (F-42)."""

    health_by_executive = Tick("This is the approval of health's executive")


class ListForm(Schema):
    """On the agenda of which meeting."""

    version = Hidden(number=True)
    meeting_id = Choice("Which meeting?", missing="Choose a meeting")


FORMS: dict[str, type[Schema]] = {"panel": PanelForm, "case": CaseForm, "period": PeriodForm, "health": HealthForm}


@bp.get("/requests/<request_id>/panel")
@permission(Permission.OFFER_READ)
def referral_of_request(request_id: str) -> ResponseReturnValue:
    """Panel and money of a request: its preferred offer, its referrals, and its authorities."""
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        asked = request.args.get("offer")
        offer = preferred(view.session, actor=view.actor, request_id=request_id, offer_id=asked)
        cases = referrals_of_request(view.session, actor=view.actor, request_id=request_id)
        if row.places > 1:
            cases = [one for one in cases if offer is not None and one.referral.offer_id == offer.id]
        today = local_date(view.now)
        page: dict[str, Any] = {
            "offer": offer,
            "plan": _plan(view, row, offer),
            "which": offer.id if offer and row.places > 1 else None,
            "children": children_words(offer.children_key, row.places) if offer else "",
            "cases": cases,
            "open": next((one for one in cases if one.referral.status in referrals.OPEN), None),
            "signatures": _signatures(view, cases[0].referral) if cases else [],
            "hold": live_hold(view.session, offer.id, view.now) if offer else None,
            "won": offer is not None and offer.status is OfferStatus.WON,
            "authorities": authorities_of_offer(view.session, actor=view.actor, offer_id=offer.id) if offer else [],
            "usable": usable_authority(view.session, actor=view.actor, offer_id=offer.id, on=today) if offer else None,
        }
        decision = approval_in_play(view.session, offer, view.now) if offer else None
        page["to_sign"] = decision is not None and all(one.decision_id != decision.id for one in page["authorities"])
        page["panel_confirmed"] = any(one.kind is AuthorityKind.PANEL for one in page["authorities"])
        words = {"words": REFERRAL.words, "outcomes": OUTCOME_WORDS}
        return render_template(
            "borough/referral_of_request.html", row=row, tabs=_tabs(view, row), today=today, **words, **page
        )


def _plan(view: Act, row: Any, shown_one: Offer | None) -> list[dict[str, Any]]:
    """The offers that are preferred or have won, where they are for different children of the request."""
    chosen = chosen_offers(view.session, actor=view.actor, request_id=row.id)
    if row.places == 1 or len(chosen) < 2:
        return []
    return [
        {
            "words": children_words(one.children_key, row.places),
            "reference": one.reference,
            "href": url_for("borough.referral_of_request", request_id=row.id, offer=one.id),
            "won": one.status is OfferStatus.WON,
            "here": shown_one is not None and one.id == shown_one.id,
        }
        for one in chosen
    ]


def _tabs(view: Act, row: Any) -> list[tuple[str, str, bool]]:
    here = url_for("borough.referral_of_request", request_id=row.id)
    return [(text, href, href == here) for text, href, _ in tabs(row, view.actor)]


def _signatures(view: Act, referral: Referral) -> list[Any]:
    decided = decisions_of(view.session, referral.id)
    return signature_lines(view.session, decided[0], now=view.now) if decided else []


@bp.post("/requests/<request_id>/panel")
@permission(Permission.REFERRAL_WRITE)
def referral_start(request_id: str) -> ResponseReturnValue:
    """Start the referral of the preferred offer, or go to the one that is open."""
    with act() as doing:
        offer_id = request.form.get("offer") or None
        referral = referrals.refer(
            doing.session, actor=doing.actor, request_id=request_id, now=doing.now, offer_id=offer_id
        )
        return doing.go(url_for("borough.referral", referral_id=referral.id))


@bp.get("/referrals/<referral_id>")
@permission(Permission.OFFER_READ)
def referral(referral_id: str) -> ResponseReturnValue:
    """One referral: what the panel needs, what is still missing, and where the case stands."""
    with look() as view:
        row = _opened(view, referral_id, "referral")
        decided = decisions_of(view.session, row.id)
        missing = _missing(view, row)
        offer = view.session.get_one(Offer, row.offer_id)
        return render_template(
            "borough/referral.html",
            line=case_line(view.session, row),
            items=_task_list(row, missing),
            missing=missing,
            editable=row.status in EDITABLE,
            in_play=approval_in_play(view.session, offer, view.now),
            decisions=decided,
            signatures=_signatures(view, row),
            words=REFERRAL.words,
            outcomes=OUTCOME_WORDS,
            **_answers(view, row),
        )


def _opened(view: Act, referral_id: str, what: str) -> Referral:
    """The borough's own referral, which tells of a child: that it is shown is written down first."""
    row = referrals.referral_for(view.session, actor=view.actor, referral_id=referral_id)
    for child_id in children_of_case(view.session, row):
        shown(view.wiring, view.actor, child_id, f"{row.reference}: {what}")
    return row


def _missing(view: Act, row: Referral) -> dict[str, str]:
    """Gaps as they would be at the next meeting that can still be reached (today, where none is fixed)."""
    open_ = [one for one in _meetings(view, row) if one.is_open(local_date(view.now))]
    on = open_[0].meeting.held_on if open_ else local_date(view.now)
    return agenda.gaps(view.session, row, meeting_on=on, now=view.now)


def _meetings(view: Act, row: Referral) -> list[MeetingLine]:
    panel = view.session.get_one(Panel, row.panel_id)
    return meetings_for(view.session, panels=[panel], since=local_date(view.now))


def _task_list(row: Referral, missing: dict[str, str]) -> list[dict[str, Any]]:
    topics = [("panel", TITLES["panel"]), ("case", TITLES["case"]), ("period", TITLES["period"])]
    topics += [("shares", "Who pays what"), ("health", TITLES["health"])]
    items = []
    for topic, title in topics:
        fields = ("shares", "split_reason") if topic == "shares" else FIELDS[topic]
        wrong = next((missing[field] for field in fields if field in missing), None)
        href = url_for(f"borough.referral_{topic}", referral_id=row.id) if row.status in EDITABLE else None
        status, tone = ("To do", "warn") if wrong else ("Complete", "done")
        items.append({"title": title, "href": href, "status": status, "tone": tone, "hint": wrong})
    return items


def _answers(view: Act, row: Referral) -> dict[str, Any]:
    offer = view.session.get_one(Offer, row.offer_id)
    of_request = view.session.get_one(PlacementRequest, row.request_id)
    return {
        "row": row,
        "offer": offer,
        "children": children_words(offer.children_key, of_request.places),
        "panel": view.session.get_one(Panel, row.panel_id),
        "prices": referrals.prices_of(offer),
        "shares": referrals.shares_of(view.session, row.id),
        "payers": payer_names(view.session),
    }


def _executive_form(view: Act, row: Referral) -> type[Schema]:
    """Whether it was the executive is asked only where its approval is needed."""
    rules = referrals.rules_on(view.session, local_date(view.now))
    above = needs_executive(referrals.shares_of(view.session, row.id), rules)
    return ExecutiveHealthForm if above else HealthForm


def _topic(referral_id: str, topic: str) -> ResponseReturnValue:
    with look() as view:
        row = _opened(view, referral_id, TITLES[topic])
        panels = referrals.panels_of(view.session, organisation_id=row.organisation_id)
        schema = _executive_form(view, row) if topic == "health" else FORMS[topic]
        before = referrals.facts_of(row)
        values: dict[str, Any] = {field: getattr(before, field) for field in FIELDS[topic]} | {"version": row.version}
        if topic == "case" and not before.fostering_explored:
            of_request = request_for(view.session, actor=view.actor, request_id=row.request_id)
            values[FOSTERING] = fostering_words(view.session, vault=view.wiring.vault, request=of_request)
    picks = {"panel_id": [(panel.id, panel.name) for panel in panels]} if topic == "panel" else None
    form = Form(schema, values=values, choices=picks)
    if request.method == "POST" and form.parse(request.form):
        version = form.data.pop("version")
        try:
            with act() as doing:
                current = referrals.referral_for(doing.session, actor=doing.actor, referral_id=referral_id)
                facts = replace(referrals.facts_of(current), **form.data)
                given: dict[str, Any] = {"actor": doing.actor, "referral_id": referral_id, "now": doing.now}
                referrals.save_referral(doing.session, facts=facts, version=version, **given)
                return doing.go(url_for("borough.referral", referral_id=referral_id), "Saved")
        except Invalid as error:
            form.refuse(error)
    return render_template("borough/referral_topic.html", row=row, form=form, title=TITLES[topic]), form.status


@bp.route("/referrals/<referral_id>/panel", methods=["GET", "POST"])
@permission(Permission.REFERRAL_WRITE)
def referral_panel(referral_id: str) -> ResponseReturnValue:
    """Which panel, and the professionals' meeting."""
    return _topic(referral_id, "panel")


@bp.route("/referrals/<referral_id>/case", methods=["GET", "POST"])
@permission(Permission.REFERRAL_WRITE)
def referral_case(referral_id: str) -> ResponseReturnValue:
    """Why this placement, and how fostering was explored."""
    return _topic(referral_id, "case")


@bp.route("/referrals/<referral_id>/period", methods=["GET", "POST"])
@permission(Permission.REFERRAL_WRITE)
def referral_period(referral_id: str) -> ResponseReturnValue:
    """The first and the last day."""
    return _topic(referral_id, "period")


@bp.route("/referrals/<referral_id>/health", methods=["GET", "POST"])
@permission(Permission.REFERRAL_WRITE)
def referral_health(referral_id: str) -> ResponseReturnValue:
    """Health's own approval of its share."""
    return _topic(referral_id, "health")


@bp.route("/referrals/<referral_id>/list", methods=["GET", "POST"])
@permission(Permission.REFERRAL_WRITE)
def referral_list(referral_id: str) -> ResponseReturnValue:
    """Check the answers and put the case on the agenda of a coming meeting."""
    with look() as view:
        row = _opened(view, referral_id, "check of the referral")
        today = local_date(view.now)
        meetings = _meetings(view, row)
        page = {"missing": _missing(view, row), "items": _task_list(row, _missing(view, row)), **_answers(view, row)}
    picks = [
        (one.meeting.id, date_words(one.meeting.held_on), f"Its agenda closes on {date_words(one.closes_on)}")
        for one in meetings
        if one.is_open(today)
    ]
    form = Form(ListForm, values={"version": row.version}, choices={"meeting_id": picks})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                given: dict[str, Any] = {"actor": doing.actor, "referral_id": referral_id, "now": doing.now}
                agenda.list_for_meeting(doing.session, **form.data, **given)
                return doing.go(url_for("borough.referral", referral_id=referral_id), "The case is on the agenda")
        except Invalid as error:
            form.refuse(error)
    page |= {"form": form, "closed": [one for one in meetings if not one.is_open(today)], "picks": picks}
    return render_template("borough/referral_list.html", editable=row.status in EDITABLE, **page), form.status
