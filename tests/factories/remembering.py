"""A world that many tests begin with is made once for each engine and worker, and written again for the next test.

`@remembered` on a factory notes every statement that wrote while the use cases made the world, on a database in which
nothing had been written. The same call on another such database writes the same rows with the same statements, so
triggers and constraints speak again; what was read and reckoned in between is spared, which is two thirds of the time
of such tests. Whatever is not plain in the arguments, or written before, makes the world through the use cases anew.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, event, inspect
from sqlalchemy.orm import InstanceState, Session

P = ParamSpec("P")
T = TypeVar("T")

PLAIN = (str, int, bool, float, bytes, type(None), dt.date, Enum)

_written: weakref.WeakSet[Engine] = weakref.WeakSet()
_noting: list[list[Written]] = []
_kept: dict[tuple[str, str, str], Kept] = {}


@dataclasses.dataclass(frozen=True)
class Written:
    """One statement that wrote, as the database driver got it, and what it answered."""

    statement: str
    parameters: Any
    many: bool


@dataclasses.dataclass(frozen=True)
class Kept:
    """A world: what was written, what the factory answered, and what it left with the session."""

    statements: tuple[Written, ...]
    answer: Any
    info: dict[Any, Any]


@event.listens_for(Engine, "before_cursor_execute")
def _note(
    connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, executemany: bool
) -> None:
    if statement.lstrip()[:6].upper() not in ("INSERT", "UPDATE", "DELETE"):
        return
    _written.add(connection.engine)
    if _noting:
        # One statement for many rows is called many as well, and has one set of parameters all the same.
        _noting[-1].append(Written(statement, parameters, executemany and isinstance(parameters, list)))


@contextmanager
def _noted() -> Iterator[list[Written]]:
    _noting.append([])
    try:
        yield _noting[-1]
    finally:
        _noting.pop()


def remembered(make: Callable[Concatenate[Session, P], T]) -> Callable[Concatenate[Session, P], T]:
    """Let a factory's worlds be written again where they may be."""

    @functools.wraps(make)
    def making(session: Session, *args: P.args, **given: P.kwargs) -> T:
        engine = session.get_bind().engine
        plain = [_words(one) for one in (args, given)]
        if _noting or engine in _written or session.new or session.dirty or None in plain:
            return make(session, *args, **given)
        key = (engine.dialect.name, f"{make.__module__}.{make.__qualname__}", "".join(map(str, plain)))
        if key in _kept:
            answer: T = _write_again(session, _kept[key])
            return answer
        before = dict(session.info)
        with _noted() as statements:
            made = make(session, *args, **given)
            session.flush()
        left = {name: value for name, value in session.info.items() if before.get(name) is not value}
        _kept[key] = Kept(tuple(statements), _frozen(session, made), left)
        return made

    return making


def _write_again(session: Session, kept: Kept) -> Any:
    cursor = session.connection().connection.cursor()
    try:
        for one in kept.statements:
            if one.many:
                cursor.executemany(one.statement, one.parameters)
            else:
                cursor.execute(one.statement, one.parameters)
    finally:
        cursor.close()
    _written.add(session.get_bind().engine)
    session.info.update(kept.info)
    return _thawed(session, kept.answer)


def _words(value: Any) -> str | None:
    """A plain value in words by which it is found again; None for anything that is not plain."""
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, Mapping):
        parts = [(str(name), _words(one)) for name, one in sorted(value.items(), key=lambda item: str(item[0]))]
        return None if any(words is None for _, words in parts) else repr(parts)
    if isinstance(value, list | tuple):
        each = [_words(one) for one in value]
        return None if None in each else repr(each)
    return None


@dataclasses.dataclass(frozen=True)
class _Row:
    kind: type[Any]
    identity: tuple[Any, ...]


@dataclasses.dataclass(frozen=True)
class _Made:
    kind: type[Any]
    fields: dict[str, Any]


class _TheSession:
    """Stands for the session that a world was made with."""


def _frozen(session: Session, value: Any) -> Any:
    if value is session:
        return _TheSession
    if isinstance(value, dict):
        return {name: _frozen(session, one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_frozen(session, one) for one in value)
    state = inspect(value, raiseerr=False)
    if isinstance(state, InstanceState):
        return _Row(type(value), state.identity or ())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
        return _Made(type(value), {name: _frozen(session, one) for name, one in fields.items()})
    return value


def _thawed(session: Session, value: Any) -> Any:
    if value is _TheSession:
        return session
    if isinstance(value, _Row):
        return session.get_one(value.kind, value.identity)
    if isinstance(value, _Made):
        return value.kind(**{name: _thawed(session, one) for name, one in value.fields.items()})
    if isinstance(value, dict):
        return {name: _thawed(session, one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_thawed(session, one) for one in value)
    return value
