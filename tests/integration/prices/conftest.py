"""A migrated database with a market, a company and a commissioner: prices rest on triggers too."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.identity.models import Organisation
from app.identity.permissions import Actor
from providers.market.models import Lot
from providers.services.models import Service
from tests.factories import providers as factory


@pytest.fixture(autouse=True)
def _policies(request: pytest.FixtureRequest) -> None:
    if "session" in request.fixturenames:
        session: Session = request.getfixturevalue("session")
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
def lot(market: factory.Market) -> Lot:
    return market.residential


@pytest.fixture
def home(session: Session, lot: Lot, provider: Actor) -> Service:
    company = session.get_one(Organisation, provider.organisation_id)
    return factory.make_enrolled_service(session, lot=lot, organisation=company)
