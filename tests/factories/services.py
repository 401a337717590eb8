"""Homes and proofs of services, as rows and through the use cases. All of it is made up."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from app.core.geography import locate
from app.core.models import StoredFile
from app.identity.permissions import Actor
from providers.services.homes import HomeSaid
from providers.services.models import CapabilityProof, Home, Service
from providers.services.status import EvidenceLevel, HomeKind, HomeStatus
from tests.factories.providers import NOW
from tests.remembering import remembered


def said_of_home(**replaced: Any) -> HomeSaid:
    """What a company says of a household that is right in every field."""
    given: dict[str, Any] = {
        "code_name": "Household 7",
        "postcode": "CR0 1EA",
        "min_age": 5,
        "max_age": 12,
        "sexes": ["F", "M"],
        "approved_for": 2,
        "siblings": True,
        "others": 1,
        "others_bands": ["10_15"],
        "languages": ["en", "so"],
        "pets": ["cat"],
        **replaced,
    }
    return HomeSaid(**given)


@remembered
def make_home(
    session: Session,
    service: Service,
    *,
    code_name: str = "Household 7",
    postcode: str = "CR0 1EA",
    kind: HomeKind = HomeKind.HOUSEHOLD,
    status: HomeStatus = HomeStatus.AVAILABLE,
    approved_for: int = 2,
    now: dt.datetime = NOW,
) -> Home:
    """A home as a row."""
    place = locate(postcode)
    assert place is not None
    home = Home(
        service_id=service.id,
        service=service,
        kind=kind,
        code_name=code_name,
        status=status,
        postcode=place.postcode,
        easting=place.easting,
        northing=place.northing,
        authority_gss=place.authority_gss,
        min_age=5,
        max_age=12,
        sexes=["F", "M"],
        approved_for=approved_for,
        solo=False,
        siblings=True,
        others=0,
        others_bands=[],
        adaptations=[],
        languages=["en"],
        pets=[],
        confirmed_at=now,
        created_at=now,
    )
    session.add(home)
    session.flush()
    return home


@remembered
def make_proof(session: Session, service: Service, actor: Actor, *, now: dt.datetime = NOW) -> CapabilityProof:
    """What a company showed of its first need, as a row with a file that the store does not hold."""
    sha256 = "ab" * 32
    if session.get(StoredFile, sha256) is None:
        session.add(StoredFile(sha256=sha256, size=1, media_type="application/pdf", stored_at=now))
        session.flush()
    proof = CapabilityProof(
        service_id=service.id,
        indicator=1,
        level=2,
        shows=EvidenceLevel.EVIDENCED,
        words="Made for a test",
        sha256=sha256,
        file_name="made up.pdf",
        given_by=actor.person_id,
        given_at=now,
    )
    session.add(proof)
    session.flush()
    return proof
