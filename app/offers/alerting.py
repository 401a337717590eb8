"""Inviting services: the invitation and its e-mail are written together, and nobody is told twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.offers.candidates import Candidate, stored
from app.offers.links import opportunity_link
from app.offers.models import Invitation
from app.requests.models import PlacementRequest
from app.requests.route import route_on
from app.requests.status import Urgency
from notifications import messages
from notifications.outbox import queue
from providers.market.models import Lot


def tell_candidates(
    session: Session,
    request: PlacementRequest,
    lot: Lot,
    chosen: Sequence[Candidate],
    *,
    wave: int,
    now: dt.datetime,
    base_url: str,
) -> int:
    """Invite services of a wave, each with its e-mail, but those that were told before. Returns how many."""
    before = set(session.scalars(select(Invitation.service_id).where(Invitation.request_id == request.id)))
    message = alert_for(session, request, lot, now, base_url)
    fresh = [one for one in chosen if one.service.service_id not in before]
    for one in fresh:
        session.add(
            Invitation(
                request_id=request.id,
                service_id=one.service.service_id,
                organisation_id=one.service.organisation_id,
                invited_at=now,
                wave=wave,
                included_reason=one.included,
                against=stored(one.refusals) or None,
            )
        )
        queue(
            session,
            key=f"request.published:{request.id}:{one.service.service_id}",
            address=one.service.alert_email,
            message=message,
            now=now,
        )
    session.flush()
    return len(fresh)


def alert_for(
    session: Session, request: PlacementRequest, lot: Lot, now: dt.datetime, base_url: str
) -> messages.Message:
    """The e-mail to whoever is invited: a same-day request says so, and that it cannot wait for office hours."""
    closes_at, link = request.offers_close_at or now, opportunity_link(base_url, request.id)
    if request.urgency is Urgency.SAME_DAY:
        office = route_on(session, local_date(now)).is_office_hours(now)
        return messages.same_day_alert(request.reference, lot.name, closes_at, link, out_of_hours=not office)
    return messages.request_alert(request.reference, lot.name, closes_at, link)
