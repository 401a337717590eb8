"""A child's record through HTTP: recorded, a duplicate suggested, a sibling linked, needs measured again, two records
merged, who looked, and the record erased.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.children.models import Child
from app.core import audit
from app.core.database import transaction
from app.factory import create_app
from app.identity.permissions import Actor
from app.identity.status import Role
from app.requests.models import PlacementRequest
from app.requests.publication import withdraw
from app.web import account, borough, search
from app.wiring import Wiring
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories import requests as factory
from tests.factories.visitor import Visitor

MINA: dict[str, Any] = {
    "given_name": "Mohammed",
    "family_name": "Testchild",
    "date_of_birth-day": "9",
    "date_of_birth-month": "4",
    "date_of_birth-year": "2013",
    "sex": "M",
    "ethnicity": "APKN",
    "home_postcode": "CR0 1EA",
}


@dataclass(frozen=True)
class Scene:
    """The application and the people of one council."""

    app: Flask
    wiring: Wiring
    people: dict[str, Actor]

    def visitor(self, who: str) -> Visitor:
        return Visitor(self.app).be(self.people[who])

    def child(self, reference: str) -> Child:
        with transaction(self.wiring.sessions, read_only=True) as session:
            return session.scalars(select(Child).where(Child.reference == reference)).one()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    app = create_app(settings, limits=False, audiences=[account.bp, borough.bp, search.bp])
    wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        factory.load_policies(session, now)
        council = factory.make_borough(session, name="Madeup", short_code="MAD", now=now)
        roles = {"officer": Role.PLACEMENT_OFFICER, "manager": Role.TEAM_MANAGER, "director": Role.DIRECTOR}
        people = {
            name: factory.make_actor(session, role, organisation=council, name=f"Test {name.title()}", now=now)
            for name, role in roles.items()
        }
    yield Scene(app, wiring, people)
    wiring.engine.dispose()


def reference_in(visitor: Visitor) -> str:
    """The reference at the head of a child's page."""
    assert visitor.page is not None
    found = re.search(r'caption-l">(CH-\w{6})<', visitor.page.text)
    assert found, visitor.text
    return found[1]


