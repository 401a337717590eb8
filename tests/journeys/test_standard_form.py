"""The standard form through HTTP: a school place of 38 weeks, brothers and sisters, two officers on one draft, and a
session that ended while somebody typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask

from app.core.database import transaction
from app.factory import create_app
from app.identity.permissions import Actor
from app.requests import drafting
from app.requests.form import form
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus, Siblings
from app.web import account, borough
from app.wiring import Wiring
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories import requests as factory
from tests.factories.visitor import Visitor

MINUTES = 60


@dataclass(frozen=True)
class Scene:
    """The application, two officers of one council, a whole draft, and a child without a request."""

    app: Flask
    wiring: Wiring
    ana: Actor
    bo: Actor
    draft: str
    child: str
    reference: str

    def visitor(self, who: Actor) -> Visitor:
        return Visitor(self.app).be(who)

    def answers(self, request_id: str, position: int = 1) -> dict[str, Any]:
        """What is saved."""
        with transaction(self.wiring.sessions, read_only=True) as session:
            row = session.get_one(PlacementRequest, request_id)
            return drafting.answers_of(session, vault=self.wiring.vault, request=row, position=position)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    app = create_app(settings, limits=False, audiences=[account.bp, borough.bp])
    wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        factory.load_policies(session, now)
        council = factory.make_borough(session, name="Madeup", short_code="MAD", now=now)
        ana, bo = (
            factory.make_actor(session, organisation=council, name=name, now=now) for name in ("Ana First", "Bo Second")
        )
        draft = factory.make_draft(
            session, actor=ana, vault=wiring.vault, now=now, answers=factory.request_answers(now=now)
        )
        child = factory.make_child(session, actor=ana, vault=wiring.vault, given_name="Yolanda", now=now)
        made = (ana, bo, draft.id, child.id, child.reference)
    yield Scene(app, wiring, *made)
    wiring.engine.dispose()


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def mark_in(page: str) -> str:
    found = re.search(r'name="shown_to" value="([^"]+)"', page)
    assert found
    return found[1]


def as_posted(section: str, answers: dict[str, Any]) -> dict[str, Any]:
    """A section's answers as a browser sends them."""
    sent: dict[str, Any] = {}
    for one in form().section(section).fields:
        raw = answers.get(one.name, "")
        if one.kind == "rows":
            sent[f"{one.name}-rows"] = str(len(raw or []))
            for number, row in enumerate(raw or [], start=1):
                sent |= {f"{one.name}-{number}-{column}": said for column, said in row.items()}
        elif isinstance(raw, dict):
            sent |= {f"{one.name}-{part}": text for part, text in raw.items()}
        else:
            sent[one.name] = raw
    return sent


def test_a_school_place_of_38_weeks_is_asked_for_with_what_schools_answered(scene: Scene) -> None:
    ana = scene.visitor(scene.ana)
    ana.get(f"/borough/children/{scene.child}")
    ana.press(f"/borough/children/{scene.child}/request")
    path = ana.page.request.path  # type: ignore[union-attr]
    assert "0 of 13 sections completed" in ana.text
    assert "Special educational needs" not in ana.text
    with transaction(scene.wiring.sessions, read_only=True) as session:
        answers = factory.send_answers(now=scene.wiring.clock(session))
    ana.fill(f"{path}/key_information", version="0", **as_posted("key_information", answers))
    assert "1 of 14 sections completed" in Visitor.text.fget(ana.get(path) and ana)  # type: ignore[attr-defined]
    for section in form().sections[1:-1]:
        ana.fill(f"{path}/{section.name}", version="0", **as_posted(section.name, answers))

    ana.get(f"{path}/send")
    assert "Any ranking of schools or offers is evidence for the decision, never the decision" in ana.text
    typed = as_posted("send", answers | {"parental_preference": "Elmmadeup School, which is near"})
    ana.press(f"{path}/send", version="0", more="consulted", **typed)
    assert "School 1" in ana.text
    assert "Elmmadeup School, which is near" in ana.text, "adding a line loses nothing"
    assert "ehcp" not in scene.answers(path.split("/")[3]), "adding a line saves nothing"
    school = {"school": "Elmmadeup School", "urn": "999001", "reply": "cannot", "section_41": "yes"}
    line = {f"consulted-1-{column}": said for column, said in school.items()} | {"consulted-rows": "2"}
    ana.press(f"{path}/send", version="0", **typed | line)
    assert "Saved, but 1 answer needs changing" in ana.text
    assert "School 1: Choose an answer to “Why can it not?”" in ana.text
    page = ana.get(f"{path}/send").text
    ana.press(f"{path}/send", version=version_in(page), **typed | line | {"consulted-1-ground": "full"})
    assert "Check your answers" in ana.text
    assert "School: " not in ana.text
    assert "Name of the school or college: Elmmadeup School" in ana.text
    assert "attention before you can submit" not in ana.text
    ana.press(f"{path}/check", version=version_in(ana.page.text))  # type: ignore[union-attr]
    assert "Submitted by Ana First" in ana.text
    with transaction(scene.wiring.sessions, read_only=True) as session:
        row = session.get_one(PlacementRequest, path.split("/")[3])
        assert (row.status, row.looked_after, row.siblings) == (RequestStatus.SUBMITTED, False, Siblings.ALONE)
    ana.get(f"{path.removesuffix('/form')}/provider-view?stage=2")
    assert "38 weeks, boarding in term time" in seen_by_providers(ana)
    assert "Elmmadeup" not in seen_by_providers(ana)


