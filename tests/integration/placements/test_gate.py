"""No award without an authority that covers it, whoever writes and through whatever door: rows are written from bare
connections, past every use case and the ORM (F-52).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from app.core.database import Sessions, new_id
from app.panels.models import Authority
from tests.factories.placements import Case, make_authorised
from tests.remembering import remembered

REFUSED = (sqlite3.IntegrityError, psycopg.errors.RestrictViolation)
NO_AUTHORITY = "no authority covers this award"
IN_USE = "a live award stands on this authority"
ONE_DAY = dt.timedelta(days=1)

Run: TypeAlias = Callable[..., None]


@pytest.fixture
def run(database_url: str) -> Iterator[Run]:
    """A statement with `?` for its values, on a bare connection of the engine's own driver, committed at once."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        with contextlib.closing(sqlite3.connect(str(url.database))) as lite:

            def run_on_sqlite(statement: str, *values: Any) -> None:
                with lite:
                    lite.execute(statement, values)

            yield run_on_sqlite
    else:
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as real:

            def run_on_postgresql(statement: str, *values: Any) -> None:
                real.execute(statement.replace("?", "%s").encode(), values)

            yield run_on_postgresql


@remembered
def make_two(session: Session) -> list[tuple[Case, Authority]]:
    """Two cases with an authority each."""
    return [make_authorised(session), make_authorised(session)]


@pytest.fixture
def right(sessions: Sessions) -> dict[str, Any]:
    """An award that its authority covers exactly, as a row that nobody has written yet; beside it another case's."""
    with sessions() as session:
        (case, authority), (other, _) = make_two(session)
        session.commit()
        row = {
            "id": new_id(),
            "reference": "AW-222222",
            "organisation_id": authority.organisation_id,
            "request_id": case.request_id,
            "request_child_id": case.scene.request.children[0].id,
            "offer_id": authority.offer_id,
            "authority_id": authority.id,
            "status": "live",
            "weekly_pence": authority.weekly_ceiling_pence,
            "first_day": authority.first_day.isoformat(),
            "last_day": authority.last_day.isoformat(),
            "awarded_by": case.officer.person_id,
            "awarded_at": "2026-12-10 15:00:00+00:00",
        }
        wrong = {
            "no such authority": {"authority_id": new_id()},
            "a penny over the ceiling": {"weekly_pence": authority.weekly_ceiling_pence + 1},
            "a day too early": {"first_day": (authority.first_day - ONE_DAY).isoformat()},
            "a day too long": {"last_day": (authority.last_day + ONE_DAY).isoformat()},
            "the offer of another request": {"offer_id": other.offer.id},
            "another borough": {"organisation_id": other.borough.id},
            "another request": {"request_id": other.request_id},
            "a child of another request": {"request_child_id": other.scene.request.children[0].id},
        }
        return {"row": row, "wrong": wrong}


def insert(run: Run, row: dict[str, Any], verb: str = "INSERT") -> None:
    run(f"{verb} INTO award ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", *row.values())


@pytest.mark.parametrize(
    "fault",
    [
        "no such authority",
        "a penny over the ceiling",
        "a day too early",
        "a day too long",
        "the offer of another request",
        "another borough",
        "another request",
        "a child of another request",
    ],
)
def test_an_award_that_its_authority_does_not_cover_cannot_be_written(
    run: Run, right: dict[str, Any], fault: str
) -> None:
    with pytest.raises(REFUSED, match=NO_AUTHORITY):
        insert(run, {**right["row"], **right["wrong"][fault]})


@pytest.mark.parametrize("fault", ["a penny over the ceiling", "a day too long", "a child of another request"])
def test_an_award_cannot_be_changed_beyond_its_authority(run: Run, right: dict[str, Any], fault: str) -> None:
    insert(run, right["row"])
    ((column, value),) = right["wrong"][fault].items()
    with pytest.raises(REFUSED, match=NO_AUTHORITY):
        run(f"UPDATE award SET {column} = ? WHERE id = ?", value, right["row"]["id"])


def test_a_revoked_authority_covers_nothing(run: Run, right: dict[str, Any]) -> None:
    run("UPDATE authority SET status = 'revoked' WHERE id = ?", right["row"]["authority_id"])
    with pytest.raises(REFUSED, match=NO_AUTHORITY):
        insert(run, right["row"])


@pytest.mark.parametrize(
    "change",
    [
        "status = 'revoked'",
        "weekly_ceiling_pence = weekly_ceiling_pence - 1",
        "last_day = '2026-12-24'",
        "first_day = '2026-12-24'",
        "id = 'another'",
    ],
)
def test_an_authority_under_a_live_award_cannot_be_taken_away_or_narrowed(
    run: Run, right: dict[str, Any], change: str
) -> None:
    insert(run, right["row"])
    with pytest.raises(REFUSED, match=IN_USE):
        run(f"UPDATE authority SET {change} WHERE id = ?", right["row"]["authority_id"])


def test_an_authority_under_a_live_award_cannot_be_deleted(run: Run, right: dict[str, Any]) -> None:
    insert(run, right["row"])
    with pytest.raises(REFUSED, match=IN_USE):
        run("DELETE FROM authority WHERE id = ?", right["row"]["authority_id"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_authority_under_a_live_award_cannot_be_replaced(run: Run, right: dict[str, Any]) -> None:
    insert(run, right["row"])
    columns = (
        "id, kind, status, organisation_id, offer_id, decision_id, weekly_ceiling_pence, first_day, last_day,"
        " review_on, lapses_on, reason, given_by, given_at, recorded_at, version"
    )
    with pytest.raises(REFUSED, match=IN_USE):
        run(
            f"INSERT OR REPLACE INTO authority ({columns}) SELECT {columns.replace('weekly_ceiling_pence', '1')}"
            " FROM authority WHERE id = ?",
            right["row"]["authority_id"],
        )


def test_an_award_can_be_made_void_and_then_frees_its_authority_and_its_child(run: Run, right: dict[str, Any]) -> None:
    insert(run, right["row"])
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.UniqueViolation)):
        insert(run, {**right["row"], "id": new_id(), "reference": "AW-333333"})
    run("UPDATE award SET status = 'void' WHERE id = ?", right["row"]["id"])
    insert(run, {**right["row"], "id": new_id(), "reference": "AW-333333"})
    run("UPDATE award SET status = 'void' WHERE reference = 'AW-333333'")
    run("UPDATE authority SET status = 'revoked' WHERE id = ?", right["row"]["authority_id"])
    with pytest.raises(REFUSED, match=NO_AUTHORITY):
        run("UPDATE award SET status = 'live' WHERE id = ?", right["row"]["id"])
