"""The page of long work: how far it is, on to its result, or why it stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from flask import Flask

from app.core import batches
from app.core.database import Base, transaction
from app.core.models import Batch
from app.factory import create_app
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind
from app.wiring import Wiring
from config.settings import Settings
from tests.factories.identity import make_actor, make_organisation
from tests.factories.visitor import Visitor

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": "test", "DATA_DIR": str(tmp_path)}), limits=False)
    wiring: Wiring = app.extensions["homeward"]
    Base.metadata.create_all(wiring.engine)
    yield app
    wiring.engine.dispose()


def begun(app: Flask) -> tuple[Actor, Actor, str]:
    """Somebody whose work it is, somebody else, and the work."""
    with transaction(app.extensions["homeward"].sessions) as session:
        ours = make_actor(session, make_organisation(session, OrganisationKind.PROVIDER))
        theirs = make_actor(session, make_organisation(session, OrganisationKind.PROVIDER))
        batch = batches.begin(
            session,
            kind="made_up_work",
            title="Count to four",
            organisation_id=ours.organisation_id,
            person_id=ours.person_id,
            payload={},
            now=NOW,
            total=4,
        )
        return ours, theirs, batch.id


def test_who_began_it_sees_how_far_it_is_and_is_led_on(app: Flask) -> None:
    ours, theirs, batch_id = begun(app)
    visitor, path = Visitor(app).be(ours), f"/progress/{batch_id}"
    page = visitor.get(path)
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert "Waiting to begin" in visitor.text
    with transaction(app.extensions["homeward"].sessions) as session:
        batches.advance(session, session.get_one(Batch, batch_id), done=1, total=4, now=NOW)
    page = visitor.get(path)
    assert "Under way. 1 of 4." in visitor.text
    assert '<progress class="hw-progress__bar" max="100" aria-label="How far it is" value="25">' in page.text
    assert f'href="{path}"' in page.text, "without scripts there is a link"
    assert Visitor(app).be(theirs).get(path).status_code == 404
    with transaction(app.extensions["homeward"].sessions) as session:
        batches.finish(session, session.get_one(Batch, batch_id), now=NOW, result={}, leads_to="/provider/services")
    answer = visitor.client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/provider/services")


def test_work_that_stopped_says_why_and_leads_back(app: Flask) -> None:
    ours, _, batch_id = begun(app)
    with transaction(app.extensions["homeward"].sessions) as session:
        batch = session.get_one(Batch, batch_id)
        batches.fail(session, batch, now=NOW, problem="Line 7 has no URN.", leads_to="/provider/services")
    visitor = Visitor(app).be(ours)
    page = visitor.get(f"/progress/{batch_id}")
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert "Line 7 has no URN." in visitor.text
    assert "data-progress" not in page.text, "a browser has nothing more to wait for"
