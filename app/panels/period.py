"""The days for which a panel may approve money: not before the offer and the meeting, not for longer than policy says,
and not while the law forbids the kind of home (F-27, F-46).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.workdays import date_words
from app.offers.children import positions_of
from app.offers.models import Offer
from app.offers.status import OfferStatus
from app.panels.funding import FundingRules
from app.panels.models import Authority
from app.panels.status import AuthorityKind, AuthorityStatus
from app.requests.models import PlacementRequest
from app.requests.statute import not_lawful_for
from providers.market.models import Lot


def emergency_first_day(session: Session, offer: Offer) -> dt.date | None:
    """The day from which an emergency award of an offer runs, or None where there is none."""
    if offer.status is not OfferStatus.WON:
        return None
    return session.scalar(
        select(func.min(Authority.first_day)).where(
            Authority.offer_id == offer.id,
            Authority.kind == AuthorityKind.EMERGENCY,
            Authority.status == AuthorityStatus.LIVE,
        )
    )


def earliest_first_day(session: Session, offer: Offer, meeting_on: dt.date) -> dt.date:
    """The first day that a panel meeting on a day may approve: the day it meets, or the day from which the offer can
    take the child where that is later. A panel that confirms an emergency approves from that award's first day.
    """
    begun = emergency_first_day(session, offer)
    if begun is not None:
        return begun
    return max(meeting_on, offer.can_start_on or meeting_on)


def period_faults(
    session: Session,
    offer: Offer,
    *,
    meeting_on: dt.date,
    first_day: dt.date | None,
    last_day: dt.date | None,
    rules: FundingRules,
) -> dict[str, str]:
    """What is wrong with the days asked for, by field. A day that is missing is the caller's to name."""
    wrong: dict[str, str] = {}
    if first_day is None:
        return wrong
    earliest = earliest_first_day(session, offer, meeting_on)
    if first_day < earliest:
        wrong["first_day"] = (
            f"The first day must be {date_words(earliest)} or later: funding is not approved for days before the "
            "meeting, or before the offer can take the child."
        )
    else:
        young = too_young(session, session.get_one(PlacementRequest, offer.request_id), first_day, offer.children_key)
        if young:
            wrong["first_day"] = young
    if last_day is not None and last_day < first_day:
        wrong["last_day"] = "The last day must be the same as or after the first day."
    elif last_day is not None and last_day >= first_day + dt.timedelta(weeks=rules.most_weeks):
        wrong["last_day"] = f"Funding is approved for at most {rules.most_weeks} weeks at a time."
    return wrong


def too_young(session: Session, request: PlacementRequest, day: dt.date, children_key: str | None = None) -> str | None:
    """Why a child of a request, or the youngest of some of its children, may not live where its lot buys on a day, or
    None (F-27).

    The age is the one that the request has for the day on which the placement is needed, moved on to that day.
    """
    lot = session.get(Lot, request.lot_id) if request.lot_id else None
    if lot is None:
        return None
    positions = positions_of(children_key) if children_key else None
    refused = not_lawful_for(session, request, lot.service_type, day, positions)
    return f"On {date_words(day)} the child is too young. {refused}" if refused else None
