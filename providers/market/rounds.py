"""Whether a system takes applications on a day: at any time, or in its rounds where it has set some (F-1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.core.workdays import date_words
from providers.market.models import ApplicationRound, Lot, PurchasingSystem
from providers.market.rules import FIXES_CONDITIONS


@dataclass(frozen=True, slots=True)
class Taking:
    """How a system takes applications on a day.

    `in_rounds` False: at any time. Otherwise `closes_on` is the last day of the round that is open, None where none
    is, and `opens_on` the first day of the next one, None where none is announced.
    """

    in_rounds: bool
    closes_on: dt.date | None = None
    opens_on: dt.date | None = None

    @property
    def is_open(self) -> bool:
        """Whether an application would be taken on that day."""
        return not self.in_rounds or self.closes_on is not None

    @property
    def words(self) -> str:
        """A sentence for people."""
        if not self.in_rounds:
            return "Takes applications at any time."
        if self.closes_on is not None:
            return f"Takes applications in rounds. This one closes on {date_words(self.closes_on)}."
        if self.opens_on is not None:
            return f"Takes applications in rounds. The next one opens on {date_words(self.opens_on)}."
        return "Takes applications in rounds. No further round is announced yet."


def taking(rounds: Iterable[ApplicationRound], on: dt.date) -> Taking:
    """How a system with these rounds takes applications on a day."""
    rounds = list(rounds)
    closes = next((one.closes_on for one in rounds if one.opens_on <= on <= one.closes_on), None)
    coming = min((one.opens_on for one in rounds if one.opens_on > on), default=None)
    return Taking(bool(rounds), closes, coming)


def taking_by_system(session: Session, system_ids: Iterable[str], on: dt.date) -> dict[str, Taking]:
    """How each system takes applications on a day, in one query. Every id asked for is a key of the answer."""
    by_system: dict[str, list[ApplicationRound]] = {system_id: [] for system_id in system_ids}
    for one in session.scalars(select(ApplicationRound).where(ApplicationRound.system_id.in_(list(by_system)))):
        by_system[one.system_id].append(one)
    return {system_id: taking(rounds, on) for system_id, rounds in by_system.items()}


def must_take_applications(session: Session, lot: Lot, on: dt.date) -> None:
    """`Invalid` at `lot` where its system takes no applications on a day, saying when it does: between two rounds, or
    before it is established in a mode that fixes its conditions, so that nobody joins on conditions that may change.

    Whether the lot itself is open is another question (`providers.market.queries.is_open`).
    """
    system = session.get_one(PurchasingSystem, lot.system_id)
    if system.mode in FIXES_CONDITIONS and system.established_on is None:
        raise Invalid(f"{system.name} is not established yet, so it takes no applications", field="lot")
    now = taking_by_system(session, [system.id], on)[system.id]
    if now.is_open:
        return
    when = f"The next one opens on {date_words(now.opens_on)}" if now.opens_on else "No further round is announced yet"
    raise Invalid(f"{lot.name} takes applications in rounds only. {when}", field="lot")
