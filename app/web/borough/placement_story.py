"""A placement in words: what is next, who must act and by when, and why its location needs whose approval."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import url_for

from app.core.geography import LocationClass
from app.core.workdays import date_words
from app.identity.permissions import Actor
from app.panels.models import Authority
from app.panels.status import AuthorityKind
from app.placements.location import NEEDED_WORDS, may_start
from app.placements.models import LocationApproval, Placement
from app.placements.status import ApprovalNeeded, ApprovalStatus, PlacementStatus
from app.web.access import may

WHO_APPROVES = {
    ApprovalNeeded.NONE: None,
    ApprovalNeeded.NOMINATED_OFFICER: "A nominated officer or the director",
    ApprovalNeeded.DIRECTOR: "The Director of Children's Services",
}

WHY = {
    LocationClass.IN_AREA: "The home is in your own borough, so the law asks for no approval of its location.",
    LocationClass.ADJOINING: (
        "The home is outside your borough, in an authority that adjoins it. A nominated officer must approve that"
        " before the placement starts, and the area's authority must be notified."
    ),
    LocationClass.AT_A_DISTANCE: (
        "The home is outside your borough and outside every authority that adjoins it: the law calls that a placement"
        " at a distance, however few the miles. The Director of Children's Services must approve it, and the area's"
        " authority must be consulted and given the care plan."
    ),
    LocationClass.UNKNOWN_COUNTS_AS_DISTANCE: (
        "It is not known whether the area adjoins your borough, so it counts as at a distance: the Director of"
        " Children's Services must approve it, and the area's authority must be consulted and given the care plan."
    ),
}


@dataclass(frozen=True)
class NextStep:
    """The status panel, and its one green button where this person may press it."""

    happened: str
    next: str
    who: str | None = None
    tone: str = "progress"
    button: tuple[str, str] | None = None


def why_located(approval: LocationApproval) -> str:
    """Why the location needs the approval that it needs (F-37), in words."""
    return WHY[approval.location_class]


def next_step(
    row: Placement, approval: LocationApproval, authority: Authority, actor: Actor, today: dt.date, confirmable: bool
) -> NextStep:
    """What the status panel says to this person."""

    def link(endpoint: str, text: str) -> tuple[str, str] | None:
        return (text, url_for(endpoint, placement_id=row.id)) if may(endpoint, actor) else None

    emergency = authority.kind is AuthorityKind.EMERGENCY
    if row.status is PlacementStatus.AWAITING_START:
        if approval.status is ApprovalStatus.REFUSED:
            return NextStep(
                "The location was refused, so the placement cannot start",
                "Ask again when something has changed.",
                who="A placement officer",
                tone="bad",
                button=link("borough.placement_location_again", "Ask again"),
            )
        if approval.status is ApprovalStatus.ASKED:
            decide = link("borough.placement_location", "Decide")
            consult = link("borough.placement_notification", "Record the consultation")
            return _ask_for_approval(row, approval, decide, consult)
        refused = may_start(approval, emergency=emergency, started_on=max(today, row.award.first_day))
        if refused and approval.authority_notified_on is not None:
            return NextStep("The placement may not start yet", refused, who="A placement officer", tone="warn")
        if refused:
            return NextStep(
                f"{NEEDED_WORDS[approval.needed]} has been given",
                "Notify the authority of the area in writing and record the day. The placement can then start.",
                who="A placement officer",
                tone="warn",
                button=link("borough.placement_notification", "Record the notification"),
            )
        return NextStep(
            "Awarded and ready to start",
            f"When the child has moved in, record the day. Planned for {date_words(row.planned_start)}.",
            who="A placement officer",
            tone="good",
            button=link("borough.placement_start", "Record the start"),
        )
    if row.status is PlacementStatus.LIVE:
        return _live(row, approval, authority, today, confirmable, link("borough.placement_notification", "Record it"))
    return NextStep("The placement has ended" if row.ended_on else "The placement was cancelled", "Nothing more to do.")


def _ask_for_approval(
    row: Placement,
    approval: LocationApproval,
    to_decide: tuple[str, str] | None,
    to_consult: tuple[str, str] | None,
) -> NextStep:
    consult = approval.needed is ApprovalNeeded.DIRECTOR and approval.authority_consulted_on is None
    says = f"{NEEDED_WORDS[approval.needed]} is needed before the placement starts on {date_words(row.planned_start)}."
    if consult:
        says = f"First consult the area's authority and give it the care plan. Then {says[0].lower()}{says[1:]}"
    return NextStep(
        "Awarded, and waiting for the approval of its location",
        says,
        who="A placement officer" if consult else WHO_APPROVES[approval.needed],
        tone="warn",
        button=to_consult if consult else to_decide,
    )


def _live(
    row: Placement,
    approval: LocationApproval,
    authority: Authority,
    today: dt.date,
    confirmable: bool,
    notify: tuple[str, str] | None,
) -> NextStep:
    happened = f"Live since {date_words(row.started_on)}" if row.started_on else "Live"
    if approval.needed is not ApprovalNeeded.NONE and approval.authority_notified_on is None:
        says = "The authority of the area has not been notified yet: it must be within 5 working days of the start."
        return NextStep(happened, says, who="A placement officer", tone="warn", button=notify)
    if today > row.award.last_day:
        ended = date_words(row.award.last_day)
        says = f"No authority covers this placement since {ended}. What it costs is still shown, as unauthorised spend."
        return NextStep(happened, says, who="A placement officer and the panel", tone="bad")
    if confirmable:
        return NextStep(happened, "The panel has approved it. Confirm it below to go on after the emergency.")
    if authority.kind is AuthorityKind.EMERGENCY and authority.lapses_on:
        says = f"The emergency authority lapses on {date_words(authority.lapses_on)}. Put the case to the panel."
        return NextStep(happened, says, who="A placement officer", tone="warn")
    review = f"Its funding is reviewed by {date_words(row.review_on)}. " if row.review_on else ""
    return NextStep(happened, f"{review}It is approved until {date_words(row.planned_end)}.", tone="good")
