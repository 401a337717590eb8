"""Unit tests cannot reach a database, whichever way they try."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import sqlalchemy
from sqlalchemy.pool import StaticPool

from app.core import database

ATTEMPTS: dict[str, Callable[[], Any]] = {
    "sqlite3": lambda: sqlite3.connect(":memory:"),
    "psycopg": lambda: psycopg.connect("host=127.0.0.1"),
    "a connection of psycopg": lambda: psycopg.Connection.connect("host=127.0.0.1"),
    "sqlalchemy": lambda: sqlalchemy.create_engine("sqlite://"),
    "the house's own engine": lambda: database.build_engine("sqlite://"),
    "a pool": lambda: StaticPool(lambda: None).connect(),  # type: ignore[arg-type]  # never called
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_a_unit_test_that_reaches_for_a_database_fails(attempt: Callable[[], Any]) -> None:
    with pytest.raises(AssertionError, match="may not reach a database"):
        attempt()
