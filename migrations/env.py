"""How Alembic reaches the database: through the same engine builder as the product, with every room's tables in
view.
"""

from __future__ import annotations

import importlib
from typing import Any

from alembic import context
from sqlalchemy import Connection, text

from app.core.database import Base, UtcDateTime, Word, build_engine

ROOMS = (
    "app.core",
    "app.identity",
    "notifications",
    "providers.register",
    "providers.market",
    "providers.passport",
    "providers.quality",
    "providers.services",
    "providers.services.prices",
    "providers.services.uplifts",
    "providers.services.bulk",
    "app.children",
    "app.tasks",
    "app.meetings",
    "app.requests",
    "app.requests.papers",
    "app.requests.prices",
    "app.requests.referrals",
    "app.offers",
    "app.offers.joint",
    "app.panels",
    "app.placements",
    "app.placements.stability",
    "app.reporting",
)
for room in ROOMS:
    importlib.import_module(f"{room}.models")


def plain_type(kind: str, item: Any, _context: Any) -> str | bool:
    """A migration says what the database holds and imports nothing of the product, so that it still runs in ten
    years.
    """
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Word):
        return "sa.String(length=40)"
    return False


def _foreign_keys(connection: Connection, switch: str) -> None:
    """SQLite changes a table by making it anew, and what refers to the old one must bear that for a moment. The switch
    works outside a transaction only, so it goes to the driver itself.
    """
    raw: Any = connection.connection.driver_connection
    raw.execute(f"PRAGMA foreign_keys = {switch}")


def run() -> None:
    engine = build_engine(context.config.attributes["url"])
    try:
        with engine.connect() as connection:
            options: dict[str, Any] = {
                "connection": connection,
                "target_metadata": Base.metadata,
                "render_as_batch": connection.dialect.name == "sqlite",
                "compare_type": True,
                "render_item": plain_type,
            }
            if connection.dialect.name == "postgresql":
                # Two deployments at once must not interleave, and a migration must not queue behind a long read.
                connection.execute(text("SELECT pg_advisory_lock(7146000)"))
                connection.execute(text("SET lock_timeout = '5s'"))
                connection.commit()
            else:
                _foreign_keys(connection, "OFF")
            context.configure(**options)
            with context.begin_transaction():
                context.run_migrations()
            connection.commit()
            if connection.dialect.name == "sqlite":
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                connection.rollback()
                _foreign_keys(connection, "ON")
                if broken:
                    raise RuntimeError(f"the migration left {len(broken)} rows that refer to nothing")
    finally:
        engine.dispose()


run()
