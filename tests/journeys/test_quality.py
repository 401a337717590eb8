"""The quality score through HTTP: a borough says how a placement goes, the provider reads every part, replies and
challenges a fact, the hub answers; and the hub changes the policy, with what it does seen before and after.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import url_for
from sqlalchemy import select

from app.core import jobs
from app.core.database import transaction
from app.core.models import MovedClock
from app.factory import create_app
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.placements.starting import start
from app.wiring import Wiring, build
from config.settings import Settings
from notifications.models import OutboxMessage
from providers.quality import links
from providers.quality.queries import qualities_now
from providers.quality.scoring import rescore_all
from providers.services.models import Service
from tests.databases import sqlite_template
from tests.factories import placements as factory
from tests.factories.identity import make_actor, make_organisation
from tests.factories.visitor import Visitor

LATER = dt.timedelta(days=200)


@dataclass
class Scene:
    """A home with a live placement, and whoever acts in the story."""

    wiring: Wiring
    officer: Visitor
    provider: Visitor
    hub: Visitor
    placement_id: str
    claim_id: str
    urn: str

    def work(self) -> None:
        """What the worker does: the jobs that are due."""
        jobs.run_due(self.wiring.sessions, self.wiring.job_handlers, self.wiring.clock)

    def score(self) -> int | None:
        """The score that stands."""
        with transaction(self.wiring.sessions, read_only=True) as session:
            return qualities_now(session, [self.urn])[self.urn]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    wiring = build(Settings.from_environment({"HOMEWARD_ENV": "test", "DATA_DIR": str(tmp_path)}))
    app = create_app(wiring.settings, wiring=wiring, limits=False)
    with transaction(wiring.sessions) as session:
        case, placement = factory.make_placement(session, vault=wiring.vault)
        moment = case.awarded_at + dt.timedelta(days=3)
        start(
            session,
            actor=case.officer,
            placement_id=placement.id,
            started_on=max(placement.planned_start, moment.date()),
            version=placement.version,
            now=dt.datetime.combine(max(placement.planned_start, moment.date()), dt.time(15), dt.UTC),
        )
        now = dt.datetime.combine(placement.started_on or moment.date(), dt.time(12), dt.UTC) + LATER
        session.add(MovedClock(id=1, seconds=int((now - dt.datetime.now(dt.UTC)).total_seconds())))
        service = session.get_one(Service, placement.service_id)
        hub = make_organisation(session, OrganisationKind.HUB)
        people: list[Actor] = [
            case.officer,
            make_actor(session, session.get_one(Organisation, placement.provider_id)),
            make_actor(session, hub, Role.COMMISSIONER),
        ]
        rescore_all(session, now=now, why="Day's work")
        ids = (placement.id, service.claim_id, service.urn)
    yield Scene(wiring, *(Visitor(app).be(actor) for actor in people), *ids)
    wiring.engine.dispose()


def sent(scene: Scene) -> list[str]:
    with transaction(scene.wiring.sessions, read_only=True) as session:
        return sorted(
            message.template
            for message in session.scalars(select(OutboxMessage))
            if message.template.startswith(("challenge", "outcome"))
        )


def typed(day: dt.date, name: str = "happened_on") -> dict[str, str]:
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def today(scene: Scene) -> dt.date:
    with transaction(scene.wiring.sessions, read_only=True) as session:
        return scene.wiring.clock(session).date()


def test_a_borough_says_how_it_goes_and_the_provider_replies_and_challenges(scene: Scene) -> None:
    # Good in all three, six months old: 47; nothing strategic but no evidence in date: 7; no placement: 12
    assert scene.score() == 47 + 7 + 12
    record = f"/borough/placements/{scene.placement_id}/outcome"
    scene.officer.fill(record, kind="review", **typed(today(scene) + dt.timedelta(days=1)))
    assert "The day must be between the start of the placement and today" in scene.officer.text
    scene.officer.fill(record, kind="review", progress="good_progress", ending="planned_ending", **typed(today(scene)))
    assert "Say how it ended only where the placement has ended" in scene.officer.text
    answers = {"progress": "good_progress", "started_on_day": "yes", "reports_on_time": "no", "feedback": "4"}
    scene.officer.fill(record, kind="review", words="Settled, and at school.", **answers, **typed(today(scene)))
    assert "Recorded, and the provider is told" in scene.officer.text
    assert "Settled, and at school." in scene.officer.text
    # (100, 100, 50 and 75 each drawn by 5 x 60): 66.67, 66.67, 58.33, 62.5: 27 + 20 + 9 + 9 = 65, 13
    assert scene.score() == 47 + 7 + 13

    page = f"/provider/services/{scene.claim_id}/quality"
    scene.provider.get(page)
    for words in (
        "67 out of 100",
        "47 + 7 + 13",
        "27 + 20 + 9 + 9",
        "(1 × 100 + 5 × 60) ÷ (1 + 5) = 66.67",
        "The boroughs' records of placements",
        "No contract check in the last 24 months",
        "A contract check rated Good would add 3",
        "Settled, and at school.",
    ):
        assert words in scene.provider.text, words
    found = re.search(r'href="(/provider/outcomes/[^"]+/reply)"', scene.provider.get(page).text)
    assert found
    scene.provider.fill(found[1], words=" ")
    assert "Enter your reply" in scene.provider.text
    scene.provider.fill(found[1], words="Thank you. Reports come weekly now.")
    assert "Thank you. Reports come weekly now." in scene.officer.get(f"/borough/placements/{scene.placement_id}").text

    challenge = f"{page}/challenge"
    scene.provider.fill(challenge, fact="", why="")
    assert "Choose which fact is wrong" in scene.provider.text
    send_file(scene.provider, challenge, "notes.pdf", b"not a PDF at all")
    assert "its content is something else" in scene.provider.text
    send_file(scene.provider, challenge, "letter.pdf", b"%PDF-1.4 made up")
    assert "Sent to the hub" in scene.provider.text
    scene.provider.fill(challenge, fact="strategic.compliance", why="Again")
    assert "challenged this already" in scene.provider.text

    scene.hub.get("/hub/market")
    assert "challenges to answer" in scene.hub.text
    listed = scene.hub.get("/hub/challenges").text
    found = re.search(r'href="(/hub/challenges/[^"/]+)"', listed)
    assert found
    answer = found[1]
    version = re.search(r'name="version" value="(\d+)"', scene.hub.get(answer).text)
    assert version
    file = scene.hub.client.get(f"{answer}/file")
    assert (file.data, file.headers["Content-Disposition"][:10]) == (b"%PDF-1.4 made up", "attachment")
    scene.hub.fill(answer, decision="uphold", answer="You were checked in May.", version=version[1])
    assert "Upheld, and told" in scene.hub.text
    check = f"/hub/quality/{scene.urn}/check"
    day = today(scene) - dt.timedelta(days=30)
    scene.hub.fill(check, rating="good", words="All in order.", **typed(day, "checked_on"))
    # 20 + 30 + 0 = 50, 10
    assert scene.score() == 47 + 10 + 13
    scene.provider.get(page)
    assert "You were checked in May." in scene.provider.text
    assert "70 out of 100" in scene.provider.text
    assert "The score fell from 78 to 70" in scene.provider.text  # 78 was made for the test, long ago
    older = re.findall(r'href="([^"]+\?score=[^"]+)"', scene.provider.page.text if scene.provider.page else "")
    assert "This score stood from" in scene.provider.get(older[-1]).text
    assert sent(scene) == ["challenge_answered", "challenge_made", "outcome_recorded"]
    with scene.hub.app.test_request_context("/"):
        base = "https://h.example/"
        assert links.own_score(base, "c1").endswith(url_for("provider.quality", claim_id="c1"))
        assert links.challenge(base, "c1").endswith(url_for("hub.challenge", challenge_id="c1"))
        assert links.reply(base, "o1").endswith(url_for("provider.outcome_reply", outcome_id="o1"))


def send_file(visitor: Visitor, path: str, name: str, content: bytes) -> None:
    """Send the form of a challenge with a file."""
    page = visitor.get(path)
    tokens = dict(re.findall(r'name="(csrf_token|idempotency_key)" value="([^"]+)"', page.text))
    answers = {"fact": "strategic.compliance", "why": "We were checked in May.", "file": (io.BytesIO(content), name)}
    visitor.page = visitor.client.post(
        path, data={**tokens, **answers}, content_type="multipart/form-data", follow_redirects=True
    )


def test_a_change_of_the_policy_is_seen_before_and_after(scene: Scene) -> None:
    before = scene.score()
    assert before == 66
    path = "/hub/policies/quality"
    assert "Change how quality is scored" in scene.hub.get("/hub/policies").text
    numbers = dict(re.findall(r'name="([a-z0-9_-]+)" type="text" [^>]*value="([^"]*)"', scene.hub.get(path).text))
    assert numbers["weights-inspection"] == "60"
    based_on = re.search(r'name="based_on" value="([^"]+)"', scene.hub.page.text if scene.hub.page else "")
    assert based_on
    given = {**numbers, "based_on": based_on[1]}
    scene.hub.fill(path, **given, why="")
    assert "Enter why the policy changes" in scene.hub.text
    scene.hub.fill(path, **{**given, "weights-inspection": "61"}, why="Less for paper.")
    assert "must add up to 100" in scene.hub.text
    changed = {**given, "weights-inspection": "40", "weights-strategic": "30", "weights-service": "30"}
    scene.hub.fill(path, **changed, why="Our own experience counts more.")
    assert "Working out what the change would do" in scene.hub.text
    assert "Waiting to begin" in scene.hub.text
    watched = scene.hub.page.request.path if scene.hub.page else ""
    scene.work()
    scene.hub.get(watched)
    # 40 x 78 = 31.2, 30 x 35 = 10.5, 30 x 60 = 18: 31 + 11 + 18 = 60
    for words in ("What the change would do", "Weights of the three parts, together 100: inspection 60 40"):
        assert words in scene.hub.text
    assert re.search(rf"{scene.urn} quality score 66 60 -6", scene.hub.text)
    there = scene.hub.page.request.path if scene.hub.page else ""
    version = re.search(r'name="version" value="(\d+)"', scene.hub.page.text if scene.hub.page else "")
    assert version
    assert scene.score() == 66, "looking changes nothing"
    yesterday = typed(today(scene) - dt.timedelta(days=1), "in_force_from")
    scene.hub.fill(there, version=version[1], **yesterday)
    assert "The day must be today or later" in scene.hub.text
    scene.hub.fill(there, version=version[1], **typed(today(scene), "in_force_from"))
    assert "is in force. Every score is being worked out anew" in scene.hub.text
    assert scene.score() == 66, "nothing stands before all of it does"
    scene.work()
    assert scene.score() == 60
    scene.hub.get(f"/hub/quality/{scene.urn}")
    assert "60 out of 100" in scene.hub.text
    assert "The score fell from" in scene.hub.text
    assert "Our own experience counts more." in scene.hub.text
    public = Visitor(scene.hub.app)
    public.get("/scoring")
    assert f"version {today(scene).isoformat()}" in public.text