def seen_by_providers(visitor: Visitor) -> str:
    """What stands in the column of the preview that providers see."""
    assert visitor.page is not None
    return " ".join(re.findall(r'hw-beside__seen"[^>]*>(.*?)</td>', visitor.page.text, re.DOTALL))


def test_the_second_of_two_officers_settles_answer_by_answer(scene: Scene) -> None:
    ana, bo = scene.visitor(scene.ana), scene.visitor(scene.bo)
    path = f"/borough/requests/{scene.draft}/form/contact"
    opened = bo.get(path)
    theirs = {"contact": "Every week with the mother", "contact_interpreter": "Somali", "contact_not": ""}
    mine = {"contact": "Every month with the father", "contact_interpreter": "Somali", "contact_not": "An uncle"}
    ana.fill(path, version="1", **theirs)
    refused = bo.press(path, opened, version="1", **mine)
    assert refused.status_code == 409
    html5lib.HTMLParser(strict=True).parse(refused.text)
    assert "Ana First saved this section after you opened it" in bo.text
    assert "2 answers differ" in bo.text
    for both in ("Every week with the mother", "Every month with the father", "An uncle"):
        assert both in bo.text
    assert scene.answers(scene.draft)["contact"] == theirs["contact"], "nothing is overwritten"

    settling = {"version": version_in(refused.text), "differs": ["contact", "contact_not"], **mine}
    half = bo.press(path, refused, **settling, **{"settle-contact": "theirs"})
    assert half.status_code == 409, "each answer that differs is settled"
    assert "Say which answer to “Who must the child not have contact with?” stands" in bo.text
    assert "An uncle" in bo.text
    choices = {"settle-contact": "theirs", "settle-contact_not": "mine"}
    bo.press(path, half, **settling | {"contact_not": "An uncle, by the mother's side"} | choices)
    assert "Section saved" in bo.text
    kept = scene.answers(scene.draft)
    assert (kept["contact"], kept["contact_not"]) == (theirs["contact"], "An uncle, by the mother's side")
    assert kept["contact_interpreter"] == "Somali"


def test_what_was_typed_when_the_session_had_ended_comes_back_after_signing_in(scene: Scene) -> None:
    ana, bo = scene.visitor(scene.ana), scene.visitor(scene.bo)
    path = f"/borough/requests/{scene.draft}/form/contact"
    opened = ana.get(path)
    said = {"contact": "Twice a month, supervised", "contact_not": "", "contact_interpreter": ""}
    forged = ana.client.application.test_client().post(path, data={**said, "shown_to": "forged", "version": "1"})
    assert forged.headers["Location"].endswith("/sign-in")

    end_sessions(scene)
    answer = ana.press(path, opened, follow=False, version="1", shown_to=mark_in(opened.text), **said)
    assert answer.status_code == 303
    assert "/sign-in?next=" in answer.headers["Location"]
    assert "Twice" not in answer.headers["Location"]
    ana.get(answer.headers["Location"])
    assert "What you typed is kept. Sign in, and it comes back." in ana.text
    assert scene.answers(scene.draft)["contact"] == "", "nothing is saved by nobody"

    bo.be(scene.bo).get(path)
    assert "Twice a month" not in bo.text, "it comes back to its writer alone"
    page = ana.be(scene.ana).get(path)
    assert "Not saved yet" in ana.text
    assert "Twice a month, supervised" in page.text
    assert version_in(page.text) == "1"
    ana.press(path, page, version="1", shown_to=mark_in(page.text), **said)
    assert scene.answers(scene.draft)["contact"] == "Twice a month, supervised"
    assert "Not saved yet" not in Visitor.text.fget(ana.get(path) and ana)  # type: ignore[attr-defined]

    old = ana.get(path)
    ana.be(scene.ana)  # signed out and in again meanwhile: the page's own token no longer holds
    with ana.client.session_transaction() as cookie:
        cookie.pop("csrf_token", None)
    changed = said | {"contact": "Every Sunday"}
    ana.press(path, old, version="2", shown_to=mark_in(old.text), **changed)
    assert "Not saved yet" in ana.text
    assert "Every Sunday" in ana.text
    ana.press(f"{path}/discard")
    assert "What you had typed is gone" in ana.text
    assert scene.answers(scene.draft)["contact"] == "Twice a month, supervised"


