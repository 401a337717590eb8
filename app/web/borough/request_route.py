"""Where a request is on its route, in words: what happened beside its moves, what happens next, what may be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import url_for

from app.core.workdays import deadline_words
from app.identity.permissions import Permission
from app.offers.decided import decisions_on
from app.offers.waves import next_wave
from app.requests.changes import Change, changes_of
from app.requests.in_house import InHouse, asked_in_house, state_of
from app.requests.models import PlacementRequest
from app.requests.publication import is_closed
from app.requests.queries import Step
from app.requests.status import CHANGE_WORDS, ChangeKind, RequestStatus
from app.requests.unmet import followed_by, follower_of
from app.web.access import may
from app.web.acts import Act
from app.web.borough.request_story import NextStep, timeline
from app.web.rendering import join_words


def route_timeline(view: Act, row: PlacementRequest, steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Moves, changes and decisions on the shortlist in one timeline, the latest first."""
    changes = [
        {"title": CHANGE_WORDS[one.kind], "when": one.at, "who": one.person, "text": change_text(one, view.now)}
        for one in changes_of(view.session, actor=view.actor, request_id=row.id)
    ]
    reads = view.actor.may(Permission.OFFER_READ)
    chosen = decisions_on(view.session, actor=view.actor, request_id=row.id) if reads else []
    decisions = [
        {
            "title": f"{join_words(one.services)} preferred",
            "when": one.choice.chosen_at,
            "who": one.by,
            "text": f"{one.order}. {one.said}" if one.order else one.said,
        }
        for one in chosen
    ]
    return sorted([*changes, *decisions, *timeline(steps)], key=lambda item: item["when"], reverse=True)


def change_text(one: Change, now: dt.datetime) -> str:
    """What a change says beside its title."""
    facts, said = one.facts, one.words or ""
    if one.kind is ChangeKind.IN_HOUSE_ASKED:
        return f"{_services(facts['services'])} asked, to answer by {_moment(facts['until'], now)}"
    if one.kind is ChangeKind.IN_HOUSE_ANSWERED:
        return str(facts["said"])
    if one.kind is ChangeKind.WAVE_OPENED:
        return f"Wave {facts['wave']}: {_services(facts['services'])} told"
    if one.kind is ChangeKind.EXTENDED:
        return f"Until {_moment(facts['closes_at'], now)}. Why: {said}"
    if one.kind is ChangeKind.AMENDED:
        return f"{'; '.join(facts['labels']) or 'Nothing that invited providers see'}. Why: {said}".replace("?.", "?")
    if one.kind is ChangeKind.ESCALATED:
        return f"To be decided by {_moment(facts['due_at'], now)}"
    if one.kind is ChangeKind.WIDENED:
        return f"As {facts['follower']}. {said}"
    return said


def _services(count: int) -> str:
    return "1 service was" if count == 1 else f"{count} services were"


def _moment(text: str, now: dt.datetime) -> str:
    return deadline_words(dt.datetime.fromisoformat(text), now)


def route_step(view: Act, row: PlacementRequest) -> NextStep | None:
    """What the status panel says while the route decides: in house first, waves, or nobody who can take the child. None
    where it is told by the moves and the offers alone.
    """
    if row.status is RequestStatus.APPROVED:
        return _in_house_step(view, row)
    if row.status is RequestStatus.PLACED_IN_HOUSE:
        return NextStep("Placed in house", "Nothing more happens here: the market was not asked.", tone="good")
    if row.status is not RequestStatus.PUBLISHED:
        return None
    if not is_closed(row, view.now):
        wave = next_wave(view.session, row.id)
        if wave is None:
            return None
        opens = deadline_words(wave.opens_at, view.now)
        following = f"More services are told {opens}. Offers stay sealed until the deadline, which is the same for all."
        return NextStep("Open for offers", following, who="Providers", by=row.offers_close_at)
    return _nobody_step(view, row) if row.escalated_at is not None else None


def _in_house_step(view: Act, row: PlacementRequest) -> NextStep | None:
    asked = asked_in_house(view.session, row)
    state = state_of(row, asked, view.now)
    if state is InHouse.NOBODY:
        return None
    writes = view.actor.may(Permission.REQUEST_WRITE)
    answers = ("See their answers", url_for("borough.request_in_house", request_id=row.id)) if writes else None
    publish = ("Publish", url_for("borough.request_publish", request_id=row.id)) if writes else None
    if state is InHouse.WAITING:
        who = "The council's own services"
        following = "They are asked first. Then the request can be published."
        return NextStep(
            "Approved: the council's own services are asked", following, who, row.in_house_until, button=answers
        )
    if state is InHouse.CAN:
        can = next(one for one in asked if one.ask.can_take)
        following = f"{can.service} can take the child. Place the child there, or publish with a reason."
        return NextStep("A place in house", following, "A placement officer", tone="good", button=answers)
    happened = (
        "The council's own services cannot take the child"
        if state is InHouse.CANNOT
        else "The time of the council's own services is over"
    )
    following = "Choose a lot and a deadline. The services that can take the child are then told by email."
    return NextStep(happened, following, "A placement officer", button=publish)


def _nobody_step(view: Act, row: PlacementRequest) -> NextStep:
    due = next(
        one.facts["due_at"]
        for one in changes_of(view.session, actor=view.actor, request_id=row.id)
        if one.kind is ChangeKind.ESCALATED
    )
    writes = view.actor.may(Permission.REQUEST_WRITE)
    wider = ("Search more widely", url_for("borough.request_wider", request_id=row.id)) if writes else None
    return NextStep(
        "Nobody offered a place that can be taken",
        "Open it again more widely, or close it as a need that was not met.",
        who="A team manager",
        by=dt.datetime.fromisoformat(due),
        tone="bad",
        button=wider,
    )


def route_links(view: Act, row: PlacementRequest) -> dict[str, Any]:
    """What this person may do on the route now, and the requests before and after this one."""
    open_now = row.status is RequestStatus.PUBLISHED and not is_closed(row, view.now)
    writes = view.actor.may(Permission.REQUEST_WRITE)
    wave = next_wave(view.session, row.id) if open_now else None
    asked = row.in_house_asked_at is not None and may("borough.request_in_house", view.actor)
    return {
        "change": open_now and writes,
        "wave": wave if writes else None,
        "wider": row.escalated_at is not None and row.status is RequestStatus.PUBLISHED and writes,
        "in_house": asked,
        "follows": followed_by(view.session, row),
        "follower": follower_of(view.session, row),
    }
