"""Whose money an actor may look at: the hub everybody's, a borough its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from app.identity.permissions import Actor, Permission
from app.identity.status import OrganisationKind


@dataclass(frozen=True)
class Scope:
    """What a report covers: one borough or all, one lot or all. Made by `scope_of`, which asks for the permission.
    `own`: a borough's own people look at their own.
    """

    organisation_id: str | None = None
    lot_id: str | None = None
    own: bool = False

    def conditions(self, table: Any) -> list[ColumnElement[bool]]:
        """The scope as conditions on a table that has `organisation_id` and `lot_id`."""
        found: list[ColumnElement[bool]] = []
        if self.organisation_id is not None:
            found.append(table.organisation_id == self.organisation_id)
        if self.lot_id is not None:
            found.append(table.lot_id == self.lot_id)
        return found


def scope_of(actor: Actor, *, borough_id: str | None = None, lot_id: str | None = None) -> Scope:
    """What an actor may see of what is asked for. A borough's people see their own borough whatever they ask for.

    Raises NotAllowed where their roles do not reach spend at all.
    """
    if actor.organisation_kind is OrganisationKind.HUB:
        actor.require(Permission.HUB_SPEND_READ)
        return Scope(borough_id or None, lot_id or None)
    actor.require(Permission.BOROUGH_SPEND_READ)
    return Scope(actor.organisation_id, lot_id or None, own=True)
