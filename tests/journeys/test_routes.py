"""Two children who need a home today, through the pages: a baby of 26 weeks, and a request at 17:30 on a Friday."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app.core.clock import LONDON
from app.core.database import transaction
from app.core.jobs import run_due
from app.core.models import MovedClock
from app.factory import create_app
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.offers.offering import submit_offer
from app.offers.opening import open_and_freeze
from app.requests.amending import amend, draft_change
from app.requests.in_house import record_answer
from app.requests.models import InHouseAsk, PlacementRequest
from app.requests.status import Siblings
from app.wiring import Wiring
from config.settings import Settings
from notifications.models import OutboxMessage
from providers.market.models import Lot
from providers.market.status import ProcurementMode
from tests.databases import sqlite_template
from tests.factories import offers as made
from tests.factories import providers
from tests.factories import requests as factory
from tests.factories.identity import make_organisation
from tests.factories.visitor import Visitor
from tests.looking import faults

MONDAY = dt.datetime(2026, 12, 7, 10, 0, tzinfo=LONDON)
FRIDAY = dt.datetime(2026, 12, 4, 17, 30, tzinfo=LONDON)
WHY = "The carers can no longer keep the child safe tonight."


@dataclass
class Town:
    """An application whose clock stands at a moment, a borough with its people, and the services of a fostering lot."""

    app: Flask
    wiring: Wiring
    lot: str = ""
    people: dict[str, Actor] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)

    def at(self, moment: dt.datetime) -> None:
        """Move the clock, and let everything happen that is due by then."""
        with transaction(self.wiring.sessions) as session:
            seconds = round((moment - dt.datetime.now(dt.UTC)).total_seconds())
            session.merge(MovedClock(id=1, seconds=seconds))
        run_due(self.wiring.sessions, self.wiring.job_handlers, self.wiring.clock)

    def be(self, who: str) -> Visitor:
        return Visitor(self.app).be(self.people[who])

    def letters(self, template: str) -> list[OutboxMessage]:
        with transaction(self.wiring.sessions, read_only=True) as session:
            rows = select(OutboxMessage).where(OutboxMessage.template == template)
            return list(session.scalars(rows.order_by(OutboxMessage.address)))

    def approved(self, born: dt.date, now: dt.datetime, **answered: Any) -> str:
        """A same-day request that a manager has approved: its id."""
        with transaction(self.wiring.sessions) as session:
            given = {"vault": self.wiring.vault, "now": now}
            child = factory.make_child(session, actor=self.people["officer"], date_of_birth=born, **given)
            answers = {"urgency": "same_day", "same_day_reason": WHY, "needed_from": now.date(), **answered}
            request, _, _ = factory.make_approved_request(
                session,
                officer=self.people["officer"],
                manager=self.people["manager"],
                child=child,
                answers=factory.request_answers(now=now, **answers),
                **given,
            )
            return request.id


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    app = create_app(settings, limits=False)
    found = Town(app, app.extensions["homeward"])
    with transaction(found.wiring.sessions) as session:
        _build(session, found, FRIDAY - dt.timedelta(days=1))
    yield found
    found.wiring.engine.dispose()


def _build(session: Session, town: Town, now: dt.datetime) -> None:
    factory.load_policies(session, now)
    council = factory.make_borough(session, name="Madeup Council", short_code="MAD", now=now)
    town.people["officer"] = factory.make_actor(session, organisation=council, name="Olu Officer", now=now)
    town.people["manager"] = factory.make_actor(session, Role.TEAM_MANAGER, organisation=council, now=now)
    lot = providers.make_system_and_lots(session, now).fostering
    factory.join(session, council.id, lot, now=now)
    town.lot = lot.id

    def service(name: str, company: Organisation | None = None, **given: Any) -> None:
        one = providers.make_enrolled_service(session, lot=lot, organisation=company, name=name, now=now, **given)
        town.services[name] = one.id
        town.people[name] = made.somebody_of(session, one)

    service("Cradle Madeup Fostering", min_age=0)
    service("Nest Madeup Fostering", min_age=0, places=0)
    service("Teens Madeup Fostering", min_age=10)
    own = make_organisation(session, OrganisationKind.PROVIDER, "Madeup Council Fostering")
    own.in_house_of = council.id
    service("Own Madeup Carers", own, min_age=0, max_age=5)


def test_an_emergency_for_a_baby_of_26_weeks(town: Town) -> None:
    """F-24, F-35: the emergency route with its reason, in house first for minutes, then who takes babies, tonight."""
    town.at(MONDAY)
    request_id = town.approved(MONDAY.date() - dt.timedelta(weeks=26), MONDAY)
    path = f"/borough/requests/{request_id}"
    officer, own = town.be("officer"), town.be("Own Madeup Carers")
    officer.get(path)
    assert "26 weeks (0 years)" in officer.get(f"{path}/provider-view").text
    officer.get(path)
    assert "Monday 7 December at 10:30am" in officer.text, "the council's own services have half an hour"
    assert "own services are asked" in officer.text
    officer.get("/borough/")
    assert "Asked in house" in officer.text

    officer.get(f"{path}/publish")
    assert "Emergency route: needed within 24 hours." in officer.text
    assert WHY in officer.text
    assert "outside office hours" not in officer.text
    assert publish(town, officer, path).status_code == 400
    assert "can answer until Monday 7 December at 10:30am" in officer.text

    (asked,) = town.letters("in_house_asked")
    assert "26 weeks" not in asked.text
    own.get("/provider/today")
    assert "Say whether Own Madeup Carers can take a child" in own.text
    with transaction(town.wiring.sessions, read_only=True) as session:
        ask = session.scalars(select(InHouseAsk)).one()
    own.get(f"/provider/in-house/{ask.id}")
    assert "26 weeks (0 years)" in own.text
    assert "Zebedee" not in own.text
    hidden = {"version": version_in(own)}
    assert own.press(f"/provider/in-house/{ask.id}", can_take="no", **hidden).status_code == 400
    own.press(f"/provider/in-house/{ask.id}", can_take="no", code="full", **hidden)
    assert "You said that you cannot: no free place" in own.text
    assert len(town.letters("in_house_answered")) == 1

    officer.get(f"{path}/publish/{town.lot}/services")
    assert "1 service would be told, and 2 services left out." in officer.text
    assert "The service takes ages 10 to 17; the request is for age 0." in officer.text
    assert "0 free places" in officer.text
    rows = officer.get(f"{path}/publish/{town.lot}/services.csv").text.splitlines()
    assert len(rows) == 4
    assert publish(town, officer, path).status_code == 200
    assert "Request published" in officer.text
    assert "£930" in officer.text, "the youngest price band"
    assert "26 weeks (0 years)" in officer.get(f"{path}/provider-view").text

    (letter,) = town.letters("same_day_alert")
    assert "2pm on Monday 7 December" in letter.subject, "four hours"
    cradle = town.be("Cradle Madeup Fostering")
    cradle.get(f"/provider/opportunities/{request_id}")
    assert "26 weeks (0 years)" in cradle.text
    for other in ("Teens Madeup Fostering", "Nest Madeup Fostering", "Own Madeup Carers"):
        assert town.be(other).get(f"/provider/opportunities/{request_id}").status_code == 404
    offer(town, request_id, "Cradle Madeup Fostering", MONDAY + dt.timedelta(hours=2))
    town.at(MONDAY + dt.timedelta(hours=4, minutes=1))
    officer = town.be("officer")
    officer.get(f"{path}/offers")
    assert "Cradle Madeup Fostering" in officer.text, "opened and ranked at the deadline, that same day"


def test_a_same_day_request_at_half_past_five_on_a_friday_does_not_wait_for_monday(town: Town) -> None:
    """F-35. Nobody in house takes a child of 12; nobody offers, and a manager decides that night."""
    town.at(FRIDAY)
    request_id = town.approved(dt.date(2014, 3, 1), FRIDAY)
    path = f"/borough/requests/{request_id}"
    officer = town.be("officer")
    officer.get(path)
    assert "Choose a lot and a deadline" in officer.text, "nobody to wait for"
    page = officer.get(f"{path}/publish").text
    assert "It is outside office hours." in officer.text
    assert "nothing waits for the next working day" in officer.text
    assert "Usual deadline: Friday 4 December at 9:30pm" in officer.text
    assert 'value="4"' in page
    assert 'value="21:30" selected' in page
    assert publish(town, officer, path).status_code == 200
    assert "Friday 4 December at 9:30pm" in officer.text
    for letter in town.letters("same_day_alert"):
        assert "9:30pm on Friday 4 December" in letter.subject
        assert "does not wait for the next working day" in letter.text
    assert len(town.letters("same_day_alert")) == 2

    town.at(FRIDAY + dt.timedelta(hours=4, minutes=1))
    assert len(town.letters("nobody_offered")) == 2
    manager = town.be("manager")
    manager.get("/borough/")
    assert "Search more widely" in manager.text
    officer = town.be("officer")
    officer.get(path)
    assert "Nobody offered a place that can be taken" in officer.text
    assert "Friday 4 December at 10:3" in officer.text, "a manager decides within the hour, not on Monday"
    hidden = {"version": version_in(officer.get(f"{path}/unplaced"))}
    officer.press(f"{path}/unplaced", code="other", **hidden)
    assert "Say in words" in officer.text
    officer.press(f"{path}/unplaced", code="no_offer", words="Carers on call were full", **hidden)
    assert "No offer was made. Carers on call were full." in officer.text


def test_an_answer_of_the_second_of_two_children_is_changed_on_its_page(town: Town) -> None:
    """Two officers at once: nothing is overwritten unsaid. Who is invited learns which answer, and of which child."""
    town.at(MONDAY)
    request_id = published_group(town)
    path = f"/borough/requests/{request_id}"
    part = f"{path}/amend/the_child?child=2"
    first, second = town.be("officer"), town.be("officer")
    first.get(f"{path}/amend")
    assert "Child 1: the child" in first.text
    assert "Child 2: the child" in first.text
    assert "Needs" not in first.text, "what was measured is frozen"
    assert first.get(f"{path}/amend/needs?child=2").status_code == 404
    assert first.get(f"{path}/amend/the_child?child=3").status_code == 404

    schools = f"{path}/amend/send?child=2"
    first.get(schools)
    assert 'name="consulted-1-school"' not in first.page.text
    first.press(schools, version=version_in(first), more="consulted", parental_preference="A small school")
    assert 'name="consulted-1-school"' in first.page.text
    assert "A small school" in first.page.text, "what was typed stays"

    for officer in (first, second):
        officer.get(part)
        assert 'name="adaptations"' not in officer.page.text, "a frozen answer is not asked"
    old = version_in(second)
    first.press(part, version=version_in(first), enjoys="Chess and swimming")
    assert "Child 2: What do they enjoy?" in first.text
    refused = second.press(part, version=old, enjoys="Draughts")
    assert refused.status_code == 409
    assert "These answers now differ from yours: What do they enjoy?" in second.text
    assert ">Draughts</textarea>" in second.page.text

    answers = {"version": version_in(first), "reason": "The child told us"}
    assert first.press(f"{path}/amend", **answers).status_code == 400
    assert "Read the changed texts and confirm that none says who the child is: Child 2: what do they" in first.text
    first.press(f"{path}/amend", **answers, read="yes")
    assert "Request changed" in first.text
    letter = town.letters("request_amended")[-1]
    assert "Child 2: What do they enjoy?" in letter.text
    assert "swimming" not in letter.text
    provider = town.be("Teens Madeup Fostering")
    provider.get(f"/provider/opportunities/{request_id}")
    _, _, of_the_second = provider.text.partition("Child 2: the child")
    assert "Chess and swimming" in of_the_second


def published_group(town: Town) -> str:
    """A request for school places for two children who stay together, open for offers."""
    with transaction(town.wiring.sessions) as session:
        given = {"vault": town.wiring.vault, "now": MONDAY}
        children = [
            factory.make_child(
                session, actor=town.people["officer"], given_name=name, date_of_birth=dt.date(year, 3, 1), **given
            )
            for name, year in (("Zebedee", 2013), ("Yolanda", 2015))
        ]
        request = factory.make_published_request(
            session,
            lot=session.get_one(Lot, town.lot),
            officer=town.people["officer"],
            manager=town.people["manager"],
            children=children,
            siblings=Siblings.TOGETHER,
            answers=factory.send_answers(now=MONDAY),
            **given,
        )
        return request.id


@pytest.mark.browser
def test_pages_that_show_what_is_rare_are_accessible_and_fit(town: Town, browser: Browser) -> None:
    town.at(MONDAY)
    server = make_server("127.0.0.1", 0, town.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_port}"
    wrong: list[str] = []
    try:
        for who, paths in pages(town).items():
            context = browser.new_context(base_url=host)
            cookie = town.be(who).client.get_cookie("homeward")
            assert cookie is not None
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": host}])
            page = context.new_page()
            for path in paths:
                answer = page.goto(path)
                assert answer is not None
                assert answer.status == 200, path
                html5lib.HTMLParser(strict=True).parse(answer.text())
                wrong += [f"{path}: {fault}" for fault in faults(page)]
            context.close()
    finally:
        server.shutdown()
    assert wrong == []


def pages(town: Town) -> dict[str, list[str]]:
    """The pages of the route that the walk through the demonstration does not meet as they look here, by who looks."""
    born, officer = MONDAY.date() - dt.timedelta(weeks=100), town.people["officer"]
    planned = {"urgency": "planned", "same_day_reason": ""}
    asked = town.approved(born, MONDAY, **planned)
    with transaction(town.wiring.sessions) as session:
        now, vault = MONDAY, town.wiring.vault
        law = providers.make_system_and_lots(session, now, mode=ProcurementMode.PCR34).fostering
        factory.join(session, officer.organisation_id, law, now=now)
        providers.make_enrolled_service(session, lot=law, name="Law Madeup Fostering", min_age=0, now=now)
        ask = session.scalars(select(InHouseAsk)).one()
        record_answer(
            session,
            actor=officer,
            ask_id=ask.id,
            can_take=True,
            can_from=now.date() + dt.timedelta(days=3),
            code="",
            words="A bed is free",
            version=ask.version,
            now=now,
        )
        lot = session.get_one(Lot, town.lot)
        child = factory.make_child(session, actor=officer, vault=vault, date_of_birth=dt.date(2014, 3, 1), now=now)
        given = {"lot": lot, "officer": officer, "manager": town.people["manager"], "vault": vault, "child": child}
        lonely = factory.make_published_request(
            session, now=now - dt.timedelta(days=20), offers_close_at=now - dt.timedelta(days=1), **given
        )
        opened = factory.make_published_request(session, now=now, **given)
        typed = {"section": "the_child", "typed": factory.request_answers(now=now, enjoys="Chess and swimming")}
        common = {"request_id": opened.id, "version": opened.version, "now": now}
        draft_change(session, actor=officer, vault=vault, **typed, **common)
        common["version"] = opened.version
        amend(session, actor=officer, vault=vault, reason="The school told us", read=True, **common)
        common["version"] = opened.version
        draft_change(
            session,
            actor=officer,
            vault=vault,
            **typed | {"typed": factory.request_answers(now=now, enjoys="Chess")},
            **common,
        )
        open_and_freeze(session, vault=vault, request_id=lonely.id, now=now)
    one = {"asked": asked, "opened": opened.id, "lonely": lonely.id, "group": published_group(town)}
    at = {name: f"/borough/requests/{request_id}" for name, request_id in one.items()}
    return {
        "officer": [
            f"{at['asked']}/in-house",
            f"/borough/in-house/{ask.id}",
            f"{at['asked']}/publish/{town.lot}/services?plan=near_first&sort=needs",
            f"{at['asked']}/publish/{law.id}/agreements",
            f"{at['opened']}/amend",
            f"{at['group']}/amend/current_placement?child=2",
            f"{at['group']}/amend/send",
            f"{at['lonely']}/wider",
        ],
        "Own Madeup Carers": [f"/provider/in-house/{ask.id}"],
        "Teens Madeup Fostering": [f"/provider/opportunities/{opened.id}"],
    }


def publish(town: Town, officer: Visitor, path: str) -> Any:
    """Publish as the page proposes it."""
    page = officer.get(f"{path}/publish").text
    day = {
        part: re.search(rf'name="offers_close_on-{part}"[^>]*value="(\d+)"', page) for part in ("day", "month", "year")
    }
    time = re.search(r'value="(\d\d:\d\d)" selected', page)
    assert time
    answers = {f"offers_close_on-{part}": found[1] for part, found in day.items() if found}
    return officer.press(
        f"{path}/publish", lot_id=town.lot, version=version_in(officer), offers_close_at=time[1], **answers
    )


def offer(town: Town, request_id: str, who: str, now: dt.datetime) -> None:
    with transaction(town.wiring.sessions) as session:
        request = session.get_one(PlacementRequest, request_id)
        submit_offer(
            session,
            actor=town.people[who],
            vault=town.wiring.vault,
            request_id=request_id,
            service_id=town.services[who],
            content=made.content(90_000, needs=request.needs or [], now=now, start=now.date()),
            now=now,
        )


def version_in(visitor: Any) -> str:
    page = visitor.page if isinstance(visitor, Visitor) else visitor
    found = re.search(r'name="version" value="(\d+)"', page.text)
    assert found
    return found[1]
