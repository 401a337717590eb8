"""A service applies to a lot: its profile has to be complete, and then the passport's rules decide whether the
application is taken.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.identity.permissions import Actor
from providers.passport.applications import submit_application
from providers.passport.models import Application
from providers.services.profile import missing_topics, own_service


def apply_to_lot(
    session: Session, *, actor: Actor, service_id: str, lot_id: str, statement: str, now: dt.datetime
) -> Application:
    """Apply with one service to one open lot. Decision due by `due_on` (F-2).

    `Invalid` at `lot` or `statement`, or with no field where the profile is not complete; `Conflict` where it waits
    or is enrolled already.
    """
    service = own_service(session, actor, service_id)
    missing = missing_topics(service)
    if missing:
        raise Invalid(f"Complete the service's profile before it applies. Still to say: {', '.join(missing)}")
    return submit_application(
        session, actor=actor, claim_id=service.claim_id, lot_id=lot_id, statement=statement, now=now
    )
