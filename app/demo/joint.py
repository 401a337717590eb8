"""Sharing scarce places in the demonstration: what its undecided requests compete for, worked out by the job."""

from __future__ import annotations

from sqlalchemy import select

from app.core.database import transaction
from app.core.jobs import run_due
from app.demo.stage import acting
from app.identity.models import Membership
from app.identity.status import Role
from app.offers.joint.asking import ask
from app.wiring import Wiring


def share_places(wiring: Wiring) -> None:
    """A commissioner of the hub has a proposal worked out."""
    with transaction(wiring.sessions) as session:
        person_id, hub_id = session.execute(
            select(Membership.person_id, Membership.organisation_id)
            .where(Membership.role == Role.COMMISSIONER)
            .order_by(Membership.started_at, Membership.id)
            .limit(1)
        ).one()
        ask(session, actor=acting(session, person_id, hub_id), now=wiring.clock(session))
    run_due(wiring.sessions, wiring.job_handlers, wiring.clock, limit=10)
