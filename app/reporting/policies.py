"""Which rules are in force: every kind of policy with the version that counts on a date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.models import PolicyVersion
from app.core.policies import Policy, as_policy
from app.identity.permissions import Actor, Permission


@dataclass(frozen=True)
class PolicyKind:
    """One kind of policy: the version in force on a date, if any, those that follow and how many came before."""

    kind: str
    current: Policy | None
    coming: tuple[Policy, ...]
    earlier: int


def policies_on(session: Session, *, actor: Actor, on: dt.date) -> list[PolicyKind]:
    """Every kind of policy by name, as it stands on a date: `app.core.policies.in_force` for all at once."""
    actor.require(Permission.POLICY_READ)
    rows = session.scalars(
        select(PolicyVersion).order_by(
            PolicyVersion.kind,
            PolicyVersion.in_force_from.desc(),
            PolicyVersion.loaded_at.desc(),
            PolicyVersion.version.desc(),
        )
    )
    by_kind: dict[str, list[Policy]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(as_policy(row))
    found = []
    for kind, versions in by_kind.items():
        begun = [policy for policy in versions if policy.in_force_from <= on]
        coming = tuple(reversed([policy for policy in versions if policy.in_force_from > on]))
        found.append(PolicyKind(kind, begun[0] if begun else None, coming, max(0, len(begun) - 1)))
    return found
