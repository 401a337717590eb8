"""A database of the first version, with rows in it, comes to the newest one with every row, reference and rule."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from app.core import migrate
from app.core.database import build_engine

AT = "2026-11-23 10:00:00+00:00"
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("organisation", {"id": "org-hub", "kind": "hub", "name": "Made-up Hub", "created_at": AT}),
    ("organisation", {"id": "org-firm", "kind": "provider", "name": "Made-up Firm", "created_at": AT}),
    (
        "person",
        {"id": "ada", "email": "ada@firm.example", "name": "Ada Example", "failed_sign_ins": 0, "created_at": AT},
    ),
    (
        "membership",
        {
            "id": "m-1",
            "person_id": "ada",
            "organisation_id": "org-firm",
            "role": "provider_administrator",
            "started_at": AT,
        },
    ),
    (
        "invitation",
        {
            "id": "i-1",
            "token_hash": "0" * 64,
            "email": "bea@firm.example",
            "organisation_id": "org-firm",
            "role": "provider_staff",
            "invited_by": "ada",
            "created_at": AT,
            "expires_at": AT,
        },
    ),
    (
        "purchasing_system",
        {
            "id": "sys",
            "name": "Made-up system",
            "mode": "pcr_light_touch",
            "begun_on": "2024-02-01",
            "starts_on": "2024-04-01",
            "ends_on": "2028-03-31",
            "created_at": AT,
        },
    ),
    (
        "lot",
        {
            "id": "lot",
            "system_id": "sys",
            "name": "Homes",
            "strand": "looked_after",
            "service_type": "residential",
            "opens_on": "2024-04-01",
            "closes_on": "2028-03-31",
        },
    ),
    (
        "registration",
        {
            "urn": "9900001",
            "provision_type": "childrens_home",
            "short_breaks_only": False,
            "several_buildings": False,
            "source": "demonstration",
            "first_seen": "2026-03-31",
            "last_seen": "2026-03-31",
            "facts_as_of": "2026-03-31",
            "facts_from": "every_provider",
            "search_words": "9900001",
        },
    ),
    (
        "claim",
        {
            "id": "claim",
            "organisation_id": "org-firm",
            "urn": "9900001",
            "postcode": "CR0 1EA",
            "status": "confirmed",
            "made_by": "ada",
            "made_at": AT,
            "decided_at": AT,
            "version": 2,
        },
    ),
    (
        "application",
        {
            "id": "application",
            "claim_id": "claim",
            "lot_id": "lot",
            "status": "approved",
            "statement": "A made-up statement.",
            "submitted_by": "ada",
            "submitted_at": AT,
            "due_on": "2026-12-07",
            "decided_at": AT,
            "reason": "Good.",
            "version": 2,
        },
    ),
    (
        "enrolment",
        {
            "id": "enrolment",
            "claim_id": "claim",
            "lot_id": "lot",
            "status": "enrolled",
            "enrolled_at": AT,
            "version": 1,
        },
    ),
    (
        "enrolment_move",
        {
            "id": "move",
            "enrolment_id": "enrolment",
            "number": 1,
            "to_status": "enrolled",
            "at": AT,
            "reason": "Approved.",
        },
    ),
    (
        "service",
        {
            "id": "service",
            "claim_id": "claim",
            "organisation_id": "org-firm",
            "urn": "9900001",
            "name": "Sample House",
            "alert_email": "alerts@firm.example",
            "postcode": "CR0 1EA",
            "min_age": 8,
            "max_age": 17,
            "sexes": '["F"]',
            "capability": "[2]",
            "evidence": '["declared"]',
            "places_free": 2,
            "created_at": AT,
            "version": 1,
        },
    ),
)
"""Rows of the first version, written as that version had its columns."""


def put(connection: Connection, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in row)})"), row)


@pytest.fixture
def old(empty_database_url: str) -> Any:
    """A database of the first version with its rows, and its address."""
    migrate.upgrade(empty_database_url, "0001")
    engine = build_engine(empty_database_url)
    with engine.begin() as connection:
        for table, row in ROWS:
            put(connection, table, row)
    yield engine, empty_database_url
    engine.dispose()


def test_every_row_is_there_afterwards_and_refers_to_what_it_referred_to(old: tuple[Engine, str]) -> None:
    engine, url = old
    migrate.upgrade(url)
    with engine.connect() as connection:
        for table, row in ROWS:
            key = "urn" if table == "registration" else "id"
            found = connection.execute(text(f"SELECT * FROM {table} WHERE {key} = :key"), {"key": row[key]}).one()
            words = {name: value for name, value in row.items() if isinstance(value, str) and value[:1] != "["}
            kept = {name: str(found._mapping[name]) for name in words if words[name] != AT}
            assert kept == {name: value for name, value in words.items() if value != AT}, table
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_what_refers_to_a_table_that_was_made_anew_still_does(old: tuple[Engine, str]) -> None:
    engine, url = old
    migrate.upgrade(url)
    for statement in (
        "DELETE FROM organisation WHERE id = 'org-firm'",
        "DELETE FROM claim WHERE id = 'claim'",
        "DELETE FROM enrolment WHERE id = 'enrolment'",
        "UPDATE membership SET role = 'made_up'",
        "UPDATE application SET status = 'made_up'",
        "UPDATE enrolment SET status = 'made_up'",
    ):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text(statement))
    with engine.begin() as connection:
        connection.execute(text("UPDATE membership SET role = 'head_of_service'"))
