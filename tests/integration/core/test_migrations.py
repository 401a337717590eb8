"""The migrations build the whole house on both engines, and what must never break is held by the database itself."""

from __future__ import annotations

import sqlite3

import pytest
from alembic import command
from sqlalchemy import CheckConstraint, Engine, inspect, text

from app.core import migrate
from app.core.append_only import APPEND_ONLY
from app.core.append_only import ddl as append_only_ddl
from app.core.database import Base, build_engine
from app.offers import covering
from app.placements import gate
from app.requests import frozen
from providers.market import fixed


def triggers(engine: Engine) -> dict[str, str]:
    """Name and statement of every trigger (the function's body on PostgreSQL)."""
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        if engine.dialect.name == "sqlite"
        else "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
    )
    with engine.connect() as connection:
        return {name: " ".join(body.split()) for name, body in connection.execute(text(query))}


def test_upgrading_from_nothing_leaves_nothing_to_change(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url)
    command.check(migrate.configuration(empty_database_url))


def test_upgrading_twice_is_upgrading_once(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url)
    migrate.upgrade(empty_database_url)
    engine = build_engine(empty_database_url)
    assert migrate.current(engine) == migrate.head()
    engine.dispose()


def test_going_back_to_nothing_and_up_again_works(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url)
    command.downgrade(migrate.configuration(empty_database_url), "base")
    migrate.upgrade(empty_database_url)


def test_every_trigger_of_the_rooms_stands_after_the_migrations_as_the_rooms_state_it(engine: Engine) -> None:
    dialect = engine.dialect.name
    stated = [*gate.ddl(dialect), *covering.ddl(dialect), *frozen.ddl(dialect), *fixed.ddl(dialect)]
    for table in APPEND_ONLY:
        stated += append_only_ddl(dialect, table)
    found = triggers(engine)
    expected = [" ".join(statement.split()) for statement in stated if "CREATE TRIGGER" in statement]
    assert len(found) == len(expected)
    if dialect == "sqlite":
        assert sorted(found.values()) == sorted(expected)
    else:
        bodies = [" ".join(statement.split()) for statement in stated if "CREATE FUNCTION" in statement]
        for body in set(found.values()):
            assert any(body in statement for statement in bodies)


def test_every_check_of_the_rooms_stands_after_the_migrations(engine: Engine) -> None:
    """SQLite makes a table anew to change it, and a check that is not carried along would be gone without a word."""
    expected = {
        (table.name, str(check.name))
        for table in Base.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    inspector = inspect(engine)
    found = {
        (table, str(check["name"]))
        for table in inspector.get_table_names()
        for check in inspector.get_check_constraints(table)
    }
    assert found == {(table, _full(table, name)) for table, name in expected}


def _full(table: str, name: str) -> str:
    return name if name.startswith("ck_") else f"ck_{table}_{name}"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_runs_with_foreign_keys_on_and_a_write_ahead_log(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_an_append_only_row_can_be_neither_changed_nor_removed_nor_replaced(engine: Engine, table: str) -> None:
    """From a bare connection, past every rule of the product: a row is put in without its checks and stays."""
    with engine.connect() as connection:
        columns = [column["name"] for column in inspect(engine).get_columns(table)]
        if engine.dialect.name == "sqlite":
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys = OFF")
            raw.execute("PRAGMA ignore_check_constraints = ON")
            names = ", ".join(columns)
            marks = ", ".join("?" for _ in columns)
            values = [1 if name in ("position", "entry_id") else "1" for name in columns]
            raw.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
            for statement in (
                f"UPDATE {table} SET {columns[-1]} = 'changed'",
                f"DELETE FROM {table}",
                f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({', '.join('1' for _ in columns)})",
            ):
                with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                    raw.execute(statement)
            raw.rollback()
        else:
            found = connection.execute(
                text("SELECT count(*) FROM pg_trigger WHERE tgname = :name AND tgenabled = 'O'"),
                {"name": f"{table}_append_only"},
            ).scalar_one()
            assert found == 1
