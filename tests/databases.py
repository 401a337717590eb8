"""A fresh, migrated database for each test, on SQLite and on PostgreSQL.

The migrations run once for each engine in a run, into a template that all workers copy: about 1 ms for a SQLite file,
100 for a PostgreSQL database. A test whose session took everything back leaves a PostgreSQL database as it found it,
so the next such test of the worker gets the same one; whatever was committed to is dropped. The `conftest.py` of each
folder that may use databases imports these fixtures.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.core.database import Sessions, build_engine, build_sessions
from tests import remembering, servers

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]

_numbers = itertools.count(1)
_untouched: list[str] = []  # databases of this worker to which nothing was committed
_committed: set[str] = set()


@event.listens_for(Engine, "commit")
def _touched(connection: Connection) -> None:
    _committed.add(connection.engine.url.database or "")


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, on each engine in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with postgresql_database() as url:
            yield url


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with every migration applied, on each engine in turn.

    For one engine only: `@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)`.
    """
    if request.param == "sqlite":
        file = tmp_path / "homeward.db"
        shutil.copyfile(sqlite_template(), file)
        yield f"sqlite:///{file}"
    else:
        with _postgresql_of_a_test(takes_back="session" in request.fixturenames) as url:
            yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated database."""
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    """Sessions on a fresh, migrated database, for tests that commit."""
    return build_sessions(engine)


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """One open session on a fresh, migrated database. On SQLite it holds the write lock from its first statement on."""
    with sessions() as session:
        yield session
        session.rollback()


def sqlite_template() -> Path:
    """The migrated SQLite file of this run, made by the first worker that needs it."""
    with servers.one_at_a_time("sqlite-template") as folder:
        template = folder / "template.db"
        if not template.exists():
            draft = folder / "draft.db"
            draft.unlink(missing_ok=True)
            _upgrade(f"sqlite:///{draft}")
            with contextlib.closing(sqlite3.connect(draft)) as connection:
                # All of it into the one file that is copied.
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            draft.rename(template)
        return template


def postgresql_template() -> str:
    """The name of the migrated PostgreSQL database of this run, made by the first worker that needs it."""
    with servers.one_at_a_time("postgresql-template") as folder:
        made = folder / "postgresql-template"
        name = f"{_prefix()}template"
        if not made.exists():
            _drop(name)
            _create(name)
            _upgrade(_url_of(name))
            made.touch()
        return name


@contextlib.contextmanager
def postgresql_database(template: str | None = None) -> Iterator[str]:
    """The address of a new PostgreSQL database, a copy of `template` or empty, which goes at the end."""
    name = _new_name()
    _create(name, template)
    try:
        yield _url_of(name)
    finally:
        _drop(name)


@contextlib.contextmanager
def _postgresql_of_a_test(*, takes_back: bool) -> Iterator[str]:
    """A copy of the template, or one that a test before took everything back from. Whoever writes from another process
    commits here first, so a commit of this process tells all.
    """
    name = _untouched.pop() if takes_back and _untouched else None
    if name is None:
        name = _new_name()
        _create(name, postgresql_template())
    try:
        yield _url_of(name)
    finally:
        if takes_back and name not in _committed:
            _untouched.append(name)
            remembering.forget(name)
        else:
            _drop(name)


def _new_name() -> str:
    return f"{_prefix()}{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{next(_numbers)}"


def forget_run() -> None:
    """Drops what this run left on a server that is not its own. (Its own server goes with everything on it.)"""
    if "TEST_DATABASE_URL" in os.environ:
        with _administrator() as connection:
            pattern = _prefix().replace("_", r"\_") + "%"
            left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]).fetchall()
        for (name,) in left:
            _drop(name)


def postgresql_url() -> str:
    """The address of a server on which this run may make databases: TEST_DATABASE_URL or the run's own."""
    given = os.environ.get("TEST_DATABASE_URL")
    if not given:
        return servers.server_url("postgresql")
    return make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _upgrade(url: str) -> None:
    from app.core.migrate import upgrade

    upgrade(url)


def _prefix() -> str:
    """Begins the name of every database of this run, so that two runs can share a server."""
    return f"{servers.run_folder().name.replace('-', '_').lower()}_"


def _url_of(name: str) -> str:
    return make_url(postgresql_url()).set(database=name).render_as_string(hide_password=False)


def _administrator() -> psycopg.Connection:
    url = make_url(postgresql_url()).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _create(name: str, template: str | None = None) -> None:
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    # template0 is never connected to, so it can always be copied.
    statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template or "template0"))
    with _administrator() as connection:
        if connection.info.server_version >= 150000:
            # Copying files takes a third of the time of writing them through the log, which became the habit then.
            statement += sql.SQL(" STRATEGY file_copy")
        connection.execute(statement)


def _drop(name: str) -> None:
    with _administrator() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
