"""Policies are versioned data. TOML files are shipped defaults; run time reads only the rows in force on a date.

`load_shipped` appends what is new; nothing is ever edited. A result stores the `PolicyVersion.id` it used.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid
from app.core.models import PolicyVersion

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "policies"


@dataclass(frozen=True)
class Policy:
    """One policy in force: its row's id, its version text, from when, its source and its content."""

    id: str
    kind: str
    version: str
    in_force_from: dt.date
    source: str
    content: dict[str, Any]


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a policy's content and dates."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str, separators=(",", ":")).encode()).hexdigest()


def append(
    session: Session,
    *,
    kind: str,
    version: str,
    in_force_from: dt.date,
    source: str,
    content: dict[str, Any],
    now: dt.datetime,
) -> PolicyVersion | None:
    """Append a version. Returns None when the same content is already there; refuses the same version with other
    content.
    """
    content = json.loads(json.dumps(content, default=str))
    mark = digest({"content": content, "from": in_force_from.isoformat(), "version": version})
    existing = session.scalar(select(PolicyVersion).where(PolicyVersion.kind == kind, PolicyVersion.version == version))
    if existing:
        if existing.digest == mark:
            return None
        raise Conflict(f"Policy {kind} version {version} is already there with other content. Give it a new version.")
    row = PolicyVersion(
        kind=kind,
        version=version,
        in_force_from=in_force_from,
        source=source,
        content=content,
        digest=mark,
        loaded_at=now,
    )
    session.add(row)
    session.flush()
    return row


def read_file(path: Path) -> tuple[str, str, dt.date, str, dict[str, Any]]:
    """(kind, version, in force from, source, content) of a policy file; Invalid names the file and what is wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path.name} is not a readable TOML file: {error}.") from error
    head = {name: raw.pop(name, None) for name in ("kind", "version", "in_force_from", "source")}
    missing = [name for name, value in head.items() if value is None]
    if missing:
        raise Invalid(f"{path.name} does not say its {', '.join(missing)}.")
    if not isinstance(head["in_force_from"], dt.date):
        raise Invalid(f"{path.name}: in_force_from must be a date.")
    return str(head["kind"]), str(head["version"]), head["in_force_from"], str(head["source"]), raw


def load_shipped(session: Session, now: dt.datetime, folder: Path = SHIPPED) -> list[str]:
    """Append every policy file of a folder that is not there yet. Returns `kind version` of each that was added."""
    added = []
    for path in sorted(folder.glob("*.toml")):
        kind, version, in_force_from, source, content = read_file(path)
        if append(
            session,
            kind=kind,
            version=version,
            in_force_from=in_force_from,
            source=source,
            content=content,
            now=now,
        ):
            added.append(f"{kind} {version}")
    return added


def in_force(session: Session, kind: str, on: dt.date) -> Policy:
    """The policy of a kind in force on a date: the latest start not after it, then the latest loaded. Invalid where
    there is none.
    """
    row = session.scalar(
        select(PolicyVersion)
        .where(PolicyVersion.kind == kind, PolicyVersion.in_force_from <= on)
        .order_by(PolicyVersion.in_force_from.desc(), PolicyVersion.loaded_at.desc(), PolicyVersion.version.desc())
        .limit(1)
    )
    if row is None:
        raise Invalid(f"No {kind.replace('_', ' ')} policy is in force on {on:%-d %B %Y}.")
    return as_policy(row)


def has_any(session: Session, kind: str, on: dt.date) -> bool:
    """Whether a policy of a kind is in force on a date."""
    found = select(PolicyVersion.id).where(PolicyVersion.kind == kind, PolicyVersion.in_force_from <= on).limit(1)
    return session.scalar(found) is not None


def has_later(session: Session, kind: str, on: dt.date) -> bool:
    """Whether a policy of a kind comes into force after a date."""
    found = select(PolicyVersion.id).where(PolicyVersion.kind == kind, PolicyVersion.in_force_from > on).limit(1)
    return session.scalar(found) is not None


def by_id(session: Session, policy_version_id: str) -> Policy:
    """The version that a result names."""
    return as_policy(session.get_one(PolicyVersion, policy_version_id))


def as_policy(row: PolicyVersion) -> Policy:
    return Policy(row.id, row.kind, row.version, row.in_force_from, row.source, dict(row.content))
