"""What tests set up is made once for each worker and engine, and written again for the next test that sets up the same.

`@remembered` on a factory notes every statement that wrote while the use cases did their work. Where a database has
seen nothing but the same remembered calls, in the same order, the next same call writes the same rows with the same
statements, so that triggers and constraints speak again; what was read and reckoned in between is spared, which is
more than half of the time of such tests. Whoever writes anything else to a database, or takes something back, ends
that: from then on its factories go through the use cases every time.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from enum import Enum
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, event, inspect
from sqlalchemy.orm import InstanceState, Session

from app.core.crypto import Vault

P = ParamSpec("P")
T = TypeVar("T")

PLAIN = (str, int, bool, float, bytes, type(None), dt.date, dt.time, dt.timedelta, Decimal, Enum)
READING = ("SELECT", "BEGIN", "PRAGMA", "SHOW", "SET ", "SAVEPOINT", "RELEASE")
OTHERWISE = "written to otherwise"

_history: dict[str, str] = {}
_noting: list[list[Written]] = []
_kept: dict[str, Kept] = {}
_past: weakref.WeakSet[Session] = weakref.WeakSet()


@dataclasses.dataclass(frozen=True)
class Written:
    """One statement that wrote, as the database's driver got it."""

    statement: str
    parameters: Any
    many: bool


@dataclasses.dataclass(frozen=True)
class Kept:
    """What a call wrote, what it answered, and what it left with the session."""

    statements: tuple[Written, ...]
    answer: Any
    info: dict[Any, Any]


class _NotPlainError(Exception):
    """A value of which nobody can say whether it is the same in another test."""


def forget(database: str) -> None:
    """A database is as it was before anything was written."""
    _history.pop(database, None)


def _name_of(engine: Engine) -> str:
    return engine.url.database or ""


@event.listens_for(Engine, "before_cursor_execute")
def _note(connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
    if statement.lstrip().upper().startswith(READING):
        return
    if not _noting:
        _history[_name_of(connection.engine)] = OTHERWISE
        return
    # One statement for many rows is called many as well, and has one set of parameters all the same.
    _noting[-1].append(Written(statement, parameters, many and isinstance(parameters, list)))


@event.listens_for(Engine, "rollback_savepoint")
def _partly_taken_back(connection: Connection, _name: str, _context: None) -> None:
    _taken_back(connection)


@event.listens_for(Engine, "rollback")
def _taken_back(connection: Connection) -> None:
    name = _name_of(connection.engine)
    if _history.get(name):
        _history[name] = OTHERWISE


@contextmanager
def _noted() -> Iterator[list[Written]]:
    _noting.append([])
    try:
        yield _noting[-1]
    finally:
        _noting.pop()


def remembered(make: Callable[P, T]) -> Callable[P, T]:
    """Let what a factory makes be written again where it may be. Its first argument is a session, or has one."""

    @functools.wraps(make)
    def making(*args: P.args, **given: P.kwargs) -> T:
        session = args[0] if isinstance(args[0], Session) else args[0].session  # type: ignore[attr-defined]
        if _noting:
            return make(*args, **given)
        session.flush()
        engine = session.get_bind().engine
        name = _name_of(engine)
        past = _history.get(name, "")
        if past == OTHERWISE:
            return make(*args, **given)
        try:
            called = f"{make.__module__}.{make.__qualname__} {_words(args)} {_words(given)} {_left_words(session)}"
        except _NotPlainError:
            return make(*args, **given)
        key = f"{engine.dialect.name} {hash(past)} {hash(called)}"
        if key not in _kept:
            before = dict(session.info)
            _history[name] = OTHERWISE  # should it fail half-way
            with _noted() as statements:
                made = make(*args, **given)
                session.flush()
            try:
                answer = _frozen(made)
            except _NotPlainError:
                return made
            left = {one: value for one, value in session.info.items() if before.get(one) is not value}
            _kept[key] = Kept(tuple(statements), answer, left)
            _history[name] = key
            return made
        kept = _kept[key]
        _write(session, kept.statements)
        _history[name] = key
        session.info.update(kept.info)
        again: T = _thawed(session, kept.answer)
        return again

    return making


def _write(session: Session, statements: tuple[Written, ...]) -> None:
    session.expire_all()
    _past.add(session)
    cursor = session.connection().connection.cursor()
    try:
        for one in statements:
            if one.many:
                cursor.executemany(one.statement, one.parameters)
            else:
                cursor.execute(one.statement, one.parameters)
    finally:
        cursor.close()


@event.listens_for(Session, "before_commit")
def _look_again(session: Session) -> None:
    """What was written past the session is read before it ends, so that a test can go on with it afterwards."""
    if session in _past:
        _past.discard(session)
        for one in list(session.identity_map.values()):
            if inspect(one).expired_attributes:
                session.refresh(one)


def _row_of(value: Any) -> InstanceState[Any] | None:
    state = inspect(value, raiseerr=False)
    return state if isinstance(state, InstanceState) else None


def _words(value: Any) -> str:
    """Words that are the same in another test exactly if the value is."""
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(sorted(f'{name!r}: {_words(one)}' for name, one in value.items()))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_words, value))}]"
    if isinstance(value, set | frozenset):
        return f"({', '.join(sorted(map(_words, value)))})"
    if isinstance(value, Session):
        return "session"
    if isinstance(value, Vault):
        return f"vault {id(value)}" if value in _vaults() else _refuse()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [f"{one.name}={_words(getattr(value, one.name))}" for one in dataclasses.fields(value)]
        return f"{type(value).__name__}({', '.join(fields)})"
    state = _row_of(value)
    if state is not None and state.identity is not None:
        return f"{type(value).__name__} {state.identity}"
    return _refuse()


def _refuse() -> str:
    raise _NotPlainError


def _vaults() -> list[Vault]:
    from tests.factories.requests import VAULT

    return [VAULT]


def _left_words(session: Session) -> str:
    """What answers to events in this session, by name."""
    said = []
    for name, value in session.info.items():
        if isinstance(value, Mapping):
            said.append(f"{name}: {sorted((str(one), [_name(each) for each in all_]) for one, all_ in value.items())}")
        else:
            said.append(f"{name}: {type(value).__name__}")
    return ", ".join(sorted(said))


def _name(reaction: Any) -> str:
    return f"{getattr(reaction, '__module__', '')}.{getattr(reaction, '__qualname__', type(reaction).__name__)}"


@dataclasses.dataclass(frozen=True)
class _Row:
    kind: type[Any]
    identity: tuple[Any, ...]


@dataclasses.dataclass(frozen=True)
class _Made:
    kind: type[Any]
    fields: dict[str, Any]


class _TheSession:
    """Stands for the session that something was made with."""


def _frozen(value: Any) -> Any:
    if isinstance(value, Session):
        return _TheSession
    if isinstance(value, (Vault, *PLAIN)):
        return value
    if isinstance(value, dict):
        return {name: _frozen(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_frozen, value))
    if isinstance(value, set | frozenset):
        _words(value)
        return value
    state = _row_of(value)
    if state is not None:
        if state.identity is None:
            raise _NotPlainError
        return _Row(type(value), state.identity)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
        return _Made(type(value), {name: _frozen(one) for name, one in fields.items()})
    raise _NotPlainError


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
