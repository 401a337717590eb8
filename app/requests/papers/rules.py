"""What may be attached to a request and how long made documents are kept: a policy, read for a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core import policies
from app.core.files import MEGABYTE

KIND = "documents"


@dataclass(frozen=True)
class DocumentRules:
    """The policy in force. `kinds`: the code and the words of what a file can be."""

    days_kept: int
    days_unconfirmed: int
    most_attachments: int
    most_bytes: int
    kinds: tuple[tuple[str, str], ...]

    def words(self, code: str) -> str:
        """What people read for a kind; the code itself where the policy of today has it no more."""
        return next((words for kind, words in self.kinds if kind == code), code.replace("_", " ").capitalize())


def document_rules(session: Session, on: dt.date) -> DocumentRules:
    """The rules in force on a day."""
    content = policies.in_force(session, KIND, on).content
    return DocumentRules(
        days_kept=int(content["days_kept"]),
        days_unconfirmed=int(content["days_unconfirmed"]),
        most_attachments=int(content["most_attachments"]),
        most_bytes=int(content["most_megabytes"]) * MEGABYTE,
        kinds=tuple((str(one["code"]), str(one["words"])) for one in content["kinds"]),
    )
