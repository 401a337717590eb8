"""The approval that a placement's location needs by law before it starts, and whom the area's authority must hear
it from (F-37, F-38).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.geography import LocationClass, location_class
from app.core.workdays import add_working_days, date_words
from app.identity.permissions import Actor, Permission
from app.placements.models import Award, LocationApproval, Placement
from app.placements.status import APPROVAL, ApprovalNeeded, ApprovalStatus
from app.tasks.models import TaskKind
from app.tasks.tasks import add_task, settle_task

NOTIFY_AFTER_EMERGENCY_DAYS = 5
"""Working days after an emergency start in which the area's authority must be told (regulation 13)."""

NEEDED = {
    LocationClass.IN_AREA: ApprovalNeeded.NONE,
    LocationClass.ADJOINING: ApprovalNeeded.NOMINATED_OFFICER,
    LocationClass.AT_A_DISTANCE: ApprovalNeeded.DIRECTOR,
    LocationClass.UNKNOWN_COUNTS_AS_DISTANCE: ApprovalNeeded.DIRECTOR,
}

CLASS_WORDS = {
    LocationClass.IN_AREA: "In the borough's own area",
    LocationClass.ADJOINING: "In an adjoining authority",
    LocationClass.AT_A_DISTANCE: "At a distance: outside the borough and every authority that adjoins it",
    LocationClass.UNKNOWN_COUNTS_AS_DISTANCE: "Not known to adjoin the borough, so treated as at a distance",
}

NEEDED_WORDS = {
    ApprovalNeeded.NONE: "No approval is needed",
    ApprovalNeeded.NOMINATED_OFFICER: "A nominated officer's approval",
    ApprovalNeeded.DIRECTOR: "The Director of Children's Services' approval",
}


def classify(placing_gss: str | None, located_gss: str | None) -> LocationClass:
    """Where a placement stands to the borough. A place that is not known counts as at a distance."""
    if placing_gss is None or located_gss is None:
        return LocationClass.UNKNOWN_COUNTS_AS_DISTANCE
    return location_class(placing_gss, located_gss)


def ask(
    session: Session,
    *,
    actor: Actor,
    award: Award,
    placing_gss: str | None,
    located_gss: str | None,
    now: dt.datetime,
) -> LocationApproval:
    """Ask for the approval that an award's location needs, or write down that it needs none."""
    where = classify(placing_gss, located_gss)
    needed = NEEDED[where]
    approval = LocationApproval(
        award_id=award.id,
        location_class=where,
        located_authority_gss=located_gss,
        needed=needed,
        status=ApprovalStatus.NOT_NEEDED if needed is ApprovalNeeded.NONE else ApprovalStatus.ASKED,
        asked_at=None if needed is ApprovalNeeded.NONE else now,
    )
    session.add(approval)
    session.flush()
    if needed is not ApprovalNeeded.NONE:
        add_task(
            session,
            organisation_id=award.organisation_id,
            key=f"location-approval:{award.id}",
            kind=TaskKind.STATUTORY,
            title=f"Decide the location of {award.reference}: {NEEDED_WORDS[needed].lower()} is needed",
            basis="Care Planning Regulations 2010, regulation 11",
            subject_kind="award",
            subject_id=award.id,
            due_on=max(award.first_day, local_date(now)),
            now=now,
        )
    audit.record(
        session,
        now=now,
        who=actor,
        act="placements.location.ask",
        subject_kind="award",
        subject_id=award.id,
        location_class=where.value,
        needed=needed.value,
    )
    return approval


def approval_for(session: Session, *, actor: Actor, approval_id: str) -> tuple[LocationApproval, Award]:
    """A location approval of the actor's own borough with its award, or NotFound."""
    row = session.execute(
        select(LocationApproval, Award)
        .join(Award, Award.id == LocationApproval.award_id)
        .where(LocationApproval.id == approval_id, Award.organisation_id == actor.organisation_id)
    ).one_or_none()
    if row is None:
        raise NotFound("location approval")
    return row


