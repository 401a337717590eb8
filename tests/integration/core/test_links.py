"""A link acts once, for what it was made for, until its time; looking at it changes nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.links import DeadLink, make_link, read_link, spend_link
from app.core.models import LinkToken

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def made(session: Session, purpose: str = "vacancies") -> str:
    return make_link(
        session, purpose=purpose, subject_id="s1", payload={"services": ["s1"]}, expires_at=NOW + HOUR, now=NOW
    )


def test_a_link_may_be_looked_at_often_and_acts_once(session: Session) -> None:
    token = made(session)
    for _ in range(3):
        assert read_link(session, purpose="vacancies", token=token, now=NOW).payload == {"services": ["s1"]}
    assert spend_link(session, purpose="vacancies", token=token, now=NOW).used_at == NOW
    for act in (read_link, spend_link):
        with pytest.raises(DeadLink):
            act(session, purpose="vacancies", token=token, now=NOW)


def test_a_link_ends_at_its_time_and_serves_no_other_purpose(session: Session) -> None:
    token = made(session)
    read_link(session, purpose="vacancies", token=token, now=NOW + HOUR - dt.timedelta(seconds=1))
    for purpose, secret, now in (
        ("vacancies", token, NOW + HOUR),
        ("another", token, NOW),
        ("vacancies", token[:-1], NOW),
        ("vacancies", "", NOW),
        ("vacancies", "x" * 5000, NOW),
    ):
        with pytest.raises(DeadLink):
            read_link(session, purpose=purpose, token=secret, now=now)


def test_the_table_never_holds_the_secret(session: Session) -> None:
    token = made(session)
    row = session.scalars(select(LinkToken)).one()
    assert token not in {str(value) for value in vars(row).values()}
    assert len(token) >= 43, "256 random bits"
