"""Children: one is recorded, or found again by reference."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.api.edge import acting, call
from app.api.schemas import ChildIn, ChildOut, ChildQuery
from app.children.duplicates import record_new_child
from app.children.models import Child
from app.children.queries import referenced_child
from app.children.records import reveal
from app.core.crypto import Vault
from app.identity.permissions import Permission
from app.web.acts import look
from app.web.records import shown


@call("/children", Permission.CHILD_READ, query=ChildQuery, out=ChildOut)
def child(query: dict[str, Any]) -> dict[str, Any]:
    """A child by reference. The view is logged."""
    with look() as view:
        row = referenced_child(view.session, actor=view.actor, reference=query["reference"])
        shown(view.wiring, view.actor, row.id, f"Child {row.reference} (by key)")
        return _told(view.wiring.vault, row)


@call("/children", Permission.CHILD_WRITE, method="POST", body=ChildIn, status=201, out=ChildOut)
def child_new(body: dict[str, Any]) -> dict[str, Any]:
    """Record a child. Where children of the council may be this one it is 409 with their `references`: use one of
    them, or send it again with `another`, the `reason` why it is another child, and the references in `seen`.
    """
    with acting() as doing:
        row = record_new_child(doing.session, actor=doing.actor, vault=doing.wiring.vault, now=doing.now, **body)
        doing.location = url_for("api.child", reference=row.reference)
        return _told(doing.wiring.vault, row)


def _told(vault: Vault, row: Child) -> dict[str, Any]:
    identity = reveal(vault=vault, child=row)
    names = ("reference", "given_name", "family_name", "date_of_birth", "sex", "ethnicity", "home_postcode")
    return {"id": row.id, **{name: getattr(identity, name) for name in names}}
