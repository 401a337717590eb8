"""The moved clock and the steady hand of the demonstration: one act at a time, at the moment at which it is said to
happen.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import transaction
from app.core.models import MovedClock
from app.identity.permissions import Actor
from app.identity.queries import actor_for
from app.identity.sign_in import DEMONSTRATION_PASSWORD
from app.wiring import Wiring
from notifications.models import OutboxMessage

PASSWORD = DEMONSTRATION_PASSWORD
_TOKEN = re.compile(r"/([A-Za-z0-9_-]{43})(?:\s|$)")


class Stage:
    """Where the demonstration is played: an installation, a source of repeatable draws, and the moment that is now."""

    def __init__(self, wiring: Wiring, draw: random.Random, now: dt.datetime) -> None:
        self.wiring = wiring
        self.draw = draw
        self.now = now

    @property
    def base_url(self) -> str:
        return self.wiring.settings.base_url

    @contextmanager
    def at(self, moment: dt.datetime) -> Iterator[Session]:
        """One transaction in which the clock, wherever it is read, shows `moment`."""
        with transaction(self.wiring.sessions) as session:
            move_clock(session, moment)
            yield session

    def day(self, days: float, hour: int = 10) -> dt.datetime:
        """A moment so many days from now, in the working day where `days` is whole."""
        return (self.now + dt.timedelta(days=days)).replace(hour=hour, minute=self.draw.randrange(0, 60), second=0)


def move_clock(session: Session, moment: dt.datetime | None) -> None:
    """Let the installation's clock show a moment; None gives it back the true time."""
    seconds = 0 if moment is None else int((moment - dt.datetime.now(dt.UTC)).total_seconds())
    row = session.get(MovedClock, 1)
    if row is None:
        session.add(MovedClock(id=1, seconds=seconds))
    else:
        row.seconds = seconds
    session.flush()


def token_sent_to(session: Session, address: str) -> str:
    """The token in the link of the last e-mail to an address: the demonstration opens its own mail."""
    text = session.scalars(
        select(OutboxMessage.text)
        .where(OutboxMessage.address == address.casefold())
        .order_by(OutboxMessage.created_at.desc())
        .limit(1)
    ).one()
    found = _TOKEN.search(text)
    if found is None:
        raise LookupError(f"the e-mail to {address} holds no link with a token")
    return found.group(1)


def acting(session: Session, person_id: str, organisation_id: str) -> Actor:
    """A person of the demonstration, acting for an organisation."""
    actor = actor_for(session, person_id, organisation_id)
    if actor is None:
        raise LookupError("nobody of the demonstration holds that role")
    return actor
