"""A service sends an application: its profile has to be complete, and then the passport's rules decide whether the
application is taken.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.identity.permissions import Actor
from providers.passport.drafting import submit_application
from providers.passport.models import Application
from providers.passport.questions import selection_on
from providers.passport.readiness import Gap, Place, gaps_of
from providers.services.profile import missing_topics
from providers.services.queries import services_by_claim


def gaps(session: Session, application: Application, now: dt.datetime) -> list[Gap]:
    """Everything that a draft lacks before it can be sent, the service's profile first. The caller has checked that
    the actor may see it.
    """
    today = local_date(now)
    rest = gaps_of(session, application, selection_on(session, today), today)
    return [*_of_profile(session, application), *rest]


def submit(session: Session, *, actor: Actor, application_id: str, version: int, now: dt.datetime) -> Application:
    """Send a draft. Its decision is due by `due_on` (F-2). `Invalid` names every gap, `Stale` that it has changed."""
    return submit_application(
        session,
        actor=actor,
        application_id=application_id,
        version=version,
        now=now,
        lacking=lambda application: _of_profile(session, application),
    )


def _of_profile(session: Session, application: Application) -> list[Gap]:
    service = services_by_claim(session, [application.claim_id]).get(application.claim_id)
    topics = missing_topics(service) if service else ["the whole profile"]
    return [Gap(Place.PROFILE, topic, f"In the service's profile: say {topic}") for topic in topics]
