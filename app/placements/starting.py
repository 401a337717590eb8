"""The day a child moves in: not before the award's days, and not without the approval that the location needs
(F-37).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, Stale
from app.core.events import publish
from app.core.workdays import date_words
from app.identity.permissions import Actor, Permission
from app.offers.children import key_of
from app.offers.models import Offer
from app.offers.standing import must_be_enrolled
from app.panels.approvals import lock_request
from app.panels.period import too_young
from app.placements import location
from app.placements.events import PlacementStarted
from app.placements.models import Placement
from app.placements.queries import location_of, placement_for
from app.placements.status import PLACEMENT, ApprovalNeeded, AwardStatus, PlacementStatus
from app.requests.models import RequestChild
from app.tasks.models import TaskKind
from app.tasks.tasks import add_task


def start(
    session: Session,
    *,
    actor: Actor,
    placement_id: str,
    started_on: dt.date,
    version: int,
    now: dt.datetime,
    late_approval_reason: str = "",
) -> Placement:
    """Record that the placement started. Conflict or Invalid says what is missing first: the award's days, the award
    itself where no emergency covers the day, the location's approval and notification (F-37), a service that may still
    take the child (F-14), and the child's age on a lot of supported accommodation (F-27).

    An emergency that began before its location was approved needs a reason, which the placement keeps.

    Leaves the task to review the funding on the day that the panel fixed (F-47). What the law asks of a start follows
    from the event (`app/placements/statutory.py`).
    """
    actor.require(Permission.PLACEMENT_START)
    placement = placement_for(session, actor=actor, placement_id=placement_id)
    request = lock_request(session, placement.award.request_id)
    session.refresh(placement, with_for_update={"of": Placement})
    if placement.version != version:
        raise Stale("Somebody changed this placement while you were looking at it. Check it and try again.")
    award = placement.award
    PLACEMENT.require(placement.status, PlacementStatus.LIVE, "The placement")
    if award.status is not AwardStatus.LIVE:
        raise Conflict("The award of this placement is void.")
    if started_on > local_date(now):
        raise Invalid("The start must not be in the future. Record it on the day.", field="started_on")
    if not award.first_day <= started_on <= award.last_day:
        raise Invalid(
            f"The award covers {date_words(award.first_day)} to {date_words(award.last_day)}.", field="started_on"
        )
    emergency = location.began_in_emergency(session, award, started_on)
    if not emergency and started_on < local_date(award.awarded_at):
        raise Invalid(
            f"The award was made on {date_words(local_date(award.awarded_at))}: no placement starts before it.",
            field="started_on",
        )
    child = session.get_one(RequestChild, award.request_child_id)
    young = too_young(session, request, started_on, key_of([child.position]))
    if young:
        raise Invalid(young, field="started_on")
    must_be_enrolled(session, session.get_one(Offer, award.offer_id))
    approval = location_of(session, award.id)
    refused = location.may_start(approval, emergency=emergency, started_on=started_on)
    if refused:
        raise Conflict(refused)
    late = emergency and location.approved_late(approval, started_on)
    if late and not late_approval_reason.strip():
        raise Invalid(
            "The location was approved after that day. Say why the child had to move first.",
            field="late_approval_reason",
        )
    placement.status = PlacementStatus.LIVE
    placement.started_on = started_on
    placement.late_approval_reason = late_approval_reason.strip() if late else None
    session.flush()
    if emergency and approval.needed is not ApprovalNeeded.NONE and approval.authority_notified_on is None:
        location.notify_later(session, placement=placement, award=award, now=now)
    if placement.review_on is not None:
        add_task(
            session,
            organisation_id=placement.organisation_id,
            key=f"funding-review:{placement.id}",
            kind=TaskKind.PANEL_ACTION,
            title=f"Review the funding of {placement.reference} at the panel",
            basis="The panel's decision",
            subject_kind="placement",
            subject_id=placement.id,
            due_on=placement.review_on,
            now=now,
        )
    audit.record(
        session,
        now=now,
        who=actor,
        act="placements.placement.start",
        subject_kind="placement",
        subject_id=placement.id,
        started_on=started_on.isoformat(),
        started_before_approval=late,
    )
    publish(session, PlacementStarted(placement.id, now))
    return placement
