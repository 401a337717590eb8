"""Bring a database to the newest migration, and say whether it is there. Migrations are numbered and have one head."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def configuration(url: str) -> Config:
    """Alembic's configuration for one database, made in code: there is no second place to state the address."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Apply every migration that is not applied yet. Safe to call again; two callers at once queue on a lock
    (PostgreSQL).
    """
    command.upgrade(configuration(url), revision)


def head() -> str:
    """The newest migration's number."""
    return ScriptDirectory.from_config(configuration("")).get_current_head() or ""


def current(engine: Engine) -> str | None:
    """The migration that a database is at, or None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
