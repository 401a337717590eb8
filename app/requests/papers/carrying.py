"""Files that go from one request to its follow-on: each content is opened and sealed anew for its new row, so that
removing one leaves the other.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.core.database import new_id
from app.core.files import Store, keep_sealed
from app.requests.carrying import copy_of
from app.requests.drawers import child_key
from app.requests.models import PlacementRequest
from app.requests.papers.models import Attachment


def carry_attachments(
    session: Session,
    *,
    vault: Vault,
    store: Store,
    source: PlacementRequest,
    target: PlacementRequest,
    now: dt.datetime,
) -> None:
    """Every file that is attached to a request, to another of the same children: for whom it is, who added it and who
    read it stay. What was taken away does not go along.
    """
    rows = session.scalars(
        select(Attachment)
        .where(Attachment.request_id == source.id, Attachment.removed_at.is_(None))
        .order_by(Attachment.added_at, Attachment.id)
    )
    for row in rows.all():
        if row.sha256 is None:
            continue
        key, copied = child_key(session, vault, source, row.child_position), new_id()
        content = key.decrypt_bytes(store.get(row.sha256), context=f"attachment.content:{row.id}")
        sealed = key.encrypt_bytes(content, context=f"attachment.content:{copied}")
        names = {
            column: key.encrypt(key.decrypt(token, context=f"attachment.{name}:{row.id}"), context=f"{bound}:{copied}")
            for column, name, token, bound in (
                ("sealed_title", "title", row.sealed_title, "attachment.title"),
                ("sealed_name", "name", row.sealed_name, "attachment.name"),
            )
        }
        sha256 = keep_sealed(session, store, sealed, now=now).sha256
        session.add(copy_of(row, id=copied, request_id=target.id, sha256=sha256, **names))
    session.flush()
