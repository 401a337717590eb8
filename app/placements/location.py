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
from app.panels.approvals import lock_request
from app.panels.models import Authority
from app.panels.status import AuthorityKind
from app.placements.models import Award, CostLine, LocationApproval, Placement
from app.placements.status import APPROVAL, ApprovalNeeded, ApprovalStatus
from app.requests.statute import LocationNeed, statute_on
from app.tasks.models import TaskKind
from app.tasks.tasks import add_task, move_task, settle_task

NEEDED_WORDS = {
    ApprovalNeeded.NONE: "No approval is needed",
    ApprovalNeeded.NOMINATED_OFFICER: "A nominated officer's approval",
    ApprovalNeeded.DIRECTOR: "The Director of Children's Services' approval",
}


def needed_for(need: LocationNeed) -> ApprovalNeeded:
    """The approval that a location needs, in the word that is stored."""
    return ApprovalNeeded(need.approval.value)


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
    placement_id: str,
    placing_gss: str | None,
    located_gss: str | None,
    now: dt.datetime,
) -> LocationApproval:
    """Ask for the approval that an award's location needs, or write down that it needs none."""
    where = classify(placing_gss, located_gss)
    need = statute_on(session, local_date(now)).locations[where]
    needed = needed_for(need)
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
            basis=need.basis,
            subject_kind="placement",
            subject_id=placement_id,
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
    _fresh(session, approval, award, version)
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
    _fresh(session, approval, award, version)
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
    """Record when the authority of the area was told in writing, and, at a distance, consulted: not before the award,
    or before the emergency that it began with. What was recorded before is kept in the audit.
    """
    actor.require(Permission.PLACEMENT_START)
    approval, award = approval_for(session, actor=actor, approval_id=approval_id)
    _fresh(session, approval, award, version)
    if approval.needed is ApprovalNeeded.NONE:
        raise Conflict("The placement is in the borough's own area: there is nobody to notify.")
    # In an emergency the child moves on the day on which it is authorised, which may be written down later.
    began = began_in_emergency(session, award)
    earliest = award.first_day if began else local_date(award.awarded_at)
    for field, day in (("notified_on", notified_on), ("consulted_on", consulted_on)):
        if day is not None and day > local_date(now):
            raise Invalid("The day must not be in the future.", field=field)
        if day is not None and day < earliest:
            since = "emergency was authorised" if began else "award was made"
            raise Invalid(f"The day must be {date_words(earliest)} or later, when the {since}.", field=field)
    if notified_on is None and consulted_on is None:
        raise Invalid("Enter the day of the notification.", field="notified_on")
    before = approval.authority_notified_on, approval.authority_consulted_on
    approval.authority_notified_on = notified_on or approval.authority_notified_on
    approval.authority_consulted_on = consulted_on or approval.authority_consulted_on
    session.flush()
    if notified_on is not None:
        told = f"Notified in writing on {date_words(notified_on)}."
        settle_task(session, actor=actor, key=f"area-notification:{award.id}", evidence=told, now=now)
    if consulted_on is not None:
        asked = f"Consulted, with the care plan, on {date_words(consulted_on)}."
        settle_task(session, actor=actor, key=f"area-consultation:{award.id}", evidence=asked, now=now)
    audit.record(
        session,
        now=now,
        who=actor,
        act="placements.location.notify",
        subject_kind="award",
        subject_id=award.id,
        notified_on=_iso(approval.authority_notified_on),
        notified_on_before=_iso(before[0]),
        consulted_on=_iso(approval.authority_consulted_on),
        consulted_on_before=_iso(before[1]),
    )
    return approval


def may_start(approval: LocationApproval, *, emergency: bool, started_on: dt.date) -> str | None:
    """Why a placement may not start on a day because of where it is, or None (F-37).

    The approval is given by that day, at a distance after the area's authority was consulted, and the notification
    precedes the start. In an emergency the notification may follow within five working days, and an approval that
    came after the start is for the caller to ask a reason for (`approved_late`).
    """
    if approval.status is ApprovalStatus.NOT_NEEDED:
        return None
    if approval.status is not ApprovalStatus.GIVEN or approval.decided_at is None:
        return f"{NEEDED_WORDS[approval.needed]} is needed for this location before the placement starts."
    decided_on = local_date(approval.decided_at)
    if approval.needed is ApprovalNeeded.DIRECTOR and (
        approval.authority_consulted_on is None or approval.authority_consulted_on > decided_on
    ):
        return "The area's authority must have been consulted before the director approved this location."
    if emergency:
        return None
    if approved_late(approval, started_on):
        return f"This location was approved on {date_words(decided_on)}, so the placement cannot have started before."
    if approval.authority_notified_on is None:
        return "Notify the authority of the area in writing before the placement starts, and record the day."
    if approval.authority_notified_on > started_on:
        told = date_words(approval.authority_notified_on)
        return f"The authority of the area was notified on {told}, so the placement cannot have started before."
    return None


def approved_late(approval: LocationApproval, started_on: dt.date) -> bool:
    """Whether a location was approved only after the child had moved there."""
    return approval.decided_at is not None and local_date(approval.decided_at) > started_on


def began_in_emergency(session: Session, award: Award, on: dt.date | None = None) -> bool:
    """Whether an award began under an emergency's authority (on a day: whether that authority covers the day), also
    after a panel has confirmed it.
    """
    lines = (
        select(CostLine.id)
        .join(Placement, Placement.id == CostLine.placement_id)
        .join(Authority, Authority.id == CostLine.authority_id)
        .where(Placement.award_id == award.id, Authority.kind == AuthorityKind.EMERGENCY)
    )
    if on is not None:
        lines = lines.where(CostLine.first_day <= on, CostLine.last_day >= on)
    return session.scalar(lines.limit(1)) is not None


def notify_later(session: Session, *, placement: Placement, award: Award, now: dt.datetime) -> None:
    """After an emergency start: a task to tell the area's authority within five working days."""
    if placement.started_on is None:
        return
    days = statute_on(session, placement.started_on).notify_after_emergency_days
    task = add_task(
        session,
        organisation_id=placement.organisation_id,
        key=f"area-notification:{award.id}",
        kind=TaskKind.STATUTORY,
        title=f"Notify the authority of the area about {placement.reference}",
        basis="Care Planning Regulations 2010, regulation 13(4)",
        subject_kind="placement",
        subject_id=placement.id,
        due_on=add_working_days(placement.started_on, days),
        now=now,
    )
    move_task(session, task, due_on=add_working_days(placement.started_on, days), basis=task.basis)


def _fresh(session: Session, approval: LocationApproval, award: Award, version: int) -> None:
    lock_request(session, award.request_id)
    session.refresh(approval, with_for_update=True)
    if approval.version != version:
        raise Stale("Somebody changed this while you were looking at it. Check it and try again.")


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