def test_a_childs_record_from_its_first_day_to_its_erasure(scene: Scene) -> None:
    officer, manager, director = (scene.visitor(who) for who in ("officer", "manager", "director"))

    # Recorded, and a request started.
    officer.fill("/borough/children/new", **MINA)
    first = reference_in(officer)
    one = scene.child(first)
    officer.press(f"/borough/children/{one.id}/request")
    assert "Placement request" in officer.text

    # The same child in another spelling: the record is suggested and nothing is saved.
    twice = MINA | {"given_name": "Muhammad", "home_postcode": "SM1 1AA"}
    assert officer.fill("/borough/children/new", **twice).status_code == 409
    assert (
        f"May be the same child 1 record Reference Name Date of birth Why it may be the same child {first}"
        in officer.text
    )
    assert "A name that sounds the same" in officer.text
    assert officer.page is not None
    assert 'value="Muhammad"' in officer.page.text
    officer.press("/borough/children/new", **twice, another="yes", seen=first)
    assert "Say why this is another child" in officer.text
    officer.press(
        "/borough/children/new", **twice, another="yes", seen=first, reason="The referral says he is a cousin"
    )
    second = reference_in(officer)
    two = scene.child(second)
    officer.get("/borough/children/duplicates")
    assert "No records look like duplicates" in officer.text

    # A sibling, found by a name that is written otherwise, and linked: it stands on both records.
    officer.fill(
        "/borough/children/new", **MINA | {"given_name": "Catherine", "date_of_birth-year": "2016", "sex": "F"}
    )
    sister = scene.child(reference_in(officer))
    officer.get("/borough/children")
    officer.press("/borough/children/find", given_name="Kathryn", family_name="Testchilde")
    assert "A name that sounds like it" in officer.text
    assert sister.reference in officer.text
    link = f"/borough/children/{one.id}/siblings/new"
    officer.fill(link, reference=first, kind="full", reason="The family says so")
    assert "That is the reference of this child" in officer.text
    officer.fill(link, reference=sister.reference, kind="full", reason="The family says so")
    officer.get(f"/borough/children/{sister.id}")
    assert f"Mohammed Testchild {first} Full sibling The family says so" in officer.text

    # Needs, measured twice; what was not measured is counted and not compared.
    for page, score, why in (
        (f"/borough/children/{one.id}/needs/new", "2", "start"),
        (f"/borough/children/{two.id}/needs/new", "1", "review"),
    ):
        officer.get(page)
        given = {f"need_{n}": score for n in range(1, 13)} | {"need_12": "none" if why == "review" else score}
        officer.fill(page, **day_of(officer), reason=why, **given)
    assert officer.fill(f"/borough/children/{one.id}/needs/new", reason="review").status_code == 400
    assert "Choose a level for indicator 12" in officer.text
    officer.fill(
        f"/borough/children/{one.id}/sdq/new",
        **day_of(officer, "completed_on"),
        filled_in_by="carer",
        emotional="5",
        conduct="4",
        hyperactivity="5",
        peer="3",
        prosocial="6",
    )
    assert "Questionnaire recorded" in officer.text
    assert "17 Cause for concern" in officer.text

    # The two are one child after all: an officer may not merge, a manager sees what moves.
    compare = f"/borough/children/{one.id}/compare?reference={second}"
    officer.get(compare)
    assert "ask a team manager to merge" in officer.text
    assert officer.press(f"/borough/children/{one.id}/merge", reference=second).status_code == 403
    manager.get(compare)
    assert "Somebody has said that they are two children: The referral says he is a cousin" in manager.text
    assert "Needs measures 1 1" in manager.text
    hidden = dict(
        re.findall(r'name="(version|other_version)" value="(\d+)"', manager.page.text if manager.page else "")
    )
    given = {"reference": second, **hidden, "keep_given_name": "kept", "reason": "The hospital confirmed it"}
    manager.press(f"/borough/children/{one.id}/merge", **given)
    assert "Choose which home postcode is right" in manager.text
    manager.press(f"/borough/children/{one.id}/merge", **given, keep_home_postcode="merged")
    assert f"{second} is now part of {first}" in manager.text
    assert "SM1 1AA" in manager.text
    assert f"{second}, as Muhammad Testchild" in manager.text
    assert "Needs fell from 22 to 11 of 33, over the 11 indicators measured both times. 1 not measured" in manager.text
    assert officer.get(f"/borough/children/{two.id}", follow=False).location == f"/borough/children/{one.id}"
    officer.get(f"/find?reference={second}")
    assert reference_in(officer) == first
    officer.get("/borough/children/needs")
    assert "1 Needs fell" in officer.text
    assert "fewer than 5 children" in officer.text
    assert "Testchild" not in officer.text

    # Who looked, by person, as a list and as a file.
    manager.get(f"/borough/children/{one.id}/views")
    assert f"Compared with child {second}" in manager.text
    person = scene.people["manager"].person_id
    manager.get(f"/borough/children/{one.id}/views?person={person}")
    assert "Test Officer Madeup" not in manager.text
    answer = manager.client.get(f"/borough/children/{one.id}/views.csv?person={person}")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert {row[1] for row in rows[1:]} == {"Test Manager"}

    # Erased: not by a manager, not while a request is open, not with a reason that names the child.
    assert manager.get(f"/borough/children/{one.id}/erase").status_code == 403
    erase = f"/borough/children/{one.id}/erase"
    assert director.get(f"/borough/children/{one.id}").status_code == 403
    director.get(f"/find?reference={second}")
    assert "cannot be erased while something goes on" in director.text
    end_the_request(scene)
    director.get(erase)
    version = re.search(r'name="version" value="(\d+)"', director.page.text if director.page else "")
    assert version
    given = {"version": version[1], "basis": "error"}
    director.press(erase, **given | {"basis": "retention"}, reason="Long ago")
    assert "must be kept until" in director.text
    director.press(erase, **given, reason="Mohammed was never here")
    assert "must not name the child" in director.text
    director.press(erase, **given, reason="Another council's child")
    assert "Are you sure" in director.text
    given["reason"] = "Another council's child"
    director.press(f"{erase}/sure", **given, typed_reference=second)
    assert f"Type {first}" in director.text
    director.press(f"{erase}/sure", **given, typed_reference=first.lower())
    assert f"{first} was erased" in director.text
    assert "Another council's child" in director.text

    # Every page that meets the child says so.
    officer.get(f"/borough/children/{two.id}")
    assert f"{first} was erased" in officer.text
    assert "Mohammed" not in officer.text
    with transaction(scene.wiring.sessions, read_only=True) as session:
        request_id = session.scalars(select(PlacementRequest.id)).one()
    for page in (
        f"/borough/requests/{request_id}",
        f"/borough/children/{one.id}/needs",
        f"/borough/children/{one.id}/change",
    ):
        assert officer.get(page).status_code == 410
        assert "This record was erased" in officer.text
    officer.get(f"/borough/children/{sister.id}")
    assert "No siblings are linked" in officer.text
    with transaction(scene.wiring.sessions) as session:
        audit.seal(session, scene.wiring.clock(session))
        assert audit.verify(session)[1] == []


def day_of(visitor: Visitor, name: str = "measured_on") -> dict[str, str]:
    """Today, as the page of a new measure offers it."""
    if name == "measured_on":
        today = dict(
            re.findall(
                r'name="measured_on-(day|month|year)"[^>]*value="(\d+)"', visitor.page.text if visitor.page else ""
            )
        )
        visitor.today = today  # type: ignore[attr-defined]
    return {f"{name}-{part}": value for part, value in visitor.today.items()}  # type: ignore[attr-defined]


def end_the_request(scene: Scene) -> None:
    """The draft is withdrawn."""
    with transaction(scene.wiring.sessions) as session:
        request = session.scalars(select(PlacementRequest)).one()
        withdraw(
            session,
            actor=scene.people["officer"],
            request_id=request.id,
            reason="Another council's",
            version=request.version,
            now=scene.wiring.clock(session),
        )
