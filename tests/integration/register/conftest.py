"""A commissioner who may resolve the register's contradictions."""

from __future__ import annotations

import pytest

from app.core.database import Sessions, transaction
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from tests.factories.identity import make_actor, make_organisation


@pytest.fixture
def commissioner(sessions: Sessions) -> Actor:
    with transaction(sessions) as session:
        return make_actor(session, make_organisation(session, OrganisationKind.HUB), Role.COMMISSIONER)