def decide_location(
    session: Session,
    *,
    actor: Actor,
    approval_id: str,
    give: bool,
    reason: str,
    version: int,
    now: dt.datetime,
) -> LocationApproval:
    """Give or refuse the approval: a nominated officer for an adjoining area, the director for a distance. Not by
    whoever awarded.

    At a distance, the area's authority must have been consulted first.
    """
    approval, award = approval_for(session, actor=actor, approval_id=approval_id)
    actor.require(
        Permission.LOCATION_APPROVE_DISTANCE
        if approval.needed is ApprovalNeeded.DIRECTOR
        else Permission.LOCATION_APPROVE
    )
    _fresh(approval, version)
    if award.awarded_by == actor.person_id:
        raise Conflict("You made this award, so somebody else approves its location.")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    if give and approval.needed is ApprovalNeeded.DIRECTOR and approval.authority_consulted_on is None:
        raise Invalid(
            "Record first when the area's authority was consulted and given the care plan.",
            field="authority_consulted_on",
        )
    target = ApprovalStatus.GIVEN if give else ApprovalStatus.REFUSED
    approval.status = APPROVAL.require(approval.status, target, "The approval")
    approval.decided_by, approval.decided_at, approval.reason = actor.person_id, now, reason.strip()
    session.flush()
    if give:
        settle_task(session, actor=actor, key=f"location-approval:{award.id}", evidence=reason.strip(), now=now)
    audit.record(
        session,
        now=now,
        who=actor,
        act="placements.location.decide",
        subject_kind="award",
        subject_id=award.id,
        status=target.value,
    )
    return approval


def ask_again(
    session: Session, *, actor: Actor, approval_id: str, reason: str, version: int, now: dt.datetime
) -> LocationApproval:
    """Put a refused location to the approver once more, with what has changed since."""
    actor.require(Permission.PLACEMENT_START)
    approval, award = approval_for(session, actor=actor, approval_id=approval_id)
    _fresh(approval, version)
    if not reason.strip():
        raise Invalid("Say what has changed since the refusal.", field="reason")
    approval.status = APPROVAL.require(approval.status, ApprovalStatus.ASKED, "The approval")
    approval.asked_at, approval.decided_by, approval.decided_at = now, None, None
    approval.reason = reason.strip()
    session.flush()
    audit.record(
        session, now=now, who=actor, act="placements.location.ask_again", subject_kind="award", subject_id=award.id
    )
    return approval


def record_notification(
    session: Session,
    *,
    actor: Actor,
    approval_id: str,
    version: int,
    now: dt.datetime,
    notified_on: dt.date | None = None,
    consulted_on: dt.date | None = None,
) -> LocationApproval:
    """Record when the authority of the area was told in writing, and, at a distance, consulted."""
    actor.require(Permission.PLACEMENT_START)
    approval, award = approval_for(session, actor=actor, approval_id=approval_id)
    _fresh(approval, version)
    if approval.needed is ApprovalNeeded.NONE:
        raise Conflict("The placement is in the borough's own area: there is nobody to notify.")
    for field, day in (("notified_on", notified_on), ("consulted_on", consulted_on)):
        if day is not None and day > local_date(now):
            raise Invalid("The day must not be in the future.", field=field)
    if notified_on is None and consulted_on is None:
        raise Invalid("Enter the day of the notification.", field="notified_on")
    approval.authority_notified_on = notified_on or approval.authority_notified_on
    approval.authority_consulted_on = consulted_on or approval.authority_consulted_on
    session.flush()
    if notified_on is not None:
        told = f"Notified in writing on {date_words(notified_on)}."
        settle_task(session, actor=actor, key=f"area-notification:{award.id}", evidence=told, now=now)
    audit.record(
        session, now=now, who=actor, act="placements.location.notify", subject_kind="award", subject_id=award.id
    )
    return approval


def may_start(approval: LocationApproval, *, emergency: bool) -> str | None:
    """Why a placement may not start yet because of where it is, or None.

    Notification precedes the start, or follows within five working days of an emergency's.
    """
    if approval.status is ApprovalStatus.NOT_NEEDED:
        return None
    if approval.status is not ApprovalStatus.GIVEN:
        return f"{NEEDED_WORDS[approval.needed]} is needed for this location before the placement starts."
    if approval.authority_notified_on is None and not emergency:
        return "Notify the authority of the area in writing before the placement starts, and record the day."
    return None


def notify_later(session: Session, *, placement: Placement, award: Award, now: dt.datetime) -> None:
    """After an emergency start: a task to tell the area's authority within five working days."""
    if placement.started_on is None:
        return
    add_task(
        session,
        organisation_id=placement.organisation_id,
        key=f"area-notification:{award.id}",
        kind=TaskKind.STATUTORY,
        title=f"Notify the authority of the area about {placement.reference}",
        basis="Care Planning Regulations 2010, regulation 13(4)",
        subject_kind="placement",
        subject_id=placement.id,
        due_on=add_working_days(placement.started_on, NOTIFY_AFTER_EMERGENCY_DAYS),
        now=now,
    )


def _fresh(approval: LocationApproval, version: int) -> None:
    if approval.version != version:
        raise Stale("Somebody changed this while you were looking at it. Check it and try again.")
