"""A borough says how a placement goes, at a review or at its ending. It settles nothing else: what it says counts in
the quality score of the service, and the company may reply to it.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, NotFound
from app.identity.permissions import Actor, Permission
from app.placements.models import Placement
from app.placements.queries import placement_for
from providers.market.models import Lot
from providers.quality import outcomes
from providers.quality.models import ServiceOutcome
from providers.quality.outcomes import OutcomeFacts, Said
from providers.services.models import Service


def record_how_it_goes(
    session: Session, *, actor: Actor, placement_id: str, said: Said, now: dt.datetime, base_url: str
) -> ServiceOutcome:
    """Record how a placement of the actor's own borough goes. `Conflict` where it has not started."""
    actor.require(Permission.OUTCOME_RECORD)
    placement = placement_for(session, actor=actor, placement_id=placement_id)
    return outcomes.record_outcome(
        session,
        actor=actor,
        urn=session.get_one(Service, placement.service_id).urn,
        service_type=session.get_one(Lot, placement.lot_id).service_type,
        placement_reference=placement.reference,
        provider_id=placement.provider_id,
        started_on=_started(placement),
        said=said,
        now=now,
        base_url=base_url,
    )


def correct_how_it_goes(
    session: Session, *, actor: Actor, outcome_id: str, said: Said, why: str, now: dt.datetime, base_url: str
) -> ServiceOutcome:
    """Put a record of a placement of the actor's own borough right, with the reason."""
    actor.require(Permission.OUTCOME_RECORD)
    outcome, placement = record_and_placement(session, actor=actor, outcome_id=outcome_id)
    return outcomes.correct_outcome(
        session,
        actor=actor,
        outcome_id=outcome.id,
        started_on=_started(placement),
        said=said,
        why=why,
        now=now,
        base_url=base_url,
    )


def record_and_placement(session: Session, *, actor: Actor, outcome_id: str) -> tuple[ServiceOutcome, Placement]:
    """A record within the actor's reach and the placement that it is of. `NotFound` otherwise."""
    outcome = outcomes.outcome_for(session, actor, outcome_id)
    placement_id = session.scalars(
        select(Placement.id).where(Placement.reference == outcome.placement_reference)
    ).one_or_none()
    if placement_id is None:
        raise NotFound("placement")
    return outcome, placement_for(session, actor=actor, placement_id=placement_id)


def how_it_goes(session: Session, placement: Placement) -> list[OutcomeFacts]:
    """What was said of a placement, the latest first. The caller has found the placement within the actor's reach."""
    return outcomes.outcomes_of(session, placement.reference)


def _started(placement: Placement) -> dt.date:
    if placement.started_on is None:
        raise Conflict("This placement has not started, so nobody can say yet how it goes.")
    return placement.started_on
