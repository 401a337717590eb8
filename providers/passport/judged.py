"""Judgements of many registrations in one query, for lists, rescoring and decisions. Which one counts is the
register's rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from providers.register.comparing import judgement_of
from providers.register.judgements import Judgement, newest_first
from providers.register.models import Inspection


def judgements_by_urn(session: Session, urns: Iterable[str]) -> dict[str, list[Judgement]]:
    """Every inspection and visit of each registration, newest first. A registration without any is not in it."""
    found: dict[str, list[Judgement]] = {}
    wanted = list(urns)
    for start in range(0, len(wanted), 1000):
        rows = session.execute(select(Inspection.__table__).where(Inspection.urn.in_(wanted[start : start + 1000])))
        names = list(rows.keys())  # once, for there may be many rows
        for row in rows:
            found.setdefault(row.urn, []).append(judgement_of(dict(zip(names, row, strict=True))))
    return {urn: newest_first(judgements) for urn, judgements in found.items()}


def in_doubt(judgements: Iterable[Judgement], on: dt.date) -> bool:
    """Whether a judgement newer than the one that counts contradicts itself and waits for a person (F-10)."""
    for one in newest_first(judgements):
        if one.known_on > on or not one.full_judgement:
            continue
        if one.in_doubt:
            return True
        if one.counts:
            return False
    return False
