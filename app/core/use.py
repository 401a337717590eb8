"""Whether anything still refers to a row: asked before a row is removed, or a fact of it changed that others rely on.

Rooms do not know who above them refers to their tables, but the schema does.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.core.database import Base


def in_use(session: Session, table: type[Base], row_id: str, *, besides: Iterable[type[Base]] = ()) -> bool:
    """Whether a row of any table refers to this row's id by a foreign key. `besides` are tables that do not count."""
    target = table.__table__.c["id"]
    passed_over = {one.__tablename__ for one in besides}
    for other in Base.metadata.sorted_tables:
        if other.name in passed_over:
            continue
        for key in other.foreign_keys:
            if key.column is target:
                found = select(literal(1)).select_from(other).where(key.parent == row_id).limit(1)
                if session.scalar(found) is not None:
                    return True
    return False
