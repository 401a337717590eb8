"""The register's pages as a commissioner sees them, through HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import Sessions, transaction
from app.factory import create_app
from app.identity.status import OrganisationKind, Role
from app.web.hub import bp
from config.settings import Settings
from providers.register.importing import import_register
from providers.register.models import Inspection, RegisterImport
from providers.register.status import Resolution
from tests.databases import sqlite_template
from tests.factories.identity import make_actor, make_organisation
from tests.factories.register import home, inspected, register_file
from tests.factories.visitor import Visitor

NOW = dt.datetime(2025, 6, 2, 9, tzinfo=dt.UTC)
MARCH_2024, MARCH_2025 = dt.date(2024, 3, 31), dt.date(2025, 3, 31)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    app = create_app(settings, audiences=[bp], limits=False)
    wiring = app.extensions["homeward"]
    yield app
    wiring.engine.dispose()


@pytest.fixture
def sessions(app: Flask) -> Sessions:
    made: Sessions = app.extensions["homeward"].sessions
    return made


@pytest.fixture
def commissioner(app: Flask, sessions: Sessions, tmp_path: Path) -> Visitor:
    """A commissioner who finds two files imported: a home that was good, and now contradicts itself; and 30 others."""
    old = inspected(home("9900001"), "Good", number="1", on="01/02/2024", published="01/03/2024")
    new = inspected(home("9900001", Places="many"), "Good", leaders="Inadequate", number="2")
    others = [home(f"99001{number:02}", Name=f"Made-up <b>home</b> {number}") for number in range(30)]
    with transaction(sessions) as session:
        for path, as_of in (
            (register_file(tmp_path, [old], "older.csv"), MARCH_2024),
            (register_file(tmp_path, [new, *others], "newer.csv"), MARCH_2025),
        ):
            import_register(session, path=path, as_of=as_of, now=NOW)
        actor = make_actor(session, make_organisation(session, OrganisationKind.HUB), Role.COMMISSIONER)
    return Visitor(app).be(actor)


def test_the_register_is_searched_and_paged(commissioner: Visitor) -> None:
    assert commissioner.get("/hub/register").status_code == 200
    assert "Showing 1 to 25 of 31 registrations" in commissioner.text
    assert "1 judgement contradicts itself" in commissioner.text
    assert commissioner.get("/hub/register?page=2&sort=urn").status_code == 200
    assert "Showing 26 to 31 of 31 registrations" in commissioner.text
    commissioner.get("/hub/register?text=9900001&provision_type=childrens_home&authority=E09000008")
    assert "1 registration" in commissioner.text
    assert "Made-up Homes Ltd" in commissioner.text
    commissioner.get("/hub/register?text=nowhere")
    assert "No registration has all of these words" in commissioner.text
    assert "<b>home</b>" not in commissioner.get("/hub/register?text=made-up").text


def test_a_contradiction_is_shown_and_resolved(commissioner: Visitor, sessions: Sessions) -> None:
    assert commissioner.get("/hub/register/9900001").status_code == 200
    assert "the one that counts may be out of date" in commissioner.text
    assert "Contradicts itself" in commissioner.text
    assert "Inadequate" in commissioner.get("/hub/register/to-resolve").text
    with transaction(sessions) as session:
        inspection = session.scalars(select(Inspection).where(Inspection.contradictory)).one()
    path = f"/hub/register/to-resolve/{inspection.id}"
    assert commissioner.fill(path, resolution=Resolution.AS_LIMITED.value, reason="").status_code == 400
    assert "Enter why you count it this way" in commissioner.text
    assert commissioner.fill(path, reason="Because.").status_code == 400
    answer = commissioner.fill(path, resolution=Resolution.AS_LIMITED.value, reason="The report says <so>.")
    assert answer.status_code == 200
    assert "The judgement is resolved." in commissioner.text
    assert "Requires improvement to be good" in commissioner.text
    assert "The report says <so>." in commissioner.text
    assert "No judgement contradicts itself." in _at(commissioner, "/hub/register/to-resolve").text
    assert commissioner.fill(path, resolution=Resolution.SET_ASIDE.value, reason="Again.").status_code == 409


def _at(visitor: Visitor, path: str) -> Visitor:
    visitor.get(path)
    return visitor


def test_files_imported_are_listed_with_what_they_brought(commissioner: Visitor, sessions: Sessions) -> None:
    commissioner.get("/hub/imports")
    assert "older.csv" in commissioner.text
    with transaction(sessions) as session:
        newer = session.scalars(select(RegisterImport).where(RegisterImport.file_name == "newer.csv")).one()
    assert commissioner.get(f"/hub/imports/{newer.id}").status_code == 200
    assert "5 Places “many” says nothing; it is taken as unknown" in commissioner.text
    assert "Children's home: 31" in commissioner.text


def test_what_is_not_there_is_not_found_and_others_stay_out(
    commissioner: Visitor, app: Flask, sessions: Sessions
) -> None:
    for path in ("/hub/register/1234567", "/hub/register/x", "/hub/register/to-resolve/x", "/hub/imports/x"):
        assert commissioner.get(path).status_code == 404
    with transaction(sessions) as session:
        officer = make_actor(session, make_organisation(session), Role.PLACEMENT_OFFICER)
    other = Visitor(app).be(officer)
    for path in ("/hub/register", "/hub/register/9900001", "/hub/register/to-resolve", "/hub/imports"):
        assert other.get(path).status_code == 403
