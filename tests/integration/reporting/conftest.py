"""A small market whose money is counted."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.factories.reporting import SpendMarket


@pytest.fixture
def market(session: Session) -> SpendMarket:
    return SpendMarket.make(session)
