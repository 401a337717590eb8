"""What goes from one request to the next of the same children: the sealed rows themselves.

Each row is sealed for its own request, so it is opened and sealed anew, under the key of the child whom it is about.
What people decided about the text goes along, and how duties of the law were met; what a manager wanted changed does
not: it was settled before the first request was approved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.core.database import Base
from app.identity.permissions import Actor
from app.requests.clearances import clearances, opened, seal
from app.requests.drawers import child_key, drawer_of
from app.requests.evidence import evidence_context
from app.requests.form import Raw, form
from app.requests.models import PlacementRequest, RequestEvidence
from app.requests.sections.models import RequestSection, RequestTextRead
from app.requests.texts import texts_of

Row = TypeVar("Row", bound=Base)

OWN = ("id", "version")
"""What a copy has anew."""


def copy_of(row: Row, **replaced: Any) -> Row:
    """The same row again with a new id, some columns replaced: a column that is added later goes along."""
    names = [column.key for column in inspect(type(row)).column_attrs if column.key not in OWN]
    return type(row)(**{name: getattr(row, name) for name in names} | replaced)


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
    """Every answer of one request into another of the same children in the same order, some of those about all
    replaced; what people decided about words that the detector points at, and who read which text; and the evidence of
    duties.
    """
    definition = form(source.form_version)
    for row in session.scalars(select(RequestSection).where(RequestSection.request_id == source.id)):
        section, position = definition.section(row.section), max(row.child_position, 1)
        kept = drawer_of(session, vault, source, section, position).read(row)
        kept |= {one.name: replaced[one.name] for one in section.fields if one.name in replaced}
        drawer_of(session, vault, target, section, position).put(session, None, kept, actor=actor, now=now)
    session.flush()
    for cleared in clearances(session, source):
        said = opened(session, vault, source, cleared)
        copied = copy_of(cleared, request_id=target.id)
        seal(session, vault, target, copied, said)
        session.add(copied)
    _carry_ticks(session, vault, source, target)
    key = child_key(session, vault, source, 0)
    for met in session.scalars(select(RequestEvidence).where(RequestEvidence.request_id == source.id)):
        words = key.decrypt(met.sealed_words, context=evidence_context(source.id, met.duty))
        sealed = key.encrypt(words, context=evidence_context(target.id, met.duty))
        session.add(copy_of(met, request_id=target.id, sealed_words=sealed))
    session.flush()


def _carry_ticks(session: Session, vault: Vault, source: PlacementRequest, target: PlacementRequest) -> None:
    """Who read which text stays said of those that are the same. A fingerprint is of one request's, so it is made
    anew.
    """
    before = {(one.position, one.definition.name): one for one in texts_of(session, vault=vault, request=source)}
    after = {(one.position, one.definition.name): one for one in texts_of(session, vault=vault, request=target)}
    for row in session.scalars(select(RequestTextRead).where(RequestTextRead.request_id == source.id)):
        was, becomes = before.get((row.child_position, row.field)), after.get((row.child_position, row.field))
        if was and becomes and was.fingerprint == row.fingerprint and was.cells == becomes.cells:
            session.add(copy_of(row, request_id=target.id, fingerprint=becomes.fingerprint))
