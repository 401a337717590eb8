"""The database as every room sees it: one declarative base, two engines (SQLite and PostgreSQL), named constraints.

Rooms declare tables on `Base`. Times are stored in UTC and come back timezone-aware on both engines; dates are
dates; money is
integer pence; identifiers in URLs are random 22-character strings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    MetaData,
    String,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.orm.exc import StaleDataError
from typing_extensions import override

from app.core.draws import draw_id
from app.core.errors import Stale

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


E = TypeVar("E", bound=StrEnum)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment in UTC. Refuses naive datetimes, because a naive time is a time whose zone somebody guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone")
        value = value.astimezone(dt.UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    @override
    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Word(TypeDecorator[E], Generic[E]):
    """A StrEnum stored as its text, so that the database can be read without the code."""

    impl = String(40)
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words

    @override
    def process_bind_param(self, value: E | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        return None if value is None else self.words(value)


def one_of(column: str, words: type[StrEnum], name: str | None = None) -> CheckConstraint:
    """The database's own list of the words a column may hold (null allowed where the column is nullable)."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=name or f"{column}_word")


def new_id() -> str:
    """An unguessable identifier, 128 bits, safe in URLs."""
    return draw_id()


# An absent value is a database NULL, never the JSON word null, so that constraints can see that it is absent.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

Id = Annotated[str, mapped_column(String(22), primary_key=True, default=new_id)]
Pence = Annotated[int, mapped_column(BigInteger())]


class Base(DeclarativeBase):
    """Every table of every room."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
        dt.datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
        list[int]: Json,
        list[int | None]: Json,
    }


def reference_to(target: str, *, nullable: bool = False, index: bool = True, unique: bool = False) -> Mapped[Any]:
    """A foreign key to a table named by a string, so that models never import upward."""
    return mapped_column(String(22), ForeignKey(target), nullable=nullable, index=index and not unique, unique=unique)


def build_engine(url: str, *, pool_size: int = 5) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://...`, with the safety of each switched on."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": 30})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(url, pool_size=pool_size, pool_pre_ping=True)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling starts them too late; SQLAlchemy's documented recipe takes it over.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A writer that starts as a reader can be refused half-way; IMMEDIATE queues it at the door instead.
    # Reads that never write ask for a plain BEGIN with execution_options(homeward_read_only=True).
    read_only = connection.get_execution_options().get("homeward_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


Sessions: TypeAlias = sessionmaker[Session]


def build_sessions(engine: Engine) -> Sessions:
    """Sessions that flush by hand or query and never expire what a page is about to show."""
    return sessionmaker(engine, expire_on_commit=False)


def _on_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


@contextmanager
def transaction(sessions: Sessions, *, read_only: bool = False) -> Iterator[Session]:
    """One act: everything inside is committed together or not at all."""
    with sessions() as session:
        if read_only:
            # A look is one moment's picture. SQLite gives that by itself; PostgreSQL is asked for it.
            snapshot = {"isolation_level": "REPEATABLE READ"} if _on_postgresql(session) else {}
            session.connection(execution_options={"homeward_read_only": True, **snapshot})
        try:
            yield session
            if not read_only:  # closing ends a read; rolling it back would empty what a page is about to show
                session.commit()
        except StaleDataError as error:
            session.rollback()
            raise Stale(
                "Somebody changed this while you were working on it. Go back, look again and try again."
            ) from error
        except BaseException:
            session.rollback()
            raise
