"""A request in words: what has happened, what happens next, who must act and by when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.identity.permissions import Actor, Permission
from app.requests.models import PlacementRequest
from app.requests.publication import is_closed
from app.requests.queries import Step
from app.requests.status import RequestStatus
from app.web.access import may


@dataclass(frozen=True)
class NextStep:
    """The status panel, and its one green button where this person may press it."""

    happened: str
    next: str
    who: str | None = None
    by: dt.datetime | None = None
    tone: str = "progress"
    button: tuple[str, str] | None = None


TITLES = {
    RequestStatus.SUBMITTED: "Submitted for approval",
    RequestStatus.APPROVED: "Approved",
    RequestStatus.PUBLISHED: "Published to the market",
    RequestStatus.AWARDED: "Awarded",
    RequestStatus.UNPLACED: "Closed without a placement",
    RequestStatus.WITHDRAWN: "Withdrawn",
}


def timeline(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The moves for the timeline, the latest first."""
    return [
        {
            "title": TITLES.get(step.status, "Sent back" if number < len(steps) - 1 else "Draft started")
            if not (step.status is RequestStatus.PUBLISHED and step.reason)
            else "Published again: the award is void",
            "when": step.at,
            "who": step.person,
            "text": step.reason,
        }
        for number, step in enumerate(steps)
    ]


def next_step(row: PlacementRequest, steps: Sequence[Step], actor: Actor, now: dt.datetime) -> NextStep:
    """What the status panel says to this person."""
    last = steps[0]
    by = f" by {last.person}" if last.person else ""

    def link(endpoint: str, text: str) -> tuple[str, str] | None:
        return (text, url_for(endpoint, request_id=row.id)) if may(endpoint, actor) else None

    if row.status is RequestStatus.DRAFT:
        happened = f"Sent back{by}: {last.reason}" if last.reason else f"Draft started{by}"
        writer = steps[-1].person
        return NextStep(
            happened,
            "Complete every section, check the answers and submit the request to a manager.",
            who=writer,
            tone="warn" if last.reason else "progress",
            button=link("borough.request_form", "Continue the draft"),
        )
    if row.status is RequestStatus.SUBMITTED:
        own = last.person_id == actor.person_id
        return NextStep(
            f"Submitted{by}",
            f"A manager other than {last.person or 'its writer'} approves it or sends it back.",
            who="A team manager",
            button=None if own else link("borough.request_decision", "Approve or send back"),
        )
    if row.status is RequestStatus.APPROVED:
        return NextStep(
            f"Approved{by}",
            "Choose a lot and a deadline. The lot's enrolled services are then told by email.",
            who="A placement officer",
            button=link("borough.request_publish", "Publish"),
        )
    if row.status is RequestStatus.PUBLISHED and not is_closed(row, now):
        return NextStep(
            "Open for offers",
            "Offers stay sealed until the deadline. They are then opened and ranked for everybody at once.",
            who="Providers",
            by=row.offers_close_at,
        )
    if row.status is RequestStatus.PUBLISHED:
        return NextStep(
            "Closed for offers",
            "Look at the shortlist and choose an offer with a reason, or close the request if none can be taken.",
            who="A placement officer",
            tone="warn",
            button=link("borough.shortlist", "Look at the shortlist") if actor.may(Permission.OFFER_READ) else None,
        )
    if row.status is RequestStatus.AWARDED:
        return NextStep(
            f"Awarded{by}",
            "The approval that the location needs is asked for, then the placement starts.",
            tone="good",
            button=link("borough.placement_of_request", "Go to the placement"),
        )
    ended = "Withdrawn" if row.status is RequestStatus.WITHDRAWN else "Closed without a placement"
    return NextStep(f"{ended}{by}: {last.reason}" if last.reason else f"{ended}{by}", "Nothing more happens here.")


def tabs(row: PlacementRequest, actor: Actor) -> list[tuple[str, str, bool]]:
    """The sections of a request that this person may open, once it is published."""
    listed = [("Request", url_for("borough.request", request_id=row.id), True)]
    if row.published_at is not None:
        for text, endpoint in (
            ("Invitations", "borough.invitations_of_request"),
            ("Offers and shortlist", "borough.shortlist"),
            ("Panel and money", "borough.referral_of_request"),
            ("Placement", "borough.placement_of_request"),
        ):
            if may(endpoint, actor):
                listed.append((text, url_for(endpoint, request_id=row.id), False))
    return listed
