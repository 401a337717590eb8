"""E-mails about uplifts: to the hub's commissioners, to whoever asked, and to the heads of service of the boroughs
concerned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.identity.models import Membership, Organisation, Person
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from notifications import messages
from notifications.messages import Message
from notifications.outbox import queue
from providers.services.uplifts.models import Uplift
from providers.services.uplifts.queries import boroughs_on


def tell_asked(session: Session, uplift: Uplift, *, company: str, now: dt.datetime, base_url: str) -> None:
    """The hub has an uplift to negotiate; the boroughs on its lots may say what they think."""
    for side, people in (("hub", _hub(session)), ("borough", _boroughs(session, uplift, now))):
        message = messages.uplift_asked(uplift.reference, company, _link(base_url, side, uplift))
        _send(session, uplift, "asked", people, message, now)


def tell_other_side(session: Session, uplift: Uplift, *, actor: Actor, now: dt.datetime, base_url: str) -> None:
    """Something was said or asked: whoever did not say it must look."""
    by_hub = actor.organisation_kind is OrganisationKind.HUB
    side, people = ("provider", _asker(session, uplift)) if by_hub else ("hub", _hub(session))
    message = messages.uplift_answered(uplift.reference, _link(base_url, side, uplift))
    _send(session, uplift, f"answered:{now.isoformat()}", people, message, now)


def tell_refused(session: Session, uplift: Uplift, *, now: dt.datetime, base_url: str) -> None:
    """The company reads why."""
    message = messages.uplift_refused(uplift.reference, _link(base_url, "provider", uplift))
    _send(session, uplift, "refused", _asker(session, uplift), message, now)


def tell_agreed(session: Session, uplift: Uplift, *, company: str, now: dt.datetime, base_url: str) -> None:
    """The hub, the boroughs concerned and whoever asked: the figure is agreed and applied from its day."""
    day = uplift.agreed_from or local_date(now)
    for side, people in (
        ("hub", _hub(session)),
        ("borough", _boroughs(session, uplift, now)),
        ("provider", _asker(session, uplift)),
    ):
        message = messages.uplift_agreed(uplift.reference, company, day, _link(base_url, side, uplift))
        _send(session, uplift, "agreed", people, message, now)


def _link(base_url: str, side: str, uplift: Uplift) -> str:
    return f"{base_url}/{side}/uplifts/{uplift.id}"


def _send(
    session: Session, uplift: Uplift, what: str, people: Collection[Person], message: Message, now: dt.datetime
) -> None:
    for person in people:
        key = f"uplift.{what}:{uplift.id}:{person.id}"
        queue(session, key=key, address=person.email, message=message, now=now)


def _asker(session: Session, uplift: Uplift) -> list[Person]:
    return [session.get_one(Person, uplift.asked_by)]


def _hub(session: Session) -> list[Person]:
    hub = session.scalars(select(Organisation.id).where(Organisation.kind == OrganisationKind.HUB))
    return _holders(session, hub.all(), Role.COMMISSIONER)


def _boroughs(session: Session, uplift: Uplift, now: dt.datetime) -> list[Person]:
    concerned = boroughs_on(session, [line.lot_id for line in uplift.lines], local_date(now))
    return _holders(session, {borough.id for _, borough in concerned}, Role.HEAD_OF_SERVICE)


def _holders(session: Session, organisation_ids: Collection[str], role: Role) -> list[Person]:
    return list(
        session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.organisation_id.in_(organisation_ids),
                Membership.role == role,
                Membership.ended_at.is_(None),
                Person.left_at.is_(None),
            )
            .order_by(Person.id)
            .distinct()
        )
    )
