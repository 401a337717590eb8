"""Sessions whose new passwords are hashed cheaply, as in every test and in the demonstration."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.core.database import Sessions, build_sessions
from app.identity import passwords


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    """Sessions with the cheap profile of passwords."""
    made = build_sessions(engine)
    made.configure(info={passwords.KEY: passwords.Profile.CHEAP})
    return made


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """One open session, rolled back at the end."""
    with sessions() as session:
        yield session
        session.rollback()
