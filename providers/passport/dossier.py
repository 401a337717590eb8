"""What a company has answered and shown so far, as other rooms and other use cases of this one read it.

Answers are given once in the passport (`PassportAnswer`); evidence is a company's or one service's (`Evidence`). Which
are asked for, and when one has lapsed, follows from the questions in force (questions.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from providers.passport.models import Evidence, PassportAnswer


@dataclass(frozen=True, slots=True)
class Shown:
    """The evidence that counts for a question: the newest that was not withdrawn."""

    evidence_id: str
    organisation_id: str
    claim_id: str | None
    question: str
    file_name: str
    last_day: dt.date | None
    added_at: dt.datetime

    def is_in_date(self, on: dt.date) -> bool:
        """Whether it holds on a day: its last day included, and always where it does not expire."""
        return self.last_day is None or on <= self.last_day


def answers_of(session: Session, organisation_id: str) -> dict[str, PassportAnswer]:
    """A company's answers by question. The caller has checked that the actor may see the company."""
    found = session.scalars(select(PassportAnswer).where(PassportAnswer.organisation_id == organisation_id))
    return {answer.question: answer for answer in found}


def evidence_of(session: Session, organisation_id: str, *, claim_id: str | None = None) -> dict[str, Shown]:
    """The evidence that counts, by question: the company's own, and that of one of its services where `claim_id` says
    which. The caller has checked that the actor may see the company.
    """
    shown = shown_by_company(session, [organisation_id]).get(organisation_id, [])
    return {one.question: one for one in shown if one.claim_id is None or one.claim_id == claim_id}


def shown_by_company(session: Session, organisation_ids: Iterable[str]) -> dict[str, list[Shown]]:
    """The evidence that counts of many companies and their services, in one query. One without any is not in it."""
    place = func.row_number().over(
        partition_by=(Evidence.organisation_id, Evidence.claim_id, Evidence.question),
        order_by=(Evidence.added_at.desc(), Evidence.id.desc()),
    )
    ranked = (
        select(
            Evidence.id,
            Evidence.organisation_id,
            Evidence.claim_id,
            Evidence.question,
            Evidence.file_name,
            Evidence.last_day,
            Evidence.added_at,
            place.label("place"),
        )
        .where(Evidence.organisation_id.in_(list(organisation_ids)), Evidence.withdrawn_at.is_(None))
        .subquery()
    )
    found: dict[str, list[Shown]] = {}
    rows = session.execute(select(ranked).where(ranked.c.place == 1).order_by(ranked.c.question, ranked.c.id))
    for row in rows:
        shown = Shown(
            row.id, row.organisation_id, row.claim_id, row.question, row.file_name, row.last_day, row.added_at
        )
        found.setdefault(row.organisation_id, []).append(shown)
    return found
