"""What is kept of two children together: in one order, and reasons sealed so that the erasure of either takes them
along.

A reason is sealed under the key of the first of the two. When the second is erased its key says nothing about that, so
erasure empties the column as well (`forget`).
"""

from __future__ import annotations

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from app.children.models import Child, ChildDistinct, ChildLink
from app.core.crypto import KeyDestroyedError, Vault
from app.core.errors import Invalid

MOST = 2000


def in_order(one: str, other: str) -> tuple[str, str]:
    """Two ids, the lower first: the one way in which a pair is stored."""
    return (one, other) if one < other else (other, one)


def required(text: str, missing: str, field: str = "reason") -> str:
    """A reason that somebody typed. Invalid where there is none or it is endless."""
    said = text.strip()
    if not said:
        raise Invalid(missing, field=field)
    if len(said) > MOST:
        raise Invalid(f"The reason must be {MOST:,} characters or fewer.", field=field)
    return said


def seal(session: Session, vault: Vault, pair: tuple[str, str], text: str, what: str) -> str:
    """A reason about a pair; `what` names the column that holds it."""
    key = vault.open(session.get_one(Child, pair[0]).wrapped_key)
    return key.encrypt(text, context=f"{what}:{pair[0]}:{pair[1]}")


def unseal(session: Session, vault: Vault, pair: tuple[str, str], token: str | None, what: str) -> str | None:
    """The reason again; None where there is none any more."""
    if token is None:
        return None
    try:
        key = vault.open(session.get_one(Child, pair[0]).wrapped_key)
    except KeyDestroyedError:
        return None
    return key.decrypt(token, context=f"{what}:{pair[0]}:{pair[1]}")


def forget(session: Session, child_ids: list[str]) -> None:
    """Empty every reason that is kept of one of these children together with another."""
    for table, columns in ((ChildLink, ("sealed_reason", "sealed_end_reason")), (ChildDistinct, ("sealed_reason",))):
        session.execute(
            update(table)
            .where(or_(table.child_a.in_(child_ids), table.child_b.in_(child_ids)))
            .values(dict.fromkeys(columns))
        )
