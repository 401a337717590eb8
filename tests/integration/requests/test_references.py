"""A reference finds its thing for those who may see it, and nothing for anybody else."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.offers.models import Invitation
from app.reporting.references import find
from app.requests.models import PlacementRequest
from tests.factories.identity import make_organisation
from tests.factories.providers import make_enrolled_service
from tests.factories.requests import NOW, make_actor, make_child, make_lot, make_published_request


def found(session: Session, actor: Actor, typed: str) -> tuple[str, str] | None:
    one = find(session, actor=actor, typed=typed)
    return (one.kind, one.id) if one else None


@pytest.mark.parametrize("way", [str, str.lower, lambda one: one.replace("-", " "), lambda one: one.replace("-", "")])
def test_a_borough_finds_its_own_requests_and_children(session: Session, way: object) -> None:
    officer = make_actor(session)
    child = make_child(session, actor=officer)
    request = make_published_request(session, officer=officer, child=child)
    assert callable(way)
    assert found(session, officer, way(request.reference)) == ("request", request.id)
    assert found(session, officer, way(child.reference)) == ("child", child.id)
    director = make_actor(session, Role.DIRECTOR)
    for typed in (request.reference, child.reference):
        assert found(session, make_actor(session), typed) is None
        assert found(session, director, typed) is None


def test_what_a_role_may_not_read_is_not_found(session: Session) -> None:
    officer = make_actor(session)
    child = make_child(session, actor=officer)
    finance = Actor(**{**vars(officer), "permissions": frozenset()})
    assert found(session, officer, child.reference) is not None
    assert found(session, finance, child.reference) is None


def test_only_an_invited_provider_finds_an_opportunity(session: Session) -> None:
    lot = make_lot(session)
    service = make_enrolled_service(session, lot=lot)
    request: PlacementRequest = make_published_request(session, lot=lot)
    provider = make_actor(
        session, Role.PROVIDER_STAFF, organisation=make_organisation(session, OrganisationKind.PROVIDER)
    )
    assert found(session, provider, request.reference) is None
    session.add(
        Invitation(
            request_id=request.id,
            service_id=service.id,
            organisation_id=provider.organisation_id,
            invited_at=NOW,
        )
    )
    session.flush()
    assert found(session, provider, request.reference) == ("opportunity", request.id)


@pytest.mark.parametrize("typed", ["", "x", "CRO-", "' OR 1=1", "CRO-000000", "CRO-7K4M2P" * 9, "\x00"])
def test_anything_else_finds_nothing(session: Session, typed: str) -> None:
    assert find(session, actor=make_actor(session), typed=typed) is None
