"""Markets on fresh, migrated databases, for the tests of joining."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.identity.permissions import Actor
from providers.services.models import Service
from tests.factories import accreditation as joining
from tests.factories import providers as factory


@pytest.fixture(autouse=True)
def ground(session: Session) -> None:
    """Policies, and the reactions that the wiring would install."""
    factory.install_reactions(session)
    factory.make_policies(session)


@pytest.fixture
def commissioner(session: Session) -> Actor:
    return factory.make_commissioner(session)


@pytest.fixture
def provider(session: Session) -> Actor:
    return factory.make_provider(session, "Made-up Homes Ltd")


@pytest.fixture
def market(session: Session) -> factory.Market:
    return factory.make_system_and_lots(session)


@pytest.fixture
def service(session: Session, provider: Actor, commissioner: Actor) -> Service:
    return joining.make_ready_service(session, provider, commissioner)