def test_brothers_and_sisters_join_one_request_with_a_plan_and_their_own_answers(scene: Scene) -> None:
    ana = scene.visitor(scene.ana)
    path = f"/borough/requests/{scene.draft}"
    ana.get(f"{path}/children")
    assert ana.press(f"{path}/children/add", child="CH-222222").status_code == 400
    assert "There is no child with that reference" in ana.text
    ana.press(f"{path}/children/add", child=f" {scene.reference.lower()}")
    assert "Child added" in ana.text
    assert "Yolanda Testchild" in ana.text
    ana.press(f"{path}/children/plan", siblings="together")
    assert "2 children, to be placed: together" in ana.text
    assert "13 of 21 sections completed" in ana.text
    ana.press(f"{path}/children/copy?child=2")
    assert "Copied to child 2: Language, belief and legal status" in ana.text
    assert "Look through each" in ana.text
    shown = ana.get(f"{path}/form/wishes?child=2")
    assert "Child 2: wishes and feelings" in ana.text
    ana.press(f"{path}/form/wishes?child=2", shown, version="0", own_words="To stay with my brother")
    assert [scene.answers(scene.draft, position)["own_words"] for position in (1, 2)] == [
        "I want to stay near my friends.",
        "To stay with my brother",
    ]
    ana.get(f"{path}/form/check")
    assert "Child 2: choose an answer to “Self-harm”" in ana.text
    assert f'href="{path}/form/risks?child=2&amp;gaps=1#risk_self_harm"' in ana.page.text  # type: ignore[union-attr]
    assert ana.get(f"{path}/form/wishes?child=3").status_code == 404
    ana.get(f"{path}/provider-view")
    assert "About child 2" in ana.text
    assert "Yolanda" not in seen_by_providers(ana)
    html5lib.HTMLParser(strict=True).parse(ana.get(f"{path}/children/off?child=2").text)
    ana.press(f"{path}/children/off?child=2")
    assert "Child taken off" in ana.text
    assert "Yolanda" not in ana.text


def test_a_draft_of_the_first_version_is_still_written_page_by_page(scene: Scene) -> None:
    ana = scene.visitor(scene.ana)
    ana.get(f"/borough/children/{scene.child}")
    ana.press(f"/borough/children/{scene.child}/request")
    path = ana.page.request.path  # type: ignore[union-attr]
    with transaction(scene.wiring.sessions) as session:
        session.get_one(PlacementRequest, path.split("/")[3]).form_version = "standard-1"
    assert "0 of 6 sections completed" in Visitor.text.fget(ana.get(path) and ana)  # type: ignore[attr-defined]
    for section in form("standard-1").sections:
        html5lib.HTMLParser(strict=True).parse(ana.get(f"{path}/{section.name}").text)
        assert section.title in ana.text
    assert "What should change" in ana.text
    ana.fill(f"{path}/reason", version="0", why_now="The carer is retiring", risks="None known")
    assert scene.answers(path.split("/")[3])["risks"] == "None known"
    ana.get(f"{path}/check")
    assert "Enter an answer to “Languages the child speaks”" in ana.text


def end_sessions(scene: Scene) -> None:
    """Half an hour without a word, and a bit."""
    from app.core.models import MovedClock

    with transaction(scene.wiring.sessions) as session:
        session.merge(MovedClock(id=1, seconds=31 * MINUTES))
