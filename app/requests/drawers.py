"""Where the answers of a section lie, sealed: those about all children of a request under the first child's key, those
about one child under that child's own, so that erasing a child's key erases what was written about that child.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.core.crypto import DataKey, Vault
from app.core.errors import NotFound
from app.identity.permissions import Actor
from app.requests.form import Raw, SectionDefinition
from app.requests.models import PlacementRequest, RequestChild
from app.requests.sections.models import RequestSection


@dataclass(frozen=True)
class Drawer:
    """The place of one section's answers. `position` is 0 for a section about all children."""

    request: PlacementRequest
    section: SectionDefinition
    position: int
    key: DataKey
    context: str

    def row(self, session: Session) -> RequestSection | None:
        """What was saved, None where nothing was."""
        return session.scalar(
            select(RequestSection).where(
                RequestSection.request_id == self.request.id,
                RequestSection.section == self.section.name,
                RequestSection.child_position == self.position,
            )
        )

    def put(
        self,
        session: Session,
        row: RequestSection | None,
        answers: Mapping[str, Raw],
        *,
        actor: Actor,
        now: dt.datetime,
    ) -> RequestSection:
        """Seal answers in place of what was there."""
        sealed = self.seal(answers)
        if row is None:
            row = RequestSection(
                request_id=self.request.id,
                section=self.section.name,
                child_position=self.position,
                sealed_answers=sealed,
                saved_by=actor.person_id,
            )
            session.add(row)
        row.sealed_answers, row.saved_by, row.saved_at = sealed, actor.person_id, now
        return row

    def read(self, row: RequestSection) -> dict[str, Raw]:
        """What was saved, opened."""
        return self.open(row.sealed_answers)

    def seal(self, answers: Mapping[str, Raw], apart: str = "") -> str:
        """Answers sealed for this drawer; `apart` names a place beside it, for those that are not in it yet."""
        return self.key.encrypt(json.dumps(dict(answers)), context=self.context + apart)

    def open(self, sealed: str, apart: str = "") -> dict[str, Raw]:
        """What `seal` sealed for this drawer and place."""
        opened: dict[str, Raw] = json.loads(self.key.decrypt(sealed, context=self.context + apart))
        return opened


def drawer_of(
    session: Session, vault: Vault, request: PlacementRequest, section: SectionDefinition, position: int
) -> Drawer:
    """Where a section's answers lie. NotFound for a child whom the request does not name; KeyDestroyedError after
    erasure.
    """
    named = named_child(request, position if section.per_child else 1)
    key = child_key(session, vault, request, named.position)
    context = f"request.{section.name}:{request.id}"
    if not section.per_child:
        return Drawer(request, section, 0, key, context)
    # Bound to the child and not to the position, which changes when a child is taken off.
    return Drawer(request, section, position, key, f"{context}:{named.child_id}")


def named_child(request: PlacementRequest, position: int) -> RequestChild:
    """The child whom a request names at a position, or NotFound."""
    for one in request.children:
        if one.position == position:
            return one
    raise NotFound("child of the request")


def child_key(session: Session, vault: Vault, request: PlacementRequest, position: int) -> DataKey:
    """The key of the child at a position; for 0, which is about all, the first child's. KeyDestroyedError after
    erasure.
    """
    return vault.open(session.get_one(Child, named_child(request, max(position, 1)).child_id).wrapped_key)


def erased_children(session: Session, request: PlacementRequest) -> frozenset[int]:
    """The positions of the children whose records are erased, where the request is for others who are left. A request
    of which nobody is left is not read at all.
    """
    gone = {one.position for one in request.children if session.get_one(Child, one.child_id).wrapped_key is None}
    return frozenset(gone) if len(gone) < len(request.children) else frozenset()


def seal_apart(drawer: Drawer, person_id: str, answers: Mapping[str, Raw]) -> str:
    """Seal answers of one person that are not in the drawer yet."""
    return drawer.seal(answers, f":unsaved:{person_id}")


def unseal_apart(drawer: Drawer, person_id: str, sealed: str) -> dict[str, Raw]:
    """Open what `seal_apart` sealed for this person and this drawer."""
    return drawer.open(sealed, f":unsaved:{person_id}")
