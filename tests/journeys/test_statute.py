"""What the law asks of a request, and who approves it, through HTTP: a 16-year-old who may go to supported
accommodation and a 15-year-old who may not; limits, comments by section, cover and a telephone in one story.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.clock import LONDON, local_date
from app.core.database import transaction
from app.core.models import AuditEntry
from app.core.workdays import date_words
from app.factory import create_app
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor
from app.identity.status import Role
from app.requests import submitting
from app.requests.models import PlacementRequest
from app.requests.statute import birthday
from app.web import account, borough
from app.wiring import Wiring
from config.settings import Settings
from notifications.models import OutboxMessage
from providers.market.status import ServiceType
from tests.databases import sqlite_template
from tests.factories import requests as factory
from tests.factories.visitor import Visitor

PEOPLE = {
    "officer": ("Olu Officer", Role.PLACEMENT_OFFICER),
    "second": ("Una Officer", Role.PLACEMENT_OFFICER),
    "manager": ("Mina Manager", Role.TEAM_MANAGER),
    "service": ("Sal Service", Role.SERVICE_MANAGER),
}
SIX_WEEKS = dt.timedelta(weeks=6)


@dataclass(frozen=True)
class Scene:
    """A council with its people and three lots."""

    app: Flask
    wiring: Wiring
    people: dict[str, Actor]
    lots: dict[ServiceType, str]

    def visitor(self, who: str) -> Visitor:
        return Visitor(self.app).be(self.people[who])

    @property
    def now(self) -> dt.datetime:
        with self.wiring.sessions() as session:
            return self.wiring.clock(session)

    def draft(self, born: dt.date, **answers: Any) -> str:
        """The address of a whole draft for a child."""
        with transaction(self.wiring.sessions) as session:
            now = self.wiring.clock(session)
            officer = self.people["officer"]
            child = factory.make_child(
                session, actor=officer, vault=self.wiring.vault, date_of_birth=born, home_postcode="CR0 1EA", now=now
            )
            typed = factory.request_answers(now=now, needed_from=local_date(now) + SIX_WEEKS, **answers)
            made = factory.make_draft(
                session, actor=officer, child=child, vault=self.wiring.vault, now=now, answers=typed
            )
            factory.read_everything(session, officer, self.wiring.vault, made, now=now)
            return f"/borough/requests/{made.id}"

    def submitted(self, born: dt.date, **answers: Any) -> str:
        path = self.draft(born, **answers)
        with transaction(self.wiring.sessions) as session:
            submitting.submit(
                session,
                actor=self.people["officer"],
                vault=self.wiring.vault,
                request_id=path.rsplit("/", 1)[1],
                version=session.get_one(PlacementRequest, path.rsplit("/", 1)[1]).version,
                now=self.wiring.clock(session),
            )
        return path

    def letters(self, about: str, who: str) -> list[str]:
        """The texts of what was written to somebody, by words of the subject."""
        with self.wiring.sessions() as session:
            email = session.get_one(Person, self.people[who].person_id).email
            return list(
                session.scalars(
                    select(OutboxMessage.text).where(
                        OutboxMessage.address == email, OutboxMessage.subject.contains(about)
                    )
                )
            )


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    app = create_app(settings, limits=False, audiences=[account.bp, borough.bp])
    wiring: Wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        factory.load_policies(session, now)
        council: Organisation = factory.make_borough(session, short_code="MAD", gss_code="E09000008", now=now)
        people = {
            who: factory.make_actor(session, role, organisation=council, name=name, now=now)
            for who, (name, role) in PEOPLE.items()
        }
        lots = {}
        for kind in (ServiceType.SUPPORTED, ServiceType.FOSTERING, ServiceType.RESIDENTIAL):
            lot = factory.make_lot(session, service_type=kind, now=now)
            factory.join(session, council.id, lot, now=now)
            lots[kind] = lot.id
    yield Scene(app, wiring, people, lots)
    wiring.engine.dispose()


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found, "no version on the page"
    return found[1]


def date_boxes(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def decide(visitor: Visitor, path: str, **answers: str) -> int:
    page = visitor.get(f"{path}/decision")
    return visitor.press(f"{path}/decision", page, version=version_in(page.text), **answers).status_code


def publish(visitor: Visitor, path: str, lot: str, closes: dt.date) -> int:
    page = visitor.get(f"{path}/publish")
    answers = {"version": version_in(page.text), "offers_close_at": "17:00", **date_boxes("offers_close_on", closes)}
    return visitor.press(f"{path}/publish", page, lot_id=lot, **answers).status_code


def test_supported_accommodation_at_sixteen_and_not_at_fifteen(scene: Scene) -> None:
    """F-27, told at the draft, at the check and at the publication, with the regulation and the birthday."""
    officer, manager = scene.visitor("officer"), scene.visitor("manager")
    today = local_date(scene.now)
    first_day = today + SIX_WEEKS
    fifteen = birthday(first_day, -16) + dt.timedelta(days=40)
    turns = date_words(birthday(fifteen, 16))
    told = "Not lawful: Supported accommodation is not lawful for a child under 16 (regulation 27A). The child turns 16"
    young, old = scene.draft(fifteen), scene.draft(birthday(first_day, -16) - dt.timedelta(days=40))

    officer.get(f"{young}/form")
    assert f"{told} on {turns}, while the placement is expected to last" in officer.text
    officer.get(f"{old}/form")
    assert "regulation 27A" not in officer.text
    officer.get(f"{young}/form/check")
    assert told in officer.text
    assert "Lawful: Foster care is lawful at every age" in officer.text
    assert "Explore fostering before a home that is not a family To do" in officer.text
    assert "a nominated officer approves before the child moves" in officer.text
    officer.get(f"{old}/form/check")
    assert "Lawful: Supported accommodation is lawful from the age of 16" in officer.text

    for path in (young, old):
        page = officer.get(f"{path}/form/check")
        officer.press(f"{path}/form/check", page, version=version_in(page.text))
        assert decide(manager, path, decision="approve") == 200, manager.text
    closes = today + dt.timedelta(days=12)
    assert publish(officer, young, scene.lots[ServiceType.SUPPORTED], closes) == 400
    assert "not lawful for a child under 16 (regulation 27A). Choose another lot" in officer.text
    assert publish(officer, young, scene.lots[ServiceType.FOSTERING], closes) == 200
    assert "Request published" in officer.text
    assert publish(officer, old, scene.lots[ServiceType.SUPPORTED], closes) == 200
    assert "Request published" in officer.text

    officer.get(young)
    assert "more than 3" in officer.text  # the lot is fostering: the duty to ask carers
    assert "Explore fostering" not in officer.text


def test_how_fostering_was_explored_is_asked_once_and_kept(scene: Scene) -> None:
    """F-29, at the request."""
    officer, manager = scene.visitor("officer"), scene.visitor("manager")
    path = scene.draft(dt.date(2013, 4, 9))
    there = f"{path}/law/fostering_explored"
    assert officer.fill(there, version=version_in(officer.get(there).text), words=" ").status_code == 400
    for words in ("Three agencies were asked.", "Five agencies were asked; none could."):
        officer.fill(there, version=version_in(officer.get(there).text), words=words)
        assert "Answer kept" in officer.text
    assert "Explore fostering before a home that is not a family Met" in officer.text
    assert "Five agencies were asked; none could." in officer.text
    assert officer.get(f"{path}/law/key_stage_4").status_code == 404
    assert manager.get(there).status_code == 200
    with scene.wiring.sessions() as session:
        facts = session.scalars(select(AuditEntry.facts).where(AuditEntry.act == "requests.evidence.record")).all()
    assert facts == [{"duty": "fostering_explored"}] * 2


def test_limits_comments_and_cover_in_one_story(scene: Scene) -> None:
    officer, manager, service = (scene.visitor(who) for who in ("officer", "manager", "service"))
    path = scene.submitted(dt.date(2013, 4, 9), expected_weeks="60")
    assert scene.letters("Approve request", "service")
    assert not scene.letters("Approve request", "manager")

    manager.get("/borough/")
    assert "Approve or send back" not in manager.text
    manager.get(f"{path}/decision")
    assert "You cannot approve this request" in manager.text
    assert (
        "It is beyond your limit as team manager: it is expected to last 60 weeks, and the limit is 52." in manager.text
    )
    assert "A service manager or the Head of Children's Social Care may approve it." in manager.text
    assert decide(manager, path, decision="approve") == 400
    assert "There is a problem" in manager.text

    service.get(f"{path}/decision")
    assert "Your limit as service manager applies: up to 260 weeks up to £1,000,000" in service.text
    assert "£63,000" in service.text  # fostering at 13: £1,050 a week for 60 weeks
    assert decide(service, path, decision="send_back") == 400
    assert decide(service, path, decision="send_back", comment_reason="Say who told you, Zebedee asks.") == 200
    officer.get(path)
    assert "Sent back by Sal Service: Comments on 1 section" in officer.text
    officer.get(f"{path}/form")
    assert "Say who told you, Zebedee asks." in officer.text
    section = f"{path}/form/reason"
    assert f'href="{section}"' in officer.page.text  # type: ignore[union-attr]
    officer.get(section)
    assert "Say who told you, Zebedee asks." in officer.text
    assert "Zebedee asks" not in officer.get(f"{path}/form/the_child").text
    assert_sealed(scene, "Zebedee asks")
    typed = factory.request_answers(now=scene.now)
    answers = {name: typed[name] for name in ("why_now", "journey")}
    officer.fill(section, version=version_in(officer.get(section).text), **answers)
    officer.get(f"{path}/form")
    assert "What must change" not in officer.text
    assert "saved again by Olu Officer" in officer.text

    today = local_date(scene.now)
    cover = {**date_boxes("first_day", today), **date_boxes("last_day", today + dt.timedelta(days=7))}
    chosen = scene.people["manager"].person_id
    assert service.fill("/borough/cover", covering_id=chosen, reason="", **cover).status_code == 400
    service.fill("/borough/cover", covering_id=chosen, reason="Made-up leave", **cover)
    assert "Mina Manager approves in your place" in service.text
    service.fill("/borough/cover", covering_id=chosen, reason="Again", **cover)
    assert "End that cover first" in service.text
    assert scene.letters("in the place of Sal Service", "manager")
    manager.get("/borough/cover")
    assert "You approve in the place of Sal Service" in manager.text

    page = officer.get(f"{path}/form/check")
    officer.press(f"{path}/form/check", page, version=version_in(page.text))
    assert scene.letters("Approve request", "manager")
    manager.get("/borough/")
    assert "Approve or send back" in manager.text
    manager.get(f"{path}/decision")
    assert "You stand in for Sal Service, so their limit applies" in manager.text
    assert decide(manager, path, decision="approve") == 200
    manager.get(path)
    assert "In the place of Sal Service" in manager.text
    with scene.wiring.sessions() as session:
        (facts,) = session.scalars(select(AuditEntry.facts).where(AuditEntry.act == "requests.approval.give")).all()
    assert facts["in_place_of"] == scene.people["service"].person_id
    assert (facts["given_by"], facts["role"]) == (scene.people["manager"].person_id, "service_manager")

    page = service.get("/borough/cover")
    ends = re.search(r'action="(/borough/cover/[^"]+/end)"', page.text)
    assert ends
    service.press(ends[1], page, version=version_in(page.text))
    assert "Nobody stands in for you" in service.text


def test_a_yes_by_telephone_is_written_down_by_a_colleague_and_confirmed(scene: Scene) -> None:
    """F-35: a same-day request."""
    officer, second, manager = (scene.visitor(who) for who in ("officer", "second", "manager"))
    path = scene.submitted(dt.date(2013, 4, 9), urgency="same_day", same_day_reason="Nowhere to sleep tonight")
    officer.get(f"{path}/telephone")
    assert "whoever submitted the request does not record it" in officer.text
    second.get(path)
    assert "Record an approval by telephone" in second.text
    page = second.get(f"{path}/telephone")
    call = scene.now.astimezone(LONDON)
    answers = {
        "version": version_in(page.text),
        "manager_id": scene.people["manager"].person_id,
        **date_boxes("given_on", call.date()),
    }
    assert second.press(f"{path}/telephone", page, given_at="half past", **answers).status_code == 400
    assert "Enter the time of the call like 17:30" in second.text
    second.press(f"{path}/telephone", page, given_at=f"{call:%H:%M}", **answers)
    assert "Request approved by telephone" in second.text
    assert "By telephone by Mina Manager" in second.text
    (letter,) = scene.letters("Confirm by", "manager")
    manager.get("/borough/tasks")
    assert "Mina Manager: confirm the approval of" in manager.text
    address = re.search(r"(/borough/approvals/\S+)", letter)
    assert address
    second.get(address[1])
    assert "Only Mina Manager can say whether they approved it" in second.text
    page = manager.get(address[1])
    manager.press(address[1], page, version=version_in(page.text), answer="yes")
    assert "Approval confirmed" in manager.text
    manager.get("/borough/tasks")
    assert "confirm the approval of" not in manager.text


def assert_sealed(scene: Scene, words: str) -> None:
    """Nothing that the database file holds has these words in clear."""
    database = Path(str(scene.wiring.engine.url.database))
    for file in (database, database.with_name(f"{database.name}-wal")):
        assert not file.exists() or words.encode() not in file.read_bytes()
