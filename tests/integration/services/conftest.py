"""Markets on migrated databases, for the tests of services."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from app.core.database import Sessions
from app.identity.permissions import Actor
from tests.factories import providers as factory


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    with sessions() as session:
        factory.install_reactions(session)
        factory.make_policies(session)
        yield session
        session.rollback()


@pytest.fixture
def commissioner(session: Session) -> Actor:
    return factory.make_commissioner(session)


@pytest.fixture
def provider(session: Session) -> Actor:
    return factory.make_provider(session, "Made-up Homes Ltd")


@pytest.fixture
def market(session: Session) -> factory.Market:
    return factory.make_system_and_lots(session)
