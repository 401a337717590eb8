"""What people decided about words that point at a child, as it lies in the database: sealed under the key of the child
whom the text is about.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.crypto import DataKey, Vault
from app.requests.drawers import drawer_of
from app.requests.form import form
from app.requests.models import PlacementRequest
from app.requests.sections.models import RequestClearance


@dataclass(frozen=True)
class Opened:
    """The sealed parts of a decision. `before` and `after` are the whole text as it was and as it became; of words that
    were kept they are "".
    """

    words: str
    reason: str
    before: str = ""
    after: str = ""


def clearances(session: Session, request: PlacementRequest) -> list[RequestClearance]:
    """Every decision about a request, those taken back too, the earliest first."""
    return list(
        session.scalars(
            select(RequestClearance)
            .where(RequestClearance.request_id == request.id)
            .order_by(RequestClearance.cleared_at, RequestClearance.id)
        )
    )


def seal(session: Session, vault: Vault, request: PlacementRequest, row: RequestClearance, said: Opened) -> None:
    """Write the parts of a decision into its row, sealed."""
    key = _key(session, vault, request, row)

    def shut(name: str, text: str) -> str:
        return key.encrypt(text, context=f"clearance.{name}:{request.id}")

    row.sealed_words, row.sealed_reason = shut("words", said.words), shut("reason", said.reason)
    if said.before:
        row.sealed_before, row.sealed_after = shut("before", said.before), shut("after", said.after)


def opened(session: Session, vault: Vault, request: PlacementRequest, row: RequestClearance) -> Opened:
    """A decision to read. The caller has checked that the person may know. KeyDestroyedError after erasure."""
    key = _key(session, vault, request, row)

    def read(name: str, sealed: str | None) -> str:
        return key.decrypt(sealed, context=f"clearance.{name}:{request.id}") if sealed else ""

    return Opened(
        read("words", row.sealed_words),
        read("reason", row.sealed_reason),
        read("before", row.sealed_before),
        read("after", row.sealed_after),
    )


def _key(session: Session, vault: Vault, request: PlacementRequest, row: RequestClearance) -> DataKey:
    definition = form(request.form_version)
    section = definition.section(definition.field(row.field.partition(".")[0]).section)
    return drawer_of(session, vault, request, section, max(row.child_position, 1)).key
