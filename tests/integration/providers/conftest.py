"""Markets on fresh databases, for the tests of the providers' rooms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

import providers.market.models
import providers.passport.models
import providers.quality.models
import providers.register.models
import providers.services.models  # noqa: F401
from app.core.database import Base, build_engine, build_sessions
from app.identity.permissions import Actor
from tests.factories import providers as factory


@pytest.fixture
def session(empty_database_url: str) -> Iterator[Session]:
    engine = build_engine(empty_database_url)
    Base.metadata.create_all(engine)
    with build_sessions(engine)() as session:
        factory.install_reactions(session)
        factory.make_policies(session)
        yield session
        session.rollback()
    engine.dispose()


@pytest.fixture
def commissioner(session: Session) -> Actor:
    return factory.make_commissioner(session)


@pytest.fixture
def provider(session: Session) -> Actor:
    return factory.make_provider(session, "Made-up Homes Ltd")


@pytest.fixture
def market(session: Session) -> factory.Market:
    return factory.make_system_and_lots(session)
