"""Each test gets a database of its own, migrated, on both engines, and sees nothing of another test's."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from app.core.database import Sessions, transaction


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_database_of_its_own(sessions: Sessions, turn: int) -> None:
    with transaction(sessions) as session:
        session.execute(text("CREATE TABLE only_here (turn integer)"))
        session.execute(text("INSERT INTO only_here VALUES (:turn)"), {"turn": turn})
    with transaction(sessions, read_only=True) as session:
        assert session.execute(text("SELECT turn FROM only_here")).scalars().all() == [turn]


def test_the_database_is_at_the_newest_migration(engine: Engine) -> None:
    assert "alembic_version" in inspect(engine).get_table_names()


def test_both_engines_take_their_turn(engine: Engine, database_url: str, request: pytest.FixtureRequest) -> None:
    assert engine.dialect.name == database_url.partition("+")[0].partition(":")[0]
    assert engine.dialect.name in request.node.name
    assert (engine.dialect.name == "postgresql") == (request.node.get_closest_marker("postgresql") is not None)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_test_can_ask_for_one_engine(session: Session) -> None:
    assert session.get_bind().dialect.name == "sqlite"
    assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
    assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_an_empty_database_has_no_tables(empty_database_url: str) -> None:
    from app.core.database import build_engine

    engine = build_engine(empty_database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
