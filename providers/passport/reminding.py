"""Reminding companies of evidence that ends or has ended: at each of the policy's days before the last day, and once
after it, each once, to the company's administrators.

Run every day; running it again the same day, or by two workers at once, tells nobody twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.database import new_id
from app.identity.models import Membership, Person
from app.identity.status import Role
from notifications import messages
from notifications.messages import Message
from notifications.outbox import queue
from providers.passport import links
from providers.passport.lapsing import lapsing_rows
from providers.passport.models import EvidenceReminder
from providers.passport.questions import Selection, selection_or_none

LAPSED = 0
"""The step of a reminder that the last day has passed."""


@dataclass(frozen=True, slots=True)
class Due:
    """A document of which a company is to be told now."""

    organisation_id: str
    evidence_id: str
    label: str
    last_day: dt.date
    step: int


def step_of(last_day: dt.date, on: dt.date, remind_days: Iterable[int]) -> int | None:
    """Which reminder a document with a last day is due on a day: the closest number of days that it has reached,
    `LAPSED` after its last day, None while it is too early. A day that was missed is made up for, and none is sent
    beside a closer.
    """
    left = (last_day - on).days
    if left < 0:
        return LAPSED
    return min((days for days in remind_days if left <= days), default=None)


def remind(session: Session, *, now: dt.datetime, base_url: str) -> int:
    """Tell every company what is due to be told today. Returns how many documents were told of."""
    on = local_date(now)
    selection = selection_or_none(session, on)
    if selection is None:
        return 0
    by_company: dict[str, list[Due]] = {}
    for due in _due(session, selection, on):
        if _first_time(session, due, now):
            by_company.setdefault(due.organisation_id, []).append(due)
    addresses = _administrators(session, by_company)
    for organisation_id, documents in by_company.items():
        for message in _messages(selection, documents, on, links.passport(base_url)):
            for person_id, address in addresses.get(organisation_id, ()):
                key = f"passport.{message.template}:{documents[0].evidence_id}:{on.isoformat()}:{person_id}"
                queue(session, key=key, address=address, message=message, now=now)
        audit.record(
            session,
            now=now,
            who=None,
            act="passport.evidence.remind",
            subject_kind="organisation",
            subject_id=organisation_id,
            evidence=[one.evidence_id for one in documents],
        )
    return sum(len(documents) for documents in by_company.values())


def _due(session: Session, selection: Selection, on: dt.date) -> list[Due]:
    rows = [row for row in lapsing_rows(session, selection, on) if not row.withdrawn]
    told = {
        (reminder.evidence_id, reminder.days)
        for reminder in session.scalars(
            select(EvidenceReminder).where(EvidenceReminder.evidence_id.in_([row.evidence_id for row in rows]))
        )
    }
    found = []
    for row in rows:
        step = step_of(row.ends_on, on, selection.remind_days)
        if step is not None and (row.evidence_id, step) not in told:
            label = row.question.label if row.urn is None else f"{row.question.label} (URN {row.urn})"
            found.append(Due(row.organisation_id, row.evidence_id, label, row.ends_on, step))
    return found


def _first_time(session: Session, due: Due, now: dt.datetime) -> bool:
    """Write down that it is told; False where somebody else just did."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    written = session.execute(
        insert(EvidenceReminder)
        .values(id=new_id(), evidence_id=due.evidence_id, days=due.step, told_at=now)
        .on_conflict_do_nothing(index_elements=[EvidenceReminder.evidence_id, EvidenceReminder.days])
        .returning(EvidenceReminder.id)
    ).scalar_one_or_none()
    return written is not None


def _administrators(session: Session, organisation_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    rows = session.execute(
        select(Membership.organisation_id, Person.id, Person.email)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id.in_(list(organisation_ids)),
            Membership.role == Role.PROVIDER_ADMINISTRATOR,
            Membership.ended_at.is_(None),
        )
        .order_by(Membership.organisation_id, Person.id)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for organisation_id, person_id, email in rows:
        found.setdefault(organisation_id, []).append((person_id, email))
    return found


def _messages(selection: Selection, documents: list[Due], on: dt.date, link: str) -> list[Message]:
    ending = [(one.label, one.last_day) for one in documents if one.step != LAPSED]
    after = dt.timedelta(days=selection.grace_days + 1)
    lapsed = [
        (one.label, one.last_day, one.last_day + after, one.last_day + after <= on)
        for one in documents
        if one.step == LAPSED
    ]
    found = [messages.evidence_ending(ending, link)] if ending else []
    return [*found, messages.evidence_lapsed(lapsed, link)] if lapsed else found
