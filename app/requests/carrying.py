"""Answers that go from one request to the next, or change in one that is published: the sealed rows themselves.

Each row is sealed for its own request, so it is opened and sealed anew. What people settled about the text goes along.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.identity.permissions import Actor
from app.requests.drafting import answers_key, saved_sections
from app.requests.form import Raw
from app.requests.models import PlacementRequest, RequestClearance, RequestSection

WHOLE_REQUEST = 0


def write_section(
    session: Session,
    *,
    vault: Vault,
    request: PlacementRequest,
    section: str,
    answers: Mapping[str, Raw],
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Seal one section of a request as it now reads. The caller has decided that it may change."""
    key = answers_key(session, vault, request)
    sealed = key.encrypt(json.dumps(dict(answers)), context=f"request.{section}:{request.id}")
    row = session.scalar(
        select(RequestSection).where(
            RequestSection.request_id == request.id,
            RequestSection.section == section,
            RequestSection.child_position == WHOLE_REQUEST,
        )
    )
    if row is None:
        row = RequestSection(request_id=request.id, section=section)
        session.add(row)
    row.sealed_answers, row.saved_by, row.saved_at = sealed, actor.person_id, now
    session.flush()


def carry_answers(
    session: Session,
    *,
    vault: Vault,
    source: PlacementRequest,
    target: PlacementRequest,
    replaced: Mapping[str, Raw],
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Every answer of one request into another of the same children, some replaced, and what people said of words that
    the detector points at.
    """
    for name, saved in saved_sections(session, vault=vault, request=source).items():
        if saved.version:
            kept = {field: replaced.get(field, raw) for field, raw in saved.answers.items()}
            write_section(session, vault=vault, request=target, section=name, answers=kept, actor=actor, now=now)
    key = answers_key(session, vault, source)
    for row in session.scalars(select(RequestClearance).where(RequestClearance.request_id == source.id)):
        words = key.decrypt(row.sealed_words, context=f"clearance.words:{source.id}")
        reason = key.decrypt(row.sealed_reason, context=f"clearance.reason:{source.id}")
        session.add(
            RequestClearance(
                request_id=target.id,
                field=row.field,
                kind=row.kind,
                sealed_words=key.encrypt(words, context=f"clearance.words:{target.id}"),
                sealed_reason=key.encrypt(reason, context=f"clearance.reason:{target.id}"),
                cleared_by=row.cleared_by,
                cleared_at=row.cleared_at,
            )
        )
    session.flush()
