"""Unit tests reach no database: a rule that needs one to be tested is in the wrong place, or the test is."""

from __future__ import annotations

import sqlite3
from typing import Any, NoReturn

import psycopg
import pytest
import sqlalchemy
import sqlalchemy.engine.create
import sqlalchemy.pool

import app.core.database


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise AssertionError("a unit test may not reach a database: give it the facts, or move it to tests/integration")


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name in (
        (sqlalchemy, "create_engine"),
        (sqlalchemy.engine, "create_engine"),
        (sqlalchemy.engine.create, "create_engine"),
        (app.core.database, "create_engine"),
        # An engine that was built before, or under another name, still has to connect.
        (sqlalchemy.pool.Pool, "connect"),
        (sqlite3, "connect"),
        (sqlite3.dbapi2, "connect"),
        (psycopg, "connect"),
        (psycopg.Connection, "connect"),
    ):
        monkeypatch.setattr(place, name, _refuse)
