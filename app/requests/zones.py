"""Where a child must not live: circles that the request's writer drew, kept from every provider."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.requests.models import PlacementRequest


@dataclass(frozen=True)
class Zone:
    """A circle of so many metres around a point of the national grid."""

    easting: int
    northing: int
    metres: int


def zones_of(session: Session, *, vault: Vault, request: PlacementRequest) -> list[Zone]:  # noqa: ARG001 - not yet
    """The circles in which no child of a request may live. The form does not ask for any yet."""
    return []
