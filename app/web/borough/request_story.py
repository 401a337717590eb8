"""A request in words: what has happened, what happens next, who must act and by when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.core.workdays import date_words
from app.identity.permissions import Actor
from app.placements.progress import Progress, Stand
from app.requests.models import PlacementRequest
from app.requests.publication import is_closed
from app.requests.queries import Step
from app.requests.status import RequestStatus
from app.web.access import may
from app.web.fields import lower_first


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


AFTER_DEADLINE: dict[Stand, tuple[str, str, str, str, str]] = {
    # (what has happened, what happens next, who, endpoint, what its button says)
    Stand.OPEN_OFFERS: (
        "Closed for offers",
        "The offers are still sealed. Opening them ranks them all at once and freezes the shortlist.",
        "A placement officer",
        "borough.shortlist",
        "Open the offers",
    ),
    Stand.CHOOSE: (
        "Closed for offers",
        "Look at the shortlist and choose an offer with a reason, or close the request if none can be taken.",
        "A placement officer",
        "borough.shortlist",
        "Look at the shortlist",
    ),
    Stand.REFER: (
        "An offer is preferred",
        "Refer it to the funding panel while its place is held.",
        "A placement officer",
        "borough.referral_of_request",
        "Refer it to panel",
    ),
    Stand.COMPLETE_REFERRAL: (
        "The referral is being written",
        "Complete it and list it for a meeting while the place is held.",
        "A placement officer",
        "borough.referral_of_request",
        "Continue the referral",
    ),
    Stand.MEET: (
        "Listed for the funding panel",
        "The panel decides at its meeting.",
        "The panel",
        "borough.referral_of_request",
        "See the referral",
    ),
    Stand.DECIDE_AGAIN: (
        "The panel did not approve",
        "Read its reasons, then list the case again, choose another offer or close the request.",
        "A placement officer",
        "borough.referral_of_request",
        "Read the decision",
    ),
    Stand.SIGN: (
        "The panel approved",
        "The decision waits for signatures. It gives no authority until all have signed.",
        "",
        "borough.referral_of_request",
        "See who has signed",
    ),
    Stand.AWARD: (
        "There is an authority to award",
        "Award the placement while the place is held.",
        "A placement officer",
        "borough.award",
        "Award the placement",
    ),
    Stand.APPROVE_LOCATION: (
        "Awarded",
        "The location needs an approval by law before the child can move.",
        "A nominated officer or the director",
        "borough.placement_of_request",
        "Go to the placement",
    ),
    Stand.START: (
        "Awarded, and the location is settled",
        "Record the start on the day the child moves in.",
        "A placement officer",
        "borough.placement_of_request",
        "Go to the placement",
    ),
    Stand.NOTHING: (
        "The placement has started",
        "Nothing more happens here: the placement has its own page.",
        "",
        "borough.placement_of_request",
        "Go to the placement",
    ),
}


def after_deadline(row: PlacementRequest, actor: Actor, progress: Progress) -> NextStep:
    """What the status panel says between the deadline and the child's first day."""
    happened, following, who, endpoint, button = AFTER_DEADLINE[progress.stand]
    if progress.on is not None:
        following = f"{following} The day is {date_words(progress.on)}."
    if progress.children > 1:
        happened = f"{progress.placed} of {progress.children} children placed. Next: {lower_first(happened)}"
    return NextStep(
        happened,
        following,
        who=progress.who or who or None,
        by=progress.by,
        tone="good" if row.status is RequestStatus.AWARDED else "warn",
        button=(button, url_for(endpoint, request_id=row.id)) if may(endpoint, actor) else None,
    )


def next_step(
    row: PlacementRequest, steps: Sequence[Step], actor: Actor, now: dt.datetime, progress: Progress | None = None
) -> NextStep:
    """What the status panel says to this person."""
    if progress is not None:
        return after_deadline(row, actor, progress)
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
            who="A manager whose limit reaches it",
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
    ended = "Withdrawn" if row.status is RequestStatus.WITHDRAWN else "Closed without a placement"
    return NextStep(f"{ended}{by}: {last.reason}" if last.reason else f"{ended}{by}", "Nothing more happens here.")


def tabs(row: PlacementRequest, actor: Actor) -> list[tuple[str, str, bool]]:
    """The sections of a request that this person may open, once it is published."""
    listed = [("Request", url_for("borough.request", request_id=row.id), True)]
    if row.published_at is not None:
        for text, endpoint in (
            ("Invitations", "borough.invitations_of_request"),
            ("Exemptions", "borough.exemptions"),
            ("Offers and shortlist", "borough.shortlist"),
            ("Panel and money", "borough.referral_of_request"),
            ("Placement", "borough.placement_of_request"),
        ):
            if may(endpoint, actor):
                listed.append((text, url_for(endpoint, request_id=row.id), False))
    return listed


def tabs_at(row: PlacementRequest, actor: Actor, here: str) -> list[tuple[str, str, bool]]:
    """The sections of a request, with the one at an address marked."""
    return [(text, href, href == here) for text, href, _ in tabs(row, actor)]
