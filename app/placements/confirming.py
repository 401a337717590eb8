"""A panel confirms what an emergency began: the award goes on under the panel's authority, with its days and shares
(F-45).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotAllowed, Stale
from app.core.events import publish
from app.core.workdays import date_words
from app.identity.permissions import Actor, Permission
from app.panels.approvals import lock_request
from app.panels.authorities import authority_for, emergency_task, had_a_part_in, shares_of_authority
from app.panels.models import Authority
from app.panels.status import AuthorityKind
from app.placements.awarding import require_in_force
from app.placements.events import PlacementConfirmed
from app.placements.models import CostLine, Placement
from app.placements.queries import placement_for
from app.tasks.tasks import settle_task

ONE_DAY = dt.timedelta(days=1)


def confirm(
    session: Session, *, actor: Actor, placement_id: str, authority_id: str, version: int, now: dt.datetime
) -> Placement:
    """Let a panel's authority take the place of the emergency's under a placement. What social care pays until the
    emergency lapses stays; the panel's shares follow from the day after.

    Nobody who had a part in the panel's authority confirms. Publishes PlacementConfirmed. Conflict where the placement
    stands under a panel already, or the panel's days do not cover what has been awarded.
    """
    actor.require(Permission.AWARD_MAKE)
    placement = placement_for(session, actor=actor, placement_id=placement_id)
    lock_request(session, placement.award.request_id)
    session.refresh(placement, with_for_update={"of": Placement})
    if placement.version != version:
        raise Stale("Somebody changed this placement while you were looking at it. Check it and try again.")
    award = placement.award
    before = session.get_one(Authority, award.authority_id)
    after = authority_for(session, actor=actor, authority_id=authority_id)
    if before.kind is not AuthorityKind.EMERGENCY:
        raise Conflict("A panel has confirmed this placement already.")
    if after.kind is not AuthorityKind.PANEL or after.offer_id != award.offer_id:
        raise Invalid("That authority is not a panel's for this placement.")
    require_in_force(after, local_date(now))
    if actor.person_id in had_a_part_in(session, after):
        raise NotAllowed("You had a part in giving this authority, so somebody else confirms the placement.")
    if after.first_day > award.first_day or after.last_day <= award.last_day:
        raise Conflict(
            f"The panel approved {date_words(after.first_day)} to {date_words(after.last_day)}, which does not cover "
            f"and go on from the emergency's {date_words(award.first_day)} to {date_words(award.last_day)}."
        )
    for share in shares_of_authority(session, after.id):
        session.add(
            CostLine(
                placement_id=placement.id,
                payer_id=share.payer_id,
                authority_id=after.id,
                element=share.element,
                weekly_pence=share.weekly_pence,
                first_day=award.last_day + ONE_DAY,
                last_day=after.last_day,
            )
        )
    award.authority_id, award.last_day = after.id, after.last_day
    placement.planned_end, placement.review_on = after.last_day, after.review_on
    session.flush()
    settle_task(session, actor=actor, key=emergency_task(before.id), evidence=after.reason, now=now)
    audit.record(
        session,
        now=now,
        who=actor,
        act="placements.placement.confirm",
        subject_kind="placement",
        subject_id=placement.id,
        authority_id=after.id,
        emergency_authority_id=before.id,
    )
    publish(session, PlacementConfirmed(placement.id, now))
    return placement
