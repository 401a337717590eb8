"""Joining through the pages where it does not go straight: drafts that are gone on with, a refusal and a second
try, marks that are refused, assessors who see nothing of each other, and suppliers who are excluded.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import transaction
from app.factory import create_app
from app.identity.permissions import Actor
from app.web.rendering import date_words
from app.wiring import Wiring, build
from config.settings import Settings
from providers.market.models import Lot
from providers.passport.drafting import start_application
from providers.passport.models import Application, Clarification, Enrolment, SupplierExclusion
from providers.services.queries import services_by_claim
from tests.databases import sqlite_template
from tests.factories import accreditation as joining
from tests.factories import providers as factory
from tests.factories.visitor import Visitor

LOT = "Lot 2 Residential"
QUALITY = {"outcomes": "Nine of ten moves were planned.", "voice": "They chose the garden."}


@dataclass
class House:
    """An application with a company whose home may apply, and three people at the hub."""

    app: Flask
    wiring: Wiring
    provider: Actor
    stranger: Actor
    hub: tuple[Actor, Actor, Actor]
    claim_id: str
    lot_id: str
    now: dt.datetime

    def be(self, actor: Actor) -> Visitor:
        return Visitor(self.app).be(actor)

    def sent(self) -> str:
        """The id of an application that was sent."""
        with transaction(self.wiring.sessions) as session:
            service = services_by_claim(session, [self.claim_id])[self.claim_id]
            lot = session.get_one(Lot, self.lot_id)
            return joining.make_application(session, self.provider, service, lot, now=self.now).id

    def mark(self, application_id: str, *assessors: Actor, **other: str) -> None:
        """All marks of some assessors."""
        with transaction(self.wiring.sessions) as session:
            application = session.get_one(Application, application_id)
            for assessor in assessors:
                joining.mark_all(session, assessor, application, now=self.now, **other)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = Settings.from_environment({"HOMEWARD_ENV": "test", "DATA_DIR": str(tmp_path)})
    shutil.copyfile(sqlite_template(), settings.database_url.removeprefix("sqlite:///"))
    wiring = build(settings)
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        lot = factory.make_system_and_lots(session, now).residential
        hub = [factory.make_commissioner(session) for _ in range(3)]
        provider, stranger = factory.make_provider(session, "Made-up Meadows Ltd"), factory.make_provider(session)
        service = joining.make_ready_service(session, provider, hub[0], now)
        joining.fill_passport(session, provider, now, self_cleaning="Two new directors.")
        claim_id, lot_id = service.claim_id, lot.id
    app = create_app(settings, wiring=wiring, limits=False)
    yield House(app, wiring, provider, stranger, (hub[0], hub[1], hub[2]), claim_id, lot_id, now)
    wiring.engine.dispose()


def save(visitor: Visitor, path: str, **answers: Any) -> str:
    """Open a page, send its form with the version that it was made from, and what the next page says."""
    opened = visitor.get(path)
    version = re.search(r'name="version" value="(\d+)"', opened.text)
    visitor.press(path, opened, **({"version": version[1]} if version else {}), **answers)
    return visitor.text


def linked_errors(visitor: Visitor) -> list[str]:
    """Where the error summary leads."""
    assert visitor.page is not None
    summary = re.search(r'(?s)govuk-error-summary__list">(.*?)</ul>', visitor.page.text)
    return re.findall(r'href="([^"]+)"', summary[1]) if summary else []


def begin(house: House, visitor: Visitor) -> str:
    """A draft begun at the page, by its address."""
    save(visitor, f"/provider/services/{house.claim_id}/apply", lot=house.lot_id)
    assert "Application begun" in visitor.text
    with transaction(house.wiring.sessions) as session:
        newest = select(Application.id).order_by(Application.started_at.desc()).limit(1)
        return f"/provider/applications/{session.scalars(newest).one()}"


def test_a_draft_survives_until_somebody_comes_back_and_its_gaps_are_listed_with_the_way_to_each(house: House) -> None:
    visitor = house.be(house.provider)
    there = begin(house, visitor)
    save(visitor, f"{there}/part/quality", outcomes=QUALITY["outcomes"])

    visitor = house.be(house.provider)
    visitor.get("/provider/today")
    assert f"Go on with the application to {LOT}" in visitor.text
    visitor.get(there)
    assert "1 of 2 missing" in visitor.text
    assert QUALITY["outcomes"] in visitor.get(f"{there}/part/quality").text

    said = save(visitor, f"{there}/check")
    assert "5 things are missing before you can send it" in said
    gaps = linked_errors(visitor)
    assert gaps == [
        f"{there}/part/service?gaps=1#statement_of_purpose",
        f"{there}/part/service?gaps=1#leadership",
        f"{there}/part/service?gaps=1#matching_practice",
        f"{there}/part/quality?gaps=1#voice",
        f"{there}/statement#statement",
    ]
    for gap in gaps:
        page, _, field = gap.partition("#")
        opened = visitor.get(page)
        assert (opened.status_code, f'id="{field}"' in opened.text) == (200, True), gap


def test_a_file_is_what_it_says_and_holds_until_a_day(house: House) -> None:
    visitor = house.be(house.provider)
    there = begin(house, visitor)

    def send(content: bytes, name: str, year: str) -> str:
        parts = {"day": "1", "month": "3", "year": year}
        last_day = {f"statement_of_purpose_last_day-{part}": text for part, text in parts.items() if year}
        file = (io.BytesIO(content), name)
        return save(visitor, f"{there}/part/service", statement_of_purpose=file, leadership="Kept.", **last_day)

    soon = dt.date(house.now.year + 2, 3, 1)
    assert "The file must be a PDF" in send(b"MZ", "statement.exe", str(soon.year))
    assert "its content is something else" in send(b"MZ", "statement.pdf", str(soon.year))
    assert "Enter the last day on which it holds" in send(joining.PDF, "statement.pdf", "")
    assert linked_errors(visitor) == ["#statement_of_purpose_last_day-day"]
    assert "Show one that is in date: today or later" in send(joining.PDF, "statement.pdf", "2020")
    assert visitor.page is not None
    assert "Kept.</textarea>" in visitor.page.text, "what was typed is not lost"
    assert "The service: saved" in send(joining.PDF, "statement.pdf", str(soon.year))
    visitor.get(f"{there}/part/service")
    assert f"statement.pdf , which holds to {date_words(soon)}" in visitor.text


def test_a_draft_is_deleted_after_asking_once(house: House) -> None:
    visitor = house.be(house.provider)
    there = begin(house, visitor)
    visitor.get(f"{there}/delete")
    assert "cannot be brought back" in visitor.text
    visitor.press(f"{there}/delete")
    assert "Draft deleted" in visitor.text
    assert visitor.get(there).status_code == 404


def test_what_a_page_was_made_from_is_not_written_over(house: House) -> None:
    one, two = house.be(house.provider), house.be(house.provider)
    there = begin(house, one)
    opened = two.get(f"{there}/part/quality")
    version = re.search(r'name="version" value="(\d+)"', opened.text)
    assert version
    save(one, f"{there}/part/quality", **QUALITY)
    two.press(f"{there}/part/quality", opened, version=version[1], outcomes="Typed meanwhile.", voice="")
    assert "was changed since you opened the page" in two.text
    assert two.page is not None
    assert "Typed meanwhile." in two.page.text
    assert QUALITY["voice"] in one.get(f"{there}/part/quality").text


def test_somebody_elses_application_is_not_found(house: House) -> None:
    application_id = house.sent()
    with transaction(house.wiring.sessions) as session:
        other = factory.make_system_and_lots(session, house.now).residential
        draft = start_application(
            session, actor=house.provider, claim_id=house.claim_id, lot_id=other.id, now=house.now
        ).id
    visitor = house.be(house.stranger)
    for path in ("", "/part/quality", "/statement", "/check", "/delete"):
        assert visitor.get(f"/provider/applications/{draft}{path}").status_code == 404, path
    assert visitor.get(f"/provider/applications/{application_id}").status_code == 404
    visitor.get("/account")
    for act in ("again", "withdraw"):
        page = visitor.press(f"/provider/applications/{application_id}/{act}", visitor.get("/account"))
        assert page.status_code == 404
    assert house.be(house.hub[0]).get(f"/hub/applications/{draft}").status_code == 404


def test_a_refused_application_is_written_again_from_its_answers_and_wins(house: House) -> None:
    application_id = house.sent()
    first, second, _ = house.hub
    house.mark(application_id, first, second, outcomes="1")
    hub = house.be(first)
    there = f"/hub/applications/{application_id}"
    assert "What changed for children in the last year, and how do you know? has 1 of 4; 2 is the least." in save(
        hub, there, decision="approve", reason="They try."
    )
    assert "Application refused" in save(hub, there, decision="refuse", reason="Show the outcomes.")

    visitor = house.be(house.provider)
    visitor.get(f"/provider/applications/{application_id}")
    assert "Show the outcomes." in visitor.text
    assert "1 of 4: weak" in visitor.text
    assert "1 × 3 = 3 of 12" in visitor.text
    visitor.press(f"/provider/applications/{application_id}/again")
    assert "Application begun with the answers of the one before" in visitor.text
    with transaction(house.wiring.sessions) as session:
        again = session.scalars(select(Application.id).where(Application.follows_id == application_id)).one()
    there = f"/provider/applications/{again}"
    save(visitor, f"{there}/part/quality", outcomes="Measured for every child.", voice="The garden.")
    assert "Application sent" in save(visitor, f"{there}/check")

    house.mark(again, first, second)
    hub.get(f"/hub/applications/{again}")
    assert "The company applied before" in hub.text
    assert "Measured for every child." in hub.text
    assert "Approved and enrolled" in save(hub, f"/hub/applications/{again}", decision="approve", reason="Now shown.")
    with transaction(house.wiring.sessions) as session:
        assert session.scalars(select(Enrolment.claim_id)).one() == house.claim_id
        assert session.get_one(Application, again).marks_per_cent == 75


def test_a_mark_without_words_is_refused_at_its_field_and_what_was_typed_stays(house: House) -> None:
    there = f"/hub/applications/{house.sent()}/assess/service"
    hub = house.be(house.hub[0])
    said = save(hub, there, leadership_mark="3", leadership_why="", matching_practice_why="No mark for these words.")
    assert "Say why you give this mark to: Who leads the service, and how stable is the team?" in said
    assert linked_errors(hub) == ["#leadership_why", "#matching_practice_mark"]
    assert hub.page is not None
    assert hub.page.status_code == 400
    assert "No mark for these words.</textarea>" in hub.page.text
    assert re.search(r'name="leadership_mark"[^>]*value="3"[^>]*checked', hub.page.text)
    assert "The service: saved" in save(hub, there, leadership_mark="3", leadership_why="Figures are given.")


def test_the_second_assessor_is_somebody_else_and_sees_nothing_of_the_first_before(house: House) -> None:
    application_id = house.sent()
    there = f"/hub/applications/{application_id}/assess/quality"
    first, second, third = (house.be(actor) for actor in house.hub)
    marks = {"outcomes_mark": "4", "voice_mark": "4", "outcomes_why": "First words.", "voice_why": "First words."}
    save(first, there, **marks)
    first.get(there)
    assert "Somebody else has to mark it too" in first.text
    save(first, there, **{**marks, "voice_mark": "3"})  # the same person again only thinks again
    first.get(f"/hub/applications/{application_id}")
    assert "Quality and outcomes: a second assessor has not marked it." in first.text

    for page in (there, f"/hub/applications/{application_id}"):
        assert "First words." not in second.get(page).text
    save(second, there, outcomes_mark="2", outcomes_why="Second words.", voice_mark="3", voice_why="Second words.")
    second.get(there)
    assert "First words." in second.text
    assert "Two assessors differ" in second.text

    third.get(f"/hub/applications/{application_id}")
    assert "A mark to agree" in third.text
    assert "Say why you give this mark" in save(third, there, outcomes_mark="3", outcomes_why="")
    save(third, there, outcomes_mark="3", outcomes_why="Agreed between the two.")
    third.get(there)
    assert "agreed, recorded by" in third.text
    assert "What they gave stands" in third.text


def test_what_one_person_marks_alone_is_seen_by_the_next_who_may_mark_it_anew(house: House) -> None:
    there = f"/hub/applications/{house.sent()}/assess/references"
    one, other = house.be(house.hub[0]), house.be(house.hub[1])
    save(one, there, reference_1_mark="fail", reference_1_why="Nobody answers there.")
    other.get(there)
    assert "Nobody answers there." in other.text
    assert "saved" in save(other, there, reference_1_mark="pass", reference_1_why="Reached by telephone.")
    one.get(there)
    assert "Reached by telephone." in one.text


def test_a_question_is_on_today_until_it_is_answered_and_the_hub_sees_both(house: House) -> None:
    application_id = house.sent()
    hub, visitor = house.be(house.hub[0]), house.be(house.provider)
    to_ask = f"/hub/applications/{application_id}/ask?question=public_liability"
    parts = {"answer_by-day": "1", "answer_by-month": "3", "answer_by-year": "2040"}
    asked = {"question": "public_liability", "words": "Is this the newest certificate?"}
    assert "Enter what you want to know" in save(hub, to_ask, question="public_liability", words="", **parts)
    assert "Question sent" in save(hub, to_ask, **asked, **parts)
    hub.get("/hub/market")
    assert "1 question with the company" in hub.text
    visitor.get("/provider/today")
    assert f"Answer the hub's question about the application to {LOT}" in visitor.text

    with transaction(house.wiring.sessions) as session:
        clarification = session.scalars(select(Clarification.id)).one()
    to_answer = f"/provider/clarifications/{clarification}"
    said = save(visitor, to_answer, words="No.", file=(io.BytesIO(joining.PDF), "newer.pdf"))
    assert "Enter the last day on which it holds" in said
    last_day = {"last_day-day": "1", "last_day-month": "3", "last_day-year": str(house.now.year + 2)}
    file = (io.BytesIO(joining.PDF), "newer.pdf")
    said = save(visitor, to_answer, words="This one is newer.", file=file, **last_day)
    assert "Answer sent to the hub" in said
    visitor.get("/provider/today")
    assert "Answer the hub's question" not in visitor.text
    hub.get(f"/hub/applications/{application_id}")
    assert "This one is newer." in hub.text
    assert "newer.pdf" in hub.text
    assert "public_liability.pdf" in hub.text, "what was sent first stays"


def test_marks_of_the_same_passport_are_taken_over_with_one_click(house: House) -> None:
    first_id = house.sent()
    first, second, _ = house.hub
    house.mark(first_id, first, second)
    hub = house.be(first)
    save(hub, f"/hub/applications/{first_id}", decision="approve", reason="Good.")
    with transaction(house.wiring.sessions) as session:
        service = joining.make_ready_service(session, house.provider, first, house.now)
        lot = session.get_one(Lot, house.lot_id)
        other = joining.make_application(session, house.provider, service, lot, now=house.now).id
    there = f"/hub/applications/{other}/assess/insurance"
    hub.get(there)
    assert f"for {LOT}, with the same answer: Pass" in hub.text
    hub.press(f"{there}/carry")
    assert "Marks taken over as yours" in hub.text
    hub.get(f"/hub/applications/{other}")
    assert "Insurances: not all is marked" not in hub.text
    assert "Policies: not all is marked" in hub.text


def test_a_ground_for_exclusion_is_recorded_decided_of_and_ended(house: House) -> None:
    application_id = house.sent()
    first, second, _ = house.hub
    house.mark(application_id, first, second)
    hub = house.be(first)
    record = f"/hub/providers/{house.provider.organisation_id}/exclusions/new"
    said = save(hub, record, kind="excludable", ground="", basis="Schedule 7")
    assert "Enter which ground applies, and to whom" in said
    day = {"from_day-day": "1", "from_day-month": "3", "from_day-year": "2026"}
    said = save(hub, record, kind="excludable", ground="A contract was ended", basis="Schedule 7", **day)
    assert "Nobody has decided yet" in said
    hub.get("/hub/exclusions")
    assert "Made-up Meadows Ltd" in hub.text
    to_decide = f"/hub/applications/{application_id}"
    assert "Decide on that first" in save(hub, to_decide, decision="approve", reason="Good.")

    with transaction(house.wiring.sessions) as session:
        there = f"/hub/exclusions/{session.scalars(select(SupplierExclusion.id)).one()}"
    hub.get(there)
    assert "What the company says that it has done since. Two new directors." in hub.text
    assert "Enter your reasons" in save(hub, there, decision="admit", reason="")
    assert "The company is disregarded" in save(hub, there, decision="disregard", reason="Nothing was done since.")
    assert "The application has to be disregarded" in save(hub, to_decide, decision="approve", reason="Good.")
    assert "Admitted all the same" in save(hub, there, decision="admit", reason="New people, and a plan.")
    assert "Approved and enrolled" in save(hub, to_decide, decision="approve", reason="Good.")
    assert "Ground ended" in save(hub, f"{there}/end", reason="It is more than five years ago.")
    hub.get(there)
    assert "It is more than five years ago." in hub.text
